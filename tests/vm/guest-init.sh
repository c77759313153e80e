#!/bin/sh
# The first process of the guest (see run.sh; in qemu.sh's the second): makes an ordinary system of the host's read-only root, runs guest.sh in
# the share, powers off.
# Kernel arguments in capitals (SHARE, VH264) have come as environment variables.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp TERM=dumb

# Not util-linux' mount: its set-uid bit drops privileges where the host's root is mapped to nobody.
mount() { /bin/busybox mount "$@"; }
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/shm /dev/pts
mount -t tmpfs shm /dev/shm
mount -t devpts pts /dev/pts
mount -t debugfs debug /sys/kernel/debug
mount -t tracefs trace /sys/kernel/tracing
mount -t configfs config /sys/kernel/config
mount -t tmpfs run /run
mount -t tmpfs tmp /tmp
# Only now, since it may lie in /tmp.
mkdir -p "$SHARE"
if grep -qw hostfs /proc/filesystems; then
    mount -t hostfs share "$SHARE" -o "$SHARE"
else
    mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144,cache=loose share "$SHARE"
fi

ip link set lo up
if [ -e /sys/class/net/vec0 ]; then
    # The other end of the host's veth pair; 127/8 must not all be loopback here either.
    ip addr flush dev lo
    ip addr add 127.0.0.1/32 dev lo
    sysctl -qw net.ipv4.conf.all.route_localnet=1 net.ipv4.conf.vec0.route_localnet=1
    ip addr add 127.0.1.2/24 dev vec0
    ip link set vec0 up
fi

cd "$SHARE" && /bin/bash guest.sh
echo "GUEST-EXIT=$?"
# What the kernel itself complains about is a failure of the test, whatever the script says.
# (vivid of 6.1, on two processors, sometimes asks for a sleep that is already over, which schedule_timeout remarks on with a trace.)
complaints=$(dmesg | awk '
    /schedule_timeout: wrong timeout value/ { vivid = 1 }
    /Comm: / && !/Comm: vivid-/ { vivid = 0 }
    /Call Trace/ && vivid { vivid = 0; next }
    /Call Trace|Oops|BUG:|WARNING:/')
[ -z "$complaints" ] || { dmesg | tail -n 100; echo "$complaints"; echo "GUEST-EXIT=70"; }
sync
/bin/busybox poweroff -f
