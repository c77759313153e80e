#!/bin/bash
# run.sh start|settings|updates|boards: makes the image, and the network of an Ethernet with this machine at its other end, without any other, for what is started in it:
#   start: the image made twice is the same; its first starts (start.sh)
#   settings: what the owner wrote on the card, Wi-Fi and SSH, and the report of `appliance doctor` (settings.sh)
#   boards: what the boards' trees ask for (trees.sh), the card started on those that QEMU has (board.sh), what is handed out (artifacts.sh), KERNEL=rpi (rpi.sh)
#   updates: good and bad ones (update.sh), and power cuts at moments that nobody has chosen (cuts.sh; CUTS=3, SEED=NUMBER)
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/cache.sh
. scripts/cache.sh

if [ "${2:-}" != inside ]; then
    export RUSTREAMER_SECURITY_CONTACT=https://example.org/report
    export KERNEL=debian KEYS=test
    image/build.sh
    case $1 in
    start)
        sums=$(cd target/image && find rustreamer.img parts -type f -exec sha256sum {} +)
        image/build.sh 2> /dev/null
        (cd target/image && sha256sum --quiet -c <<< "$sums") || die "two builds of the same tree gave other bytes"
        say 'ok: two builds give the same bytes'
        tests/image/look.sh
        ;;
    updates) OUT=$PWD/target/image/next VERSION=$(. tests/image/versions.sh && echo "$NEXT") image/build.sh ;;
    settings) ;;
    boards)
        tests/image/trees.sh
        tests/image/artifacts.sh
        tests/image/rpi.sh
        exec tests/image/board.sh
        ;;
    *) die 'usage: run.sh start|settings|updates|boards' ;;
    esac
    # There is no network inside.
    scripts/debroot.sh qemu-10.0 > /dev/null
    scripts/npm.sh tests/e2e
    [ "$(id -u)" = 0 ] && user=() || user=(--map-root-user)
    exec unshare "${user[@]}" --net --mount --pid --fork --kill-child --mount-proc -- "$0" "$1" inside
fi
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
work=$made
# shellcheck source=tests/image/machine.sh
. tests/image/machine.sh

# The other end of its cable, and who gives it an address.
ip link set lo up
ip tuntap add dev tap0 mode tap
ip address add "$HERE/24" dev tap0
ip address add "${PREFIX}1/64" dev tap0 nodad
ip link set tap0 up
# (A browser takes the addresses that lead to everywhere.)
ip route add default dev tap0
ip -6 route add default dev tap0
cat > "$made/conf" <<D
start $THERE
end 10.86.0.9
interface tap0
static_lease 52:54:00:86:00:02 $THERE
lease_file $made/leases
pidfile $made/pid
option subnet 255.255.255.0
option lease 86400
D
: > "$made/leases"
busybox udhcpd -f "$made/conf" > "$made/log" 2>&1 &

tests/image/router.py tap0 "$PREFIX" &

case $1 in
start) tests/image/start.sh ;;
settings) tests/image/settings.sh ;;
updates)
    tests/image/update.sh
    tests/image/cuts.sh "${CUTS:-3}"
    ;;
esac
