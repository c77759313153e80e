#!/bin/bash
# setup.sh build|test|demo|bench|deb|overlays|image|test-image: installs from Debian what this needs and is missing; when all is there it does nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/cache.sh
. scripts/cache.sh
# shellcheck source=scripts/rust.sh
. scripts/rust.sh

# Each word is a package, or package=program where another source of the program will do.
build='ca-certificates cmake=cmake g++=g++ libc6-dev libclang-dev make=make nasm=nasm'
# The demo, and private Debian roots: Janus, and µStreamer as a peer.
demo="$build debian-archive-keyring xz-utils=xz curl=curl iproute2=ip v4l-utils=v4l2-ctl"
browsers='chromium firefox-esr nodejs=node npm=npm'
# A TURN server, for browsers that reach Janus over one; and what looks at the plugin's memory.
ways='coturn=turnserver valgrind=valgrind'
kernel='bc=bc bison=bison busybox=busybox flex=flex patch=patch procps=pgrep strace=strace'
arm64='gcc-aarch64-linux-gnu=aarch64-linux-gnu-gcc libc6-dev-arm64-cross qemu-user-static=qemu-aarch64-static'
# Packages for both processors, and what looks at them.
deb='debhelper=dh mmdebstrap=mmdebstrap iproute2=ip dpkg-dev=dpkg-buildpackage g++-aarch64-linux-gnu=aarch64-linux-gnu-g++ man-db=man systemd=systemd-analyze'
overlays='make=make device-tree-compiler=dtc'
# The image: an arm64 Debian whose maintainer scripts are emulated, file systems, partitions; and a machine that boots it.
image='genimage=genimage mtools=mcopy dosfstools squashfs-tools=mksquashfs cpio=cpio xz-utils=xz zstd=zstd kmod uidmap=newuidmap debian-archive-keyring
binutils=readelf cryptsetup-bin device-tree-compiler=dtc rauc=rauc openssl=openssl python3=python3 bmap-tools=bmaptool minisign=minisign gnupg=gpg'
boot_image='busybox=busybox iproute2=ip openssh-client=ssh openssl=openssl python3=python3 curl=curl ffmpeg=ffprobe qemu-utils=qemu-img'
# Firewalls of the browser tests' own.
firewall='nftables=nft'
lint='python3=python3 shellcheck=shellcheck rustfmt-web=cargo-fmt rust-web-clippy=cargo-clippy'

what=${1:-}
case $what in
build) wanted=$build ;;
demo) wanted=$demo ;;
deb) wanted="$build $arm64 $deb" ;;
image) wanted="$build $arm64 $deb $image" ;;
test-image) wanted="$build $arm64 $deb $image $boot_image $browsers" ;;
bench) wanted="$demo $browsers $ways" ;;
overlays) wanted=$overlays ;;
test) wanted="$demo $browsers $ways $firewall $kernel $arm64 $deb $overlays $image $boot_image $lint" ;;
*) die "usage: setup.sh build | test | demo | bench | deb | overlays | image | test-image" ;;
esac

installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' 2> /dev/null) || installed=
present() {
    local package=${1%%=*} program=${1#*=}
    [ "$program" = "$1" ] || ! command -v "$program" > /dev/null || return 0
    grep -qxF "$package installed" <<< "$installed"
}
missing=()
for item in $wanted; do
    present "$item" || missing+=("${item%%=*}")
done
find_rust || missing+=(rustc-web cargo-web)
# Not replaced behind the user's back: whoever has a node of their own keeps it first in PATH.
if [[ $wanted == *nodejs* ]] && command -v node > /dev/null; then
    node=$(node --version)
    node=${node#v}
    [ "${node%%.*}" -ge 18 ] || die "node in PATH is version $node; the browser tests need 18 or newer"
fi
[ ${#missing[@]} -gt 0 ] || exit 0

system=$(. /etc/os-release 2> /dev/null && echo "${ID:-unknown} ${VERSION_ID:-unknown}") || system=unknown
case $system in
'debian 12' | 'debian 13') ;;
*) die "this system ($system) is not one that is prepared by itself: Debian 12 or 13 is. Missing for '$what': ${missing[*]} (names as in Debian; Rust from $RUST_WANTED)" ;;
esac

sudo=()
if [ "$(id -u)" != 0 ]; then
    command -v sudo > /dev/null || die "missing: ${missing[*]}; become root, or install sudo, and run this again"
    sudo=(sudo)
fi
say "installing what '$what' needs: ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# Nothing is removed: where a package of the user's is in the way, apt says so and the user decides.
install=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-remove --no-install-recommends -o DPkg::Lock::Timeout=300)
if ! { "${sudo[@]}" "${install[@]}" update && "${sudo[@]}" "${install[@]}" install "${missing[@]}"; } > "$log" 2>&1; then
    tail -n 20 "$log" >&2
    die "apt-get could not install ${missing[*]}; its last lines are above"
fi
find_rust || die "no cargo from $RUST_WANTED on, although Debian's cargo-web was asked for; see 'cargo --version'"
