#!/bin/bash
# janus-headers.sh 1.1|1.4: prints compiler flags for that Janus's own headers, and GLib's and jansson's beside them, from Debian.
# Nothing is installed: Debian 13 has no janus-dev, and the machine's would be of one version only.
set -euo pipefail
# shellcheck source=scripts/cache.sh
. "$(dirname "$0")/cache.sh"
# shellcheck source=scripts/apt-view.sh
. "$(dirname "$0")/apt-view.sh"

case ${1:-} in
1.1) suite=bookworm packages='janus-dev libjansson-dev libglib2.0-dev' ;;
1.4) suite=forky packages='janus-dev libjansson-dev libglib2.0-dev libgio-2.0-dev' ;;
*) die "usage: janus-headers.sh 1.1 | 1.4" ;;
esac
arch=$(dpkg --print-architecture)
root=$CACHE/roots/janus-headers-$1-$arch
if [ ! -d "$root" ]; then
    work=$(mktemp -d "$CACHE/headers.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    say "fetching the headers of Janus from $suite (once; kept in $root)"
    apt_view "$work" "$suite" "$arch"
    # shellcheck disable=SC2086 # several words
    fetch "$work/debs" $packages
    unpack "$work/root" "$work"/debs/*.deb
    mkdir -p "$CACHE/roots"
    rm -rf "$root"
    mv "$work/root" "$root"
fi
config=$(find "$root/usr/lib" -name glibconfig.h | head -n 1)
[ -n "$config" ] || die "glibconfig.h is not among the packages: $packages"
[ -e "$root/usr/include/jansson.h" ] || die "jansson.h is not among the packages: $packages"
include=$root/usr/include
echo "-I$include/janus -isystem $include/glib-2.0 -isystem ${config%/*} -isystem $include -isystem $include/$(gcc -print-multiarch)"
