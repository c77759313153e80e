#!/bin/bash
# look.sh: what can be said of the image without starting it: sizes, and how far its units are open to what they are not for.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/cache.sh
. scripts/cache.sh
root=$(stat -c %s target/image/parts/root.img)
[ "$root" -le 900000000 ] || die "the root has $root bytes, more than 900 MB"
say "ok: the root has $((root / 1000000)) MB"

# Each unit of ours, as it is in the image. (Who logs in by SSH is root, and is to mend what is broken.)
units=target/image/units how=$PWD/target/image/security
rm -rf "$units"
unsquashfs -quiet -no-progress -dest "$units" target/image/parts/root.img 'usr/lib/systemd/system/appliance-*.service' usr/lib/systemd/system/{rauc,ustreamer}.service{,.d} > /dev/null
cd "$units/usr/lib/systemd/system"
for unit in rauc ustreamer; do cat $unit.service.d/*.conf >> $unit.service; done
for unit in *.service; do
    [ "$unit" != appliance-ssh.service ] || continue
    systemd-analyze security --offline=true --threshold=20 --no-pager "$PWD/$unit" > "$how" || die "$unit is exposed more than 2.0: $how"
    say "ok: $(tail -n 1 "$how" | sed 's/[^ -~]//g; s/^ *//')"
done
