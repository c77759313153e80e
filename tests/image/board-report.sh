# shellcheck shell=sh
# Run in the appliance on one of QEMU's boards, as root: what is so in it, a line each, for board.sh to judge. Then it is switched off.
echo
mount -t debugfs debug /sys/kernel/debug
echo "model $(tr -d '\0' < /proc/device-tree/model)"
echo "release $(uname -r)"
echo "slot $(/usr/lib/appliance/boot-slot get-current) $(/usr/lib/appliance/boot-slot get-primary)"
echo "root $(awk '$2 == "/" { print $1, $3 }' /proc/mounts) $(awk '$1 == "dm_verity" && $3 > 0 { print $1 }' /proc/modules)"
echo "data $(awk '$2 == "/data" { print $1, $3 }' /proc/mounts) $(df -m --output=size /data | tail -n 1 | tr -d ' ')"
echo "bridge $(tr -d '\0' < /sys/bus/i2c/devices/10-000f/of_node/compatible)"
awk '{ print "module", $1 }' /proc/modules
dmesg | grep -E 'tc358743|unicam' | sed 's/^/kernel /'
awk '$1 == "CmaTotal:" { print "cma", $2 }' /proc/meminfo
echo "asked $([ -e /data/board ] && echo yes || echo no)"
sed 's/^/waiting /' /sys/kernel/debug/devices_deferred
echo "system $(systemctl is-system-running)"
systemctl list-units --failed --plain --no-legend | while read -r unit _; do
    echo "failed $unit"
    journalctl -b -u "$unit" --no-pager -o cat -n 10 | sed "s/^/log $unit: /"
done
systemd-analyze time | head -n 1 | sed 's/^/time /'
journalctl -b -p warning --no-pager -o cat -n 60 | sed 's/^/log /'
echo end
systemctl --no-block poweroff
