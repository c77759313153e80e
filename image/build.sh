#!/bin/bash
# build.sh: the appliance's image, in target/image: rustreamer.img and what it is made of. KERNEL=debian says which kernel.
#
# What must always hold: two builds of one commit give the same bytes; nothing but git, packages.lock, the package's own sources and
# RUSTREAMER_SECURITY_CONTACT decides them.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/cache.sh
. scripts/cache.sh
# shellcheck source=scripts/apt-view.sh
. scripts/apt-view.sh
# shellcheck source=image/debian.sh
. image/debian.sh
# shellcheck source=image/modules.sh
. image/modules.sh

case ${KERNEL:-} in
debian) ;;
rpi) die "KERNEL=rpi, with Raspberry Pi's kernel and firmware, is not there yet; KERNEL=debian makes what the tests boot" ;;
*) die "say which kernel: make image KERNEL=debian" ;;
esac
out=$PWD/target/image
mkdir -p "$out/parts"
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2> /dev/null || stat -c %Y Cargo.toml)
export SOURCE_DATE_EPOCH

base=$(image/base.sh)
image/deb/build.sh arm64
target=${CARGO_TARGET_DIR:-$PWD/target}/cross
CARGO_TARGET_DIR=$target scripts/arm64-toolchain.sh cargo build --release --locked -p appliance >&2
aarch64-linux-gnu-strip --strip-unneeded -o "$out/parts/appliance" "$target/aarch64-unknown-linux-gnu/release/appliance"
version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)

# unpacked NAME: a package of the lock, taken apart, in the cache; prints the folder.
unpacked() {
    local deb folder
    deb=$(deb_of "$1")
    folder=$CACHE/image/$(basename "$deb" .deb)
    if [ ! -e "$folder" ]; then
        rm -rf "$folder.new"
        dpkg-deb -x "$deb" "$folder.new"
        if [ -d "$folder.new/usr/lib/modules" ]; then with_dep "$folder.new" "$(basename "$folder.new"/usr/lib/modules/*)"; fi
        mv "$folder.new" "$folder"
    fi
    echo "$folder"
}
locked_debs
kernel=$(unpacked "$(locked unpacked | grep '^linux-image-')")
busybox=$(unpacked busybox-static)/usr/bin/busybox

image/namespace.sh image/root.sh "$base" "$kernel" "target/deb/rustreamer_${version}_arm64.deb" "$out/parts/appliance" \
    "$out/parts/root.squashfs"
image/initramfs.sh "$kernel" "$busybox" "$out/parts/initramfs"
install -m 644 "$kernel"/boot/vmlinuz-* "$out/parts/vmlinuz"
install -m 644 -t "$out/parts" image/boot/*.txt
: > "$out/parts/empty"
find "$out/parts" -exec touch -d "@$SOURCE_DATE_EPOCH" {} +

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/root"
PATH=$PATH:/usr/sbin genimage --config image/genimage.cfg --inputpath "$out/parts" --outputpath "$out" --tmppath "$work/tmp" --rootpath "$work/root" \
    > "$work/log" 2>&1 || { tail -n 20 "$work/log" >&2; die "genimage failed; its last lines are above"; }
rm -f "$out"/*.vfat
say "target/image/rustreamer.img: $(($(stat -c %s "$out/rustreamer.img") >> 20)) MiB, of which the root is $(($(stat -c %s "$out/parts/root.squashfs") >> 20)) MiB"
