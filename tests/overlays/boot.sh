#!/bin/bash
# boot.sh: boots Debian 13's kernel in QEMU, on its Raspberry Pi 3 B and 4 B, with their overlays merged, and asks the running kernel what it made of
# them: the bridge is announced on bus 10, the receiver is there, the sound card is complete.
# QEMU has neither a bridge nor a CSI receiver, and Debian's kernel no driver for them: no picture is taken here.
set -euo pipefail
cd "$(dirname "$0")"
here=$PWD repo=$(cd ../.. && pwd)
# shellcheck source=scripts/cache.sh
. "$repo/scripts/cache.sh"

kernel=$("$here/kernel.sh")
qemu=$("$repo/scripts/debroot.sh" qemu-10.0)
compiled=$repo/target/overlays out=$repo/target/overlays/boot
rm -rf "$out"
mkdir -p "$out/start"/{bin,dev,proc,sys}
"$repo/overlays/build.sh" "$compiled"

cp -r "$kernel/modules" "$out/start/modules"
install "$kernel/busybox" "$out/start/bin/busybox"
ln -s busybox "$out/start/bin/sh"
install guest-init.sh "$out/start/init"
(cd "$out/start" && find . | busybox cpio -o -H newc 2> /dev/null) > "$out/start.cpio"

# boot BOARD MACHINE NAME [LABEL...]: LABELs are parts that QEMU's machine does not have, and without which the kernel does not start.
boot() {
    local board=$1 machine=$2 name=$3 base ours label tree=$out/$1.dtb console=$out/$1.log overlays
    shift 3
    read -r base ours < <(awk -v board="$board" '$1 == board { print $2, $3 }' "$repo/overlays/boards")
    IFS=: read -ra overlays <<< "$ours"
    overlays=("${overlays[@]/#/$compiled/}")
    "$repo/overlays/merge.sh" "$tree" "$kernel/trees/$base.dtb" "${overlays[@]/%/.dtbo}"
    for label in "$@"; do
        fdtput -t s "$tree" "$(fdtget -t s "$tree" /__symbols__ "$label")" status disabled
    done
    QEMU_MODULE_DIR=$qemu/usr/lib/$(gcc -print-multiarch)/qemu timeout -k 5 "${RUSTREAMER_VM_SECONDS:-300}" \
        "$qemu/run" /usr/bin/qemu-system-aarch64 -L "$qemu/usr/share/qemu" -M "$machine" -kernel "$kernel/vmlinuz" -dtb "$tree" \
        -initrd "$out/start.cpio" -append 'console=ttyS1,115200 console=ttyAMA0,115200 panic=-1' \
        -display none -serial stdio -monitor none -no-reboot < /dev/null > "$console" 2>&1 || :
    # (`<` is what the kernel told, `>` what it should have told.)
    diff <(tr -d '\r' < "$console" | sed -n 's/ *$//; s/.*TOLD \(.*\)/\1/p') - << EOF || { tail -n 20 "$console" >&2; die "$name in QEMU: the kernel did not make of the tree what it should have; its console: $console"; }
board: $name
I2C device 10-000f: toshiba,tc358743
CSI receiver: brcm,bcm2835-unicam
sound card: tc358743
its ends: capture 1
waiting for a part:
all
EOF
    awk -F ' *[|] *' -v board="$board" 'index($2, "`" board "`:") == 1 { print $4 }' "$repo/HARDWARE.md" | grep -qxF "Debian 13's kernel" ||
        die "$name was booted in QEMU, and HARDWARE.md does not say so"
    say "ok: $name in QEMU"
}

boot pi3b raspi3b 'Raspberry Pi 3 Model B'
boot pi4 raspi4b 'Raspberry Pi 4 Model B' aon_intr hdmi0 hdmi1 ddc0 ddc1 dvp
