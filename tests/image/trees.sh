#!/bin/bash
# trees.sh: what the boards' trees ask for, the image has: each driver that Debian's kernel has as a module for a node of a tree on the card's boot
# partition is in the image, or is named below with the reason why not.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/cache.sh
. scripts/cache.sh
# shellcheck source=image/debian.sh
. image/debian.sh
declare -A without=([v3d]='nothing is drawn' [pwm_bcm2835]='no sound goes out' [vchiq]="the firmware's codecs, which the kernel has no driver for"
    [hci_uart]='no Bluetooth' [leds_gpio]='lamps keep what the firmware has set')
aliases=$CACHE/image/$(basename "$(deb_of "$(locked unpacked | grep '^linux-image-')")" .deb)
aliases=$(echo "$aliases"/usr/lib/modules/*/modules.alias)
there=$(unsquashfs -l target/image/parts/root.img | sed -n 's/.*\/\([^/]*\)\.ko.*/\1/p' | tr - _)
trees=0 asked=0
for tree in target/image/parts/boot/*.dtb; do
    trees=$((trees + 1))
    for module in $(dtc -q -s -I dtb -O dts "$tree" | awk -f tests/overlays/nodes.awk | grep -oE 'compatible = [^;]*' | grep -oE '"[^"]*"' | tr -d '"' |
        awk 'NR == FNR { asked[$0]; next } { of = $2 } sub(/^of:N.*T.*C/, "", of) && of in asked { print $3 }' - "$aliases" | tr - _ | sort -u); do
        [ -z "${without[$module]:-}" ] || continue
        asked=$((asked + 1))
        grep -qxF "$module" <<< "$there" || die "$(basename "$tree") asks for the driver $module, which the image has not: image/modules"
    done
done
if [ "$trees" -lt 7 ] || [ "$asked" -lt $((trees * 8)) ]; then die "only $asked drivers are asked for by $trees trees, it seems"; fi
say "ok: $trees trees, $asked drivers asked for, all there"
