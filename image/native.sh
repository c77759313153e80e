#!/bin/bash
# native.sh                 prints a folder with this machine's own kind of Debian 13: the shells and small programs of native_programs below
# native.sh PHASE ROOT      a hook of mmdebstrap's (base.sh): `extracted`, `essential`, `done`
#
# Emulated, the packages' scripts take five times as long as this machine's own programs would. The kernel decides by each program which processor
# it is for, so these run beside the emulated ones in the same root: first as files in /usr/local/bin, then, once dpkg need not replace them any more,
# bound over the root's own, so that `#!/bin/sh` is one of them too. What tells the processor (uname, dpkg, ldconfig, systemd's) stays emulated.
#
# What must always hold: the root has the same bytes as without this; nothing bound can be written to, or be deleted with the root.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/cache.sh
. scripts/cache.sh
native_programs='dash bash perl tar dpkg-deb cat chgrp chmod chown cp date dd dir echo env expr false head id install ln ls mkdir mkfifo mknod mktemp mv
    printf pwd readlink realpath rm rmdir seq sleep sort stat sync tail tee test touch tr true tsort uniq wc basename dirname cut comm md5sum sha256sum
    sed grep mawk find xargs diff cmp gzip xz'
triplet=$(dpkg-architecture -qDEB_HOST_MULTIARCH)
kept=$CACHE/image/native-$(sha256sum < image/native.sh | cut -c1-12)

if [ $# = 0 ]; then
    if [ ! -e "$kept" ]; then
        # shellcheck source=scripts/apt-view.sh
        . scripts/apt-view.sh
        say "this machine's kind of Debian 13, to help the emulator (once; kept in $kept)"
        mkdir -p "$CACHE/image"
        work=$(mktemp -d "$CACHE/image/native.XXXXXX")
        trap 'rm -rf "$work"' EXIT
        apt_view "$work" 'trixie trixie-security' "$(dpkg --print-architecture)"
        "${apt[@]}" -y --download-only install dash bash perl-base tar dpkg coreutils sed grep mawk findutils diffutils gzip xz-utils > "$work/log" 2>&1 ||
            { cat "$work/log" >&2; die "apt could not fetch Debian 13's small programs"; }
        unpack "$work/root" "$work"/archives/*.deb
        chmod 755 "$work/root"
        mv "$work/root" "$kept"
    fi
    echo "$kept"
    exit
fi

root=$2
# bound FROM TO: read-only.
bound() {
    mount --bind "$1" "$2"
    mount -o remount,bind,ro "$2"
}
case $1 in
extracted)
    mkdir -p "$root/usr/local/bin"
    # (A folder in the place of this link would make base-files think of an old Debian.)
    ln -s usr/lib64 "$root/lib64"
    for folder in "lib/$triplet" lib64; do
        mkdir -p "$root/usr/$folder"
        bound "$kept/usr/$folder" "$root/usr/$folder"
    done
    for name in $native_programs; do
        [ ! -f "$kept/usr/bin/$name" ] || cp -L "$kept/usr/bin/$name" "$root/usr/local/bin/$name"
    done
    ln -s mawk "$root/usr/local/bin/awk"
    ;;
essential)
    for name in $native_programs; do
        own=$root/usr/bin/$name
        if [ -f "$own" ] && [ ! -L "$own" ] && [ -f "$kept/usr/bin/$name" ] && [ "$(head -c 4 "$own" | tail -c 3)" = ELF ]; then bound "$kept/usr/bin/$name" "$own"; fi
    done
    ;;
done)
    while read -r _ place _; do
        case $place in "$root"/usr/bin/* | "$root/usr/lib/$triplet" | "$root/usr/lib64") umount "$place" ;; esac
    done < <(tac /proc/self/mounts)
    rm "$root/lib64" "$root/usr/local/bin/awk"
    rmdir "$root/usr/lib64" "$root/usr/lib/$triplet"
    for name in $native_programs; do rm -f "$root/usr/local/bin/$name"; done
    ;;
*) die "usage: native.sh [extracted|essential|done ROOT]" ;;
esac
