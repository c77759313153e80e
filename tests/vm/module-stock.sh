#!/bin/bash
# module-stock.sh amd64|arm64: builds vh264.ko, the virtual H.264 encoder, for Debian's own kernel of one release, out of tree and without
# installing anything; prints the path of vh264.ko and that of the kernel (vmlinuz), whose modules are beside it in lib/modules.
# The first run fetches about 100 MB of packages; later ones take some seconds when the encoder's sources have changed, else none.
#
# arm64 on amd64 is a cross build: the headers are arm64's, the programs that build with them (linux-kbuild) are this machine's. It needs
# gcc-aarch64-linux-gnu.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=scripts/cache.sh
. ../../scripts/cache.sh
# shellcheck source=scripts/apt-view.sh
. ../../scripts/apt-view.sh

readonly SUITES='bookworm bookworm-security'
host=$(dpkg --print-architecture)
arch=${1:-}
case $arch in
amd64) karch=x86 triplet=x86_64-linux-gnu ;;
arm64) karch=arm64 triplet=aarch64-linux-gnu ;;
*) die "usage: module-stock.sh amd64|arm64" ;;
esac
cross=
[ "$arch" = "$host" ] || cross=$triplet-
compiler=${cross}gcc
command -v "$compiler" > /dev/null || die "$compiler is missing; apt-get install gcc-${triplet//_/-}"

hash_of() { cat "$@" | sha256sum | cut -c1-12; }
kernel=$CACHE/vm/stock-$arch-$(hash_of <(echo "$SUITES $arch on $host, with versions"))
mkdir -p "$CACHE/vm"

# depends_of PACKAGE PATTERN: the package that PACKAGE depends on, by the beginning of its name.
depends_of() { "${aptcache[@]}" depends "$1:$arch" | sed -n "s/^ *Depends: <*\($2[^:> ]*\).*/\1/p" | head -n 1; }

fetch_kernel() {
    local headers image common kbuild
    say "stock kernel: fetching Debian's linux-image and linux-headers for $arch"
    apt_view apt "$SUITES" "$host $([ "$arch" = "$host" ] || echo "$arch")"
    headers=$(depends_of "linux-headers-$arch" linux-headers-)
    image=$(depends_of "linux-image-$arch" linux-image-)
    common=$(depends_of "$headers" 'linux-headers-.*-common')
    kbuild=$(depends_of "$headers" linux-kbuild-)
    fetch archives "$headers:$arch" "$image:$arch" "$common" "$kbuild:$host"
    unpack . archives/*.deb
    (cd archives && printf '%s\n' ./*.deb) > made-from
    rm -rf apt archives usr/lib/debug usr/share
    # The packages expect to lie in the root: one makefile names the other by its absolute path.
    sed -i "s|/usr/src/|$kernel/usr/src/|" "usr/src/$headers/Makefile"
    ln -s "usr/src/$headers" headers
}

build_module() {
    cp "$OLDPWD"/vh264/Kbuild "$OLDPWD"/vh264/*.[ch] .
    # CC: Debian's headers ask for the compiler that built the kernel, by version. BTF: its generator, pahole, is not needed for this.
    make -s -C "$kernel/headers" M="$module" ARCH="$karch" CROSS_COMPILE="$cross" CC="$compiler" CONFIG_DEBUG_INFO_BTF_MODULES= modules \
        > log 2>&1 || { cat log >&2; die "vh264 does not build for Debian's $arch kernel"; }
}

# made FOLDER BUILDER: runs BUILDER in FOLDER to fill it, unless it did so before.
made() {
    [ ! -e "$1/complete" ] || return 0
    rm -rf "$1"
    mkdir "$1"
    cd "$1"
    "$2"
    touch complete
    cd "$OLDPWD"
}

# One builder at a time; the second one finds it done.
exec 9> "$CACHE/vm/stock-lock"
flock 9
made "$kernel" fetch_kernel
# A module is loaded by the very kernel that it was built for, so the versions are in its folder's name.
module=$CACHE/vm/stock-vh264-$arch-$(hash_of vh264/Kbuild vh264/*.[ch] "$kernel/made-from" <(echo "$kernel $compiler-$("$compiler" -dumpfullversion)"))
made "$module" build_module
echo "$module/vh264.ko"
find "$kernel/boot" -name 'vmlinuz-*'
