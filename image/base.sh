#!/bin/bash
# base.sh: prints a tarball: the Debian of packages.lock, installed, without anything of ours.
#
# Its packages' scripts run emulated (native.sh helps; NATIVE=0: without it), for some minutes, so it is made once and kept under what it was made
# from: another lock, or another recipe, makes another. What must always hold: it has the lock's packages and no others, and two runs give the same
# bytes, with and without that help.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/cache.sh
. scripts/cache.sh
# shellcheck source=scripts/apt-view.sh
. scripts/apt-view.sh
# shellcheck source=image/debian.sh
. image/debian.sh

tarball=$CACHE/image/base-$({ awk '$5 == "installed"' "$LOCK"; cat image/base.sh; } | sha256sum | cut -c1-12).tar
[ -e "$tarball" ] && { echo "$tarball"; exit 0; }
locked_debs
mkdir -p "$CACHE/image"
work=$(mktemp -d "$CACHE/image/base.XXXXXX")
# (What the namespace made may belong to users that only it has.)
trap 'image/namespace.sh rm -rf "$work"' EXIT

# An archive of just these packages, for apt to find its way with; their checksums have been compared with the lock.
archive=$work/archive
mkdir -p "$archive"
while read -r name; do
    ln "$(deb_of "$name")" "$archive/$name.deb" 2> /dev/null || cp "$(deb_of "$name")" "$archive/$name.deb"
done < <(locked installed)
(cd "$archive" && dpkg-scanpackages --multiversion . > Packages 2> /dev/null)
{
    printf 'Suite: trixie\nCodename: trixie\nArchitectures: arm64\nSHA256:\n'
    printf ' %s %s Packages\n' "$(sha256sum < "$archive/Packages" | cut -d' ' -f1)" "$(stat -c %s "$archive/Packages")"
} > "$archive/Release"
chmod -R a+rX "$work"

native=()
if [ "${NATIVE:-1}" = 1 ]; then
    image/native.sh > /dev/null
    # shellcheck disable=SC2016 # the hooks are for mmdebstrap
    native=(--extract-hook="$PWD/image/native.sh extracted \"\$1\"" --essential-hook="$PWD/image/native.sh essential \"\$1\""
        --customize-hook="$PWD/image/native.sh done \"\$1\"")
fi
say "a Debian 13 for arm64: installing $(locked installed | wc -l) packages, emulated (once; kept in $tarball)"
# Everything is named: nothing may come in, or stay out, because of what apt thinks of it. The clock of all that the scripts write is this one.
export SOURCE_DATE_EPOCH=1761955200
# shellcheck disable=SC2016 # the hook is for mmdebstrap
image/namespace.sh mmdebstrap --mode=root --architectures=arm64 --variant=essential --format=tar --skip=check/qemu \
    --include="$(locked installed | paste -sd,)" \
    --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' --dpkgopt=force-unsafe-io \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/info/*' --dpkgopt='path-exclude=/usr/share/lintian/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/i18n/*' --dpkgopt='path-exclude=/usr/share/bash-completion/*' \
    "${native[@]}" \
    --customize-hook='rm -rf "$1"/var/cache/apt/* "$1"/var/lib/apt/lists/* "$1"/etc/apt/sources.list* "$1"/var/log/*' \
    trixie "$work/base.tar" "deb [trusted=yes] copy:$archive ./" > "$work/log" 2>&1 ||
    { cp "$work/log" "$CACHE/image/base.log"; tail -n 20 "$work/log" >&2; die "the base was not made; mmdebstrap's last lines are above, all of them in $CACHE/image/base.log"; }
mv "$work/base.tar" "$tarball"
echo "$tarball"
