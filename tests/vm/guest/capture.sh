# shellcheck shell=bash
# In the guest: vivid's HDMI picture through the streamer into the sink, and out of it by ustreamer-dump. The files are judged by check.mjs.
# shellcheck source=tests/vm/guest/lib.sh
. ./lib.sh

# record NAME WIDTH HEIGHT FRAMES [OPTION...]: NAME.h264, of so many frames.
record() {
    local name=$1 width=$2 height=$3 frames=$4 streamer
    plug_in "$width" "$height"
    ./ustreamer --device="$RECEIVER" --dv-timings --format=YUYV --host=127.0.0.1 --port=8080 \
        --h264-sink="$name::h264" --h264-sink-rm --h264-gop=60 "${@:5}" > "$name.log" 2>&1 &
    streamer=$!
    ./ustreamer-dump --sink="$name::h264" --key-required --sink-timeout=20 --count="$frames" --output="$name.h264" > "$name.dump.log" 2>&1
    curl -fs http://127.0.0.1:8080/state > "$name.state.json"
    kill -INT "$streamer"
    wait "$streamer"
    [ -z "$(ls -A /dev/shm)" ]
}

record software-720p 1280 720 90
load_encoder
record kernel-720p 1280 720 240 --h264-m2m-device="$ENCODER"
counted frames > kernel.frames
# Without --h264-boost it is told to expect 30 frames a second at this size, as a Raspberry Pi's.
record kernel-1080p 1920 1080 240 --h264-m2m-device="$ENCODER" --h264-boost

# What is there is listed: the receiver with its formats and what they are called as DMA-BUFs, the encoder with what it takes.
./ustreamer --list-devices > devices.log
grep -q "^$RECEIVER  vivid (vivid, platform:vivid-000)\$" devices.log
grep -q '^  formats  YUYV  YUYV 4:2:2 (DMA-BUF YUYV): 16x16 to 16384x8640 in steps of 2x2$' devices.log
grep -q '^           RGB3  24-bit RGB 8-8-8 (DMA-BUF BG24)' devices.log
grep -q '^  controls Brightness: 0 to 255, default 128$' devices.log
grep -A 3 "^$ENCODER " devices.log | grep -q '^  gives    H264 MJPG$'

# Not one raw picture was copied into the encoder: each came as a DMA-BUF.
echo "encoder: $(counted frames) frames, $(counted dmabuf) of them by DMA-BUF"
[ "$(cat kernel.frames)" -ge 240 ]
[ "$(counted frames)" -ge $(($(cat kernel.frames) + 240)) ]
[ "$(counted dmabuf)" = "$(counted frames)" ]
