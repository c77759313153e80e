#!/bin/bash
# initramfs.sh OUT KERNEL PACKAGE...: the first file system: /init, busybox, dmsetup, and the modules that lead to the root's. The packages,
# unpacked, have these programs and the libraries that they need.
# What must always hold: the same input gives the same bytes (SOURCE_DATE_EPOCH is the time of all that is in it).
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/cache.sh
. scripts/cache.sh
# shellcheck source=image/modules.sh
. image/modules.sh
out=$1 kernel=$2
shift 2
packages=("$@")
version=$(basename "$kernel"/usr/lib/modules/*)

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/{bin,dev,proc,sys,run,sysroot,layer,usr}

# part FILE: a file of the packages', by its name and with all libraries that it names, into the folder where its loader looks for it.
part() {
    local file library
    [ ! -e "$root$1" ] || return 0
    for file in "${packages[@]/%/$1}"; do [ ! -e "$file" ] || break; done
    [ -e "$file" ] || die "none of the first file system's packages has $1"
    install -D "$(readlink -f "$file")" "$root$1"
    for library in $(readelf -d "$file" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
        case $library in ld-linux-*) part "/usr/lib/$library" ;; *) part "/usr/lib/aarch64-linux-gnu/$library" ;; esac
    done
}
ln -s usr/lib "$root/lib"
part /usr/bin/busybox
part /usr/sbin/dmsetup
ln -s ../usr/bin/busybox "$root/bin/busybox"
ln -s ../usr/sbin/dmsetup "$root/bin/dmsetup"
for name in sh mount umount modprobe switch_root mkdir cat echo sleep chroot od tr grep sed dd sync mv reboot; do ln -s busybox "$root/bin/$name"; done
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
