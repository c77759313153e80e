#!/bin/bash
# root.sh: prints a tarball: a small Debian 13 in which Debian's own ustreamer is installed, to try packages in.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/cache.sh
. scripts/cache.sh
# shellcheck source=scripts/apt-view.sh
. scripts/apt-view.sh

tarball=$CACHE/roots/deb-$(dpkg --print-architecture)-$(sha256sum < "$OLDPWD/${BASH_SOURCE[0]}" | cut -c1-12).tar
[ -e "$tarball" ] && { echo "$tarball"; exit 0; }
mirror=${RUSTREAMER_MIRROR:-$(mirror_of Debian)}
[ -n "$mirror" ] || die "no mirror of Debian in this machine's apt sources; run 'apt-get update', or set RUSTREAMER_MIRROR"
say "a small Debian 13 to try packages in: fetching it (once; kept in $tarball)"
mkdir -p "$CACHE/roots"
log=$(mktemp)
trap 'rm -f "$log" "$tarball.new"' EXIT
mmdebstrap --quiet --format=tar --variant=minbase --include=ustreamer,systemd-standalone-sysusers,init-system-helpers \
    --keyring=/usr/share/keyrings/debian-archive-keyring.gpg trixie "$tarball.new" "$mirror" > "$log" 2>&1 ||
    { tail -n 20 "$log" >&2; die "the small Debian was not made; mmdebstrap's last lines are above"; }
mv "$tarball.new" "$tarball"
echo "$tarball"
