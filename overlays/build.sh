#!/bin/bash
# build.sh [FOLDER]: compiles every overlay, to FOLDER (target/overlays) as NAME.dtbo. A warning is an error.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/cache.sh
. "$here/../scripts/cache.sh"
command -v dtc > /dev/null || die "dtc is missing; apt-get install device-tree-compiler"

out=${1:-$here/../target/overlays}
mkdir -p "$out"
rm -f "$out"/*.dtbo
for source in "$here"/*.dts; do
    compiled=$out/$(basename "$source" .dts).dtbo
    # dtc has no switch that makes errors of warnings, so what it says counts.
    said=$(dtc -@ -I dts -O dtb -i "$here" -o "$compiled" "$source" 2>&1) || said+=$'\n'"dtc failed"
    [ -z "$said" ] || { rm -f "$compiled"; die "$source does not compile without a warning: $said"; }
done
