#!/bin/bash
# build.sh: the appliance's image, in target/image: rustreamer.img and what it is made of. KERNEL=debian says which kernel; VERSION another than
# Cargo.toml's, OUT another folder. Updates: RAUC_KEYRING, certificates of those whose updates the image takes; RAUC_KEY and RAUC_CERT, what its own
# bundle is signed with (rustreamer.raucb). KEYS=test: keys made up here, for trying it out, and an image that says so.
#
# What must always hold: two builds of one commit with one keyring give the same bytes (a bundle's signature has a time in it); nothing but git,
# packages.lock, the package's own sources, these words and RUSTREAMER_SECURITY_CONTACT decide them.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/cache.sh
. scripts/cache.sh
# shellcheck source=scripts/apt-view.sh
. scripts/apt-view.sh
[ -n "${KERNEL:-}" ] || die 'say which kernel: make image KERNEL=debian, or KERNEL=rpi'
# shellcheck source=image/debian.sh
. image/debian.sh
# shellcheck source=image/modules.sh
. image/modules.sh

[ -e "$LOCK" ] || die "there is no $LOCK: make image-lock KERNEL=$KERNEL writes it, where the archives can be reached (RPI_MIRROR=URL RPI_KEYRING=FILE: Raspberry Pi's)"
out=${OUT:-$PWD/target/image}
mkdir -p "$out/parts"
bundle=rustreamer.raucb
case ${KEYS:-} in
test)
    keys=$PWD/target/image/keys
    image/keys.sh "$keys"
    RAUC_KEYRING=$keys/ca.pem RAUC_KEY=$keys/signer.key RAUC_CERT=$keys/signer.pem bundle=rustreamer-test.raucb
    ;;
'') ;;
*) die "KEYS=test, or RAUC_KEYRING, RAUC_KEY and RAUC_CERT with files of your own; not KEYS=$KEYS" ;;
esac
export KERNEL RAUC_KEYRING=${RAUC_KEYRING:-} RAUC_KEY=${RAUC_KEY:-} RAUC_CERT=${RAUC_CERT:-} COMPATIBLE=rustreamer-$KERNEL-arm64
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2> /dev/null || stat -c %Y Cargo.toml)
export SOURCE_DATE_EPOCH

base=$(image/base.sh)
image/deb/build.sh arm64
target=${CARGO_TARGET_DIR:-$PWD/target}/cross
# (Not this commit's time, see deb/build.sh.)
env -u SOURCE_DATE_EPOCH CARGO_TARGET_DIR="$target" scripts/arm64-toolchain.sh cargo build --release --locked -p appliance >&2
aarch64-linux-gnu-strip --strip-unneeded -o "$out/parts/appliance" "$target/aarch64-unknown-linux-gnu/release/appliance"
package_version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
export VERSION=${VERSION:-$package_version}

locked_debs
folders=()
for package in $(locked unpacked | grep '^linux-image-'); do
    kernel=$(unpacked "$package")
    [ "$KERNEL" != debian ] || kernel=$(image/drivers.sh "$kernel" "$base")
    folders+=("$kernel")
done
kernels=$(IFS=: && echo "${folders[*]}")
start=()
for package in busybox-static dmsetup libdevmapper1.02.1 libudev1 libcap2 libselinux1 libpcre2-8-0 libc6; do start+=("$(unpacked "$package")"); done

# What belongs to those that are never installed.
rm -rf "$out/parts/doc"
for package in $(locked unpacked); do
    install -D -m 644 -t "$out/parts/doc/$package" "$(unpacked "$package")/usr/share/doc/$package/copyright"
done
image/namespace.sh image/root.sh "$base" "$kernels" "$(unpacked firmware-brcm80211)/usr/lib/firmware" "$out/parts/doc" "target/deb/rustreamer_${package_version}_arm64.deb" "$out/parts/appliance" \
    "$out/parts/root.img"
verity=$(image/verity.sh "$out/parts/root.img")
image/bootfs.sh "$out/parts" "$kernels" "$(unpacked raspi-firmware)" "$verity" "${start[@]}"
install -m 644 -t "$out/parts" image/boot/autoboot.txt image/boot/appliance.toml "$(unpacked raspi-firmware)/usr/lib/raspi-firmware/bootcode.bin"
: > "$out/parts/empty"
find "$out/parts" -exec touch -d "@$SOURCE_DATE_EPOCH" {} +

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/root"
PATH=$PATH:/usr/sbin genimage --config image/genimage.cfg --inputpath "$out/parts" --outputpath "$out" --tmppath "$work/tmp" --rootpath "$work/root" \
    > "$work/log" 2>&1 || { tail -n 20 "$work/log" >&2; die "genimage failed; its last lines are above"; }
echo "$VERSION" > "$out/version"
echo "$KERNEL" > "$out/kernel"
rm -f "$out"/*.vfat
say "$out/rustreamer.img, $VERSION: $(($(stat -c %s "$out/rustreamer.img") >> 20)) MiB, of which the root is $(($(stat -c %s "$out/parts/root.img") >> 20)) MiB"

rm -f "$out"/*.raucb
[ -n "$RAUC_KEYRING" ] || say 'it takes no updates: RAUC_KEYRING=FILE names the certificates of those whose updates it is to take'
if [ -n "$RAUC_KEY" ]; then
    image/bundle.sh "$out/parts" "$out/$bundle"
else
    say 'no bundle to update from: RAUC_KEY=FILE and RAUC_CERT=FILE sign one; KEYS=test makes keys up, for trying it out'
fi
