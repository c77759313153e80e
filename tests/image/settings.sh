#!/bin/bash
# settings.sh: run by run.sh, in its network. What the owner wrote on the card, and Raspberry Pi Imager: Wi-Fi to an access point in the air that the
# kernel makes up (mac80211_hwsim), SSH with the owner's key and no other, no password left on the card; and what `appliance doctor` tells of it all.
# shellcheck disable=SC2016,SC2119 # what is quoted is for the machine
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/cache.sh
. scripts/cache.sh
export PATH=$PATH:/usr/sbin
work=$PWD/target/image/settings
rm -rf "$work"
mkdir -p "$work"
# shellcheck source=tests/image/machine.sh
. tests/image/machine.sh
readonly SSID='Bob'\''s "net"' PASSPHRASE='ZXQ correct horse' WRONG='ZXQ wrong staple'
readonly AIR='mac80211_hwsim.radios=2 modules_load=mac80211_hwsim,vivid vivid.n_devs=1 vivid.node_types=1 vivid.num_inputs=1 vivid.input_types=3'

for name in owner guest imager; do ssh-keygen -q -t ed25519 -N '' -C "$name" -f "$work/$name"; done
public() { cat "$work/$1.pub"; }
# log_in KEY COMMAND: as root, by that key.
log_in() {
    ssh -F /dev/null -i "$work/$1" -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=accept-new -o "UserKnownHostsFile=$work/hosts" \
        -o ConnectTimeout=20 "root@$THERE" "$2" 2> "$work/ssh"
}
refused() { ! log_in "$1" true && grep -q 'Permission denied (publickey)' "$work/ssh"; }
answers_ssh() { timeout 5 bash -c "exec 3<> /dev/tcp/$THERE/22 && head -c 4 <&3" 2> /dev/null | grep -q SSH-; }
no_passwords() {
    ! ssh -F /dev/null -o BatchMode=yes -o PreferredAuthentications=password,keyboard-interactive -o "UserKnownHostsFile=$work/hosts" \
        "root@$THERE" true 2> "$work/ssh" && grep -q 'Permission denied (publickey)' "$work/ssh"
}
# An access point, with a machine of its own behind it: a network namespace that has the second radio.
access_point() { # access_point PASSPHRASE
    local configuration
    configuration=$(printf 'p2p_disabled=1\nnetwork={\nssid=%s\nmode=2\nfrequency=2412\nkey_mgmt=WPA-PSK\nproto=RSN\npairwise=CCMP\npsk="%s"\n}\n' \
        "$(printf %s "$SSID" | od -An -tx1 | tr -d ' \n')" "$1" | base64 -w 0)
    in_guest "printf %s $(base64 -w 0 < tests/image/wiphy.pl) | base64 -d > /run/wiphy.pl"
    in_guest "printf %s $configuration | base64 -d > /run/ap.conf; ip netns add ap &&
        perl /run/wiphy.pl \$(cat /sys/class/net/wlan1/phy80211/index) ap && ip -n ap link set lo up && ip -n ap address add 10.87.0.1/24 dev wlan1 &&
        ip netns exec ap wpa_supplicant -B -i wlan1 -c /run/ap.conf -f /run/ap.log"
}
wifi_is() { [[ $(in_guest 'cat /run/appliance-wifi/state 2> /dev/null') == "$1"* ]]; }
# From the access point's machine, by the air alone.
by_air() { in_guest "ip netns exec ap curl -ks -m 20 -o /dev/null -w '%{http_code}\n' https://10.87.0.2/state"; }
on_card() { mtype -i "$card@@1M" "::$1" | tr -d '\r'; }
put() { mcopy -o -i "$card@@1M" - "::$1"; }
# The partition's bytes, what its files no longer have included.
no_secret_on_card() { ! head -c 34M "$card" | grep -qaE "$1"; }
# As the door gets it.
report() {
    in_guest 'setpriv --reuid=appliance-door --regid=appliance-door --clear-groups perl -MIO::Socket::UNIX -e '\''
        my $from = IO::Socket::UNIX->new("/run/appliance-doctor/report") or die "$!"; print while <$from>'\'' > /run/report && sed "s/^/doctor: /" /run/report' > "$work/report"
}
tells() { grep -qE "$1" "$work/report"; }
tells_nothing_of() { ! grep -qiE "$1" "$work/report"; }
console_says() { grep -q "$1" "$work/console"; }

new_card target/image/rustreamer.img
script tests/image/guest.sh
put appliance.toml << T
hostname = "desk"
[wifi]
ssid = "Bob's \"net\""
password = "$PASSPHRASE" # of the router
country = "DE"
address = "10.87.0.2/24"
[ssh]
keys = ["$(public owner)", "ssh-ed25519 nonsense"]
T
echo | put doctor.txt
# shellcheck disable=SC2086
start $AIR
until_so 'the page is there' page_answers
until_so 'an SSH server is' answers_ssh
check 'it lets the owner in' [ "$(log_in owner 'id -un; uname -n')" = $'root\ndesk' ]
check 'but nobody with another key' refused guest
check 'and nobody with a password' no_passwords
host=$(ssh-keygen -l -f "$work/hosts")
check 'what is no key is told' console_says 'appliance.toml: ssh.keys: number 2: this is not an SSH key'
access_point "$PASSPHRASE" > "$work/ap"
until_so 'the device joins the wireless network' wifi_is joined
until_so 'who is there sees its page' eval '[ "$(by_air)" = 401 ]'
check 'what joins it is not root' [ "$(in_guest 'stat -c %U /proc/$(systemctl show -P MainPID appliance-wifi)')" = appliance-wifi ]
check 'the configuration is nobody else'\''s to read' [ "$(in_guest 'stat -c "%U %a" /run/appliance-settings/wifi.conf /data/settings /data/settings/wifi.toml | sort -u | xargs')" = 'root 600 root 700' ]
check 'nothing of the password is in the journal' [ -z "$(in_guest "journalctl -b | grep -iE 'ZXQ|5a585120|correct horse'")" ]

check 'the report comes by the socket' report
for words in 'model +\S' 'kernel +Linux version' 'image +IMAGE_VERSION|image +[0-9]' 'CmaTotal' 'vivid' 'H.264 is made in software' 'YUYV' '/dev/media0' \
    '"captured_fps"' '[0-9]+ frames in 4 s, [1-9]' 'from one to the next +[0-9.]+ ms' 'Janus: HTTP/1.1 101' 'slot +A' 'Wi-Fi +joined' '10\.87\.0\.2/24' 'ssh.keys: number 2' \
    'appliance-door.service +loaded active'; do
    check "it tells: $words" tells "$words"
done
code=$(in_guest 'cat /data/door/claim-code')
psk=$(in_guest 'sed -n s/^psk=//p /run/appliance-settings/wifi.conf')
check 'there are secrets to be kept' [ "${#psk}" = 64 -a -n "$code" ]
check 'it tells none of them' tells_nothing_of "ZXQ|correct horse|$psk|$code|Bob's|52:54:00:86:00:02|argon2|BEGIN "
until_so 'what was asked for on the card is done' eval '! in_guest "[ -e /run/appliance-settings/report ]"'
check 'no unit has failed' [ -z "$(in_guest 'systemctl list-units --failed --plain --no-legend')" ]
off
check 'the card has stars for the password' grep -qF "password = \"$(printf '%*s' ${#PASSPHRASE} '' | tr ' ' '*')\" # of the router" <<< "$(on_card appliance.toml)"
check 'and nothing of it anywhere' no_secret_on_card 'ZXQ|correct horse'
check 'the report is on the card' grep -q 'appliance doctor' <<< "$(on_card doctor-report.txt)"
check 'the request is not any more' eval '! on_card doctor.txt > /dev/null 2>&1'

# Imager comes, and nothing else does.
mdel -i "$card@@1M" ::appliance.toml
put firstrun.sh << T
#!/bin/sh
set +e
if [ -f /usr/lib/raspberrypi-sys-mods/imager_custom ]; then
   /usr/lib/raspberrypi-sys-mods/imager_custom set_hostname pi-4
   /usr/lib/raspberrypi-sys-mods/imager_custom enable_ssh -k '$(public imager)'
   /usr/lib/userconf-pi/userconf 'bob' '\$5\$ZXQHASH'
   /usr/lib/raspberrypi-sys-mods/imager_custom set_wlan 'Bob'"'"'s "net"' '$WRONG' 'DE'
fi
rm -f /boot/firstrun.sh
exit 0
T
# shellcheck disable=SC2086
start $AIR
until_so 'the page is there' page_answers
until_so 'the key of Imager'\''s is let in, and the name is its' eval '[ "$(log_in imager "uname -n")" = pi-4 ]'
check 'the owner'\''s is not any more' refused owner
check 'it is the same host' [ "$(ssh-keygen -l -f "$work/hosts")" = "$host" ]
check 'what is left out is told' console_says 'firstrun.sh: the account is left out'
access_point "$PASSPHRASE" > "$work/ap"
until_so 'a wrong password is told' wifi_is 'the network does not take the password'
check 'on the console' console_says 'Wi-Fi: the network does not take the password'
off
check 'of Imager'\''s script nothing is left' [ "$(on_card firstrun.sh | xargs)" = '# taken over' ]
check 'nowhere on the card' no_secret_on_card 'ZXQ'

start
until_so 'what it said still holds' eval '[ "$(log_in imager "uname -n")" = pi-4 ]'
power_cut
rm -f "$card"
