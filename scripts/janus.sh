# shellcheck shell=bash
# Sourced. A Janus with our plugin and a WebSocket, and nothing else: no other plugin, no HTTP, no STUN server, nothing outside its folder.

# The debroot.sh name of the Janus for this system: Debian 12's own, and the current one everywhere else.
janus_for_this_system() {
    local codename
    codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
    [ "$codename" = bookworm ] && echo janus-1.1 || echo janus-1.4
}

# janus_config FOLDER ROOT PLUGIN SINK PORT [INTERFACE [ADDRESS]]: fills FOLDER for the Janus of ROOT. With INTERFACE, media goes by this one
# only; with ADDRESS, the WebSocket listens there only.
janus_config() {
    local folder=$1 root=$2 plugin=$3 sink=$4 port=$5 interface=${6:-} address=${7:-}
    mkdir -p "$folder"/{plugins,transports,none}
    ln -sf "$plugin" "$folder/plugins/libjanus_ustreamer.so"
    ln -sf "$(find "$root/usr/lib" -name 'libjanus_websockets.so*' | sort | head -n 1)" "$folder/transports/libjanus_websockets.so"
    cat > "$folder/janus.jcfg" <<C
general: {
    configs_folder = "$folder"
    plugins_folder = "$folder/plugins"
    transports_folder = "$folder/transports"
    events_folder = "$folder/none"
    loggers_folder = "$folder/none"
    debug_level = 4
    debug_timestamps = true
}
nat: {
    ${interface:+ice_enforce_list = \"$interface\"}
    ignore_mdns = true
}
C
    cat > "$folder/janus.transport.websockets.jcfg" <<C
general: {
    json = "compact"
    ws = true
    ws_port = $port
    ${address:+ws_ip = \"$address\"}
    wss = false
}
admin: { admin_ws = false }
C
    cat > "$folder/janus.plugin.ustreamer.jcfg" <<C
memsink: {
    object = "$sink"
}
C
}

# janus_answers HOST:PORT: whether a Janus speaks its protocol there.
janus_answers() {
    local status
    status=$(curl -s -o /dev/null -m 1 -w '%{http_code}' -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' \
        -H 'Sec-WebSocket-Key: cnVzdHJlYW1lcl9kZW1vIQ==' -H 'Sec-WebSocket-Protocol: janus-protocol' "http://$1/") || :
    [ "$status" = 101 ]
}
