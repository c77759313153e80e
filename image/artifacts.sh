#!/bin/bash
# artifacts.sh: what is handed out of an image, in target/image/artifacts: the image compressed (.img.xz) with the map of what is in it (.bmap, for
# bmaptool), the update, the list of its parts (.spdx.json), with RELEASE_URL=URL (where they are to be had) what Raspberry Pi Imager reads
# (.imager.json), checksums of all these (SHA256SUMS), and with MINISIGN_KEY=FILE their signature. XZ_LEVEL: 6, unless there is no time.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/cache.sh
. scripts/cache.sh
from=$PWD/target/image out=$PWD/target/image/artifacts
[ -e "$from/rustreamer.img" ] || die "there is no image: make image KERNEL=debian"
version=$(cat "$from/version") kernel=$(cat "$from/kernel")
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
name=rustreamer-$version-$kernel-arm64
rm -rf "$out"
mkdir -p "$out"

# Without the blocks that are empty, which need not be written to a card.
cp --sparse=always "$from/rustreamer.img" "$out/$name.img"
(cd "$out" && bmaptool create -o "$name.bmap" "$name.img")
xz -k -T0 "-${XZ_LEVEL:-6}" "$out/$name.img"
[ "$(stat -c %s "$out/$name.img.xz")" -le 350000000 ] || die "$name.img.xz has more than 350 MB"
if [ -n "${RELEASE_URL:-}" ]; then
    install -m 644 web/favicon.svg "$out/rustreamer.svg"
    image/imager.py "$version" "$kernel" "$RELEASE_URL" "$out/$name.img" "$out/$name.img.xz" > "$out/$name.imager.json"
else
    say 'nothing for Raspberry Pi Imager: RELEASE_URL=URL says where the image will be'
fi
rm "$out/$name.img"
for bundle in "$from"/*.raucb; do
    [ ! -e "$bundle" ] || cp "$bundle" "$out/$(basename "$bundle" .raucb | sed "s/^rustreamer/$name/").raucb"
done
image/sbom.py "$version" "$kernel" > "$out/$name.spdx.json"
(cd "$out" && sha256sum -- * > SHA256SUMS)
if [ -n "${MINISIGN_KEY:-}" ]; then
    minisign -S -s "$MINISIGN_KEY" -m "$out/SHA256SUMS" -t "rustreamer $version" > /dev/null || die "minisign did not sign with $MINISIGN_KEY"
else
    say 'SHA256SUMS is not signed: MINISIGN_KEY=FILE signs it'
fi
(cd "$out" && for file in *; do say "$file: $(stat -c %s "$file") bytes"; done)
