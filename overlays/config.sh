#!/bin/bash
# config.sh debian|rpi BOARD: prints the lines of config.txt that load a board's overlays: this folder's on Debian's kernel, Raspberry Pi's own on theirs.
# Boards are those of the table `boards`.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/cache.sh
. "$here/../scripts/cache.sh"
case ${1:-} in
debian) column=3 ;;
rpi) column=4 ;;
*) die "usage: config.sh debian|rpi BOARD" ;;
esac
overlays=$(awk -v board="${2:-}" -v column=$column '$1 == board { print $column }' "$here/boards")
[ -n "$overlays" ] || die "'${2:-}' is not a board of $here/boards: $(awk '!/^#/ { printf "%s ", $1 }' "$here/boards")"
# The firmware must not look for a camera of its own on the connector.
echo camera_auto_detect=0
echo "dtoverlay=${overlays//:/$'\n'dtoverlay=}"
