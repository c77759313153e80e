# shellcheck shell=bash
# Sourced, not run. Questions to a merged tree, $tree, whose base is $base, for a $kernel (the folder of kernel.sh). What is not as it should be is
# told and ends the run; what is, is counted in $checked.
# shellcheck disable=SC2154 # these four and $what, the run's name for it, are of whoever sources this

wrong() { die "$what: $*"; }

# cells|strings NODE PROPERTY: what it has; numbers in decimal. Nothing where there is none, which `same` takes from nobody.
cells() { fdtget -t u "$tree" "$1" "$2" 2> /dev/null || :; }
strings() { fdtget -t s "$tree" "$1" "$2" 2> /dev/null || :; }
# at LABEL: the path of a node of the base tree.
at() { fdtget -t s "$base" /__symbols__ "$1" 2> /dev/null || wrong "the base tree has no label $1"; }

same() { # same SUBJECT FOUND EXPECTED
    [ -n "$3" ] || wrong "$1: nothing to compare with"
    [ "$2" = "$3" ] || wrong "$1 is '$2', not '$3'"
    checked=$((checked + 1))
}
has() { same "$1 $2" "$(cells "$1" "$2")" "$3"; }    # has NODE PROPERTY NUMBERS
says() { same "$1 $2" "$(strings "$1" "$2")" "$3"; } # says NODE PROPERTY STRINGS
alive() { says "$1" status okay; }
flag() { same "$1 $2" "$(fdtget -p "$tree" "$1" | grep -xF "$2")" "$2"; } # flag NODE PROPERTY, which has no value
leads() { # leads NODE PROPERTY NODE [NUMBER]: a phandle, with a number behind it or none
    local to
    to=$(cells "$3" phandle)
    [ -n "$to" ] || wrong "$3 has no phandle"
    has "$1" "$2" "$to${4:+ $4}"
}
kept() { same "$1 $2" "$(cells "$1" "$2")" "$(fdtget -t u "$base" "$1" "$2" 2> /dev/null)"; } # kept NODE PROPERTY: as in the base tree

# line_name NODE NUMBER: what the board calls a GPIO line.
line_name() {
    fdtget -t bu "$tree" "$1" gpio-line-names | tr ' ' '\n' | awk -v line="$2" '$1 == 0 { n++; next } n == line { printf "%c", $1 }'
}

# What is built into the kernel has no alias: its compatible strings, and the option that its driver comes with.
declare -A built_in=(
    [fixed-clock]=CONFIG_COMMON_CLK [brcm,bcm2835-dma]=CONFIG_DMA_BCM2835
    [brcm,bcm2835-gpio]=CONFIG_PINCTRL_BCM2835 [brcm,bcm2711-gpio]=CONFIG_PINCTRL_BCM2835
)

# driver COMPATIBLE: the module that binds to it, or the option that builds its driver in; fails where the kernel has neither.
driver() {
    local option=${built_in[$1]:-}
    if [ -n "$option" ]; then
        grep -qx "$option=y" "$kernel/config" && echo "$option"
    else
        awk -v name="$1" '{ of = $1 } sub(/^of:N.*T.*C/, "", of) && of == name { print $2; found = 1; exit } END { exit !found }' "$kernel/aliases"
    fi
}

# driven NODE: the kernel has a driver for one of its compatible strings.
driven() {
    local name
    for name in $(strings "$1" compatible); do
        ! driver "$name" > /dev/null || { checked=$((checked + 1)); return 0; }
    done
    wrong "$1: the kernel has no driver for '$(strings "$1" compatible)'"
}
built_with() { same "$1" "$(sed -n "s/^$1=//p" "$kernel/config")" y; } # built_with OPTION

# nodes TREE: one line for each node that a driver may bind to.
nodes() { dtc -q -s -I dtb -O dts "$1" | awk -f nodes.awk | sort; }
