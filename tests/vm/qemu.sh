#!/bin/bash
# qemu.sh SHARE: boots Debian's stock kernel with two processors in QEMU, runs SHARE/guest.sh in it, and ends with its exit code.
#
# The guest is as that of run.sh, but without a network: the root is this machine's, read-only, SHARE is writable, /dev/video20 is vivid with
# one HDMI input, $VH264 and $VIVID are the modules' files.
# QEMU is Debian's, from a private root, so that it gets on with whatever QEMU is installed. KVM is used where a guest is seen to start with it;
# without, the processors are emulated, one thread each. RUSTREAMER_ACCEL=kvm|tcg decides otherwise; RUSTREAMER_VM_SECONDS limits the whole (300).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/cache.sh
. "$here/../../scripts/cache.sh"
[ -e "${1:-}/guest.sh" ] || die "usage: qemu.sh SHARE, with SHARE/guest.sh"
share=$(readlink -f "$1")
limit=${RUSTREAMER_VM_SECONDS:-300}
# What /init loads, and vh264 needs, by the names of Debian's modules.
readonly MODULES='virtio_pci 9pnet_virtio 9p videobuf2-vmalloc vivid'

found=$("$here/module-stock.sh" amd64)
{ read -r vh264; read -r vmlinuz; } <<< "$found"
version=${vmlinuz##*/vmlinuz-}
modules=${vmlinuz%/boot/*}/lib/modules/$version
qemu=$("$here/../../scripts/debroot.sh" qemu-7.2)

# tree FOLDER: what the guest starts with: busybox with its libraries, /init, and the modules in the order in which they are loaded.
tree() {
    local root=$1 file module wanted
    mkdir -p "$root"/{bin,dev,proc,sys,root,modules}
    for file in $(ldd /bin/busybox | grep -oE '/[^ ]+'); do
        install -D "$file" "$root$file"
    done
    cp /bin/busybox "$root/bin"
    ln -s busybox "$root/bin/sh"
    cp "$here/qemu-init.sh" "$root/init"
    # depmod wants a folder of its own kind; what it says goes no further than this.
    mkdir -p "$root/of/lib/modules/$version"
    cp -al "$modules/kernel" "$root/of/lib/modules/$version"
    busybox depmod -b "$root/of" "$version"
    for module in $MODULES; do
        # A line has the module, and what it needs with the first to load at the end.
        wanted=$(grep -m 1 "/$module\.ko:" "$root/of/lib/modules/$version/modules.dep") || die "Debian's kernel $version has no module $module"
        tr -d : <<< "$wanted" | xargs -n 1 | tac
    done | awk '!seen[$0]++' > "$root/order"
    while read -r file; do
        install -D -m 644 "$modules/$file" "$root/modules/${file##*/}"
        echo "${file##*/}"
    done < "$root/order" > "$root/modules/order"
    rm -rf "$root/of" "$root/order"
}

# The first file system is named after what is in it.
start=$CACHE/vm/stock-start-$(cat "$here/qemu-init.sh" "$0" "$vmlinuz" /bin/busybox | sha256sum | cut -c1-12)
if [ ! -e "$start" ]; then
    work=$(mktemp -d "$CACHE/vm/work.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    tree "$work/root"
    (cd "$work/root" && find . | busybox cpio -o -H newc) > "$work/start" 2> "$work/log" || { cat "$work/log" >&2; die "busybox cpio failed"; }
    mv "$work/start" "$start"
    rm -rf "$work"
fi

# boot ACCEL SECONDS [QEMU'S OPTION...] -- [KERNEL ARGUMENT...]: the guest's console goes to stdout. KASLR and the mitigations cost an emulated
# processor half a minute; its time is no measure of the host's, so the kernel is told not to judge clocks and stalls by it.
boot() {
    local accel=$1 seconds=$2 cpu=max options=()
    shift 2
    case $accel in
    kvm) cpu=host,-arch-capabilities ;;
    tcg) accel=tcg,thread=multi ;;
    esac
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    QEMU_MODULE_DIR="$qemu/usr/lib/$(gcc -print-multiarch)/qemu" timeout -k 5 "$seconds" "$qemu/run" /usr/bin/qemu-system-x86_64 \
        -L "$qemu/usr/share/qemu" -L "$qemu/usr/share/seabios" -nodefaults -no-user-config -display none -no-reboot \
        -M q35 -accel "$accel" -cpu "$cpu" -smp 2 -m 1G -serial stdio "${options[@]}" -kernel "$vmlinuz" -initrd "$start" \
        -append "console=ttyS0 loglevel=2 log_buf_len=8M panic=-1 mitigations=off nokaslr tsc=reliable no_timer_check nowatchdog rcupdate.rcu_cpu_stall_suppress=1 $*" \
        < /dev/null
}

# accelerator: what to boot with. That KVM is there does not say that it works, inside another virtual machine above all: it is tried once for
# each kernel and machine.
accelerator() {
    local machine tried
    machine=$(cat /proc/version /proc/cpuinfo | grep -E '^Linux|^model name|^flags' | sort -u | sha256sum | cut -c1-12)
    tried=$CACHE/vm/stock-kvm-$(basename "$start")-$machine
    [ -w /dev/kvm ] || { echo tcg; return; }
    if [ ! -e "$tried" ]; then
        if boot kvm 20 -- PROBE=1 2> /dev/null | grep -q GUEST-STARTS; then echo kvm; else echo tcg; fi > "$tried"
        say "stock kernel: KVM is there and $([ "$(cat "$tried")" = kvm ] && echo works || echo 'a guest does not start with it: the processors are emulated')"
    fi
    cat "$tried"
}

accel=${RUSTREAMER_ACCEL:-$(accelerator)}
console=$share/console.log
boot "$accel" "$limit" \
    -virtfs "local,path=/,mount_tag=root,security_model=none,readonly=on,multidevs=remap" \
    -virtfs "local,path=$share,mount_tag=share,security_model=none,multidevs=remap" -- \
    "SHARE=$share" "INIT=$here/guest-init.sh" "VH264=$vh264" "VIVID=$(find "$modules" -name vivid.ko)" > "$console" 2>&1 || :
cat "$console"
guest=$(tr -d '\r' < "$console" | sed -n 's/^GUEST-EXIT=\([0-9]*\)$/\1/p' | tail -n 1)
[ -n "$guest" ] || die "the guest did not finish within $limit s with $accel; its console is above"
exit "$guest"
