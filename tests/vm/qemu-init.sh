#!/bin/sh
# The first process under Debian's stock kernel (see qemu.sh), in the first file system: loads the modules, makes the host's root the
# guest's, and hands over to guest-init.sh.
# Kernel arguments in capitals (INIT, PROBE) have come as environment variables.
export PATH=/bin
echo "GUEST-STARTS"
[ -z "$PROBE" ] || busybox poweroff -f
busybox mount -t devtmpfs dev /dev
busybox mount -t proc proc /proc
busybox mount -t sysfs sys /sys
while read -r module; do
    case $module in
    vivid.ko) set -- n_devs=1 node_types=0x1 num_inputs=1 input_types=0x3 vid_cap_nr=20 ;;
    *) set -- ;;
    esac
    busybox insmod "/modules/$module" "$@" || echo "guest: $module does not load"
done < /modules/order
busybox mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=262144,cache=loose root /root
busybox umount /dev /proc /sys
exec busybox switch_root /root "$INIT"
