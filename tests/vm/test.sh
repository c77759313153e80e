#!/bin/bash
# test.sh [PART]...: the streamer on a real kernel with V4L2, and the virtual devices it is tested with; without arguments all parts of the last
# lines' list. `stock` is a lane of its own: Debian's stock kernel in QEMU, where all others run on a kernel of the tests' own.
# CASES='signal encoder::hangs' are the only ones of `cases`. USTREAMER, USTREAMER_DUMP and JANUS_PLUGIN name other
# builds than the repository's.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
repo=$(cd "$here/../.." && pwd)
# shellcheck source=scripts/cache.sh
. "$repo/scripts/cache.sh"

images=$("$here/kernel.sh")
ustreamer=${USTREAMER:-$repo/ustreamer} dump=${USTREAMER_DUMP:-$repo/ustreamer-dump} plugin=${JANUS_PLUGIN:-$repo/janus/libjanus_ustreamer.so}
for built in "$ustreamer" "$dump" "$plugin"; do
    [ -f "$built" ] || die "$built is not there; make WITH_JANUS=1 builds it"
done

# share NAME [PART]: makes the folder that a guest sees, with the programs and guest/NAME.sh; sets $share.
share() {
    share=$repo/target/vm/$1${2:+-$2}
    rm -rf "$share"
    mkdir -p "$share"
    cp "$ustreamer" "$share/ustreamer"
    cp "$dump" "$share/ustreamer-dump"
    cp "$plugin" "$share/libjanus_ustreamer.so"
    cp "$here/guest/lib.sh" "$repo/scripts/janus.sh" "$share"
    cp "$here/guest/$1.sh" "$share/guest.sh"
}

# share_cases: vm-cases too.
share_cases() {
    local built=${CARGO_TARGET_DIR:-$repo/target}/release/vm-cases
    [ -f "$built" ] || die "$built is not there; cargo build --release --locked -p rustreamer-tests builds it"
    cp "$built" "$share"
}

# on_failure: what the guest's programs said, and last which test in a browser failed.
on_failure() {
    tail -n 30 "$share"/*.log >&2
    [ ! -e "$share/report" ] || sed -n '/failing tests:/,$p' "$share/report" >&2
    die "$1 failed; its files are in $share"
}

# in_browser NAME: boots the guest, with the browser of NAME.test.mjs beside it.
in_browser() {
    SHARE=$share "$here/run.sh" "$share" node --test --test-reporter=spec --test-reporter-destination="$share/report" "$here/$1.test.mjs" || on_failure "$1"
}

capture() {
    share capture
    "$here/run.sh" "$share" || on_failure capture
    local name
    for name in software-720p:1280:720:90 kernel-720p:1280:720:240 kernel-1080p:1920:1080:240; do
        IFS=: read -r name width height frames <<< "$name"
        node "$here/check.mjs" "$images/font_8x16.c" "$share/$name.h264" "$width" "$height" "$frames" || on_failure "$name"
    done
}

# A guest has one processor; two of them share the cases.
cases() {
    local examples=${CARGO_TARGET_DIR:-$repo/target}/release/examples part frames failed='' guests=()
    trap 'kill "${guests[@]}" 2> /dev/null' EXIT
    for part in 1 2; do
        share cases $part
        share_cases
        cp "$examples/capture_encode" "$examples/dma_heap" "$share"
        xargs -n 1 <<< "${CASES:-}" > "$share/cases"
        echo "$part/2" > "$share/part"
        RUSTREAMER_VM_SECONDS=600 "$here/run.sh" "$share" > "$share.log" 2>&1 &
        guests+=($!)
    done
    for part in 1 2; do
        share=${share%-*}-$part
        wait "${guests[part - 1]}" || failed+=" $share"
        cat "$share.log"
    done
    trap - EXIT
    for share in $failed; do on_failure cases; done
    # The file of the crate's example, if that was among the cases: every picture that went into the encoder is in it.
    for share in "$repo"/target/vm/cases-[12]; do
        [ -e "$share/example.frames" ] || continue
        frames=$(ffprobe -v error -count_frames -show_entries stream=nb_read_frames -of csv=p=0 "$share/example.h264")
        ffmpeg -v error -xerror -i "$share/example.h264" -f null - || on_failure example
        [ "$frames" = "$(cat "$share/example.frames")" ] || die "example.h264 has $frames pictures, not $(cat "$share/example.frames")"
    done
}

sources() {
    share sources
    "$here/run.sh" "$share" || on_failure sources
    local name format pixels
    for name in mjpeg-software mjpeg-kernel mjpeg-noise; do
        node "$here/sources.mjs" pictures "$share/$name.h264" 640 480 15 || on_failure "$name"
    done
    node "$here/sources.mjs" snapshot "$share/mjpeg-software.jpg" "$share/camera.mjpg" || on_failure mjpeg-software
    node "$here/sources.mjs" raw "$share/mjpeg-raw.json" "$share/camera.mjpg" || on_failure mjpeg-raw
    for name in h264 control; do
        node "$here/sources.mjs" units "$share/camera.h264" "$share/$name.h264" || on_failure "$name"
    done
    node "$here/sources.mjs" pictures "$share/h264.h264" 640 480 15 || on_failure h264
    while read -r format; do
        node "$here/check.mjs" "$images/font_8x16.c" "$share/$format.h264" 640 480 5 "$format" || on_failure "$format"
        node "$here/check.mjs" "$images/font_8x16.c" "$share/$format.jpg" 640 480 1 "$format" || on_failure "$format"
        pixels=$(ffprobe -v error -show_entries stream=pix_fmt -of csv=p=0 -f mjpeg "$share/$format.jpg")
        case $format:$pixels in
        YUYV:yuvj422p | YVYU:yuvj422p | UYVY:yuvj422p | NV16:yuvj422p | NV24:yuvj444p | GREY:gray) ;;
        YUV420:yuvj420p | YVU420:yuvj420p | NV12:yuvj420p | RGB565:yuvj420p | RGB24:yuvj420p | BGR24:yuvj420p) ;;
        *) die "a JPEG of $format has the chroma of $pixels" ;;
        esac
    done < "$share/formats"
}

chain() {
    share chain
    "$repo/scripts/npm.sh" "$repo/tests/e2e"
    printf 'JANUS_ROOT=%q\n' "$("$repo/scripts/debroot.sh" janus-1.1)" > "$share/params"
    FONT=$images/font_8x16.c in_browser chain
}

# sound: a card of the kernel's own, whose one end plays what the other records. The browser is on the host.
sound() {
    share sound
    cp "${CARGO_TARGET_DIR:-$repo/target}/release/sound-bursts" "$share"
    "$repo/scripts/npm.sh" "$repo/tests/e2e"
    printf 'JANUS_ROOT=%q\n' "$("$repo/scripts/debroot.sh" "${JANUS:-janus-1.1}")" > "$share/params"
    in_browser sound
}

# module: the virtual encoder alone. What it encodes is decoded on the host.
module() {
    share module
    gcc -std=gnu11 -O1 -Wall -Wextra -Werror -pthread -o "$share/check" "$here/vh264/check/check.c"
    "$here/run.sh" "$share" || on_failure module
    local stream frames
    for stream in "$share"/check.*.{h264,mjpeg}; do
        frames=$(ffprobe -v error -count_frames -show_entries stream=nb_read_frames -of csv=p=0 "$stream")
        ffmpeg -v error -xerror -i "$stream" -f null - || on_failure "$stream"
        case $stream in
        *.drain.h264) [ "$frames" = 4 ] || die "$stream has $frames pictures, not 4" ;;
        *) [ "$frames" = 10 ] || die "$stream has $frames pictures, not 10" ;;
        esac
    done
}

receiver() {
    share receiver
    "$here/run.sh" "$share" || on_failure receiver
}

# stock: a short cross-check on a kernel that others built, with two processors.
stock() {
    share stock
    share_cases
    "$here/qemu.sh" "$share" || on_failure stock
    local name width height frames format
    # (check.mjs is told the format for vivid's small pictures, whose colours are BT.601's.)
    for name in 480p:640:480:45:YUYV 720p:1280:720:45: again:640:480:30:YUYV; do
        IFS=: read -r name width height frames format <<< "$name"
        node "$here/stock.mjs" "$share/$name.json" "$width" "$height" "$frames" || on_failure "$name"
        node "$here/check.mjs" "$images/font_8x16.c" "$share/$name.h264" "$width" "$height" $((frames / 5)) "$format" repeats || on_failure "$name"
    done
}

readonly PARTS='module capture sources cases receiver chain sound'
# shellcheck disable=SC2086 # a list
[ $# -gt 0 ] || set -- $PARTS
for part in "$@"; do
    case " $PARTS stock " in
    *" $part "*) "$part" ;;
    *) die "usage: test.sh [PART]..., of $PARTS stock" ;;
    esac
    say "ok: $part"
done
