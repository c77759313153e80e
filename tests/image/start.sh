#!/bin/bash
# start.sh: run by run.sh, in its network. The image is started in QEMU, as a board would, twice, with a power cut between. Chromium claims it by HTTPS
# with the code from its console, and plays the picture of the capture device (the kernel's vivid), the second time by IPv6; nothing else comes
# out that should not. What it took is in target/image/figures.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/cache.sh
. scripts/cache.sh
export PATH=$PATH:/usr/sbin
work=$PWD/target/image/test
rm -rf "$work"
mkdir -p "$work/home"
# shellcheck source=tests/image/machine.sh
. tests/image/machine.sh
jar=$work/jar
readonly TCP='80 443' UDP='68 546 5353' NAME=desk.local PASSWORD='a few words'
readonly CAPTURE='vivid.n_devs=1 vivid.node_types=1 vivid.num_inputs=1 vivid.input_types=0'

# ask [OPTION...] PATH: with the session in the jar, if there is one. (Its certificate is its own: that it is always the same is looked at below.)
ask() { curl -ks -m 20 -b "$jar" -c "$jar" -H "Origin: $page" "${@:1:$#-1}" "$page${*: -1}"; }
status() { ask -o "$work/answer" -w '%{http_code}' "$@"; }
snapshot() { ask -f -o "$1" /snapshot; }
size() { ffprobe -v error -show_entries stream=width,height -of csv=p=0 -f mjpeg "$1"; }
# The built-in test picture has another size than the capture device's.
snapshot_of() { snapshot "$work/one.jpg" && [ "$(size "$work/one.jpg")" = "$1" ]; }
another_picture() { snapshot "$work/two.jpg" && ! cmp -s "$work/one.jpg" "$work/two.jpg"; }
h264_is_made() { ask -f /state | python3 -c 'import json, sys; sys.exit(not json.load(sys.stdin)["result"]["h264"]["online"])'; }

answers() { # answers STATUS WORDS [OPTION...] PATH
    [ "$(status "${@:3}")" = "$1" ] && grep -qF "$2" "$work/answer"
}
page_is() { [[ $(status -H 'Accept: text/html' /) = 401 ]] && grep -qF "<h1>$1</h1>" "$work/answer"; }
code_is_shown() {
    code=$(tr -d '\r' < "$work/console" | sed -n 's/^Claim code: //p' | tail -n 1)
    [ -n "$code" ]
}
# What any computer sees on the card's first partition.
# (The machine runs: what it has written is in the layer above the card. The partition begins with the second MiB.)
card_says() {
    qemu-img dd -U -O raw bs=1M skip=1 count=33 "if=$card.layer" "of=$work/config" 2> /dev/null
    mtype -i "$work/config" ::claim-code.txt 2> /dev/null
}
card_has_code() { card_says | grep -qF "$code"; }
card_is_silent() { ! card_says > /dev/null; }
only_new_tls() { ! openssl s_client -tls1_1 -cipher ALL:@SECLEVEL=0 -connect "$THERE:443" < /dev/null > /dev/null 2>&1; }
log_in() { [ "$(status --data-urlencode "password=$PASSWORD" /door/login)" = 303 ]; }
janus_answers() {
    [ "$(status --http1.1 -m 2 -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' \
        -H 'Sec-WebSocket-Key: cnVzdHJlYW1lcl9kZW1vIQ==' -H 'Sec-WebSocket-Protocol: janus-protocol' /janus)" = 101 ]
}
browser_at() { HOME=$work/home node tests/image/browser.mjs "$2" "$NAME" "$1" "$PASSWORD" "${@:3}" > "$work/browser" 2>&1 || { cat "$work/browser" >&2; return 1; }; }
page_answers_by_6() { [ "$(curl -ks -m 20 -o /dev/null -w '%{http_code}' "https://[$THERE6]/state")" = 401 ]; }
not_by_4() { ! timeout 3 bash -c "true < /dev/tcp/$THERE/443" 2> /dev/null; }
browser() { browser_at "$THERE" "$@"; }
# figure NAME VALUE: what this start took, for who measures.
figure() { echo "$*" >> "$work/figures" && say "$*"; }

# Ports open to others: the loopback's are nobody else's.
ports() { told listens | awk -v kind="$1" '$1 == kind && $2 !~ /^(127\.|\[::1\])/ { sub(/.*:/, "", $2); print $2 }' | sort -nu | xargs; }
only() { # only ALLOWED FOUND: FOUND has nothing but what is allowed
    local one
    for one in $2; do [[ " $1 " == *" $one "* ]] || { say "not allowed: $one"; return 1; }; done
}

new_card target/image/rustreamer.img
# What the owner writes before the first start.
mcopy -o -i "$card@@1M" - ::appliance.toml <<< $'hostname = "Desk"\ncolour = 1'
script tests/image/report.sh

# shellcheck disable=SC2086
start $CAPTURE
until_so 'it asks to be claimed' page_is 'Claim this device'
figure 'power on to HTTPS, first start:' "$SECONDS s"
until_so 'its claim code is on the console' code_is_shown
until_so 'and on its card' card_has_code
check 'HTTP leads to HTTPS' [ "$(curl -s -o /dev/null -w '%{http_code} %{redirect_url}' "http://$THERE/x?y")" = "301 $page/x?y" ]
check 'by TLS 1.2 and newer only' only_new_tls
identity=$(certificate)
for path in /snapshot /stream /state /control /metrics /janus; do check "nobody gets $path" [ "$(status "$path")" = 401 ]; done
check 'a wrong code is refused' answers 403 'That is not the claim code.' -d "code=AAAA-AAAA&password=x&again=x" /door/claim
check 'where to report what is wrong' answers 200 'Contact: https://example.org/report' /.well-known/security.txt
check 'what it does not understand of its settings is told on the console' grep -q 'appliance.toml: colour: there is no such setting' "$work/console"
until_so "it answers to $NAME" tests/image/mdns.py "$HERE" "$NAME" "$THERE"
check 'Chromium claims it, signs out, and is let in with the password only' browser claim "$code"
until_so 'nothing of the code is left on the card' card_is_silent
check 'the code is used up' [ "$(status -d "code=$code&password=another+one&again=another+one" /door/claim)" = 409 ]
check 'who asks is let in with the password' log_in
until_so 'it shows the test picture while there is no capture device' snapshot_of 1280,720
printf '# go' | dd of="$work/script" bs=512 seek=15 conv=notrunc status=none
until_so 'then that of the device that was plugged in' snapshot_of 640,480
check 'its JPEG is whole' ffmpeg -v error -xerror -f mjpeg -i "$work/one.jpg" -f null -
until_so 'the picture moves' another_picture
until_so '/state says that H.264 is made' h264_is_made
until_so 'Janus answers behind the same door' janus_answers
check 'Chromium plays it' browser watch
say "$(tail -n 1 "$work/browser")"
until_so 'the report is there' said end
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
check 'the door is not root' [ "$(told 'user door')" = appliance-door ]
check 'nobody else reads what it keeps' [ -z "$(told kept | grep -vE '^appliance-door (600|700) ')" ]
check 'the data partition is mounted' [ "$(told data)" = '/dev/vda7 ext4' ]
check 'and has the rest of the card' [ "$(told data-mebibytes)" -gt 1500 ]
id=$(told machine-id)
check 'it has an identity' grep -qxE '[0-9a-f]{32}' <<< "$id"
check 'nothing makes root of who runs it' [ -z "$(told set-id)" ]
figure 'systemd:' "$(told time)"
figure 'streamer and Janus in memory:' "$(told resident-mebibytes) MiB"
check 'which is no more than 100' [ "$(told resident-mebibytes)" -le 100 ]

power_cut
# shellcheck disable=SC2086
start modules_load=vivid $CAPTURE
until_so 'after a power cut, it asks for the password' page_is 'Sign in'
figure 'power on to HTTPS:' "$SECONDS s"
check 'it is known by the same certificate' [ "$(certificate)" = "$identity" ]
check 'its password is the same' log_in
until_so 'its page is there by IPv6' page_answers_by_6
# By IPv4, what is for it goes to nobody.
ip neigh replace "$THERE" lladdr 02:00:00:00:00:99 dev tap0 nud permanent
check 'by IPv4 it is out of reach' not_by_4
check 'Chromium plays it, by IPv6' browser_at "$THERE6" watch
figure 'power on to a picture decoded:' "$SECONDS s"
ip neigh delete "$THERE" dev tap0
until_so 'the picture is there again' snapshot_of 640,480
until_so 'and the report' said end
check 'no unit has failed' [ -z "$(told failed)" ]
check 'it is the same device' [ "$(told machine-id)" = "$id" ]
check 'with the same data partition' [ "$(told data)" = '/dev/vda7 ext4' ]
power_cut
rm -f "$card"
