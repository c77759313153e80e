#!/bin/bash
# run.sh: makes the image and starts it in QEMU, as a board would, twice, with a power cut between: a picture of the capture device (the kernel's
# vivid) comes out of it by HTTP, and nothing else does that should not. In a network of its own, without any other.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/cache.sh
. scripts/cache.sh
# shellcheck source=scripts/janus.sh
. scripts/janus.sh

if [ "${1:-}" != inside ]; then
    KERNEL=debian image/build.sh
    sums=$(cd target/image && sha256sum rustreamer.img parts/*)
    KERNEL=debian image/build.sh 2> /dev/null
    (cd target/image && sha256sum --quiet -c <<< "$sums") || die "two builds of the same tree gave other bytes"
    say 'ok: two builds give the same bytes'
    unit=image/files/usr/lib/systemd/system/appliance-janus.service
    systemd-analyze security --offline=true --threshold=20 --no-pager "$unit" > target/image/security || die "$unit is exposed more than 2.0: target/image/security says how"
    say "ok: $(tail -n 1 target/image/security | sed 's/[^ -~]//g; s/^ *//')"
    scripts/debroot.sh qemu-10.0 > /dev/null # there is no network inside
    [ "$(id -u)" = 0 ] && user=() || user=(--map-root-user)
    exec unshare "${user[@]}" --net --mount --pid --fork --kill-child --mount-proc -- "$0" inside
fi
ip link set lo up
export PATH=$PATH:/usr/sbin
work=$PWD/target/image/test
rm -rf "$work"
mkdir -p "$work"
page=http://127.0.0.1:8080 card=$work/card
readonly TCP='80 8188' UDP='68 546 5353'

fail() {
    tail -n 60 "$work/console" >&2
    die "$* (all files of this are in $work)"
}
until_so() { # until_so WHAT COMMAND...: generous, an emulated processor on a busy machine is slow
    local deadline=$((SECONDS + ${RUSTREAMER_VM_SECONDS:-600}))
    until "${@:2}"; do
        kill -0 "$machine" 2> /dev/null || fail "the machine has ended while this was waited for: $1"
        [ "$SECONDS" -lt "$deadline" ] || fail "not so in time: $1"
        sleep 0.5
    done
    say "ok: $1 ($SECONDS s)"
}
check() { # check WHAT COMMAND...
    "${@:2}" || fail "not so: $1"
    say "ok: $1"
}
start() { # start [KERNEL ARGUMENT...]
    SECONDS=0
    : > "$work/console"
    tests/image/boot.sh "$card" "$work" "$@" vivid.n_devs=1 vivid.node_types=1 vivid.num_inputs=1 vivid.input_types=0 > "$work/qemu" 2>&1 &
    machine=$!
}
# told NAME: what the report says of it, without the name.
told() { tr -d '\r' < "$work/console" | sed -n "s/^@@ $1 //p"; }
reported() { tr -d '\r' < "$work/console" | grep -qx '@@ end'; }
snapshot() { curl -fs -m 20 -o "$1" "$page/snapshot"; }
size() { ffprobe -v error -show_entries stream=width,height -of csv=p=0 -f mjpeg "$1"; }
# The built-in test picture has another size than the capture device's.
snapshot_of() { snapshot "$work/one.jpg" && [ "$(size "$work/one.jpg")" = "$1" ]; }
another_picture() { snapshot "$work/two.jpg" && ! cmp -s "$work/one.jpg" "$work/two.jpg"; }
h264_is_made() { curl -fs -m 20 "$page/state" | python3 -c 'import json, sys; sys.exit(not json.load(sys.stdin)["result"]["h264"]["online"])'; }

# Ports open to others: the loopback's are nobody else's.
ports() { told listens | awk -v kind="$1" '$1 == kind && $2 !~ /^(127\.|\[::1\])/ { sub(/.*:/, "", $2); print $2 }' | sort -nu | xargs; }
only() { # only ALLOWED FOUND: FOUND has nothing but what is allowed
    local one
    for one in $2; do [[ " $1 " == *" $one "* ]] || { say "not allowed: $one"; return 1; }; done
}

cp --sparse=always target/image/rustreamer.img "$card"
truncate -s 3G "$card"
# Sixteen sectors, the last one empty.
head -c 8192 < <(cat tests/image/report.sh && yes '' 2> /dev/null) > "$work/script"
[ "$(stat -c %s tests/image/report.sh)" -le $((15 * 512)) ] || die 'report.sh does not leave its last sector free'

start
until_so 'the page is there' sh -c "curl -fs -m 20 $page/ | grep -qi '<html'"
until_so 'it shows the test picture while there is no capture device' snapshot_of 1280,720
printf '# go' | dd of="$work/script" bs=512 seek=15 conv=notrunc status=none
until_so 'then that of the device that was plugged in' snapshot_of 640,480
check 'its JPEG is whole' ffmpeg -v error -xerror -f mjpeg -i "$work/one.jpg" -f null -
until_so 'the picture moves' another_picture
until_so '/state says that H.264 is made' h264_is_made
until_so 'Janus answers' janus_answers 127.0.0.1:8188
until_so 'and offers H.264 to whom asks to watch' tests/image/watch.py 127.0.0.1:8188
until_so 'the report is there' reported
check 'no unit has failed' [ -z "$(told failed)" ]
check 'the system runs' [ "$(told running)" = running ]
check 'the root is a squashfs, read-only' grep -qE '^squashfs ro(,|$)' <<< "$(told root)"
check 'nobody has a password, none or another' [ -z "$(told password | awk '$2 !~ /^[!*]/')" ]
check 'root neither' grep -qE '^root [!*]' <<< "$(told password)"
check 'nothing could be written to the root' [ -z "$(told written)" ]
check "TCP ports open: $(ports tcp)" only "$TCP" "$(ports tcp)"
check 'all that are to be' [ "$(ports tcp)" = "$TCP" ]
check "UDP ports open: $(ports udp)" only "$UDP" "$(ports udp)"
check 'the streamer is not root' [ "$(told 'user ustreamer')" = ustreamer ]
check 'Janus is not root' [ "$(told 'user janus')" = appliance-janus ]
check 'the data partition is mounted' [ "$(told data)" = '/dev/vda7 ext4' ]
check 'and has the rest of the card' [ "$(told data-mebibytes)" -gt 1500 ]
id=$(told machine-id)
check 'it has an identity' grep -qxE '[0-9a-f]{32}' <<< "$id"
check 'nothing makes root of who runs it' [ -z "$(told set-id)" ]
say "$(told time)"

kill -KILL "$machine"
wait "$machine" 2> /dev/null || :
mv "$work/console" "$work/console-1"
start modules_load=vivid
until_so 'after a power cut, the picture is there again' snapshot_of 640,480
until_so 'and the report' reported
check 'no unit has failed' [ -z "$(told failed)" ]
check 'it is the same device' [ "$(told machine-id)" = "$id" ]
check 'with the same data partition' [ "$(told data)" = '/dev/vda7 ext4' ]
kill -KILL "$machine"
rm -f "$card"
