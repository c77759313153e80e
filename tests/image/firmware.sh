# shellcheck shell=bash
# Sourced after cache.sh. What Raspberry Pi's firmware does with a card, as far as it is documented, since QEMU has none: it reads autoboot.txt, then
# the config.txt of the boot partition that this names, and loads what that names.

# at CARD PARTITION: its place on the card, as mtools has it.
at() { echo "$1@@$(($(partx --show --noheadings --output START --nr "$2" "$1") * 512))"; }

# lines FILE [FILTER...]: the lines of a file of the firmware's that count where these filters are true (pi4, tryboot, …), what it includes among them.
# (Filters of several kinds would be combined; each of our files has those of one kind.)
lines() {
    local line
    while read -r line; do
        case $line in "include "*) cat "$(dirname "$1")/${line#include }" ;; *) echo "$line" ;; esac
    done < <(tr -d '\r' < "$1") |
        awk -v filters=" all ${*:2} " 'BEGIN { counts = 1 } /^\[/ { counts = index(filters, " " substr($0, 2, length - 2) " "); next } counts && NF && !/^#/'
}

# firmware_reads CARD FOLDER HOW [FILTER...]: the boot partition's files into FOLDER, and the lines of its config.txt that count for a board with these
# filters into FOLDER/config. HOW: `all`, or `tryboot` after a restart that has asked for it.
firmware_reads() {
    local partition
    rm -rf "${2:?}"
    mkdir -p "$2"
    mcopy -i "$(at "$1" 1)" ::autoboot.txt "$2"
    partition=$(lines "$2/autoboot.txt" "$3" | sed -n 's/^boot_partition=//p' | tail -n 1)
    [ -n "$partition" ] || die "the card's autoboot.txt names no partition"
    mcopy -s -i "$(at "$1" "$partition")" '::*' "$2"
    lines "$2/config.txt" "${@:4}" > "$2/config"
}
# config FOLDER KEY: what that says; its last word counts.
config() { sed -n "s/^$2[= ]//p" "$1/config" | tail -n 1; }
