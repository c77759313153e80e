# shellcheck shell=bash
# Sourced after cache.sh and apt-view.sh. Which Debian the image is made of, and its packages by packages.lock.
#
# What must always hold: nothing gets into an image that is not in the lock with this very checksum.
# A line of the lock: NAME VERSION ARCHITECTURE SHA256 installed|unpacked|builds.

# (LOCK: another one, for tests.)
KERNEL=${KERNEL:-debian}
case $KERNEL in
debian) LOCK=${LOCK:-image/packages.lock} ;;
rpi) LOCK=${LOCK:-image/packages-rpi.lock} ;;
*) die "say which kernel: KERNEL=debian or KERNEL=rpi" ;;
esac
readonly SUITES='trixie trixie-updates trixie-security' NEXT=forky
# Janus is in no Debian 13. These, and nothing else, come from the next one.
readonly FROM_NEXT='janus libconfig15'

# image_view FOLDER: apt_view of these suites for arm64, in "${apt[@]}" and "${aptcache[@]}".
image_view() {
    local pins what="the mirror's lists cannot be read"
    APT_VIEW_ALSO=
    if [ "$KERNEL" = rpi ]; then
        if [ -z "${RPI_MIRROR:-}" ] || [ ! -r "${RPI_KEYRING:-}" ]; then die "KERNEL=rpi takes kernels and firmware from Raspberry Pi's own archive, which this machine does not know: RPI_MIRROR=URL says where it is, and RPI_KEYRING=FILE has the key that it is signed with (in their package raspberrypi-archive-keyring). KERNEL=debian needs neither"; fi
        what="Debian's lists, or those of Raspberry Pi's archive (RPI_MIRROR=$RPI_MIRROR), cannot be read, or are signed with another key than is in RPI_KEYRING=$RPI_KEYRING"
        # shellcheck disable=SC2034 # apt_view reads it
        APT_VIEW_ALSO="deb [signed-by=$(realpath "$RPI_KEYRING")] $RPI_MIRROR trixie main"
    fi
    # (What boards need to start, and to have Wi-Fi, is firmware without sources.)
    apt_view "$1" "$SUITES $NEXT" arm64 main non-free-firmware || die "$what; apt's words are above"
    pins=$(realpath "$1")/pins
    cat > "$pins" <<P
Package: *
Pin: release n=$NEXT
Pin-Priority: -1

Package: $FROM_NEXT
Pin: release n=$NEXT
Pin-Priority: 100

Package: *
Pin: release o=Raspberry Pi Foundation
Pin-Priority: -1

Package: linux-image-rpi-v8 linux-image-rpi-2712 linux-image-*+rpt-rpi-v8 linux-image-*+rpt-rpi-2712 raspi-firmware
Pin: release o=Raspberry Pi Foundation
Pin-Priority: 1001
P
    apt+=(-o "Dir::Etc::Preferences=$pins")
    aptcache+=(-o "Dir::Etc::Preferences=$pins")
    [ "$KERNEL" != rpi ] || "${aptcache[@]}" show linux-image-rpi-v8 > /dev/null 2>&1 ||
        die "RPI_MIRROR=$RPI_MIRROR has no linux-image-rpi-v8: it is not Raspberry Pi's archive for Debian 13"
}

# for_kernel FILE: the lines of a list that count with this kernel, without what is told in them.
for_kernel() { sed -E "s/#.*//; s/^$KERNEL //; /^(debian|rpi) /d" "$1"; }

# locked KIND: names of the lock's packages of one kind.
locked() { awk -v kind="$1" '$5 == kind { print $1 }' "$LOCK"; }

# deb_of NAME: the file that has the locked package of this name, once locked_debs has run.
deb_of() {
    local sum
    sum=$(awk -v name="$1" '$1 == name { print $4 }' "$LOCK")
    [ -n "$sum" ] || die "$LOCK has no package $1; make image-lock"
    echo "$CACHE/image/debs/$sum.deb"
}

# locked_debs: all packages of the lock, in the cache under their checksums. What is there already is not fetched again.
locked_debs() {
    local name version arch sum missing=() work file
    mkdir -p "$CACHE/image/debs"
    while read -r name version arch sum _; do
        [ -e "$CACHE/image/debs/$sum.deb" ] || missing+=("$name:$arch=$version")
    done < "$LOCK"
    [ ${#missing[@]} -gt 0 ] || return 0
    say "fetching ${#missing[@]} packages of Debian for the image (once; kept in $CACHE/image/debs)"
    work=$(mktemp -d "$CACHE/image/fetch.XXXXXX")
    image_view "$work/apt"
    (fetch "$work/debs" "${missing[@]}") || die "the mirror no longer has all of $LOCK: RUSTREAMER_MIRROR may name one that keeps old versions; make image-lock takes today's"
    for file in "$work"/debs/*.deb; do
        sum=$(sha256sum < "$file" | cut -d' ' -f1)
        grep -qF " $sum " "$LOCK" || die "$(basename "$file") has another content than $LOCK says"
        mv "$file" "$CACHE/image/debs/$sum.deb"
    done
    rm -rf "$work"
}

# unpacked NAME: a package of the lock, taken apart, in the cache; prints the folder. (with_dep is of modules.sh.)
unpacked() {
    local deb folder
    deb=$(deb_of "$1")
    folder=$CACHE/image/$(basename "$deb" .deb)
    if [ ! -e "$folder" ]; then
        rm -rf "$folder.new"
        dpkg-deb -x "$deb" "$folder.new"
        if [ -d "$folder.new/usr/lib/modules" ]; then with_dep "$folder.new" "$(basename "$folder.new"/usr/lib/modules/*)"; fi
        mv "$folder.new" "$folder"
    fi
    echo "$folder"
}
