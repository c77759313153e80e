# shellcheck shell=bash
# In the guest: cameras and dongles that give no raw pictures, played by v4l2loopback, and every raw format by vivid. Judged by sources.mjs and
# check.mjs.
# shellcheck source=tests/vm/guest/lib.sh
. ./lib.sh
readonly CAMERA=/dev/video30

# Before the first picture it is no capture device.
gives_pictures() { v4l2-ctl -d "$CAMERA" --get-fmt-video > /dev/null 2>&1; }

# camera ARG...: $CAMERA appears, and ffmpeg's test source is the camera's picture from now on, encoded by these arguments.
camera() {
    busybox insmod "${VH264%/*}/v4l2loopback.ko" video_nr="${CAMERA#/dev/video}" exclusive_caps=1 card_label=camera max_buffers=8
    ffmpeg -nostdin -v error -re -f lavfi -i testsrc2=size=640x480:rate=15 -map 0:v "$@" > camera.log 2>&1 &
    camera=$!
    until_up gives_pictures
}

# Its driver serves one writer in its life. ffmpeg may complain about being interrupted.
no_camera() {
    kill -INT "$camera"
    wait "$camera" || :
    busybox rmmod v4l2loopback
}

# streamer NAME OPTION...: one that writes to the sink NAME::h264.
streamer() {
    ./ustreamer --resolution=640x480 --host=127.0.0.1 --port=8080 --h264-sink="$1::h264" --h264-sink-rm "${@:2}" > "$1.log" 2>&1 &
    streamer=$!
}

# It leaves nothing behind.
no_streamer() {
    kill -INT "$streamer"
    wait "$streamer"
    [ -z "$(ls -A /dev/shm)" ]
}

# record NAME FRAMES OPTION...: NAME.h264, of so many frames, NAME.jpg, which is a snapshot of then, and NAME.state.json.
record() {
    local name=$1 frames=$2
    streamer "$name" "${@:3}"
    # (A busy machine may have no time for a frame; what comes after it is not to be looked at.)
    for _ in 1 2 3; do
        ./ustreamer-dump --sink="$name::h264" --key-required --sink-timeout=20 --count="$frames" --output="$name.h264" > "$name.dump.log" 2>&1
        grep -q 'were missed' "$name.dump.log" || break
    done
    curl -fs -D "$name.jpg.head" http://127.0.0.1:8080/snapshot > "$name.jpg"
    curl -fs http://127.0.0.1:8080/state > "$name.state.json"
    no_streamer
}

# state NAME TEXT: what /state said has this in it.
state() { grep -qF "$2" "$1.state.json"; }

# A dongle's MJPEG, in 4:2:2 as most have it, encoded in software. A snapshot is one of its own.
camera -c:v mjpeg -q:v 3 -pix_fmt yuvj422p -f tee "[f=v4l2]$CAMERA|[f=mjpeg:flush_packets=1]camera.mjpg"
# The raw sink has its JPEGs as they are captured.
record mjpeg-software 45 --device="$CAMERA" --format=MJPEG
state mjpeg-software '"openh264 (software)"'
streamer mjpeg-raw --device="$CAMERA" --format=MJPEG --raw-sink=mjpeg::raw --raw-sink-rm
./ustreamer-dump --sink=mjpeg::raw --count=10 --output-json --output=mjpeg-raw.json 2> mjpeg-raw.dump.log
no_streamer
no_camera

# The same with every fourth JPEG damaged: it is left out.
camera -c:v mjpeg -q:v 3 -pix_fmt yuvj420p -bsf:v "noise=amount='eq(mod(n,4),1)*20'" -f v4l2 "$CAMERA"
record mjpeg-noise 45 --device="$CAMERA" --format=MJPEG
no_camera
damaged=$(sed 's/.*"capture_errors":\([0-9]*\).*/\1/' mjpeg-noise.state.json)
echo "$damaged damaged JPEGs left out"
[ "$damaged" -gt 5 ]

# A camera that encodes by itself: its access units pass as they are.
camera -c:v libx264 -preset ultrafast -tune zerolatency -g 15 -x264-params aud=1 \
    -f tee "[f=v4l2]$CAMERA|[f=h264:flush_packets=1]camera.h264"
record h264 45 --device="$CAMERA" --format=H264
state h264 '"the camera itself"'
# There is no JPEG of that, but one that says so.
grep -qi '^X-UStreamer-Online: false' h264.jpg.head

# Other settings: the camera is asked for them, and says no for this one has no such controls; the stream goes on with the next key frame.
streamer control --device="$CAMERA" --format=H264
refusals() { grep -c 'the camera decides by itself: ' control.log || :; }
./ustreamer-dump --sink=control::h264 --count=15 --output=control-before.h264 2> control.dump.log
before=$(refusals)
curl -fs -X PATCH -d '{"bitrate": 800, "gop": 12, "key": true}' http://127.0.0.1:8080/control > control.json
grep -qF '"bitrate":800' control.json
./ustreamer-dump --sink=control::h264 --count=45 --output=control.h264 2>> control.dump.log
curl -fs http://127.0.0.1:8080/state > control.state.json
no_streamer
state control '"bitrate":800'
state control '"gop":12'
state control '"the camera itself"'
echo "asked for $before settings at the start, for $(($(refusals) - before)) by /control"
[ "$before" = 2 ]
[ "$(refusals)" = 4 ]
no_camera

# Every raw format, in software.
timings=$(v4l2-ctl -d "$RECEIVER" --list-dv-timings | awk '
    /Index/ { index_ = $2 } /Active width/ { width = $3 } /Active height: 480/ && width == 640 && !n++ { print index_ }')
v4l2-ctl -d "$RECEIVER" --set-dv-bt-timings="index=$timings" > /dev/null
for format in YUYV YVYU UYVY YUV420 YVU420 RGB565 RGB24 BGR24 GREY NV12 NV16 NV24; do
    echo "$format" >> formats
    record "$format" 8 --device="$RECEIVER" --dv-timings --format="$format" --desired-fps=10
done
# It gives no H.264, and says so.
status=0
./ustreamer --device="$RECEIVER" --dv-timings --format=H264 --h264-sink=none::h264 > none.log 2>&1 || status=$?
[ "$status" = 2 ]
grep -q 'it gives no H.264' none.log

load_encoder
camera -c:v mjpeg -q:v 3 -pix_fmt yuvj422p -f v4l2 "$CAMERA"
record mjpeg-kernel 45 --device="$CAMERA" --format=MJPEG --h264-m2m-device="$ENCODER"
no_camera
state mjpeg-kernel 'copies'
echo "encoder: $(counted frames) frames, $(counted dmabuf) of them by DMA-BUF"
[ "$(counted frames)" -ge 45 ]
[ "$(counted dmabuf)" = 0 ]
