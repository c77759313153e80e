# shellcheck shell=bash
# Sourced, not run. Where everything goes that is made once and kept: private Debian roots, the test kernel, tools.
# Each item lives in a folder named after what it was made from, so a change makes a new one and an old one is never wrong.
CACHE=${RUSTREAMER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/rustreamer}
mkdir -p "$CACHE"

say() { printf '%s\n' "$*" >&2; }
die() { printf '%s: error: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }
