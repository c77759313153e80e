#!/bin/bash
# update.sh: run by run.sh, in its network. Updates of the image in QEMU: what must be refused is, and nothing is written; what does not work is left
# again by itself; a good one is there to stay. Then a factory reset, a hang, and a card with a bit that has changed.
# shellcheck disable=SC2016,SC2119 # what is quoted is for the machine, or for later
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/cache.sh
. scripts/cache.sh
# shellcheck source=tests/image/versions.sh
. tests/image/versions.sh
export PATH=$PATH:/usr/sbin
work=$PWD/target/image/update
rm -rf "$work"
mkdir -p "$work"
# shellcheck source=tests/image/machine.sh
. tests/image/machine.sh

# slot X VERSION: whether that is what runs.
slot() { [ "$(in_guest ". /usr/lib/os-release; echo \$(/usr/lib/appliance/boot-slot get-current) \$IMAGE_VERSION")" = "$1 $2" ]; }
last_is() { in_guest 'cat /data/update/last' | grep -q "$1"; }
# give NAME: puts an update where updates are put.
give() { in_guest "rm -f /data/update/last; mount -t squashfs -o ro /dev/vdc /mnt; cp /mnt/$1.raucb /data/update/new; umount /mnt; mv /data/update/new /data/update/bundle.raucb"; }
settled() { in_guest 'until [ -e /data/update/last ] && ! grep -qx installing /data/update/last; do sleep 0.5; done; cat /data/update/last'; }
refused() { # refused NAME WHY
    local answer
    give "$1"
    answer=$(settled)
    [[ $answer == refused:*"$2"* ]] || fail "$1: '$answer', and not: refused: … $2"
    say "ok: $1 is $answer ($SECONDS s)"
}
# Sectors written to partitions since the machine has started.
written() { in_guest "for n in $*; do cut -d' ' -f 1-15 /sys/class/block/vda\$n/stat; done | awk '{ s += \$7 } END { print s }'"; }
boots_are() { [ "$(boots)" -ge "$1" ]; }
console_says() { grep -q "$1" "$work/console"; }
no_file() { [ -z "$(in_guest "ls $1 2> /dev/null")" ]; }
# As its owner, by the door: claims it, signs in, and gives an update.
readonly PASSWORD='a few words'
ask() { curl -ks -m 900 -b "$work/jar" -c "$work/jar" -H "Origin: $page" "$@"; }
status() { ask -o "$work/answer" -w '%{http_code}' "$@"; }
claims() {
    local code
    code=$(in_guest 'cat /data/door/claim-code')
    [ "$(status --data-urlencode "code=$code" --data-urlencode "password=$PASSWORD" --data-urlencode "again=$PASSWORD" "$page/door/claim")" = 303 ]
}
signs_in() { [ "$(status --data-urlencode "password=$PASSWORD" "$page/door/login")" = 303 ]; }
# put STATUS WORDS NAME
put() { [ "$(status -T "$work/bundles.made/$3.raucb" "$page/door/update")" = "$1" ] && grep -qF "$2" "$work/answer"; }
door_says() { ask "$page/door/update" | grep -qF "\"state\":\"$1\""; }
# in_inbox COMMAND: puts something into the inbox as a door would that was taken over; prints what came of it.
in_inbox() { in_guest "rm -f /data/update/last; cd /data/update/inbox; $1" && settled; }

tests/image/bundles.sh "$work/bundles.made"
mv "$work/bundles.made.disk" "$work/bundles"
new_card target/image/rustreamer.img
# What must not change. (On the first partition there is also the claim code, which the first start writes.)
kept() { sums 2 5; mtype -i "$card@@1M" ::autoboot.txt; }
before=$(kept)
script tests/image/guest.sh
start
until_so 'the page is there' page_answers
check "slot A has $VERSION" slot A "$VERSION"
until_so 'the claim code is written' in_guest '[ "$(systemctl show -P ExecMainExitTimestampMonotonic appliance-claim)" != 0 ]'
so_far=$(written 1 2 3 5 6) running=$(written 1 2 5)
id=$(in_guest 'cat /etc/machine-id')

refused stranger 'signature verification failed'
refused empty-signature 'ignature'
refused truncated 'undle'
refused other-device 'Compatible mismatch'
refused downgrade 'Version mismatch'
check 'nothing was written anywhere but to /data' [ "$(written 1 2 3 5 6)" = "$so_far" ]
refused too-large 'too small'
refused flipped 'error'
check 'nothing was written to what is running' [ "$(written 1 2 5)" = "$running" ]

boot=$(boots)
give dead
until_so 'a system that does not start is tried' boots_are $((boot + 1))
until_so 'and left' boots_are $((boot + 2))
check 'for the old one' slot A "$VERSION"
until_so 'which says so' last_is '^failed: the new system did not come up'

give sick
until_so 'a system without a picture is tried' boots_are $((boot + 3))
check 'really' slot B "$NEXT"
until_so 'and left' boots_are $((boot + 4))
check 'for the old one' slot A "$VERSION"
check 'which says why' last_is '^failed:.*picture'
until_so 'the page is there' page_answers
off
check 'all but the other slot is as it was' [ "$(kept)" = "$before" ]

start
until_so 'the page is there' page_answers
check 'nobody but the owner gives it an update' put 401 '' good
check 'its owner claims it' claims
in_guest 'fallocate -l $(($(df -B1 --output=avail /data | tail -n 1) - (40 << 20))) /data/full'
check 'an update that there is no room for is not taken' put 507 'There is no room for it' good
check 'and nothing is left of it' no_file '/data/update/inbox/*'
in_guest 'rm /data/full'
check 'what is no file is not installed' [ "$(in_inbox 'mkdir bundle.raucb')" = 'refused: this is no file' ]
check 'nor is a link followed' [ "$(in_inbox 'ln -s /data/door/key.der bundle.raucb')" = 'refused: this is no file' ]
check 'wherever it leads' [ "$(in_guest 'stat -c "%U %a" /data/door/key.der')" = 'appliance-door 600' ]
check 'a good update is taken by the door' put 202 '"state":"arrived"' good
until_so 'and tried' boots_are 2
check 'really' slot B "$NEXT"
until_so 'and found to be good' last_is "^installed $NEXT\$"
until_so 'its owner signs in' signs_in
check 'and reads that' door_says installed
in_guest 'systemctl --no-block reboot' > /dev/null || :
until_so 'the next start' boots_are 3
check 'is that of the new one' slot B "$NEXT"
until_so 'the page is there' page_answers
check 'it is the same device' [ "$(in_guest 'cat /etc/machine-id')" = "$id" ]
refused older 'Version mismatch'

in_guest 'echo what-the-owner-has-written-ZXQ > /data/owners; sync; appliance-reset' > /dev/null || :
until_so 'a factory reset is a new start' boots_are 4
check 'of a new device' [ "$(in_guest 'cat /etc/machine-id')" != "$id" ]
check 'without a file of the old one' no_file /data/owners
check 'with the system that it had' slot B "$NEXT"
id=$(in_guest 'cat /etc/machine-id; touch /data/owners; sync /data' | head -n 1)
off
check 'what the owner had written is not on the card any more' eval '! grep -q what-the-owner-has-written-ZXQ "$card"'
check 'autoboot.txt names the new slot' grep -q '^boot_partition=3' <<< "$(mtype -i "$card@@1M" ::autoboot.txt)"
echo | mcopy -i "$card@@1M" - ::FACTORY-RESET.TXT
start
check 'a file on the CONFIG partition asks for a factory reset, too' [ "$(in_guest 'cat /etc/machine-id')" != "$id" ]
check 'of all files' no_file /data/owners
id=$(in_guest 'cat /etc/machine-id')
in_guest 'kill -SEGV 1' > /dev/null || :
until_so 'a PID 1 that hangs is started anew by the watchdog' boots_are 2
until_so 'the page is there' page_answers
check 'which is no factory reset' [ "$(in_guest 'cat /etc/machine-id')" = "$id" ]
off
check 'the file is not there any more' eval '! mdir -b -i "$card@@1M" :: | grep -qi factory'

# The time at which the file system was made, in its superblock: nobody but its checksum minds.
at=$(($(partx --show --noheadings --output START --nr 6 "$card") * 512 + 8))
byte=$(od -A n -t u1 -j "$at" -N 1 "$card")
# shellcheck disable=SC2059 # the format is the byte
printf "\\x$(printf %x $((byte ^ 1)))" | dd of="$card" bs=1 seek="$at" conv=notrunc status=none
start
until_so 'one bit of the root has changed: the kernel does not take it' console_says 'data block 0 is corrupted'
until_so 'nor does the start go on' console_says 'it is not what its boot partition belongs to'
until_so 'the other system is started' boots_are 2
check 'really' slot A "$VERSION"
until_so 'which says why' last_is '^failed:.*could not be read'
off
check 'and is that of every start' grep -q '^boot_partition=2' <<< "$(mtype -i "$card@@1M" ::autoboot.txt)"
rm -f "$card"
