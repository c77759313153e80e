#!/bin/bash
# look.sh: what can be said of the image without starting it: sizes, and how far its units are open to what they are not for.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/cache.sh
. scripts/cache.sh
root=$(stat -c %s target/image/parts/root.img)
[ "$root" -le 900000000 ] || die "the root has $root bytes, more than 900 MB"
say "ok: the root has $((root / 1000000)) MB"
for unit in appliance-door appliance-janus appliance-settings appliance-claim appliance-update appliance-wifi appliance-doctor@ appliance-report; do
    systemd-analyze security --offline=true --threshold=20 --no-pager "image/files/usr/lib/systemd/system/$unit.service" > target/image/security ||
        die "$unit is exposed more than 2.0: target/image/security says how"
    say "ok: $(tail -n 1 target/image/security | sed 's/[^ -~]//g; s/^ *//')"
done
