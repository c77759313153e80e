# shellcheck shell=bash
# Sourced by the scripts that run in the guest (run.sh), in the share. Whatever fails ends the guest with a failure and says what it was.
set -euo pipefail
trap 'echo "guest: failed at line $LINENO: $BASH_COMMAND"' ERR

readonly RECEIVER=/dev/video20 ENCODER=/dev/video11 IMAGE_ENCODER=/dev/video31

# plug_in WIDTH HEIGHT [RATE]: the HDMI signal is this, at 60.00 Hz unless another rate is given, with two decimals. Its time stamps are
# taken when a picture begins, as hardware does.
plug_in() {
    local index
    index=$(v4l2-ctl -d "$RECEIVER" --list-dv-timings | awk -v w="$1" -v h="$2" -v rate="(${3:-60.00} frames" '
        /Index/ { index_ = $2 } /Active width/ { width = $3 } /Active height/ { height = $3 }
        /Pixelclock/ && width == w && height == h && index($0, rate) && !n++ { print index_ }')
    v4l2-ctl -d "$RECEIVER" --set-dv-bt-timings="index=$index" > /dev/null
    v4l2-ctl -d "$RECEIVER" -c timestamp_source=1
}

# load_encoder: $ENCODER and $IMAGE_ENCODER appear; the kernel's encoders of this machine, of H.264 and Motion JPEG, and of JPEG.
load_encoder() { busybox insmod "$VH264" video_nr="${ENCODER#/dev/video}" image_nr="${IMAGE_ENCODER#/dev/video}"; }

# counted WHAT: one of the encoder's counters.
counted() { cat "/sys/module/vh264/parameters/stat_$1"; }

# until_up COMMAND...: waits until it succeeds. A guest's processes start slowly: it asks seldom.
until_up() {
    local _
    for _ in {1..100}; do
        "$@" && return
        sleep 0.2
    done
    echo "guest: not within 20 s: $*"
    return 1
}
