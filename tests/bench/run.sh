#!/bin/bash
# run.sh: all measurements of `make bench`, one after the other, into target/bench.json and BENCH.md.
set -euo pipefail
cd "$(dirname "$0")/../.."
figures=$(mktemp)
trap 'rm -f "$figures"' EXIT

measure() {
    local what=$1
    shift
    printf 'measuring %s\n' "$what" >&2
    "$@" | grep '^{' >> "$figures"
}

measure 'the sink' cargo bench -q --locked -p memsink --bench publish
measure 'a JPEG' cargo bench -q --locked -p rustreamer --bench jpeg
measure 'an idle and a busy streamer' tests/bench/idle.sh
measure 'a frame on the kernel' tests/bench/kernel.sh
measure 'the browser' tests/e2e/run.sh --bench
node tests/bench/table.mjs "$figures"
