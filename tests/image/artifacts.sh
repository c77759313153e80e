#!/bin/bash
# artifacts.sh: what is handed out of the image in target/image, signed with a key that is made up and thrown away: signature, checksums and what
# Raspberry Pi Imager is told are of the files that are there; a byte that has changed is found out.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/cache.sh
. scripts/cache.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
no() { ! "$@"; }
check() { "${@:2}" || die "not so: $1"; say "ok: $1"; }
out=target/image/artifacts

minisign -G -W -p "$work/public" -s "$work/secret" > /dev/null
XZ_LEVEL=0 RELEASE_URL=https://example.org/release/ MINISIGN_KEY=$work/secret image/artifacts.sh 2> "$work/said"
verifies() { minisign -V -q -p "$1" -m "$out/SHA256SUMS" > /dev/null 2>&1 && (cd "$out" && sha256sum --quiet -c SHA256SUMS) > /dev/null 2>&1; }
check 'the checksums are signed, and are of the files' verifies "$work/public"
listed=$(awk '{ print $2 }' "$out/SHA256SUMS" | sort)
check 'of all files' [ "$listed" = "$(find "$out" -type f -not -name 'SHA256SUMS*' -printf '%f\n' | sort)" ]
minisign -G -W -p "$work/other" -s "$work/other-secret" > /dev/null
check 'and not by somebody else' no verifies "$work/other"
cp "$out/SHA256SUMS" "$work/sums"
sed -i '1s/^./x/' "$out/SHA256SUMS"
check 'another checksum is not the signed one' no verifies "$work/public"
cp "$work/sums" "$out/SHA256SUMS"
printf x >> "$out/rustreamer.svg"
check 'nor another file' no verifies "$work/public"

# What Imager does with it: fetches from the address, unpacks, compares.
json=("$out"/*.imager.json)
field() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["os_list"][0][sys.argv[2]])' "${json[0]}" "$1"; }
url=$(field url)
packed=$out/${url##*/}
check 'Imager is sent to where it will be' [ "$url" = "https://example.org/release/$(basename "$packed")" ]
check 'told its size' [ "$(stat -c %s "$packed")" = "$(field image_download_size)" ]
sum=$(xz -dc "$packed" | tee >(wc -c > "$work/size") | sha256sum | cut -d" " -f1)
check 'and what it is when unpacked' [ "$sum" = "$(field extract_sha256)" ]
until [ -s "$work/size" ]; do sleep 0.1; done
check 'and how large' [ "$(cat "$work/size")" = "$(field extract_size)" ]
check 'which is the image' cmp -s <(xz -dc "$packed") target/image/rustreamer.img
for key in name description icon release_date devices; do check "its $key" [ -n "$(field "$key")" ]; done
check 'a Pi 5 is not promised' [ "$(field devices)" = "['pi4-64bit', 'pi3-64bit']" ]

parts() { python3 -c 'import json, sys; d = json.load(open(sys.argv[1])); print(*sorted({r["relationshipType"] for r in d["relationships"] if any(p["SPDXID"] == r["relatedSpdxElement"] and p["name"] == sys.argv[2] for p in d["packages"])}))' "$out"/*.spdx.json "$1"; }
check 'the firmware is among its parts' [ "$(parts raspi-firmware)" = CONTAINS ]
check 'its compiler is not' [ "$(parts gcc-14)" = HAS_PREREQUISITE ]
