#!/bin/sh
# The first process under Debian's kernel on QEMU's board (see boot.sh): loads the modules, tells what the kernel made of the tree, and restarts, which
# ends QEMU.
export PATH=/bin
b=busybox
$b mount -t devtmpfs dev /dev
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
$b mount -t debugfs debug /sys/kernel/debug
while read -r module; do
    $b insmod "/modules/$module" || echo "guest: $module does not load"
done < /modules/order

# tell NAME WORDS: one line for boot.sh.
tell() { echo "TOLD $1: $2"; }
# (The card comes when its parts have come, each in its own time.)
tries=50
while [ ! -e /proc/asound/tc358743 ] && [ $tries -gt 0 ]; do
    tries=$((tries - 1))
    $b usleep 200000
done
tell board "$($b tr -d '\0' < /proc/device-tree/model)"
tell 'I2C device 10-000f' "$($b tr '\0' ' ' < /sys/bus/i2c/devices/10-000f/of_node/compatible)"
tell 'CSI receiver' "$($b cat /sys/bus/platform/devices/*801000.csi/of_node/compatible | $b tr '\0' ' ')"
tell 'sound card' "$($b sed -n 's/^ *0 \[\([^ ]*\) *\].*/\1/p' /proc/asound/cards)"
tell 'its ends' "$($b sed -n 's/.* : //p' /proc/asound/pcm | $b tr -d '\n')"
tell 'waiting for a part' "$($b cat /sys/kernel/debug/devices_deferred | $b tr '\n' ' ')"
echo 'TOLD all'
$b reboot -f
