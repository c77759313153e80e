#!/bin/bash
# lane.sh NAME COMMAND...: runs one lane of the tests. Says its name, how long it took and how it ended; what it printed is in
# target/lanes/NAME.log, and is shown when it failed. VERBOSE=1 shows all of it at once.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
# shellcheck source=scripts/cache.sh
. scripts/cache.sh
# shellcheck source=scripts/rust.sh
. scripts/rust.sh

name=$1 log=target/lanes/$1.log start=$SECONDS
shift
mkdir -p target/lanes
find_rust || die "no cargo from $RUST_WANTED on; scripts/setup.sh build installs one"
printf '%-14s ' "$name" >&2
if [ -n "${VERBOSE:-}" ]; then
    echo >&2
    "$@" 2>&1 | tee "$log" >&2
else
    "$@" > "$log" 2>&1
fi
status=$?
[ -z "${VERBOSE:-}" ] || printf '%-14s ' "$name" >&2
took="$(((SECONDS - start) / 60)) min $(((SECONDS - start) % 60)) s"
if [ "$status" = 0 ]; then
    say "passed   $took"
else
    say "FAILED   $took"
    [ -n "${VERBOSE:-}" ] || tail -n 80 "$log" >&2
    say "the whole log: $log; this lane alone: make $name"
fi
exit "$status"
