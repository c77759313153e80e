#!/bin/bash
# run.sh [FILE.test.mjs...]: the whole chain in real browsers; without arguments all tests.
# run.sh --bench: measurements instead, one JSON object a line; --fanout: those of many viewers alone. run.sh --screenshots [FOLDER [SCENE...]]: the
# page in its states (target/screenshots).
# Everything runs in a network of its own that leads nowhere, with a /dev/shm of its own, and ends with this script.
# Root is not needed. USTREAMER, JANUS_PLUGIN, APPLIANCE, VIEWERS and BURSTS name other builds than the repository's.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
repo=$(cd "$here/../.." && pwd)

die() { printf 'e2e: error: %s\n' "$*" >&2; exit 1; }

inside() {
    mount -t tmpfs -o size=512m,mode=1777 tmpfs /dev/shm
    # Janus never offers a loopback interface, so the loopback-range address that it offers lives on one that is not.
    ip link set lo up
    ip link add v0 type veth peer name v1
    ip addr add 127.0.0.9/8 dev v0 noprefixroute
    ip link set v0 up
    ip link set v1 up
    # One with IPv6 alone.
    ip link add v2 type veth peer name v3
    ip addr add fd86:e2e::9/64 dev v2 nodad
    ip link set v2 up
    ip link set v3 up
    # A browser throws away what it is loading when an address comes (ERR_NETWORK_CHANGED): none is still on its way.
    for _ in {1..100}; do
        [ -n "$(ip -6 address show tentative)" ] || break
        sleep 0.1
    done
    cd "$here"
    case ${1:-} in
    --bench)
        for what in browser fanout sound; do node "$repo/tests/bench/$what.mjs"; done
        exit
        ;;
    --fanout) exec node "$repo/tests/bench/fanout.mjs" ;;
    --screenshots) exec node screenshots.mjs "${@:2}" ;;
    '') set -- *.test.mjs ;;
    esac
    exec node --test --test-concurrency=1 --test-reporter=spec "$@"
}

if [ "${1:-}" = --inside ]; then
    shift
    inside "$@"
fi

for tool in node npm ip unshare turnserver "${CHROMIUM:-/usr/bin/chromium}" "${FIREFOX:-/usr/bin/firefox-esr}"; do
    command -v "$tool" > /dev/null || die "$tool is missing; \`scripts/setup.sh test\` installs what the tests need"
done
export USTREAMER=${USTREAMER:-$repo/ustreamer} JANUS_PLUGIN=${JANUS_PLUGIN:-$repo/janus/libjanus_ustreamer.so}
export APPLIANCE=${APPLIANCE:-${CARGO_TARGET_DIR:-$repo/target}/release/appliance}
export VIEWERS=${VIEWERS:-${CARGO_TARGET_DIR:-$repo/target}/release/rustreamer-viewers}
export BURSTS=${BURSTS:-${CARGO_TARGET_DIR:-$repo/target}/release/sound-bursts}
for built in "$USTREAMER" "$JANUS_PLUGIN" "$APPLIANCE" "$VIEWERS" "$BURSTS"; do
    [ -f "$built" ] || die "$built is not there; \`make WITH_JANUS=1\` builds it, and \`make test-e2e\` the rest"
done

"$repo/scripts/npm.sh" "$here"
JANUS_1_1=$("$repo/scripts/debroot.sh" janus-1.1)
JANUS_1_4=$("$repo/scripts/debroot.sh" janus-1.4)
PULSE=$("$repo/scripts/debroot.sh" pulse)
export JANUS_1_1 JANUS_1_4 PULSE

home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
apart=(--net --mount --pid --fork --kill-child --mount-proc)
[ "$(id -u)" = 0 ] || apart+=(--user --map-root-user)
HOME=$home unshare "${apart[@]}" "$here/run.sh" --inside "$@"
