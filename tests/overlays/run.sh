#!/bin/bash
# run.sh: compiles the overlays, merges them into the base trees of Debian 13's kernel, and asks the merged trees what an overlay should have made of
# them; asks the kernel for the drivers; merges each into every board that it is not for, and sees it refused. The table is in
# target/overlays/table.md. Last, boot.sh boots two of the trees.
set -euo pipefail
cd "$(dirname "$0")"
here=$PWD repo=$(cd ../.. && pwd)
# shellcheck source=scripts/cache.sh
. "$repo/scripts/cache.sh"
# shellcheck source=tests/overlays/tree.sh
. ./tree.sh
# shellcheck source=tests/overlays/properties.sh
. ./properties.sh

# What Debian 13's kernel is built without. Where that changes the run fails, and the README's word on it has to change too.
declare -A lacking=([toshiba,tc358743]=CONFIG_VIDEO_TC358743 [brcm,bcm2835-unicam]=CONFIG_VIDEO_BCM2835_UNICAM)

kernel=$("$here/kernel.sh")
sources=$repo/overlays compiled=$repo/target/overlays
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
say "the kernel: $(cat "$kernel/made-from")"
boards() { sed '/^#/d' "$sources/boards"; }

# lost: the lines of the base tree that the merged one has no more.
lost() { diff <(dtc -q -s -I dtb -O dts "$base") <(dtc -q -s -I dtb -O dts "$tree") | sed -n 's/^<[ \t]*//p'; }
# warnings TREE: what dtc says of it: ends of links that do not point at each other, references of the wrong length, …
warnings() { dtc -I dtb -O dtb -o /dev/null "$1" 2>&1 | sed 's/.*Warning //' | sort; }

# drivers: asks for the driver of every node that is new in $tree, or has changed, and of those above it. Sets $missing.
drivers() {
    local path compatible found
    missing=
    comm -13 <(nodes "$base") <(nodes "$tree") | cut -f 1 > "$work/changed"
    [ -s "$work/changed" ] || wrong "no node has changed"
    # (A node above one that has changed: its path is the beginning of the other's.)
    nodes "$tree" | cut -f 1 | awk 'NR == FNR { changed[$0]; next } { for (path in changed) if (path == $0 || index(path, $0 "/") == 1) { print; next } }' \
        "$work/changed" - > "$work/asked"
    while read -r path; do
        [ "$(strings "$path" compatible)" != simple-bus ] || continue
        found=
        for compatible in $(strings "$path" compatible); do
            if driver "$compatible" > /dev/null; then
                [ -z "${lacking[$compatible]:-}" ] || wrong "the kernel has a driver for $compatible now: say so in run.sh and in overlays/README.md"
                found=$compatible
                break
            elif [ -n "${lacking[$compatible]:-}" ]; then
                grep -qxF "# ${lacking[$compatible]} is not set" "$kernel/config" || wrong "$compatible has no driver, but ${lacking[$compatible]} is set"
                found=$compatible missing="${missing:+$missing, }$compatible"
                break
            fi
        done
        [ -n "$found" ] || wrong "$path: the kernel has no driver for $(strings "$path" compatible)"
        checked=$((checked + 1))
    done < "$work/asked"
}

# check OVERLAY...: merges them into $base and asks everything. Sets $missing; leaves the merged tree in $tree.
check() {
    local overlay may='^$' line
    checked=0
    tree=$work/merged.dtb
    rm -f "$tree"
    # (`|| exit`: a mutant is checked in a condition, where bash goes on after a failure.)
    "$sources/merge.sh" "$tree" "$base" "${@/%/.dtbo}" || exit
    for overlay in "${@##*/}"; do
        "properties_$overlay"
        may="$may|^$(replaces "$overlay")$"
    done
    line=$(lost | grep -vE "$may" | head -n 1) || :
    [ -z "$line" ] || wrong "the base tree's '$line' is lost"
    line=$(comm -13 <(warnings "$base") <(warnings "$tree") | head -n 1)
    [ -z "$line" ] || wrong "dtc warns of the merged tree: $line"
    drivers
    checked=$((checked + 2))
}

# ---- every overlay with every board: merged and asked, or refused

"$sources/build.sh" "$compiled"
say "ok: the overlays compile without a warning"
# A row for each tree, a column for each overlay: how many properties were found to be right, or that it was refused.
names=("$sources"/*.dts)
names=("${names[@]##*/}")
names=("${names[@]%.dts}")
row() { local IFS='|'; echo "|$*|"; }
{ row 'base tree' "${names[@]}" 'drivers it takes that the kernel lacks'; row --- "${names[@]/*/---}" ---; } > "$work/table"
for base in "$kernel"/trees/*.dtb; do
    board=$(basename "$base" .dtb) cells=() without=
    for name in "${names[@]}"; do
        what="$name in $board"
        declare -F "properties_$name" > /dev/null || die "$name: nothing here says what it should have made of a tree"
        if boards | awk -v tree="$board" '$2 == tree { print $3 }' | tr ':' '\n' | grep -qxF "$name"; then
            check "$compiled/$name"
            say "ok: $what: $checked properties"
            cells+=("$checked properties")
            without=${missing:-$without}
        else
            ! "$sources/merge.sh" "$work/refused.dtb" "$base" "$compiled/$name.dtbo" 2> "$work/said" || wrong "is not for this board and was merged"
            grep -qF "$name.dtbo is for" "$work/said" || wrong "was refused for another reason: $(cat "$work/said")"
            cells+=(refused)
        fi
    done
    row "$board" "${cells[@]}" "$without" >> "$work/table"
done

# ---- all of a board's overlays together, as they are on the card; config.txt; what HARDWARE.md says of it

# told BOARD: its cell "overlays merged".
told() { awk -F ' *[|] *' -v board="$1" 'index($2, "`" board "`:") == 1 { print $3 }' "$repo/HARDWARE.md"; }

while read -r board tree_name ours theirs lanes compatible; do
    base=$kernel/trees/$tree_name.dtb what="all of $board's overlays"
    [ -e "$base" ] || die "$board: the kernel's package has no $tree_name.dtb"
    IFS=: read -ra overlays <<< "$ours"
    check "${overlays[@]/#/$compiled/}"
    # What the appliance finds it by.
    has "$(at csi1)" brcm,num-data-lanes "$lanes"
    same "the tree's own name" "$(fdtget -t s "$base" / compatible | cut -d ' ' -f 1)" "$compatible"
    # What one kernel's overlays do the other's do too: a Pi 4's tree is a gadget as it comes.
    [[ $theirs != *dwc2* ]] || properties_usb-gadget
    say "ok: $what together: $checked properties"
    same "config.txt of Debian's kernel" "$("$sources/config.sh" debian "$board" | sed -n 's/^dtoverlay=//p' | paste -sd :)" "$ours"
    same "config.txt of Raspberry Pi's kernel" "$("$sources/config.sh" rpi "$board" | sed -n 's/^dtoverlay=//p' | paste -sd :)" "$theirs"
    same "'overlays merged' in HARDWARE.md" "$(told "$board")" "${ours//:/, }"
done < <(boards)

# ---- and each of these questions can be answered wrongly

# mutant OVERLAY TREE FILE SED SAID: the sources with one change, which is found and named.
mutant() {
    local copy=$work/mutant
    rm -rf "$copy"
    mkdir "$copy"
    cp -r "$sources" "$copy/overlays"
    cp -r "$repo/scripts" "$copy"
    sed -i "$4" "$copy/overlays/$3"
    ! cmp -s "$copy/overlays/$3" "$sources/$3" || die "'$4' changes nothing in $3"
    base=$kernel/trees/$2.dtb what="$1 with $4"
    ! ("$copy/overlays/build.sh" "$copy/out" && check "$copy/out/$1") 2> "$work/said" || wrong "passes all checks"
    head -n 1 "$work/said" | grep -qF "$5" || wrong "was found to be wrong, but not for '$5': $(cat "$work/said")"
    mutants=$((mutants + 1))
}
mutants=0
two='hdmi-bridge-pi4 bcm2711-rpi-4-b' four='hdmi-bridge-cm4 bcm2711-rpi-cm4-io' zero='hdmi-bridge-pi3 bcm2837-rpi-zero-2-w'
sound='hdmi-audio bcm2711-rpi-4-b' gadget='usb-gadget bcm2711-rpi-cm4-io'
while IFS='|' read -r pair file change said; do
    # shellcheck disable=SC2086 # an overlay and a tree
    mutant $pair "$file" "$change" "$said"
done <<M
$two|hdmi-bridge-pi4.dts|s/&i2c0_1/\&i2c0_0/|/i2c-mux0/i2c@1/hdmi-bridge@f compatible is ''
$two|hdmi-bridge-pi4.dts|/^&csi1_in/,/^}/s/<1 2>/<1 2 3 4>/|data-lanes is '1 2 3 4', not '1 2'
$two|hdmi-bridge-pi4.dts|s/num-data-lanes = <2>/num-data-lanes = <4>/|num-data-lanes is '4', not '2'
$two|hdmi-bridge-pi4.dts|s/i2c@1/i2c@0/|/aliases i2c10
$two|hdmi-bridge-pi4.dts|s/raspberrypi,4-model-b/raspberrypi,3-model-b/|hdmi-bridge-pi4.dtbo is for raspberrypi,3-model-b
$four|hdmi-bridge-cm4.dts|/^&bridge_out/,/^}/s/<1 2 3 4>/<1 2>/|data-lanes is '1 2', not '1 2 3 4'
$four|tc358743.dtsi|s/0x0f/0x0e/|reg is '14', not '15'
$four|tc358743.dtsi|s/486000000/297000000/|link-frequencies is '0 297000000'
$four|tc358743.dtsi|s/&csi1_in/\&csi1/|endpoint
$four|hdmi-bridge-cm4.dts|s/hdmi-bridge@f/hdmi-bridge@0f/|does not compile without a warning
$four|tc358743.dtsi|s/tc358743"/tc358744"/|compatible is 'toshiba,tc358744'
$four|unicam.dtsi|s/27000000/24000000/|clock-frequency is '24000000'
$four|unicam.dtsi|s/"okay"/"disabled"/|status is 'disabled'
$four|unicam.dtsi|/clock-noncontinuous/d|clock-noncontinuous is ''
$zero|hdmi-bridge-pi3.dts|s/i2c0_gpio44/i2c0_gpio28/|pinctrl-0 is
$sound|hdmi-audio.dts|s/frame-master = <&hdmi_audio_link>/frame-master = <\&hdmi_audio>/|frame-master is
$sound|hdmi-audio.dts|/dmas =/d|dmas is ''
$sound|hdmi-audio.dts|s/^&{.} {/&\n\tno-such { compatible = "no-such,driver"; };/|no driver for no-such,driver
$gadget|usb-gadget.dts|s/"peripheral"/"host"/|dr_mode is 'host'
$gadget|usb-gadget.dts|s/dr_mode/status = "disabled"; dr_mode/|no node has changed
$gadget|usb-gadget.dts|s/dr_mode/clock-names = "another"; dr_mode/|the base tree's 'clock-names = "otg";' is lost
$gadget|usb-gadget.dts|s/dr_mode/resets = <\&usb 1>; dr_mode/|dtc warns of the merged tree: (resets_property)
M
say "ok: $mutants wrong overlays are found"

# A tree that was compiled without labels, as Debian 12's are.
cp "$kernel/trees/bcm2711-rpi-4-b.dtb" "$work/unlabelled.dtb"
fdtput -r "$work/unlabelled.dtb" /__symbols__
! "$sources/merge.sh" "$work/refused.dtb" "$work/unlabelled.dtb" "$compiled/hdmi-audio.dtbo" 2> "$work/said" || die "a tree without labels took an overlay"
grep -qF 'a tree without __symbols__' "$work/said" || die "a tree without labels was refused for another reason: $(cat "$work/said")"
say "ok: a tree without labels is refused"

mv "$work/table" "$compiled/table.md"
cat "$compiled/table.md" >&2

# ---- what a running kernel makes of it

"$here/boot.sh"
