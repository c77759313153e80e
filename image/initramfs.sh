#!/bin/bash
# initramfs.sh KERNEL BUSYBOX OUT: the first file system: /init, busybox, and the modules that lead to the root's.
# What must always hold: the same input gives the same bytes (SOURCE_DATE_EPOCH is the time of all that is in it).
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/cache.sh
. scripts/cache.sh
# shellcheck source=image/modules.sh
. image/modules.sh
kernel=$1 busybox=$2 out=$3
version=$(basename "$kernel"/usr/lib/modules/*)

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/{bin,dev,proc,sys,run,sysroot,layer,usr}
install "$busybox" "$root/bin/busybox"
for name in sh mount umount modprobe switch_root mkdir cat echo sleep chroot od tr grep sync mv reboot; do ln -s busybox "$root/bin/$name"; done
install image/init "$root/init"
module_files "$kernel" start | while read -r file; do
    install -D -m 644 "$kernel/usr/lib/modules/$version/$file" "$root/usr/lib/modules/$version/$file"
    # Not stripped, that would take its signature; but this archive is compressed as a whole.
    [[ $file != *.xz ]] || xz -d "$root/usr/lib/modules/$version/$file"
    basename "$file" | sed 's/\.ko.*//'
done > "$root/modules"
cp "$kernel/usr/lib/modules/$version"/modules.{builtin,builtin.modinfo,order} "$root/usr/lib/modules/$version"
with_dep "$root" "$version"
find "$root/usr" -name 'modules.*.bin' -delete
find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
(cd "$root" && find . -print0 | LC_ALL=C sort -z | cpio -0 -o -H newc --quiet --reproducible -R 0:0 | zstd -q -19) > "$out"
