#!/bin/bash
# test.sh LANE...: runs the lanes (targets of the Makefile) one after the other and stops at the first that fails.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

passed=0 options=()
for lane in "$@"; do
    if ! make --no-print-directory "${options[@]}" "$lane"; then
        printf '\n%d passed, 1 failed, %d not run\n' "$passed" $(($# - passed - 1))
        exit 1
    fi
    passed=$((passed + 1))
    [ "$lane" != build ] || options=(BUILT=1)
done
printf '\n%d passed, 0 failed\n' "$passed"
