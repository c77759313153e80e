#!/bin/bash
# kernel.sh: what a frame costs on its way through the kernel's encoder, and as a JPEG: ours, Debian 13's ustreamer and a bare loop in C take turns on the
# tests' own kernel. One JSON line for each figure.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/cache.sh
. scripts/cache.sh

share=$PWD/target/vm/bench
programs=${CARGO_TARGET_DIR:-target}/release
rm -rf "$share"
mkdir -p "$share"
cp "$programs"/{ustreamer,ustreamer-dump,vm-bench} tests/vm/guest/lib.sh "$share"
cp tests/vm/guest/bench.sh "$share/guest.sh"
gcc -O2 -Wall -Werror -o "$share/loop" tests/bench/hotpath/loop.c
printf 'PEER=%q\n' "$(scripts/debroot.sh ustreamer-5.4)/run /usr/bin/ustreamer" > "$share/params"
RUSTREAMER_VM_SECONDS=400 tests/vm/run.sh "$share" > "$share/log" 2>&1 || { tail -n 40 "$share/log" >&2; die "the guest failed; $share has its files"; }
cat "$share/figures.jsonl"
