# shellcheck shell=sh
# Run in the appliance, as root: what is so in it, a line each, for run.sh to judge.
# The host writes into the last sector of this very disk when the test picture has been seen: then a capture device comes, as if plugged in.
until dd if=/dev/vdb iflag=direct bs=512 skip=15 count=1 2> /dev/null | grep -q go; do sleep 1; done
modprobe vivid
# (After what systemd may have left in the line.)
echo
echo "running $(systemctl is-system-running --wait)"
# (Janus says nothing to systemd when it listens. Whether it does is for run.sh to judge: this only waits for it, for a time.)
for _ in $(seq 120); do
    [ ! -S /run/appliance-janus/websocket ] || break
    sleep 1
done
systemctl list-units --failed --plain --no-legend | sed 's/^/failed /'
echo "root $(awk '$2 == "/" { root = $3 " " $4 } END { print root }' /proc/mounts)"
{ touch /etc/written || touch /usr/written; } 2> /dev/null && echo 'written yes'
# (x: see the other file.)
awk -F: '$2 != "x" { print "password", $1, $2 }' /etc/passwd /etc/shadow
ss -Hlntu | awk '{ print "listens", $1, $5 }'
echo "machine-id $(cat /etc/machine-id)"
awk '$2 == "/data" { print "data", $1, $3 }' /proc/mounts
echo "data-mebibytes $(df -m --output=size /data | tail -n 1)"
find / -xdev -perm /6000 -type f | sed 's/^/set-id /'
echo "user ustreamer $(ps -o user= -C ustreamer 2> /dev/null || stat -c %U "/proc/$(systemctl show -P MainPID ustreamer)")"
echo "user janus $(stat -c %U "/proc/$(systemctl show -P MainPID appliance-janus)")"
echo "user door $(stat -c %U "/proc/$(systemctl show -P MainPID appliance-door)")"
echo "resident-mebibytes $(awk '$1 == "VmRSS:" { s += $2 } END { print int(s / 1024) }' "/proc/$(systemctl show -P MainPID ustreamer)/status" "/proc/$(systemctl show -P MainPID appliance-janus)/status")"
stat -c 'kept %U %a %n' /data/door /data/door/*
echo "time $(systemd-analyze time | head -n 1)"
journalctl -b -p warning --no-pager -o cat -n 30 | sed 's/^/log /'
journalctl -b -u ustreamer -u appliance-janus -u appliance-capture -u appliance-door -u appliance-claim --no-pager -o short -n 80 | sed 's/^/units /'
echo end
exit
