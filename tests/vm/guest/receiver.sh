# shellcheck shell=bash
# In the guest: a receiver of the media controller (vmc) and one of the older kind (vivid), as their signals come, go and change.
# shellcheck source=tests/vm/guest/lib.sh
. ./lib.sh

readonly MEDIA=/dev/video21 SINK=receiver::h264 ADDRESS=127.0.0.1:8080
busybox insmod "${VH264%/*}/vmc.ko" video_nr="${MEDIA#/dev/video}"

# knob NAME VALUE: see vmc_main.c.
knob() { echo "$2" > "/sys/module/vmc/parameters/$1"; }

# follow DEVICE [OPTION...]: starts the streamer; $streamer.
follow() {
    ./ustreamer --device="$1" --dv-timings --format=UYVY --host=127.0.0.1 --port=8080 --h264-sink="$SINK" --h264-sink-rm --h264-gop=10 \
        "${@:2}" >> receiver.log 2>&1 &
    streamer=$!
}

leave() {
    kill -INT "$streamer"
    wait "$streamer"
    [ -z "$(ls -A /dev/shm)" ]
}

# says TEXT: it is in /state now.
says() { curl -fs "http://$ADDRESS/state" | grep -qF "$1"; }

# shown WIDTH HEIGHT: pictures come, and have this size in /state and in the stream.
shown() {
    until_up says '"online":true,"reason":""'
    until_up says "\"resolution\":{\"height\":$2,\"width\":$1}"
    ./ustreamer-dump --sink="$SINK" --key-required --sink-timeout=20 --count=20 --output-json --output=frames.json > dump.log 2>&1
    tail -n 1 frames.json > last.json
    grep -qF '"online":1' last.json
    grep -qF "\"width\":$1" last.json
    grep -qF "\"height\":$2" last.json
}

# refused TEXT OPTION...: the streamer does not even start, and says why.
refused() {
    if timeout 10 ./ustreamer --host=127.0.0.1 --port=8080 "${@:2}" > refused.log 2>&1; then
        echo "guest: it starts with ${*:2}"
        return 1
    fi
    cat refused.log >> receiver.log
    grep -qF "$1" refused.log
}

# The smallest EDID, and one with a wrong checksum.
zeros=()
for _ in {1..6}; do zeros+=('00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00'); done
for last in 06 07; do
    printf '%s\n' '00 ff ff ff ff ff ff 00 00 00 00 00 00 00 00 00' "${zeros[@]}" "${zeros[0]% 00} $last" > "edid-$last.hex"
done
refused 'the checksum of block 0 is 0x07 and should be 0x06' --device="$MEDIA" --edid=edid-07.hex
refused 'the receiver shows none yet: set one' --device="$MEDIA" --get-edid

# Nothing has been set up yet: a node of the media controller cannot start by itself.
refused 'starting the stream: Link has been severed (ENOLINK); its media device has to be set up' --device="$MEDIA" --format=UYVY --resolution=640x480

follow "$MEDIA" --edid=edid-06.hex
shown 640 480
says '"format":"UYVY"'
./ustreamer --device="$MEDIA" --get-edid > read.hex
cmp read.hex edid-06.hex

# Each reason has its own words, and a signal that is back is seen.
while read -r name value words; do
    knob "$name" "$value"
    until_up says "$words"
    says '"online":false'
    if [ "$words" = "No signal at $MEDIA; wake the computer up" ]; then
        knob power 0
        until_up says "no cable at $MEDIA"
        knob power 1
    fi
    knob signal 0
    knob lanes_enough 1
    until_up says '"online":true,"reason":""'
done << END
signal 1 No signal at $MEDIA; wake the computer up
signal 2 it is unstable at $MEDIA
signal 3 No signal that $MEDIA can take
lanes_enough 0 the mode needs more CSI lanes than $MEDIA has; choose a lower resolution
END
knob timings 1
shown 800 600
leave

# The receiver still has 800x600: a node that is told something else does not fit the pad before it.
refused 'starting the stream: Broken pipe (EPIPE)' --device="$MEDIA" --format=UYVY --resolution=640x480

# In colours that cross the bus as they are, and in ones that the receiver does not have: it keeps its own.
knob timings 0
follow "$MEDIA" --format=RGB24
shown 640 480
says '"format":"RGB3"'
leave
follow "$MEDIA" --format=YUYV
until_up says '"online":true,"reason":""'
says '"format":"RGB3"'
leave
busybox rmmod vmc

# The older kind: everything at the video node.
plug_in 1280 720
follow "$RECEIVER"
until_up says '"online":true,"reason":""'
until_up says '"resolution":{"height":720,"width":1280}'
# vivid takes the 5 V away with the signal.
v4l2-ctl -d "$RECEIVER" -c dv_timings_signal_mode=1
until_up says "no cable at $RECEIVER"
v4l2-ctl -d "$RECEIVER" -c dv_timings_signal_mode=3
until_up says "No signal that $RECEIVER can take"
v4l2-ctl -d "$RECEIVER" -c dv_timings_signal_mode=0
until_up says '"online":true,"reason":""'
leave
