# shellcheck shell=bash
# Sourced after cache.sh. The kernel, unpacked, and of its modules those that image/modules names.
#
# What must always hold: a module comes as its package has it (Debian's are signed), and with all the modules that it needs.

# module_files KERNEL start|all: paths below lib/modules/VERSION. KERNEL is the unpacked package, with a modules.dep.
module_files() {
    local dep want pattern=
    dep=$(echo "$1"/usr/lib/modules/*/modules.dep)
    while read -r want; do
        [ -n "$(grep -m 1 -E "^kernel/$want(/|\.ko)" "$dep" "${dep%.dep}.builtin" || :)" ] || die "this kernel has no module $want; image/modules names it"
        pattern+="${pattern:+|}$want(/|\.ko)"
    done < <(sed -E "s/#.*//; s/^$KERNEL //; /^(debian|rpi) /d" image/modules | awk -v kind="$2" 'NF == 2 && $1 == "start" { print $2 } NF == 1 && kind == "all" { print $1 }')
    # A line has the module, and all that it needs.
    grep -E "^kernel/($pattern)" "$dep" | tr -d : | xargs -n 1 | LC_ALL=C sort -u
}

# with_dep ROOT VERSION: modules.dep and its kin. depmod looks in lib, and Debian's kernel is in usr/lib.
with_dep() {
    [ -e "$1/lib" ] || ln -s usr/lib "$1/lib"
    PATH=$PATH:/usr/sbin depmod -b "$1" "$2"
}
