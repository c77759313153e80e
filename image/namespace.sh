#!/bin/bash
# namespace.sh COMMAND...: runs COMMAND as the root of a user namespace in which arm64 programs run, emulated.
#
# What must always hold: nothing of this machine changes. The kernel keeps a table of foreign programs for each user namespace (since Linux
# 6.7), so that even root registers the emulator for this command alone. An ordinary user's namespace has the numbers of /etc/subuid.
set -euo pipefail
# shellcheck source=scripts/cache.sh
. "$(dirname "$0")/../scripts/cache.sh"

if [ "${1:-}" = --inside ]; then
    shift
    export PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH
    mount --make-rprivate /
    mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc || die "this kernel ($(uname -r)) has no binfmt_misc for a user namespace; Linux 6.7 and newer do"
    # Not twice: a kernel that had no table of this namespace's own would show the machine's here.
    [ -e /proc/sys/fs/binfmt_misc/qemu-aarch64 ] || cat /usr/lib/binfmt.d/qemu-aarch64.conf > /proc/sys/fs/binfmt_misc/register
    exec "$@"
fi

command=("$(readlink -f "$0")" --inside "$@")
[ "$(id -u)" = 0 ] || exec unshare --map-root-user --map-auto --mount -- "${command[@]}"
# Root has no line in /etc/subuid, and needs none: it says itself that its namespace has the usual numbers.
# shellcheck disable=SC2016 # for the other shell
unshare --user --mount -- sh -c 'kill -STOP $$; exec "$@"' sh "${command[@]}" <&0 &
child=$!
until grep -q '^State:.T' "/proc/$child/status"; do sleep 0.05; done
for map in uid_map gid_map; do echo '0 0 65536' > "/proc/$child/$map"; done
kill -CONT "$child"
wait "$child"
