#!/bin/bash
# kernel.sh: prints a folder with what the overlays meet on a board: of Debian 13's arm64 kernel the base trees (trees/*.dtb), which drivers its
# modules are (aliases, one a line, as modules.alias has them), its configuration (config) and the package's name (made-from).
# The first run fetches about 90 MB; 5 MB of it are kept.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=scripts/cache.sh
. ../../scripts/cache.sh
# shellcheck source=scripts/apt-view.sh
. ../../scripts/apt-view.sh
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
fetch "$work/debs" "$image:arm64"
unpack "$work/root" "$work"/debs/*.deb

version=${image#linux-image-}
modules=$work/root/lib/modules/$version
# The package has no modules.alias: depmod writes it where the package is installed.
busybox depmod -b "$work/root" "$version"
mkdir -p "$work/kept/trees"
cp "$work/root/usr/lib/$image"/broadcom/*-rpi-*.dtb "$work/kept/trees"
cp "$work/root/boot/config-$version" "$work/kept/config"
sed -n 's/^alias //p' "$modules/modules.alias" > "$work/kept/aliases"
[ -s "$work/kept/aliases" ] || die "depmod found no driver in $image"
basename "$work"/debs/*.deb .deb > "$work/kept/made-from"
rm -rf "$kept"
mv "$work/kept" "$kept"
echo "$kept"
