#!/bin/bash
# idle.sh: what the streamer costs with nobody watching, and how much memory it holds at 1080p while somebody does.
# One JSON line {name, value, unit, goal?} for each figure. Needs the release build; ends all that it starts.
set -euo pipefail
cd "$(dirname "$0")/../.."
programs=${CARGO_TARGET_DIR:-target}/release
port=${PORT:-18765}
seconds=10
name=rustreamer-bench-$$::h264

die() {
    printf 'idle.sh: %s\n' "$1" >&2
    exit 1
}

for program in ustreamer ustreamer-dump; do
    [ -x "$programs/$program" ] || die "$programs/$program is missing; build it first: cargo build --release"
done

streamer='' reader=''
finish() {
    if [ -n "$reader" ]; then kill "$reader" 2>/dev/null || :; fi
    if [ -n "$streamer" ]; then
        kill "$streamer" 2>/dev/null || :
        wait "$streamer" 2>/dev/null || :
    fi
    rm -f "/dev/shm/$name"
}
trap finish EXIT

# figure NAME VALUE UNIT [GOAL]
figure() {
    printf '{"name": "%s", "value": %s, "unit": "%s"%s}\n' "$1" "$2" "$3" "${4:+, \"goal\": $4}"
}

# User and system time of process $1 so far, in clock ticks. The command's name is in brackets and has no blank.
ticks() {
    awk '{ print $14 + $15 }' "/proc/$1/stat"
}

# Per cent of one core that process $1 takes in the next $seconds.
load() {
    local before after
    before=$(ticks "$1")
    sleep "$seconds"
    after=$(ticks "$1")
    awk -v ticks=$((after - before)) -v hz="$(getconf CLK_TCK)" -v s="$seconds" 'BEGIN { print 100 * ticks / hz / s }'
}

# Field $2 of process $1's memory, in MiB.
memory() {
    awk -v field="$2:" '$1 == field { print $2 / 1024 }' "/proc/$1/status"
}

"$programs/ustreamer" --device test:1920x1080@30 --port "$port" --h264-sink "$name" --h264-sink-rm \
    --h264-sink-client-ttl 1 2>/dev/null &
streamer=$!
sleep 2
[ -d "/proc/$streamer" ] || die 'the streamer has ended; is the port taken? PORT=n chooses another'
figure 'idle CPU, 1080p, nobody watching' "$(load "$streamer")" '% of a core' 1
figure 'idle memory, 1080p' "$(memory "$streamer" VmRSS)" MiB

"$programs/ustreamer-dump" --sink "$name" >/dev/null 2>&1 &
reader=$!
sleep 2
[ -d "/proc/$reader" ] || die 'the reader has ended'
figure 'CPU, 1080p30 software H.264, one reader' "$(load "$streamer")" '% of a core'
figure 'memory, 1080p30 software H.264, one reader' "$(memory "$streamer" VmRSS)" MiB 40
figure 'peak memory, 1080p30 software H.264' "$(memory "$streamer" VmHWM)" MiB
