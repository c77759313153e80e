#!/bin/bash
# bundles.sh FOLDER: the updates that update.sh tries, FOLDER/NAME.raucb, and all of them on a disk, FOLDER.disk. `good` is what build.sh has made;
# the others are like it in all but one thing.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/cache.sh
. scripts/cache.sh
# shellcheck source=tests/image/versions.sh
. tests/image/versions.sh
export PATH=$PATH:/usr/sbin
folder=$1 keys=target/image/keys good=target/image/next/rustreamer-test.raucb
rm -rf "$folder"
mkdir -p "$folder"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export RAUC_KEY=$keys/signer.key RAUC_CERT=$keys/signer.pem RAUC_KEYRING='' COMPATIBLE=rustreamer-debian-arm64

bundle() { image/bundle.sh "$work/$1" "$folder/$2.raucb" 2> /dev/null || die "no bundle $2"; }
cp "$good" "$folder/good.raucb"
# The card's own version: older, once the other is there.
cp target/image/rustreamer-test.raucb "$folder/older.raucb"

# Small ones, which are to be refused for what they say of themselves.
mkdir "$work/small"
for name in root boot; do head -c 1M /dev/urandom > "$work/small/$name.img"; done
image/keys.sh "$work/strangers"
RAUC_KEY=$work/strangers/signer.key RAUC_CERT=$work/strangers/signer.pem VERSION=$NEXT bundle small stranger
VERSION=0.0.1 bundle small downgrade
COMPATIBLE=rustreamer-rpi-arm64 VERSION=$NEXT bundle small other-device
mkdir "$work/large"
truncate -s 400M "$work/large/root.img"
cp "$work/small/boot.img" "$work/large"
VERSION=$NEXT bundle large too-large

# A bundle is a file system, a signature, and the signature's size in eight bytes.
size=$(stat -c %s "$good")
signature=$((16#$(tail -c 8 "$good" | od -A n -t x1 | tr -d ' \n')))
{ head -c "$((size - signature - 8))" "$good"; head -c 8 /dev/zero; } > "$folder/empty-signature.raucb"
head -c "$((size - 100000))" "$good" > "$folder/truncated.raucb"
cp "$good" "$folder/flipped.raucb"
# A bit, in the middle of the root file system.
byte=$(od -A n -t u1 -j $((size / 3)) -N 1 "$good")
# shellcheck disable=SC2059 # the format is the byte
printf "\\x$(printf %x $((byte ^ 1)))" | dd of="$folder/flipped.raucb" bs=1 seek=$((size / 3)) conv=notrunc status=none

# Signed and whole, and no good: in one the streamer does not run, in the other the boot partition belongs to another root.
for name in sick dead; do
    mkdir "$work/$name"
    ln "$(realpath target/image/next/parts/root.img)" "$work/$name/root.img" 2> /dev/null || cp target/image/next/parts/root.img "$work/$name"
    cp target/image/next/parts/boot.img "$work/$name"
    for slot in a b; do
        case $name in
        sick) sed 's/$/ systemd.mask=ustreamer.service/' ;;
        dead) sed -E 's/(verity=[0-9]+:)..../\1beef/' ;;
        esac < "target/image/next/parts/boot/cmdline-$slot.txt" > "$work/cmdline-$slot.txt"
        mcopy -o -i "$work/$name/boot.img" "$work/cmdline-$slot.txt" ::
    done
    VERSION=$NEXT bundle "$name" "$name"
done
rm -f "$folder.disk"
mksquashfs "$folder" "$folder.disk" -noappend -no-progress -quiet -noI -noD -noF -noX > /dev/null
