#!/bin/bash
# drivers.sh KERNEL BASE: prints a folder like KERNEL (Debian's package, unpacked) with two modules more, for HDMI receivers on a board's camera
# connector: Debian has their sources in its kernel's package of sources, and does not build them.
#
# They are built from that very package, with the kernel's headers and its own compiler, all from packages.lock, in the Debian that BASE is (emulated,
# a minute or two; once, and kept). What must always hold: the kernel takes them for its own (the same vermagic), and two builds give the same bytes.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/cache.sh
. scripts/cache.sh
# shellcheck source=image/debian.sh
. image/debian.sh
# shellcheck source=image/modules.sh
. image/modules.sh
# Where the sources lie in the kernel's, and the modules in its package.
readonly DRIVERS=(drivers/media/i2c/tc358743 drivers/media/platform/broadcom/bcm2835-unicam)

# inside ROOT RELEASE: in namespace.sh.
if [ "$1" = --inside ]; then
    root=$2 release=$3
    tar -xpf "$4" --numeric-owner --exclude './dev/*' -C "$root"
    for deb in "${@:5}"; do dpkg-deb --fsys-tarfile "$deb" | tar -x --keep-directory-symlink --no-same-owner -C "$root"; done
    touch "$root/dev/null"
    mount --bind /dev/null "$root/dev/null"
    sources=("$root"/usr/src/linux-source-*.tar.xz)
    patterns=("${DRIVERS[@]/#/*/}")
    tar -xJf "${sources[0]}" -C "$root/build" --strip-components=1 --wildcards --no-wildcards-match-slash "${patterns[@]/%/*}"
    for driver in "${DRIVERS[@]}"; do
        mv "$root/build/$driver"* "$root/build"
        echo "obj-m += ${driver##*/}.o" >> "$root/build/Kbuild"
    done
    rm -r "$root/build/drivers"
    # BTF: its generator, pahole, is not needed for this.
    env -i PATH=/usr/sbin:/usr/bin KBUILD_BUILD_TIMESTAMP=@0 chroot "$root" make -C "/usr/src/linux-headers-$release" M=/build CONFIG_DEBUG_INFO_BTF_MODULES= modules
    env -i PATH=/usr/sbin:/usr/bin chroot "$root" sh -c 'strip --strip-debug /build/*.ko'
    umount "$root/dev/null"
    exit
fi

kernel=$1 base=$2
release=$(basename "$kernel"/usr/lib/modules/*)
folder=$CACHE/image/kernel-$({ awk '$5 == "builds" || $1 ~ /^linux-image-/' "$LOCK"; cat image/drivers.sh; } | sha256sum | cut -c1-12)
[ -e "$folder" ] && { echo "$folder"; exit 0; }
say "two drivers for $release: built from Debian's sources, emulated (once; kept in $folder)"
work=$(mktemp -d "$CACHE/image/drivers.XXXXXX")
# (What the namespace made may belong to users that only it has.)
trap 'image/namespace.sh rm -rf "$work"' EXIT
mkdir -p "$work/root/build"
debs=()
for name in $(locked builds); do debs+=("$(deb_of "$name")"); done
image/namespace.sh image/drivers.sh --inside "$work/root" "$release" "$base" "${debs[@]}" > "$work/log" 2>&1 ||
    { cp "$work/log" "$CACHE/image/drivers.log"; tail -n 20 "$work/log" >&2; die "the drivers were not built; the last lines are above, all of them in $CACHE/image/drivers.log"; }

cp -al "$kernel" "$work/kernel" 2> /dev/null || { rm -rf "$work/kernel"; cp -a "$kernel" "$work/kernel"; }
modules=$work/kernel/usr/lib/modules/$release
magic=$(modinfo -F vermagic "$(find "$modules/kernel" -name 'v4l2-dv-timings.ko*')")
for driver in "${DRIVERS[@]}"; do
    built=$work/root/build/${driver##*/}.ko
    [ "$(modinfo -F vermagic "$built")" = "$magic" ] || die "${driver##*/} is for '$(modinfo -F vermagic "$built")', and the kernel takes '$magic'"
    install -D -m 644 "$built" "$modules/kernel/$driver.ko"
done
# (depmod writes them anew; the package's own stay as they are.)
rm -f "$modules"/modules.{dep,alias,symbols,softdep,devname,weakdep}* "$modules"/modules.*.bin
with_dep "$work/kernel" "$release"
mv "$work/kernel" "$folder"
echo "$folder"
