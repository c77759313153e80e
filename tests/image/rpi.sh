#!/bin/bash
# rpi.sh: the recipe of KERNEL=rpi, from lock to boot partition, with an archive that is made here: Debian's own kernel and firmware under the names that
# Raspberry Pi's have in theirs, signed with a key made for it. **Nothing of the real archive is in this**: it shows that the recipe does what it
# says with such packages, not what is in them.
set -euo pipefail
cd "$(dirname "$0")/../.."
export KERNEL=debian
# shellcheck source=scripts/cache.sh
. scripts/cache.sh
# shellcheck source=scripts/apt-view.sh
. scripts/apt-view.sh
# shellcheck source=image/debian.sh
. image/debian.sh
# shellcheck source=image/modules.sh
. image/modules.sh
# shellcheck source=tests/image/firmware.sh
. tests/image/firmware.sh
work=$(mktemp -d "$CACHE/image/rpi.XXXXXX")
trap 'rm -rf "$work"' EXIT
check() { "${@:2}" || die "not so: $1"; say "ok: $1"; }
refused() { # refused WHY COMMAND...: for this reason
    ! "${@:2}" 2> "$work/said" || die "not refused: $1"
    grep -qF "$1" "$work/said" || die "refused, but not for '$1': $(cat "$work/said")"
    say "ok: refused: $1"
}

# ---- the archive

locked_debs
kernel=$(image/drivers.sh "$(unpacked "$(locked unpacked | grep '^linux-image-')")" "$(image/base.sh)")
pool=$work/archive/pool
mkdir -p "$pool"
# pack FOLDER NAME VERSION [DEPENDS]
pack() {
    mkdir -p "$1/DEBIAN" "$1/usr/share/doc/$2"
    echo 'made for a test' > "$1/usr/share/doc/$2/copyright"
    printf 'Package: %s\nVersion: %s\nArchitecture: arm64\nMaintainer: nobody <nobody@example.org>\nDescription: made for a test\n%s' "$2" "$3" "${4:+Depends: $4$'\n'}" > "$1/DEBIAN/control"
    dpkg-deb --root-owner-group -Znone -b "$1" "$pool" > /dev/null
}
for flavour in v8 2712; do
    release=6.99.0+rpt-rpi-$flavour tree=$work/$flavour
    mkdir -p "$tree/boot" "$tree/usr/lib/modules" "$tree/usr/lib/linux-image-$release/overlays"
    # (Theirs are compressed, which their firmware takes.)
    gzip -1 < "$(echo "$kernel"/boot/vmlinuz-*)" > "$tree/boot/vmlinuz-$release"
    cp -r "$kernel"/usr/lib/modules/* "$tree/usr/lib/modules/$release"
    mkdir -p "$tree/usr/lib/modules/$release/kernel/drivers/media/platform/bcm2835"
    mv "$tree/usr/lib/modules/$release"/kernel/drivers/media/platform/{broadcom/*,bcm2835}
    cp -r "$kernel"/usr/lib/linux-image-*/broadcom "$tree/usr/lib/linux-image-$release"
    echo "$flavour" > "$tree/usr/lib/linux-image-$release/overlays/tc358743.dtbo"
    pack "$tree" "linux-image-$release" 1:6.99.0-1
    pack "$work/meta-$flavour" "linux-image-rpi-$flavour" 1:6.99.0-1 "linux-image-$release (= 1:6.99.0-1)"
    rm -rf "$tree"
done
mkdir "$work/firmware"
cp -r "$(unpacked raspi-firmware)/usr" "$work/firmware"
pack "$work/firmware" raspi-firmware 1:1.29990101-1
# One of Debian's, too, newer than Debian's own: it is not to be taken.
pack "$work/curl" curl 99
index=$work/archive/dists/trixie
mkdir -p "$index/main/binary-arm64"
(cd "$work/archive" && dpkg-scanpackages --multiversion pool > "$index/main/binary-arm64/Packages" 2> /dev/null)
{
    printf 'Origin: Raspberry Pi Foundation\nLabel: Raspberry Pi Foundation\nSuite: stable\nCodename: trixie\nArchitectures: arm64\nComponents: main\nDate: %s\nSHA256:\n' "$(date -Ru)"
    printf ' %s %s main/binary-arm64/Packages\n' "$(sha256sum < "$index/main/binary-arm64/Packages" | cut -d' ' -f1)" "$(stat -c %s "$index/main/binary-arm64/Packages")"
} > "$index/Release"
export GNUPGHOME=$work/gpg
for who in ours strangers; do
    rm -rf "$GNUPGHOME"
    mkdir -m 700 "$GNUPGHOME"
    gpg --quiet --batch --passphrase '' --quick-gen-key "$who <nobody@example.org>" ed25519 sign never 2> /dev/null
    gpg --quiet --export > "$work/$who.gpg"
    [ "$who" != ours ] || gpg --quiet --batch --clearsign -o "$index/InRelease" "$index/Release"
    gpgconf --kill all
done

# ---- what is made of it

refused 'RPI_MIRROR=URL says where it is' env KERNEL=rpi LOCK="$work/lock" image/lock.sh
refused 'make image-lock KERNEL=rpi writes it' env KERNEL=rpi LOCK="$work/lock" image/build.sh
export KERNEL=rpi LOCK=$work/lock RPI_MIRROR=file://$work/archive RPI_KEYRING=$work/strangers.gpg
refused 'signed with another key' image/lock.sh
export RPI_KEYRING=$work/ours.gpg
image/lock.sh
check 'both kernels are locked' [ "$(locked unpacked | grep '^linux-image-' | xargs)" = 'linux-image-6.99.0+rpt-rpi-2712 linux-image-6.99.0+rpt-rpi-v8' ]
check 'with their firmware' grep -q '^raspi-firmware 1:1.29990101-1 ' "$LOCK"
check 'nothing else of theirs' [ -z "$(grep '^curl 99 ' "$LOCK")" ]
check 'and nothing to build drivers with' [ -z "$(locked builds)" ]

# The cache keeps nothing of this.
mkdir -p "$work/cache/image"
cp -al "$CACHE/image/debs" "$work/cache/image/debs"
CACHE=$work/cache
export RUSTREAMER_CACHE=$CACHE
locked_debs
folders=()
for package in $(locked unpacked | grep '^linux-image-'); do folders+=("$(unpacked "$package")"); done
start=()
for package in busybox-static dmsetup libdevmapper1.02.1 libudev1 libcap2 libselinux1 libpcre2-8-0 libc6; do start+=("$(unpacked "$package")"); done
mkdir "$work/parts"
export SOURCE_DATE_EPOCH=1761955200
image/bootfs.sh "$work/parts" "$(IFS=: && echo "${folders[*]}")" "$(unpacked raspi-firmware)" 1:0 "${start[@]}"
mkdir "$work/boot"
mcopy -s -i "$work/parts/boot-a.img" '::*' "$work/boot"
# board FILTER KERNEL INITRAMFS TREE: what the firmware of a board with this filter loads.
board() {
    lines "$work/boot/config.txt" "$1" > "$work/boot/config"
    check "a $1 starts $2" [ "$(config "$work/boot" kernel) $(config "$work/boot" initramfs)" = "$2 $3 followkernel" ]
    for file in "$2" "$3" "$4" overlays/tc358743.dtbo cmdline.txt; do check "which has $file" [ -s "$work/boot/$file" ]; done
    check 'with no receiver, as long as nobody has said so' [ -z "$(grep '^dtoverlay=tc358743' "$work/boot/config")" ]
}
board pi3 kernel8.img initramfs8 bcm2837-rpi-3-b.dtb
board pi4 kernel8.img initramfs8 bcm2711-rpi-4-b.dtb
board pi5 kernel_2712.img initramfs_2712 bcm2712-rpi-5-b.dtb
check 'its serial line is called as theirs' grep -q 'console=serial0,115200' "$work/boot/cmdline.txt"
