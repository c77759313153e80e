#!/bin/bash
# kernel.sh: prints a folder with what the overlays meet on a board: of Debian 13's arm64 kernel the base trees (trees/*.dtb), which drivers its
# modules are (aliases, one a line, as modules.alias has them), its configuration (config) and the package's name (made-from); and what boot.sh boots: the kernel
# (vmlinuz), the modules for what the overlays add (modules/, in the order of modules/order) and a busybox for arm64.
# The first run fetches about 90 MB; 40 MB are kept.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=scripts/cache.sh
. ../../scripts/cache.sh
# shellcheck source=scripts/apt-view.sh
. ../../scripts/apt-view.sh
# bcm2835_wdt restarts the board.
readonly MODULES='i2c-bcm2835 i2c-mux-pinctrl snd-soc-bcm2835-i2s snd-soc-spdif-rx snd-soc-simple-card bcm2835_wdt'

# Named after this recipe: another one makes another folder.
kept=$CACHE/overlays/trixie-$(sha256sum < "${BASH_SOURCE[0]##*/}" | cut -c1-12)
[ ! -e "$kept/made-from" ] || { echo "$kept"; exit 0; }
mkdir -p "$CACHE/overlays"
exec 9> "$CACHE/overlays/lock"
flock 9
[ ! -e "$kept/made-from" ] || { echo "$kept"; exit 0; }

say "base trees: fetching Debian 13's linux-image for arm64 (once; kept in $kept)"
work=$(mktemp -d "$CACHE/overlays/new.XXXXXX")
trap 'rm -rf "$work"' EXIT
apt_view "$work/apt" 'trixie trixie-security' "$(dpkg --print-architecture) arm64"
image=$("${aptcache[@]}" depends linux-image-arm64:arm64 | sed -n 's/^ *Depends: <*\(linux-image-[^:> ]*\).*/\1/p' | head -n 1)
[ -n "$image" ] || die "linux-image-arm64 of Debian 13 depends on no linux-image"
fetch "$work/debs" "$image:arm64" busybox-static:arm64
unpack "$work/root" "$work"/debs/*.deb

version=${image#linux-image-}
modules=$work/root/lib/modules/$version
# The package has no modules.alias: depmod writes it where the package is installed.
busybox depmod -b "$work/root" "$version"
mkdir -p "$work/kept"/{trees,modules}
cp "$work/root/usr/lib/$image"/broadcom/*-rpi-*.dtb "$work/kept/trees"
cp "$work/root/boot/config-$version" "$work/kept/config"
sed -n 's/^alias //p' "$modules/modules.alias" > "$work/kept/aliases"
[ -s "$work/kept/aliases" ] || die "depmod found no driver in $image"
cp "$work/root/boot/vmlinuz-$version" "$work/kept/vmlinuz"
cp "$work/root/usr/bin/busybox" "$work/kept/busybox"
for module in $MODULES; do
    # A line has the module, and what it needs with the first to load at the end.
    wanted=$(grep -m 1 "/$module\.ko\.xz:" "$modules/modules.dep") || die "$image has no module $module"
    tr -d : <<< "$wanted" | xargs -n 1 | tac
done | awk '!seen[$0]++' > "$work/order"
while read -r file; do
    name=$(basename "$file" .xz)
    xz -dc "$modules/$file" > "$work/kept/modules/$name"
    echo "$name" >> "$work/kept/modules/order"
done < "$work/order"
basename "$work"/debs/linux-image-*.deb .deb > "$work/kept/made-from"
rm -rf "$kept"
mv "$work/kept" "$kept"
echo "$kept"
