# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034,SC2119,SC2120 # for those who source this
# Sourced after cache.sh, with $work (a folder) set. The machine that the image is started in (boot.sh), and what the tests ask of it.

card=$work/card
# Its cable: this machine's end, and its own.
readonly HERE=10.86.0.1 THERE=10.86.0.2
# Of IPv6 it has, of this prefix, the address that its Ethernet's (boot.sh) makes.
readonly PREFIX=fd86:: THERE6=fd86::5054:ff:fe86:2
page=https://$THERE

fail() {
    tail -n 60 "$work/console" >&2
    die "$* (all files of this are in $work)"
}
until_so() { # until_so WHAT COMMAND...: generous, an emulated processor on a busy machine is slow
    local deadline=$((SECONDS + ${RUSTREAMER_VM_SECONDS:-600}))
    until "${@:2}"; do
        kill -0 "$machine" 2> /dev/null || fail "the machine has ended while this was waited for: $1"
        [ "$SECONDS" -lt "$deadline" ] || fail "not so in time: $1"
        sleep 0.5
    done
    say "ok: $1 ($SECONDS s)"
}
check() { # check WHAT COMMAND...
    "${@:2}" || fail "not so: $1"
    say "ok: $1"
}
new_card() { # new_card IMAGE: 3 GiB
    rm -f "$card" "$card.layer"
    cp --sparse=always "$1" "$card"
    truncate -s 3G "$card"
}
# script FILE: what is run in the machine; the sectors after the sixteenth are the host's to write to.
script() {
    [ "$(stat -c %s "$1")" -le $((15 * 512)) ] || die "$1 does not leave the sector 15 free"
    head -c 12288 < <(cat "$1" && yes '' 2> /dev/null) > "$work/script"
    echo 0 > "$work/sequence"
    printf '0:' | dd of="$work/script" bs=512 seek=16 conv=notrunc status=none
}
start() { # start [KERNEL ARGUMENT...]
    SECONDS=0
    rm -f "$work"/console*
    : > "$work/console"
    tests/image/boot.sh "$card" "$work" "$@" > "$work/qemu" 2>&1 &
    machine=$!
}
# power_cut: power goes.
power_cut() {
    local child children
    children=$(cat "/proc/$machine/task/$machine/children" 2> /dev/null || :)
    kill -KILL "$machine" 2> /dev/null || :
    wait "$machine" 2> /dev/null || :
    # (The kernel kills QEMU when boot.sh dies; until it is gone it has the card.)
    for child in $children; do tail --pid="$child" -f /dev/null; done
    tests/image/settle.sh "$card"
}
off() { # in order
    in_guest 'systemctl --no-block poweroff' > /dev/null
    wait "$machine" || fail 'the machine was not switched off'
    tests/image/settle.sh "$card"
}
# told NAME: what the script has said of it, without the name.
told() { tr -d '\r' < "$work/console" | sed -n "s/^@@ $1 //p"; }
said() { tr -d '\r' < "$work/console" | grep -q "^@@ $1"; }
boots() { find "$work" -name 'console-*' | wc -l; }

# page_answers: from outside, by the network; who it is, is asked first.
page_answers() { [ "$(curl -ks -m 20 -o /dev/null -w '%{http_code}' "$page/state")" = 401 ]; }
# The certificate that it shows.
certificate() { openssl s_client -connect "$THERE:443" < /dev/null 2> /dev/null | openssl x509 -outform DER | sha256sum; }

# in_guest COMMAND: in the machine, as root, whose script is guest.sh; prints what the command did, returns what it returned.
in_guest() {
    local start code='' boot sequence
    until said ready; do kill -0 "$machine" 2> /dev/null || fail 'the machine has ended'; sleep 0.3; done
    # (In a file: most of these are run in subshells.)
    sequence=$(($(cat "$work/sequence") + 1))
    echo "$sequence" > "$work/sequence"
    start=$(stat -L -c %s "$work/console")
    { printf '%s:%s' "$sequence" "$1"; head -c 4096 /dev/zero; } | head -c 4096 | dd of="$work/script" bs=512 seek=16 iflag=fullblock conv=notrunc status=none
    boot=$(boots)
    until code=$(tail -c +"$((start + 1))" "$work/console" | tr -d '\r' | sed -n "s/^@@ result $sequence \([0-9]*\)$/\1/p") && [ -n "$code" ]; do
        kill -0 "$machine" 2> /dev/null || fail "the machine has ended during: $1"
        # (It was to start anew, and was faster than its answer.)
        [ "$(boots)" = "$boot" ] || return 0
        sleep 0.3
    done
    tail -c +"$((start + 1))" "$work/console" | tr -d '\r' | sed -n 's/^@@ //p' | sed '/^result /d'
    return "$code"
}
# sums PARTITION...: of the card's partitions, when the machine is off.
sums() {
    local number start sectors
    for number in "$@"; do
        read -r start sectors < <(partx --show --noheadings --output START,SECTORS --nr "$number" "$card")
        echo "$number $(tail -c +"$((start * 512 + 1))" "$card" | head -c "$((sectors * 512))" | sha256sum | cut -d' ' -f1)"
    done
}
