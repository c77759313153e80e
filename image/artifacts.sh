#!/bin/bash
# artifacts.sh: what is handed out of an image, in target/image/artifacts: the image compressed (.img.xz) with the map of what is in it (.bmap, for
# bmaptool), the update, the list of its parts (.spdx.json), checksums of all these (SHA256SUMS), and with MINISIGN_KEY=FILE their signature.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/cache.sh
. scripts/cache.sh
from=$PWD/target/image out=$PWD/target/image/artifacts
[ -e "$from/rustreamer.img" ] || die "there is no image: make image KERNEL=debian"
version=$(cat "$from/version")
name=rustreamer-$version-arm64
rm -rf "$out"
mkdir -p "$out"

# Without the blocks that are empty, which need not be written to a card.
cp --sparse=always "$from/rustreamer.img" "$out/$name.img"
(cd "$out" && bmaptool create -o "$name.bmap" "$name.img")
xz -T0 -6 "$out/$name.img"
[ "$(stat -c %s "$out/$name.img.xz")" -le 350000000 ] || die "$name.img.xz has more than 350 MB"
for bundle in "$from"/*.raucb; do
    [ ! -e "$bundle" ] || cp "$bundle" "$out/$(basename "$bundle" .raucb | sed "s/^rustreamer/$name/").raucb"
done
image/sbom.py "$version" > "$out/$name.spdx.json"
(cd "$out" && sha256sum -- * > SHA256SUMS)
if [ -n "${MINISIGN_KEY:-}" ]; then
    minisign -S -s "$MINISIGN_KEY" -m "$out/SHA256SUMS" -t "rustreamer $version" > /dev/null || die "minisign did not sign with $MINISIGN_KEY"
else
    say 'SHA256SUMS is not signed: MINISIGN_KEY=FILE signs it'
fi
(cd "$out" && for file in *; do say "$file: $(stat -c %s "$file") bytes"; done)
