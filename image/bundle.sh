#!/bin/bash
# bundle.sh PARTS OUT: an update for RAUC: the root and boot file systems in PARTS (root.img, boot.img), with VERSION and COMPATIBLE, signed with
# RAUC_KEY and RAUC_CERT (files, or PKCS#11 addresses of a token). What it says of itself is covered by the signature, and its content by checksums
# in what it says.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/cache.sh
. scripts/cache.sh
parts=$1 out=$2
[ -n "${RAUC_CERT:-}" ] || die 'RAUC_CERT is missing: the certificate that belongs to RAUC_KEY, for code signing (extendedKeyUsage)'

work=$(mktemp -d "$(dirname "$out")/bundle.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/content"
for name in root boot; do ln "$parts/$name.img" "$work/content" 2> /dev/null || cp "$parts/$name.img" "$work/content"; done
cat > "$work/content/manifest.raucm" <<M
[update]
compatible=$COMPATIBLE
version=$VERSION

[bundle]
format=verity

[image.rootfs]
filename=root.img

[image.boot]
filename=boot.img
M
rm -f "$out"
rauc --cert="$RAUC_CERT" --key="$RAUC_KEY" bundle "$work/content" "$out" > "$work/log" 2>&1 || { cat "$work/log" >&2; die "rauc did not make $out"; }
# Would the image that goes with it take it?
if [ -n "${RAUC_KEYRING:-}" ]; then
    printf '[system]\ncompatible=%s\nbootloader=noop\n[keyring]\npath=%s\ncheck-purpose=codesign\n' "$COMPATIBLE" "$(realpath "$RAUC_KEYRING")" > "$work/conf"
    rauc --conf="$work/conf" info "$out" > "$work/log" 2>&1 || { cat "$work/log" >&2; rm "$out"; die 'RAUC_CERT is not one of those that RAUC_KEYRING vouches for'; }
fi
say "$out: $(($(stat -c %s "$out") >> 20)) MiB, updates $COMPATIBLE to $VERSION"
