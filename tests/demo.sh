#!/bin/bash
# demo.sh: `make demo` as a user has it, in namespaces of its own (network, processes, shared memory), where everything left behind shows.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/cache.sh
. scripts/cache.sh
# shellcheck source=scripts/janus.sh
. scripts/janus.sh

if [ "${1:-}" != inside ]; then
    scripts/debroot.sh "$(janus_for_this_system)" > /dev/null # there is no network inside
    [ "$(id -u)" = 0 ] && user=() || user=(--map-root-user)
    exec unshare "${user[@]}" --net --mount --pid --fork --kill-child --mount-proc -- "$0" inside
fi
mount -t tmpfs tmpfs /dev/shm
ip link set lo up
ip link add lan type veth peer name far
ip addr add 192.0.2.1/24 dev lan
ip link set far up
ip link set lan up
folder=$(mktemp -d)
export TMPDIR=$folder
trap 'rm -rf "$folder"' EXIT
out=$folder/out

check() { # check WHAT COMMAND...
    if ! "${@:2}"; then
        cat "$out" "$folder"/ustreamer-demo.*/*.log >&2 2> /dev/null || :
        die "not so: $1"
    fi
    say "ok: $1"
}
demo() { # demo [VAR=VALUE...]: starts `make demo` as the leader of a group, as a terminal does; sets $demo
    setsid env --default-signal=INT make demo "$@" > "$out" 2>&1 &
    demo=$!
}
up() { timeout 120 sh -c "until grep -q 'Ctrl-C ends it' '$out'; do kill -0 $demo && sleep 0.1 || exit 1; done"; }
ended() { timeout 15 tail --pid="$demo" -f /dev/null; }
# In this process namespace only this script and what it just runs may be left, and no shared memory but the sink's own removal.
nothing_left() {
    local others
    # shellcheck disable=SC2009 # pgrep cannot leave out by argument
    others=$(ps -eo args= | grep -vE "^(ps -eo args=|grep |/bin/bash $0 inside)") || :
    [ -z "$others$(ls -A /dev/shm)" ] || { say "left: $others $(ls -A /dev/shm)"; return 1; }
}
soon() { # soon COMMAND...: succeeds within 10 s
    local deadline=$((SECONDS + 10))
    until "$@" 2> /dev/null; do
        [ "$SECONDS" -lt "$deadline" ] || "$@" || return
        sleep 0.2
    done
}
refused() { # refused WORDS: ended with a failure that says so on one line of its own
    ended && ! wait "$demo" && grep -q "^demo.sh: error: .*$1" "$out"
}
# The plugins that Janus has, asked by its own protocol.
janus_info() {
    python3 - "$1" "$2" <<'P'
import base64, json, os, socket, struct, sys
s = socket.create_connection((sys.argv[1], int(sys.argv[2])), 5)
s.sendall(b'GET / HTTP/1.1\r\nHost: janus\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n'
          b'Sec-WebSocket-Protocol: janus-protocol\r\nSec-WebSocket-Key: ' + base64.b64encode(os.urandom(16)) + b'\r\n\r\n')
f = s.makefile('rb')
while f.readline().strip():
    pass
ask = json.dumps({'janus': 'info', 'transaction': 'a'}).encode()
mask = os.urandom(4)
s.sendall(bytes([0x81, 0x80 | len(ask)]) + mask + bytes(c ^ mask[i % 4] for i, c in enumerate(ask)))
answer, final = b'', False
while not final:
    head, size = f.read(2)
    final, size = head & 0x80, size & 0x7f
    size = struct.unpack('>H', f.read(2))[0] if size == 126 else struct.unpack('>Q', f.read(8))[0] if size == 127 else size
    answer += f.read(size)
print(list(json.loads(answer)['plugins']))
P
}

demo
check 'make demo comes up' up
check 'it prints one address, that of the network' grep -q '^ *http://192.0.2.1:8080/$' "$out"
check 'the page is there' sh -c "curl -fs http://192.0.2.1:8080/ | grep -qi '<html'"
check '/state speaks of H.264' sh -c "curl -fs http://192.0.2.1:8080/state | grep -q '\"h264\"'"
check 'Janus has our plugin and no other' [ "$(janus_info 192.0.2.1 8188)" = "['janus.plugin.ustreamer']" ]
check 'the sink is there' [ -e /dev/shm/demo::ustreamer::h264 ]
kill -INT -- "-$demo"
check 'Ctrl-C ends it' ended
check 'and nothing is left' nothing_left

demo PORT=8090 JANUS_PORT=8191
check 'it comes up on other ports' up
check 'the address then names Janus too' grep -q '^ *http://192.0.2.1:8090/?janus=ws://192.0.2.1:8191/$' "$out"
pkill -KILL -f '/usr/bin/janus'
check 'a dead Janus ends it, and is named' refused 'janus ended by itself'
check 'nothing is left of that' nothing_left

demo
check 'it comes up again' up
pkill -KILL -f 'bash.*scripts/demo.sh'
check 'killed outright, it ends' ended
check 'and its children end too' soon nothing_left

python3 -m http.server 8080 > /dev/null 2>&1 &
server=$!
sleep 1
demo
check 'a port that is taken is named with the remedy' refused 'port 8080 is taken; .*make demo PORT=8081'
kill "$server"
wait "$server" || :
demo DEVICE=/dev/video77
check 'a device that is not there is named' refused '/dev/video77 is no device here'
ip link del lan
demo
check 'no network but loopback is said with the remedy' refused 'no network interface but loopback.*ip link add'
check 'nothing is left at the end' nothing_left
