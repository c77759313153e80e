#!/bin/bash
# demo.sh: streamer, Janus with our plugin, and the page, until Ctrl-C. `make demo` has built everything before.
# From the environment: DEVICE=/dev/video0 (else the built-in test picture), PORT=8080 for the page, JANUS_PORT=8188 for Janus.
#
# Whatever ends it (Ctrl-C, a signal, one of the two dying, this script being killed), nothing stays: no process, no shared memory.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/cache.sh
. scripts/cache.sh
# shellcheck source=scripts/janus.sh
. scripts/janus.sh

readonly SINK=demo::ustreamer::h264
port=${PORT:-8080} janus_port=${JANUS_PORT:-8188} device=${DEVICE:-test:1920x1080@30}

# ---- what can be known before anything is started

for setting in "PORT=$port" "JANUS_PORT=$janus_port"; do
    number=${setting#*=}
    [[ $number =~ ^[1-9][0-9]{0,4}$ && $number -le 65535 ]] || die "$setting is no port; 1 to 65535 are"
    [ -z "$(ss -Hltn "sport = :$number")" ] || die "port $number is taken; choose another one: make demo ${setting%=*}=$((number % 65535 + 1))"
done
[ "$port" != "$janus_port" ] || die "PORT and JANUS_PORT are both $port; Janus and the page need one each"

# An address that others can use if there is one; Janus offers no pictures on the loopback interface.
address=$(ip -4 -o address show up scope global | awk '!n++ { sub("/.*", "", $4); print $4 }')
[ -n "$address" ] || address=$(ip -4 -o address show up | awk '$2 != "lo" && !n++ { sub("/.*", "", $4); print $4 }')
[ -n "$address" ] || die "this machine has no network interface but loopback, where Janus gives no WebRTC; connect it, or give it one: ip link add demo0 type dummy && ip addr add 192.0.2.1/24 dev demo0 && ip link set demo0 up"

timings=()
case $device in
test:*) ;;
*)
    [ -c "$device" ] || die "$device is no device here; ./ustreamer --list-devices shows those that are there"
    if v4l2-ctl -d "$device" --get-dv-timings-cap 2> /dev/null | grep -q 'Minimum Width'; then timings=(--dv-timings); fi
    ;;
esac

# ---- start, in sessions of their own: a Ctrl-C in the terminal reaches this script only, which ends them in order

janus_root=$(scripts/debroot.sh "$(janus_for_this_system)")
logs=$(mktemp -d "${TMPDIR:-/tmp}/ustreamer-demo.XXXXXX")
declare -A name
streamer='' janus=''

finish() {
    trap '' INT TERM HUP
    local pid
    for pid in $janus $streamer; do kill -TERM "$pid" 2> /dev/null || :; done
    for pid in $janus $streamer; do
        timeout 5 tail --pid="$pid" -f /dev/null || kill -KILL "$pid" 2> /dev/null || :
    done
    rm -rf "$logs/janus"
}
trap finish EXIT
trap 'say; say "stopped; the logs are in $logs"; exit 0' INT TERM HUP

start() { # start WHAT COMMAND...: sets $started
    setsid setpriv --pdeathsig TERM -- "${@:2}" > "$logs/$1.log" 2>&1 < /dev/null &
    started=$!
    name[$started]=$1
}

died() { # died PID: which, and why
    local log=$logs/${name[$1]}.log
    tail -n 15 "$log" >&2
    die "${name[$1]} ended by itself; the end of $log is above"
}

start ustreamer ./ustreamer --device "$device" "${timings[@]}" --host 0.0.0.0 --port "$port" \
    --h264-sink "$SINK" --h264-sink-mode 660 --h264-sink-rm
streamer=$started
janus_config "$logs/janus" "$janus_root" "$PWD/janus/libjanus_ustreamer.so" "$SINK" "$janus_port"
start janus "$janus_root/run" /usr/bin/janus --configs-folder "$logs/janus" --disable-colors
janus=$started

# until_up PID COMMAND...: waits until COMMAND succeeds, at most 30 s.
until_up() {
    local pid=$1 deadline=$((SECONDS + 30))
    until "${@:2}"; do
        kill -0 "$pid" 2> /dev/null || died "$pid"
        [ "$SECONDS" -lt "$deadline" ] || { tail -n 15 "$logs/${name[$pid]}.log" >&2; die "${name[$pid]} does not answer within 30 s; the end of its log is above"; }
        sleep 0.1
    done
}
until_up "$streamer" curl -fs -o /dev/null -m 2 "http://127.0.0.1:$port/state"
until_up "$janus" janus_answers "127.0.0.1:$janus_port"

url="http://$address:$port/"
[ "$janus_port" = 8188 ] || url="$url?janus=ws://$address:$janus_port/"
say "
    $url

Ctrl-C ends it. The logs are in $logs"

wait -n -p first "$streamer" "$janus" || :
died "$first"
