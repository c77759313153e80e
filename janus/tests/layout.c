/* Prints the layout of Janus's own structs, one "name value" a line. */
#include <plugins/plugin.h>
#include <config.h>
#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#define SIZE(type) printf("sizeof %s %zu\n", #type, sizeof(type))
#define AT(type, field) printf("%s.%s %zu\n", #type, #field, offsetof(type, field))
int main(void) {
	SIZE(janus_plugin); SIZE(janus_callbacks); SIZE(janus_plugin_session); SIZE(janus_plugin_result); SIZE(janus_plugin_rtcp);
	SIZE(janus_config_container);
	AT(json_t, type); AT(json_t, refcount);
	AT(janus_plugin_session, gateway_handle); AT(janus_plugin_session, plugin_handle); AT(janus_plugin_session, stopped);
	AT(janus_plugin_session, ref); AT(janus_refcount, count); AT(janus_refcount, free);
	AT(janus_plugin_rtp, mindex); AT(janus_plugin_rtp, video); AT(janus_plugin_rtp, buffer); AT(janus_plugin_rtp, length);
	AT(janus_plugin_rtcp, buffer); AT(janus_plugin_rtcp, length);
	AT(janus_plugin_rtp_extensions, min_delay); AT(janus_plugin_rtp_extensions, max_delay);
	AT(janus_plugin_rtp_extensions, video_rotation);
#if JANUS_PLUGIN_API_VERSION >= 103
	AT(janus_plugin_rtp_extensions, abs_capture_ts);
#endif
	AT(janus_plugin_result, type); AT(janus_plugin_result, text); AT(janus_plugin_result, content);
	AT(janus_config_container, type); AT(janus_config_container, name); AT(janus_config_container, value);
	AT(janus_callbacks, push_event); AT(janus_callbacks, relay_rtp); AT(janus_callbacks, send_pli_stream);
	AT(janus_callbacks, close_pc); AT(janus_callbacks, auth_signature_contains);
	AT(janus_plugin, init); AT(janus_plugin, destroy); AT(janus_plugin, get_api_compatibility); AT(janus_plugin, get_version);
	AT(janus_plugin, get_version_string); AT(janus_plugin, get_package); AT(janus_plugin, create_session);
	AT(janus_plugin, handle_message); AT(janus_plugin, handle_admin_message); AT(janus_plugin, setup_media);
	AT(janus_plugin, incoming_rtp); AT(janus_plugin, incoming_rtcp); AT(janus_plugin, incoming_data);
	AT(janus_plugin, data_ready); AT(janus_plugin, slow_link); AT(janus_plugin, hangup_media);
	AT(janus_plugin, destroy_session); AT(janus_plugin, query_session);
	printf("config item %d\nconfig category %d\n", janus_config_type_item, janus_config_type_category);
	printf("result error %d\nresult ok %d\n", JANUS_PLUGIN_ERROR, JANUS_PLUGIN_OK);
	return 0;
}
