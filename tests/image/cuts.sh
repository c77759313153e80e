#!/bin/bash
# cuts.sh N: run by run.sh, in its network. Power goes N times, at moments that nobody has chosen: in the first start of a card, in an update (and in
# the starts that belong to it), in a start like any other. Each time the device comes back by itself: the picture, its identity, no failed unit, one
# of the two systems. SEED=NUMBER chooses the same moments again, as far as a machine is on time.
# shellcheck disable=SC2016,SC2119 # what is quoted is for the machine
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/cache.sh
. scripts/cache.sh
# shellcheck source=tests/image/versions.sh
. tests/image/versions.sh
export PATH=$PATH:/usr/sbin
wanted=$1
work=$PWD/target/image/cuts
rm -rf "$work"
mkdir -p "$work"
# shellcheck source=tests/image/machine.sh
. tests/image/machine.sh
seed=${SEED:-$((SRANDOM % 32768))}
RANDOM=$seed
say "power cuts: SEED=$seed CUTS=$wanted"
cp target/image/next/rustreamer-test.raucb "$work/bundles"
size=$(stat -c %s "$work/bundles")
# (A disk has whole sectors.)
truncate -s %512 "$work/bundles"

done_so_far=0 id='' identity='' version='' ids=''
# power_goes WITHIN WHAT: after a time below WITHIN tenths of a second.
power_goes() {
    local after=$((RANDOM % $1))
    sleep "$((after / 10)).$((after % 10))"
    power_cut
    done_so_far=$((done_so_far + 1))
    say "ok: cut $done_so_far, in $2, after $((after / 10)).$((after % 10)) s"
    [ "$done_so_far" -lt "$wanted" ] || last_one=1
}
comes_back() {
    start
    until_so 'it comes back' page_answers
    # (An update whose file outlived the cut is installed and tried now: that is one more start, in the midst of the questions.)
    until_so 'no unit has failed' eval '[ "$(in_guest "systemctl is-system-running --wait")" = running ]'
    until_so 'it has an identity' eval 'id=$(in_guest "cat /etc/machine-id") && grep -qxE "[0-9a-f]{32}" <<< "$id"'
    identity=$(certificate)
    check 'what it says of its last update is not half' in_guest '[ ! -e /data/update/last ] || [ -s /data/update/last ]'
    until_so 'and a version' eval 'version=$(in_guest ". /usr/lib/os-release; echo \$IMAGE_VERSION") && [ -n "$version" ]'
    [ "$version" = "$VERSION" ] || [ "$version" = "$NEXT" ] || fail "it has the version '$version'"
    [ "$version" = "$VERSION" ] || check 'that the new one is there to stay' in_guest "grep -qx 'installed $version' /data/update/last"
    say "ok: $version, $(in_guest 'cat /data/update/last 2> /dev/null' || echo 'no update so far') ($SECONDS s)"
}

script tests/image/guest.sh
last_one=
while [ -z "$last_one" ]; do
    [ -z "${machine:-}" ] || power_cut
    new_card target/image/rustreamer.img
    start
    power_goes 250 'its first start'
    comes_back
    ! grep -qF -e "$id" -e "$identity" <<< "$ids" || fail "two devices have one identity, or one certificate: $id $identity"
    ids+=$'\n'"$id $identity" first="$id $identity"
    [ -z "$last_one" ] || break
    in_guest "head -c $size /dev/vdc > /data/update/new; sync; mv /data/update/new /data/update/bundle.raucb"
    power_goes 900 'an update'
    comes_back
    [ "$id $identity" = "$first" ] || fail 'it has become another device'
    [ -z "$last_one" ] || break
    power_cut
    start
    power_goes 250 'a start'
    comes_back
    [ "$id $identity" = "$first" ] || fail 'it has become another device'
done
power_cut
say "ok: $done_so_far power cuts (SEED=$seed)"
rm -f "$card"*
