#!/bin/bash
# boot.sh CARD FOLDER [KERNEL ARGUMENT...]: a machine that starts from CARD as a board does, as often as it wants to, until it is switched off or
# killed; the console of its start number N goes to FOLDER/console-N, FOLDER/console is the last one.
#
# QEMU has no Raspberry Pi firmware: firmware.sh is it. It reads what the firmware reads, from the card itself (autoboot.txt, then the boot
# partition's config.txt), and QEMU's general machine goes on with that kernel. A start after `reboot "0 tryboot"` is [tryboot]'s. The kernel says
# on the console what it tells the firmware; whether a board's kernel and firmware understand each other, nobody has tried here.
#
# What a start writes goes to a layer above the card, which the next one finds in it. QEMU keeps the layer's index in memory until the machine flushes
# its disk: when QEMU is killed, what was not flushed is lost, as it is when power goes.
#
# FOLDER/script is run in it as root, with its lines marked `@@` on the console, and FOLDER/bundles, if it is there, is another disk; the image knows
# nothing of these. Its network is the interface tap0, which is there already (machine.sh).
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/cache.sh
. scripts/cache.sh
# shellcheck source=tests/image/firmware.sh
. tests/image/firmware.sh
card=$1 folder=$2
shift 2
qemu=$(scripts/debroot.sh qemu-10.0)

# told_last TEXT: whether the machine, when it ended, said so.
told_last() { tail -c 4096 "$folder/console" | tr -d '\r' | grep -q "$1"; }

# The unit comes by systemd's credentials. KASLR and the mitigations cost an emulated processor minutes; the image has them.
unit=$(printf '[Unit]\nAfter=basic.target\n[Service]\nExecStart=/bin/sh -c "sh /dev/vdb 2>&1 | sed -u s/^/@@\\\\ / >/dev/console"\n' | base64 -w 0)
arguments="console=ttyAMA0 loglevel=4 systemd.show_status=0 mitigations=off nokaslr kpti=0 audit=0 systemd.set_credential_binary=systemd.extra-unit.test.service:$unit systemd.wants=test.service $*"
bundles=()
# shellcheck disable=SC2054 # the commas are QEMU's
[ ! -e "$folder/bundles" ] || bundles=(-drive "file=$folder/bundles,if=none,id=bundles,format=raw,readonly=on" -device virtio-blk-pci,drive=bundles)

how=all
while :; do
    tests/image/settle.sh "$card"
    firmware_reads "$card" "$folder/boot" "$how"
    initramfs=$(config "$folder/boot" initramfs)

    qemu-img create -q -f qcow2 -F raw -b "$(realpath "$card")" "$card.layer"
    number=$(($(find "$folder" -name 'console-*' | wc -l) + 1))
    : > "$folder/console-$number"
    ln -sfn "console-$number" "$folder/console"
    setpriv --pdeathsig KILL "$qemu/run" /usr/bin/qemu-system-aarch64 -L "$qemu/usr/share/qemu" -nodefaults -no-user-config -display none -no-reboot \
        -M virt,gic-version=3 -accel tcg,thread=multi -cpu cortex-a72 -smp 2 -m 1G -kernel "$folder/boot/$(config "$folder/boot" kernel)" -initrd "$folder/boot/${initramfs% *}" \
        -append "$(cat "$folder/boot/cmdline.txt") $arguments" -device i6300esb -action watchdog=reset \
        -drive "file=$card.layer,if=none,id=card,format=qcow2,cache=writeback,discard=unmap" -device virtio-blk-pci,drive=card \
        -drive "file=$folder/script,if=none,id=script,format=raw,readonly=on" -device virtio-blk-pci,drive=script -device virtio-rng-pci "${bundles[@]}" \
        -netdev tap,id=net,ifname=tap0,script=no,downscript=no -device virtio-net-pci,netdev=net,mac=52:54:00:86:00:02,romfile= \
        -serial "file:$folder/console" < /dev/null
    ! told_last 'reboot: Power down' || break
    how=all
    ! told_last "reboot: Restarting system with command '0 tryboot'" || how=tryboot
done
