#!/bin/bash
# test.sh LANE...: runs the lanes (targets of the Makefile) one after the other and stops at the first that fails. While those that mostly wait are run,
# what the later ones need is compiled beside them, at the lowest priority.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

passed=0 options=() ahead=''
trap '[ -z "$ahead" ] || kill "$ahead" 2> /dev/null' EXIT
for lane in "$@"; do
    case $lane in test-fuzz | test-deb | test-vm)
        [ -z "$ahead" ] || wait "$ahead"
        ahead=''
        ;;
    esac
    if ! make --no-print-directory "${options[@]}" "$lane"; then
        printf '\n%d passed, 1 failed, %d not run\n' "$passed" $(($# - passed - 1))
        exit 1
    fi
    passed=$((passed + 1))
    [ "$lane" != build ] || options=(BUILT=1)
    if [ "$lane" = test-unit ]; then
        # (What fails in it fails again in its lane, which then says so.)
        nice -n 19 make --no-print-directory ahead > target/lanes/ahead.log 2>&1 &
        ahead=$!
    fi
done
printf '\n%d passed, 0 failed\n' "$passed"
