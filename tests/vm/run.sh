#!/bin/bash
# run.sh SHARE [COMMAND...]: boots the tests' kernel (kernel.sh), runs SHARE/guest.sh in it, and ends with its exit code.
#
# In the guest: the root is this machine's, read-only, so whatever was built here runs there (not from /tmp and /run, which are
# empty memory); SHARE is writable and has the same path as here. /dev/video20 is vivid with one HDMI input; `busybox insmod "$VH264" video_nr=11 image_nr=31`
# adds the encoders.
# The guest is 127.0.1.2 and the host 127.0.1.1, in a network namespace of their own: nothing is reachable from outside.
#
# COMMAND runs on the host, in that namespace, once the guest has made SHARE/ready. When it ends, SHARE/done is made, and a failure
# of it is the exit code. RUSTREAMER_VM_SECONDS limits the whole (300). Root is not needed where user namespaces are allowed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/cache.sh
. "$here/../../scripts/cache.sh"
[ -d "${1:-}" ] || die "usage: run.sh SHARE [COMMAND...], with SHARE/guest.sh"
share=$(readlink -f "$1")
shift
[ -e "$share/guest.sh" ] || die "$share/guest.sh is missing"
images=$("$here/kernel.sh")
limit=${RUSTREAMER_VM_SECONDS:-300}

# A network namespace that ends with its last process. Without root, a user namespace too.
if [ -z "${RUSTREAMER_VM_INSIDE:-}" ]; then
    [ "$(id -u)" = 0 ] && options=(-n) || options=(-rn)
    exec env RUSTREAMER_VM_INSIDE=1 unshare "${options[@]}" -- "$here/run.sh" "$share" "$@"
fi

# Two machines in 127/8: neither may take it all for its own loopback.
ip link set lo up
ip addr flush dev lo
ip addr add 127.0.0.1/32 dev lo
ip link add host type veth peer name guest
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv4.conf.all.route_localnet=1
ip addr add 127.0.1.1/24 dev host
ip link set guest up promisc on
ip link set host up

# The guest's memory is a sparse file: best where the host keeps files in memory, if that is big enough.
readonly GUEST_MB=2048
folder=${TMPDIR:-/tmp}
[ "$(df --output=avail -m /dev/shm 2> /dev/null | tail -n 1)" -gt $((GUEST_MB + 256)) ] 2> /dev/null && folder=/dev/shm
memory=$(mktemp -d "$folder/vm.XXXXXX")
console=$share/console.log
kernel=
finish() {
    [ -z "$kernel" ] || kill -- "-$kernel" 2> /dev/null || :
    rm -rf "$memory"
}
trap finish EXIT
trap 'exit 130' INT TERM
rm -f "$share/ready" "$share/done"

# The kernel is many processes; its group ends them all.
set -m
HOME=$memory TMPDIR=$memory timeout -k 5 "$limit" "$images/linux" mem=${GUEST_MB}M root=/dev/root rootfstype=hostfs rootflags=/ ro \
    "init=$here/guest-init.sh" "uml_dir=$memory/" con0=null,fd:1 con=null quiet vec0:transport=raw,ifname=guest,depth=128,gro=1 \
    vivid.n_devs=1 vivid.node_types=0x1 vivid.num_inputs=1 vivid.input_types=0x3 vivid.vid_cap_nr=20 \
    "SHARE=$share" "VH264=$images/vh264.ko" < /dev/null > "$console" 2>&1 &
kernel=$!
set +m

status=0
if [ $# -gt 0 ]; then
    while [ ! -e "$share/ready" ] && kill -0 "$kernel" 2> /dev/null; do sleep 0.1; done
    if [ -e "$share/ready" ]; then
        "$@" || status=$?
        echo "$status" > "$share/done"
    fi
fi
wait "$kernel" 2> /dev/null || :
cat "$console"
# The kernel's own exit code says nothing: the guest's first process prints the script's.
guest=$(sed -n 's/^GUEST-EXIT=\([0-9]*\).*/\1/p' "$console" | tail -n 1)
[ -n "$guest" ] || die "the guest did not finish within $limit s; its console is above"
[ "$guest" = 0 ] || exit "$guest"
exit "$status"
