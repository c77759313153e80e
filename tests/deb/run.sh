#!/bin/bash
# run.sh: builds the packages and treats them as their users would: looked at, installed over Debian's ustreamer, run, upgraded, removed.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/cache.sh
. scripts/cache.sh

if [ "$(id -u)" != 0 ]; then
    exec unshare --map-root-user --map-auto "$0" "$@"
fi
native=$(dpkg --print-architecture)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ok() { say "ok: $*"; }

image/deb/build.sh amd64 arm64
version=$(dpkg-deb -f target/deb/rustreamer_*_"$native".deb Version)
sha256sum target/deb/*.deb > "$work/sums"
image/deb/build.sh amd64 arm64 2> /dev/null
sha256sum --quiet -c "$work/sums" || die "two builds of the same tree gave other bytes"
ok "two builds give the same bytes"

# ---- what is in them

for arch in amd64 arm64; do
    deb=target/deb/rustreamer_${version}_$arch.deb
    dpkg-deb -x "$deb" "$work/$arch"
    [ "$(dpkg-deb -f "$deb" Architecture)" = "$arch" ] || die "$deb is not for $arch"
    triplet=$(dpkg-architecture -a "$arch" -qDEB_HOST_MULTIARCH 2> /dev/null)
    for file in usr/bin/ustreamer usr/bin/ustreamer-dump "usr/lib/$triplet/janus/plugins/libjanus_ustreamer.so" \
        usr/share/man/man1/ustreamer{,-dump}.1.gz usr/share/bash-completion/completions/ustreamer{,-dump} \
        usr/share/zsh/vendor-completions/_ustreamer usr/share/fish/vendor_completions.d/ustreamer.fish \
        etc/janus/janus.plugin.ustreamer.jcfg etc/default/ustreamer; do
        [ -s "$work/$arch/$file" ] || die "$deb: $file is missing"
    done
    for field in Provides Conflicts Replaces; do
        [ "$(dpkg-deb -f "$deb" $field)" = ustreamer ] || die "$deb: $field is not ustreamer"
    done
done
answer=$(qemu-aarch64-static -L /usr/aarch64-linux-gnu "$work/arm64/usr/bin/ustreamer" --version)
[ "$answer" = "$version" ] || die "the arm64 program says '$answer', not $version"
ok "both packages have all their parts; the arm64 programs run"

unit=$(find "$work/$native" -name ustreamer.service)
systemd-analyze security --offline=true --threshold=20 --no-pager "$unit" > "$work/security" || { cat "$work/security" >&2; die "the unit is exposed more than 2.0"; }
ok "$(tail -n 1 "$work/security" | sed 's/[^ -~]//g; s/^ *//')"

for program in ustreamer ustreamer-dump; do
    page=$work/$native/usr/share/man/man1/$program.1.gz
    man --warnings -l "$page" > "$work/page" 2> "$work/warnings"
    [ ! -s "$work/warnings" ] || { cat "$work/warnings" >&2; die "the man page of $program is not well-formed"; }
    options=$("$work/$native/usr/bin/$program" --help | grep -oP -- '^ +(-., )?\K--[a-z0-9-]+' | sort -u)
    [ "$(wc -l <<< "$options")" -gt 10 ] || die "$program --help has no options"
    text=$(zcat "$page" | sed 's/\\-/-/g; s/\\fB//g; s/\\fR//g; s/\\fI//g')
    for option in $options; do
        grep -qF -- "$option" <<< "$text" || die "the man page of $program does not know $option"
        grep -qF -- "$option" "$work/$native/usr/share/bash-completion/completions/$program" || die "bash does not complete $program $option"
    done
done
ok "man pages and completions know every option"

# ---- a life on a Debian 13 that has Debian's ustreamer

root=$work/root
mkdir "$root"
tar -xf "$(tests/deb/root.sh)" -C "$root" --exclude='./dev/*'
cp "target/deb/rustreamer_${version}_$native.deb" "$root/tmp/now.deb"
dpkg-deb -R "$root/tmp/now.deb" "$work/next"
sed -i "s/^Version: .*/Version: $version+next/" "$work/next/DEBIAN/control"
dpkg-deb --root-owner-group -b "$work/next" "$root/tmp/next.deb" > /dev/null
cp tests/deb/life.sh "$root/tmp"
# shellcheck disable=SC2016 # its parameters are given to it
unshare --mount --net --pid --fork bash -c '
    mount --make-rprivate / && mount --rbind /dev "$0/dev" && mount -t proc proc "$0/proc" && ip link set lo up
    exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive chroot "$0" /bin/bash /tmp/life.sh "$1"' "$root" "$version" ||
    die "the packages do not behave on a Debian 13"
