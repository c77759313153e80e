#!/bin/bash
# merge.sh OUT.dtb BASE.dtb OVERLAY.dtbo...: merges overlays into a board's tree, one after the other. An overlay that is for another board is refused:
# fdtoverlay alone would take whatever finds its labels, as four lanes on a board that has two.
set -euo pipefail
# shellcheck source=scripts/cache.sh
. "$(dirname "$0")/../scripts/cache.sh"
[ $# -ge 3 ] || die "usage: merge.sh OUT.dtb BASE.dtb OVERLAY.dtbo..."
command -v fdtoverlay > /dev/null || die "fdtoverlay is missing; apt-get install device-tree-compiler"

out=$1 base=$2
shift 2
# compatible FILE: the boards that a tree is of, or that an overlay is for.
compatible() { fdtget -t s "$1" / compatible || die "$1 does not say which boards it is for"; }
board=$(compatible "$base")
for overlay in "$@"; do
    for_boards=$(compatible "$overlay")
    # The first name is the board's own; those behind it (brcm,bcm2711) are of whole families.
    [[ " $for_boards " == *" ${board%% *} "* ]] || die "$(basename "$overlay") is for $for_boards; $(basename "$base") is of a ${board%% *}"
done
fdtoverlay -i "$base" -o "$out" "$@" || die "fdtoverlay could not merge $* into $base; a tree without __symbols__ (Debian 12's) takes no overlay"
