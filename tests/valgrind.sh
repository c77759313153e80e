#!/bin/bash
# valgrind.sh: the plugin's table of functions under valgrind, called as Janus calls it and as it never should, with the structs and the libraries of both
# versions of Janus. An access that is wrong, a use of what was never written or a leak ends it with 1 and what valgrind says.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/rust.sh
. scripts/rust.sh
find_rust || { echo 'valgrind: error: there is no cargo; scripts/setup.sh test installs it' >&2; exit 1; }
command -v valgrind > /dev/null || { echo 'valgrind: error: valgrind is missing; scripts/setup.sh test installs it' >&2; exit 1; }

log=$(mktemp)
trap 'rm -f "$log"' EXIT
for test in table_1_1 table_1_4; do
    program=$(cargo test --release --locked -p janus-ustreamer --test "$test" --no-run --message-format=json 2> "$log" |
        sed -n 's/.*"executable":"\([^"]*\)".*/\1/p') || { cat "$log" >&2; exit 1; }
    (cd janus && valgrind --error-exitcode=1 --leak-check=full --errors-for-leak-kinds=definite --show-leak-kinds=definite --num-callers=25 \
        "$program" --test-threads=1) > "$log" 2>&1 || { cat "$log" >&2; exit 1; }
    grep -E '^test result|definitely lost|ERROR SUMMARY' "$log"
done
