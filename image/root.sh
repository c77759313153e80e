#!/bin/bash
# root.sh BASE KERNELS FIRMWARE LICENCES DEB PROGRAM OUT: the root file system, read-only: the base, our package, the appliance's own program, the kernel's modules
# and what their devices are to be given (a folder firmware/), the licences of what is in it without having been installed, image/files. Runs in namespace.sh.
# KERNEL, VERSION, COMPATIBLE: what the system says that it is, and takes updates for. RAUC_KEYRING: whose updates, or nobody's.
#
# What must always hold: the same input gives the same bytes; nobody has a password, and no program makes root of who runs it; nothing in it is one
# device's own.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/cache.sh
. scripts/cache.sh
# shellcheck source=image/modules.sh
. image/modules.sh
base=$1 kernels=$2 firmware=$3 licences=$4 deb=$5 program=$6 out=$7

root=$(mktemp -d "$(dirname "$out")/root.XXXXXX")
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"
tar -xpf "$base" --numeric-owner --exclude './dev/*' -C "$root"
cp "$deb" "$root/tmp/rustreamer.deb"
inside() { env -i PATH=/usr/sbin:/usr/bin DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"; }
touch "$root/dev/null"
inside dpkg --force-unsafe-io --install /tmp/rustreamer.deb > "$root.log" 2>&1 || { cat "$root.log" >&2; die "dpkg did not install $deb"; }
cp -dr --no-preserve=ownership,timestamps image/files/. "$root"
find "$root/usr/share/appliance" "$root/usr/lib/appliance" "$root/usr/lib/systemd" -type d -exec chmod 755 {} +
find "$root" -name .keep -delete
sed '/^#/d' overlays/boards > "$root/usr/lib/appliance/boards"
install -m 755 "$program" "$root/usr/bin/appliance"
# RFC 9116. Who publishes an image says where its users report what is wrong; without that there is nothing to say.
if [ -n "${RUSTREAMER_SECURITY_CONTACT:-}" ]; then
    printf 'Contact: %s\nExpires: %s\nPreferred-Languages: en\n' "$RUSTREAMER_SECURITY_CONTACT" \
        "$(date -ud "@$((SOURCE_DATE_EPOCH + 365 * 86400))" +%Y-%m-%dT%H:%M:%SZ)" > "$root/usr/share/appliance/security.txt"
fi
mkdir -p "$root/data" "$root/boot"
inside systemd-sysusers > "$root.log" 2>&1 || { cat "$root.log" >&2; die "systemd-sysusers failed"; }

# What it is, and whose updates it takes.
# shellcheck disable=SC2153 # exported by build.sh
printf 'IMAGE_ID=rustreamer\nIMAGE_VERSION=%s\nVARIANT_ID=%s\n' "$VERSION" "$KERNEL" >> "$root/usr/lib/os-release"
sed -i "s/@VERSION@/$VERSION/; s/@COMPATIBLE@/$COMPATIBLE/" "$root/usr/lib/rauc/system.conf"
[ -z "${RAUC_KEYRING:-}" ] || install -m 644 "$RAUC_KEYRING" "$root/usr/lib/rauc/keyring.pem"

for kernel in ${kernels//:/ }; do
    release=$(basename "$kernel"/usr/lib/modules/*)
    module_files "$kernel" all | while read -r file; do
        install -D -m 644 "$kernel/usr/lib/modules/$release/$file" "$root/usr/lib/modules/$release/$file"
    done
    cp "$kernel/usr/lib/modules/$release"/modules.{builtin,builtin.modinfo,order} "$root/usr/lib/modules/$release"
    with_dep "$root" "$release"
done

# What the Wi-Fi of the boards is given when it starts; the names say which.
mkdir -p "$root"/usr/lib/firmware/{brcm,cypress}
(cd "$firmware" && cp -dt "$root/usr/lib/firmware/brcm" brcm/brcmfmac43{430,455}-sdio.{bin,clm_blob} brcm/brcmfmac43{430,455}-sdio.raspberrypi,*.txt &&
    cp -t "$root/usr/lib/firmware/cypress" cypress/cyfmac43{430,455}-sdio.*)

cp -r --no-preserve=ownership,timestamps "$licences/." "$root/usr/share/doc"

# ---- what runs

unit() { ln -sfn "$1" "$root/etc/systemd/system/$2"; }
for name in \
    janus.service `# Debian's, as root, on every address` \
    wpa_supplicant.service `# Debian's, as root, for whoever asks` \
    getty@.service serial-getty@.service console-getty.service `# nobody can log in` \
    systemd-firstboot.service systemd-machine-id-commit.service `# image/init has seen to it` \
    ldconfig.service systemd-hwdb-update.service systemd-journal-catalog-update.service systemd-update-done.service `# done at build time` \
    systemd-user-sessions.service `# there are no sessions: who comes by SSH is let in by its key alone` \
    kmod-static-nodes.service systemd-tmpfiles-setup-dev-early.service systemd-tmpfiles-setup-dev.service `# the kernel makes the nodes of what is loaded, udev their rights` \
    systemd-random-seed.service `# it would keep one in a memory that is not kept` \
    run-lock.mount systemd-ask-password-console.path systemd-ask-password-wall.path `# nobody locks, nobody is asked` \
    systemd-binfmt.service proc-sys-fs-binfmt_misc.automount systemd-networkd-persistent-storage.service systemd-pcrlock-make-policy.service \
    dev-hugepages.mount dev-mqueue.mount sys-kernel-debug.mount sys-kernel-tracing.mount sys-fs-fuse-connections.mount `# nobody here looks into them` \
    modprobe@configfs.service modprobe@drm.service modprobe@efi_pstore.service modprobe@fuse.service \
    systemd-journal-flush.service systemd-udev-load-credentials.service `# there is nothing to flush to, and none to load` \
    apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer `# nothing to be changed` \
    ; do unit /dev/null "$name"; done
rm -f "$root"/etc/systemd/system/*.wants/{janus.service,wpa_supplicant.service,getty@tty1.service,e2scrub*,*.timer} "$root"/etc/systemd/system/dbus-fi.w1.*
# (It is there when somebody asks it for a restart.)
rm "$root/usr/lib/systemd/system/multi-user.target.wants/systemd-logind.service"
# What makes units of what is not here: other tables of partitions, terminals, sleep, scripts of other times.
mkdir -p "$root/etc/systemd/system-generators"
for name in getty gpt-auto hibernate-resume rc-local ssh system-update sysv tpm2; do
    [ -e "$root/usr/lib/systemd/system-generators/systemd-$name-generator" ] || die "there is no systemd-$name-generator to be left out"
    ln -s /dev/null "$root/etc/systemd/system-generators/systemd-$name-generator"
done
mkdir -p "$root"/etc/systemd/system/{multi-user.target.wants,paths.target.wants,sockets.target.wants,sysinit.target.wants,timers.target.wants}
unit /usr/lib/systemd/system/multi-user.target default.target
# unordered UNIT DIRECTIVE TARGET: as it is packaged, but not before or after this.
unordered() {
    sed "/^$2=/s/ *\b${3/./\\.}//" "$root/usr/lib/systemd/system/$1" > "$root/etc/systemd/system/$1"
    ! grep -q "^$2=.*\b$3" "$root/etc/systemd/system/$1" || die "$1 is still ordered by $3"
}
# It waits for the device's name, and what does not ask for names need not wait for it.
unordered systemd-resolved.service Before sysinit.target
# Its socket is there already.
unordered ustreamer.service After network.target
for name in ustreamer appliance-settings appliance-board appliance-janus appliance-door appliance-claim appliance-ssh systemd-networkd systemd-resolved; do unit "/usr/lib/systemd/system/$name.service" "multi-user.target.wants/$name.service"; done
for name in ustreamer appliance-door appliance-doctor systemd-networkd; do unit "/usr/lib/systemd/system/$name.socket" "sockets.target.wants/$name.socket"; done
unit /usr/lib/systemd/system/appliance-claim.path paths.target.wants/appliance-claim.path
unit /usr/lib/systemd/system/appliance-update.path paths.target.wants/appliance-update.path
unit /usr/lib/systemd/system/appliance-report.timer timers.target.wants/appliance-report.timer
unit /usr/lib/systemd/system/appliance-health.service sysinit.target.wants/appliance-health.service
unit /usr/lib/systemd/system/systemd-timesyncd.service sysinit.target.wants/systemd-timesyncd.service

# ---- what is nobody's own

: > "$root/etc/machine-id"
ln -sfn ../run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"
ln -sfn ../proc/self/mounts "$root/etc/mtab"
# (Without the package passwd, root has its mark in passwd itself; what sysusers made is in shadow, with the day of its making.)
sed -i -E 's/^([^:]+):[^:]*:[^:]*:/\1:!*:20000:/' "$root/etc/shadow"
rm -rf "$root"/{etc,var/lib/dpkg,var/cache/debconf}/*-old "$root"/etc/{.pwd.lock,*-,fstab} "$root"/var/lib/dbus/machine-id "$root"/var/log/* "$root"/tmp/* "${root:?}"/dev/* \
    "$root"/var/cache/ldconfig/aux-cache "$root"/usr/lib/udev/hwdb.d
find "$root" -type f -perm /6000 -exec chmod ug-s {} +
find "$root" -newermt "@$SOURCE_DATE_EPOCH" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +

# Speed before size; LEVEL=15 is for a release.
rm -f "$out"
mksquashfs "$root" "$out" -noappend -no-progress -quiet -comp zstd -Xcompression-level "${LEVEL:-6}" -b 128K > "$root.log" 2>&1 || { cat "$root.log" >&2; die "mksquashfs failed"; }
rm -f "$root.log"
