#!/bin/bash
# lock.sh: writes packages.lock anew: the packages of `packages`, with all that they need, as Debian has them today. KERNEL=rpi: packages-rpi.lock, with
# Raspberry Pi's kernels and firmware from their archive (RPI_MIRROR, RPI_KEYRING).
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/cache.sh
. scripts/cache.sh
# shellcheck source=scripts/apt-view.sh
. scripts/apt-view.sh
# shellcheck source=image/debian.sh
. image/debian.sh

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
image_view "$work/apt"
for_kernel image/packages > "$work/packages"
mapfile -t installed < <(awk 'NF == 1 { print $1 }' "$work/packages")
mapfile -t unpacked < <(awk '$1 == "unpacked" { print $2 }' "$work/packages")
mapfile -t builds < <(awk '$1 == "builds" { print $2 }' "$work/packages")

# uris PACKAGE...: what apt would fetch, a line each: 'ADDRESS' NAME_VERSION_ARCH.deb SIZE KIND:SUM
uris() { "${apt[@]}" --print-uris install "$@"; }
# Names of the essential packages, for arm64 and for all.
essential() { "${aptcache[@]}" dumpavail | awk '$1 == "Package:" { name = $2 } $1 == "Essential:" && $2 == "yes" { print name }' | sort -u; }
# depends PACKAGE BEGINNING: today's package, with a version in its name, that PACKAGE depends on.
depends() { "${aptcache[@]}" depends "$1" | sed -n "s/^ *Depends: *\\($2[^ ]*\\)\$/\\1/p" | head -n 1; }

# lock KIND FILE: lines of the lock from the names in a list of addresses. (apt reads all its lists at each start: it is asked once.)
lock() {
    local wanted
    mapfile -t wanted < <(awk '{ sub(/_[^_]*$/, "", $2); sub(/_/, "=", $2); gsub(/%3a/, ":", $2); print $2 }' "$2")
    "${aptcache[@]}" show "${wanted[@]}" | awk -v kind="$1" '
        $1 == "Package:" { name = $2 } $1 == "Version:" { version = $2 } $1 == "Architecture:" { arch = $2 } $1 == "SHA256:" { sum = $2 }
        !NF && name { print name, version, arch, sum, kind; name = "" }
        END { if (name) print name, version, arch, sum, kind }' | LC_ALL=C sort -u > "$2.lock"
    [ "$(wc -l < "$2.lock")" = "${#wanted[@]}" ] || die "apt knows checksums of $(wc -l < "$2.lock") packages of ${#wanted[@]}"
    cat "$2.lock"
}

mapfile -t base < <(essential)
[ ${#base[@]} -gt 15 ] || die "Debian has ${#base[@]} essential packages, it is said: ${base[*]}"
uris "${base[@]}" "${installed[@]}" > "$work/installed"
for i in "${!unpacked[@]}"; do
    case ${unpacked[$i]} in
    linux-image-*) unpacked[i]=$(depends "${unpacked[$i]}" linux-image-) ;;
    esac
    "${apt[@]}" --print-uris download "${unpacked[$i]}" >> "$work/unpacked"
done
# The kernel's own, alone: the headers depend on the whole kernel, as installed. The others with what they need and the image has not.
kernel=() tools=()
for package in "${builds[@]}"; do
    case $package in
    linux-headers-arm64)
        headers=$(depends linux-headers-arm64 linux-headers-)
        kernel+=("$headers" "$(depends "$headers" linux-headers-)" "$(depends "$headers" linux-kbuild-)")
        ;;
    linux-*) kernel+=("$package") ;;
    *) tools+=("$package") ;;
    esac
done
{
    [ ${#kernel[@]} = 0 ] || "${apt[@]}" --print-uris download "${kernel[@]}"
    [ ${#tools[@]} = 0 ] || uris "${base[@]}" "${installed[@]}" "${tools[@]}" | LC_ALL=C sort | LC_ALL=C comm -13 <(LC_ALL=C sort "$work/installed") -
} > "$work/builds"
{ lock installed "$work/installed"; lock unpacked "$work/unpacked"; [ ! -s "$work/builds" ] || lock builds "$work/builds"; } | LC_ALL=C sort > "$work/lock"
[ ${#builds[@]} = 0 ] || versions=$(awk '$1 ~ /^linux-(image|headers|kbuild|source)-/ { print $2 }' "$work/lock" | sort -u)
[ "$(wc -l <<< "${versions:-}")" = 1 ] || die "Debian's kernel, its headers and its sources are of different versions today: $(xargs <<< "$versions"); try again later"
strangers=$(awk '{ print $1 }' "$work/lock" | LC_ALL=C sort | uniq -d)
[ -z "$strangers" ] || die "locked twice: $strangers"
mv "$work/lock" "$LOCK"
say "$LOCK: $(wc -l < "$LOCK") packages, $(awk '{ s += $3 } END { printf "%d", s / 1e6 }' "$work/installed" "$work/unpacked" "$work/builds") MB to fetch"
