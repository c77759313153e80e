# shellcheck shell=bash
# Sourced after cache.sh and apt-view.sh. Which Debian the image is made of, and its packages by packages.lock.
#
# What must always hold: nothing gets into an image that is not in the lock with this very checksum.
# A line of the lock: NAME VERSION ARCHITECTURE SHA256 installed|unpacked.

readonly LOCK=image/packages.lock
readonly SUITES='trixie trixie-updates trixie-security' NEXT=forky
# Janus is in no Debian 13. These, and nothing else, come from the next one.
readonly FROM_NEXT='janus libconfig15'

# image_view FOLDER: apt_view of these suites for arm64, in "${apt[@]}" and "${aptcache[@]}".
image_view() {
    local pins
    # (What boards need to start, and to have Wi-Fi, is firmware without sources.)
    apt_view "$1" "$SUITES $NEXT" arm64 main non-free-firmware
    pins=$(realpath "$1")/pins
    cat > "$pins" <<P
Package: *
Pin: release n=$NEXT
Pin-Priority: -1

Package: $FROM_NEXT
Pin: release n=$NEXT
Pin-Priority: 100
P
    apt+=(-o "Dir::Etc::Preferences=$pins")
    aptcache+=(-o "Dir::Etc::Preferences=$pins")
}

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
