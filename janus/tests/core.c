/* A core for the plugin's tests: what a Janus exports and the plugin uses, compiled against Janus's own headers, so
 * that its structs are the real ones. Loaded with RTLD_GLOBAL. CORE_VERSION is the number it says it has. */
#include <plugins/plugin.h>
#include <config.h>
#include <jansson.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int janus_version = CORE_VERSION;
int janus_log_level = 4;
char test_log[1 << 16];
static pthread_mutex_t log_mutex = PTHREAD_MUTEX_INITIALIZER;

void janus_vprintf(const char *format, ...) {
	va_list arguments;
	va_start(arguments, format);
	pthread_mutex_lock(&log_mutex);
	size_t used = strlen(test_log);
	vsnprintf(test_log + used, sizeof(test_log) - used, format, arguments);
	pthread_mutex_unlock(&log_mutex);
	va_end(arguments);
}

void janus_plugin_rtp_reset(janus_plugin_rtp *packet) {
	memset(packet, 0, sizeof(*packet));
	packet->mindex = -1;
	packet->extensions.audio_level = -1;
	packet->extensions.video_rotation = -1;
	packet->extensions.min_delay = -1;
	packet->extensions.max_delay = -1;
}

janus_plugin_result *janus_plugin_result_new(janus_plugin_result_type type, const char *text, json_t *content) {
	janus_plugin_result *result = malloc(sizeof(*result));
	result->type = type;
	result->text = text;
	result->content = content;
	return result;
}

void test_result_free(janus_plugin_result *result) {
	if(result->content)
		json_decref(result->content);
	free(result);
}

/* In place of GLib's, for the texts made below. */
#undef g_free
void g_free(void *memory) {
	free(memory);
}

/* A packet as this core sees it. */
int test_packet(janus_plugin_rtp *packet, char **buffer, int *length, int *video) {
	*buffer = packet->buffer;
	*length = packet->length;
	*video = packet->video && packet->mindex == 0;
	return packet->extensions.min_delay << 16 | (packet->extensions.max_delay & 0xffff);
}

/* What it is to write into header extensions: the rotation in degrees; when the packet was captured, 0 for not told. */
int test_marks(janus_plugin_rtp *packet, uint64_t *captured) {
#if JANUS_PLUGIN_API_VERSION >= 103
	*captured = packet->extensions.abs_capture_ts;
#else
	*captured = 0;
#endif
	return packet->extensions.video_rotation;
}

json_t *test_json(const char *text) {
	return json_loads(text, JSON_DECODE_ANY, NULL);
}

void test_json_free(json_t *json) {
	json_decref(json);
}

char *test_text(const char *text) {
	return strdup(text);
}

/* The whole configuration is one line: section key value. */
struct line { janus_config_container section, item; char words[3][256]; };

janus_config *janus_config_parse(const char *path) {
	struct line *line = calloc(1, sizeof(*line));
	FILE *file = fopen(path, "r");
	int words = file ? fscanf(file, "%255s %255s %255s", line->words[0], line->words[1], line->words[2]) : 0;
	if(file)
		fclose(file);
	if(words != 3) {
		free(line);
		return NULL;
	}
	line->section = (janus_config_container){ janus_config_type_category, line->words[0], NULL, NULL };
	line->item = (janus_config_container){ janus_config_type_item, line->words[1], line->words[2], NULL };
	return (janus_config *)line;
}

void janus_config_destroy(janus_config *config) {
	free(config);
}

janus_config_container *janus_config_get(janus_config *config, janus_config_container *parent, janus_config_type type, const char *name) {
	struct line *line = (struct line *)config;
	janus_config_container *found = parent ? &line->item : &line->section;
	return found->type == type && strcmp(found->name, name) == 0 ? found : NULL;
}
