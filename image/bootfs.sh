#!/bin/bash
# bootfs.sh PARTS KERNELS FIRMWARE VERITY PACKAGE...: what the firmware starts a slot with, in PARTS: the folder boot, and boot.img, the file system of
# it that an update writes; boot-a.img and boot-b.img are the same with one file more, the slot's command line as cmdline.txt. (Debian's firmware
# cannot tell in config.txt which partition it has started from, so on the device `board prepare` copies it.) KERNELS: folders, with colons.
# PACKAGEs: initramfs.sh's. $KERNEL: whose.
#
# What must always hold: the same input gives the same bytes. No bootcode.bin: a Pi 3 takes it from the first partition, and is said to want it there alone.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/cache.sh
. scripts/cache.sh
export PATH=$PATH:/usr/sbin
parts=$1 kernels=$2 firmware=$3 verity=$4
shift 4
boot=$parts/boot
rm -rf "$boot"
mkdir -p "$boot/overlays"

# shellcheck disable=SC2153 # exported by build.sh
# (Debian's of a Pi 5 is one that does not start; a firmware must not find it.)
case $KERNEL in debian) not=(-not -name 'bcm2712-*') ;; rpi) not=() ;; esac
for kernel in ${kernels//:/ }; do
    # Raspberry Pi's are two, by the names that they have there.
    case $(basename "$kernel"/usr/lib/modules/*) in
    *-rpi-v8) file=kernel8.img start=initramfs8 ;;
    *-rpi-2712) file=kernel_2712.img start=initramfs_2712 ;;
    *) file=vmlinuz start=initramfs ;;
    esac
    image/initramfs.sh "$boot/$start" "$kernel" "$@"
    mapfile -t trees < <(find "$kernel"/usr/lib/linux-image-*/broadcom -name 'bcm27*.dtb' "${not[@]}" -o -name 'bcm2837-*.dtb')
    install -m 644 "$kernel"/boot/vmlinuz-* "$boot/$file"
    install -m 644 -t "$boot" "${trees[@]}"
    [ "$KERNEL" != rpi ] || install -m 644 -t "$boot/overlays" "$kernel"/usr/lib/linux-image-*/overlays/*
done
[ "$KERNEL" != debian ] || overlays/build.sh "$boot/overlays"
# Those of a Pi 3 and Zero 2 W, and of a Pi 4; a Pi 5 has its own. Whoever hands them on has to hand on their licence.
install -m 644 -t "$boot" "$firmware"/usr/lib/raspi-firmware/{start,start4}.elf "$firmware"/usr/lib/raspi-firmware/{fixup,fixup4}.dat
install -m 644 "$firmware/usr/share/doc/raspi-firmware/copyright" "$boot/firmware-copyright.txt"

install -m 644 "image/boot/config-$KERNEL.txt" "$boot/config.txt"
image/files/usr/lib/appliance/board text none > "$boot/capture.txt"
# (Raspberry Pi's firmware puts the name of their kernel's there.)
case $KERNEL in debian) serial=ttyS1 ;; rpi) serial=serial0 ;; esac
for slot in A:05 B:06; do
    sed "s/@SLOT@/${slot%:*}/; s/@ROOT@/${slot#*:}/; s/@VERITY@/$verity/; s/@SERIAL@/$serial/" image/boot/cmdline.txt > "$boot/cmdline-$(tr AB ab <<< "${slot%:*}").txt"
done
find "$boot" -exec touch -d "@$SOURCE_DATE_EPOCH" {} +

# Smaller than its partition, so that an update writes less; a later one may be larger.
rm -f "$parts"/boot{,-a,-b}.img
mkfs.vfat -F 32 -n BOOT -i b17c0002 --invariant -C "$parts/boot.img" $((64 << 10)) > /dev/null
mcopy -s -m -i "$parts/boot.img" "$boot"/* :: || die "the boot partition's files do not fit into $(($(stat -c %s "$parts/boot.img") >> 20)) MiB"
for slot in a b; do
    cp "$parts/boot.img" "$parts/boot-$slot.img"
    mcopy -m -i "$parts/boot-$slot.img" "$boot/cmdline-$slot.txt" ::cmdline.txt
done
