#!/bin/bash
# board.sh: starts the card on the boards that QEMU has: a Raspberry Pi 3 B and 4 B, with its SD card. Kernel, tree, overlays, first file system and
# command line are those that the firmware would take from the card (firmware.sh). The owner has written that an HDMI receiver is on the camera
# connector: the first start says so to the firmware, and is left for a second one, in which the receiver is announced and its driver loaded.
#
# QEMU has neither a receiver nor all parts of these boards; the tree that is started from has switched off those without which it would stop.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/cache.sh
. scripts/cache.sh
# shellcheck source=tests/image/firmware.sh
. tests/image/firmware.sh
export PATH=$PATH:/usr/sbin
work=$PWD/target/image/board
qemu=$(scripts/debroot.sh qemu-10.0)
rm -rf "$work"
mkdir -p "$work"
trap '[ -z "${machine:-}" ] || kill "$machine" 2> /dev/null || :' EXIT

fail() { tail -n 60 "$console" >&2; die "$board: $* (all files of this are in $work)"; }
check() { "${@:2}" || fail "not so: $1"; say "ok: $board: $1"; }
# The script that the test puts on the card is run by a unit that comes with the command line.
unit=$(printf '[Unit]\nAfter=multi-user.target\n[Service]\nExecStart=/bin/sh -c "mount -r /dev/disk/by-partuuid/b17c0de5-01 /mnt; cp /mnt/script /run; umount /mnt; sh /run/script 2>&1 | sed -u s/^/@@\\\\ / >/dev/console"\n' | base64 -w 0)

# as_qemu_has_it TREE: without the parts that QEMU's board does not have. QEMU puts a Pi 4's card where a Pi 3 has it, behind the older controller, which
# the board has, too, and its tree switches off.
as_qemu_has_it() {
    local label sdhost
    at_label() { fdtget -t s "$1" /__symbols__ "$2"; }
    for label in $lacks; do fdtput -t s "$1" "$(at_label "$1" "$label")" status disabled; done
    [ "$board" = pi4 ] || return 0
    sdhost=$(at_label "$1" sdhost)
    fdtput -t s "$1" "$sdhost" status okay
    fdtput -t u "$1" "$sdhost" bus-width 4
    fdtput -t s "$1" "$sdhost" pinctrl-names default
    fdtput -t u "$1" "$sdhost" pinctrl-0 "$(fdtget -t u "$1" "$(at_label "$1" sdhost_gpio48)" phandle)"
}

# start NUMBER: with what is on the card now, until QEMU ends. Its console is $console.
start() {
    local initramfs overlays line serial serials
    console=$work/$board-$1
    tests/image/settle.sh "$card"
    firmware_reads "$card" "$work/boot" all "$filter"
    mapfile -t overlays < <(sed -n 's/^dtoverlay=//p' "$work/boot/config")
    tree=$work/$board-$1.dtb
    if [ ${#overlays[@]} -gt 0 ]; then
        overlays=("${overlays[@]/#/$work/boot/overlays/}")
        overlays/merge.sh "$tree" "$work/boot/$base.dtb" "${overlays[@]/%/.dtbo}"
    else
        cp "$work/boot/$base.dtb" "$tree"
    fi
    as_qemu_has_it "$tree"
    initramfs=$(config "$work/boot" initramfs)
    qemu-img create -q -f qcow2 -F raw -b "$(realpath "$card")" "$card.layer"
    # (A Pi 4's small serial line, which the firmware makes the console, does nothing in QEMU but interrupt.)
    line=$(cat "$work/boot/cmdline.txt")
    case $board in
    pi4) serial=ttyAMA0 serials=(-serial "file:$console" -serial null) ;;
    *) serial=ttyS1 serials=(-serial null -serial "file:$console") ;;
    esac
    SECONDS=0
    QEMU_MODULE_DIR=$qemu/usr/lib/$(gcc -print-multiarch)/qemu setpriv --pdeathsig KILL "$qemu/run" /usr/bin/qemu-system-aarch64 -L "$qemu/usr/share/qemu" \
        -M "$name" -accel tcg,thread=multi -display none -monitor none -no-reboot -kernel "$work/boot/$(config "$work/boot" kernel)" -dtb "$tree" -initrd "$work/boot/${initramfs% *}" \
        -append "${line/ttyS1/$serial} loglevel=4 systemd.show_status=0 mitigations=off nokaslr kpti=0 audit=0 systemd.watchdog_sec=off systemd.set_credential_binary=systemd.extra-unit.test.service:$unit systemd.wants=test.service" \
        -drive "file=$card.layer,if=sd,format=qcow2,cache=writeback" "${serials[@]}" < /dev/null > "$work/$board-$1.qemu" 2>&1 &
    machine=$!
}
# ends WHAT: waits for it to end by itself.
ends() {
    while kill -0 "$machine" 2> /dev/null; do
        [ "$SECONDS" -lt "${RUSTREAMER_VM_SECONDS:-2400}" ] || fail "not so in time: $1"
        sleep 1
    done
    wait "$machine" || fail "QEMU: $(cat "$console.qemu")"
    say "ok: $board: $1 ($SECONDS s)"
}
says() { tr -d '\r' < "$console" | grep -q "$1"; }
# What HARDWARE.md has in the column "the card in QEMU".
hardware() { awk -F ' *[|] *' -v board="$board" 'index($2, "`" board "`:") == 1 { print $5 }' HARDWARE.md; }
told() { tr -d '\r' < "$console" | sed -n "s/^@@ $1 //p"; }

# board BOARD MACHINE FILTER MODEL [LABEL...]: of overlays/boards, of QEMU's, the firmware's word for it, its own; parts that QEMU's has not.
board() {
    local base ours
    board=$1 name=$2 filter=$3 lacks=${*:5} card=$work/card
    read -r base ours < <(awk -v board="$board" '$1 == board { print $2, $3 }' overlays/boards)
    # A card of QEMU's has a power of two.
    cp --sparse=always target/image/rustreamer.img "$card"
    truncate -s 2G "$card"
    printf '[capture]\nbridge = "2-lane"\n' | mcopy -o -i "$(at "$card" 1)" - ::appliance.toml
    mcopy -i "$(at "$card" 1)" tests/image/board-report.sh ::script

    start 1
    ends 'the first start is left for another'
    check 'which is said' says 'board: the device is started again, for the HDMI receiver'
    start 2
    check 'the firmware is told of the receiver' grep -qx "dtoverlay=${ours%%:*}" "$work/boot/config"
    ends 'the second one goes its way'
    check 'it is this board' [ "$(told model)" = "$4" ]
    check 'it runs from slot A, which is that of every start' [ "$(told slot)" = 'A A' ]
    check 'its root is read through its checksums' [ "$(told root)" = '/dev/mapper/root squashfs dm_verity' ]
    check 'the data partition is on the card, and has the rest of it' grep -qE '^/dev/mmcblk[0-9]p7 ext4 (9|1[0-9])[0-9][0-9]$' <<< "$(told data)"
    check 'the receiver is announced' [ "$(told bridge)" = toshiba,tc358743 ]
    for module in tc358743 bcm2835_unicam; do check "$module is loaded, by itself" grep -qx "$module" <<< "$(told module)"; done
    check 'its driver has looked for it, in vain' grep -q 'tc358743 10-000f' <<< "$(told kernel)"
    check 'memory for large pictures' [ "$(told cma)" = 98304 ]
    check 'nothing is asked for any more' [ "$(told asked)" = no ]
    check "HARDWARE.md says that $(told release) was started so" grep -q "^$(told release), " <<< "$(hardware)"
    say "$board: $(told system), failed: $(told failed | xargs), waiting: $(told waiting | xargs)"
    rm -f "$card"
}

board pi3b raspi3b pi3 'Raspberry Pi 3 Model B'
board pi4 raspi4b pi4 'Raspberry Pi 4 Model B' aon_intr emmc2 sdhci hdmi0 hdmi1 ddc0 ddc1 dvp
