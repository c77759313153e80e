# shellcheck shell=bash
# Sourced after cache.sh. A private view of Debian: the lists and archives of chosen suites and architectures, in a folder of its own.
# The machine's apt is only asked which mirrors it uses; what is installed stays as it is, and another release's packages can be had.
# RUSTREAMER_MIRROR=URL and RUSTREAMER_SECURITY_MIRROR=URL name other mirrors.

# mirror_of LABEL: the first site of this label (Debian, Debian-Security) among the machine's apt sources.
mirror_of() {
    # shellcheck disable=SC2016 # the format is for apt
    apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(SITE)' | awk -F'|' -v label="$1" '$1 == "Debian" && $2 == label && !n++ { print $3 }'
}

# apt_view FOLDER 'SUITE...' 'ARCH...' [COMPONENT...]: afterwards "${apt[@]}" is apt-get on that view, and "${aptcache[@]}" apt-cache.
# The first architecture is the native one. Nothing counts as installed. Without components it is main. APT_VIEW_ALSO: another line of sources.
apt_view() {
    local folder suites=$2 arches=$3 components=${*:4} suite site arch
    # apt-get is run in other folders than this one.
    mkdir -p "$1"
    folder=$(realpath "$1")
    local keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    [ -e "$keyring" ] || die "$keyring is missing; apt-get install debian-archive-keyring"
    mkdir -p "$folder"/{lists/partial,archives/partial}
    : > "$folder/status"
    : > "$folder/sources.list"
    for suite in $suites; do
        case $suite in
        *-security) site=${RUSTREAMER_SECURITY_MIRROR:-$(mirror_of Debian-Security)} ;;
        *) site=${RUSTREAMER_MIRROR:-$(mirror_of Debian)} ;;
        esac
        [ -n "$site" ] || die "no mirror for $suite in this machine's apt sources; run 'apt-get update', or set RUSTREAMER_MIRROR and RUSTREAMER_SECURITY_MIRROR"
        # An old stable or a testing suite may have passed its Valid-Until on a mirror; signatures are still checked.
        echo "deb [signed-by=$keyring check-valid-until=no] $site $suite ${components:-main}" >> "$folder/sources.list"
    done
    [ -z "${APT_VIEW_ALSO:-}" ] || echo "$APT_VIEW_ALSO" >> "$folder/sources.list"
    local options=(-o "Dir::State::Lists=$folder/lists" -o "Dir::State::status=$folder/status" -o "Dir::Cache=$folder"
        -o "Dir::Cache::Archives=$folder/archives" -o "Dir::Etc::SourceList=$folder/sources.list" -o Dir::Etc::SourceParts=/dev/null
        -o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null -o Debug::NoLocking=1 -o APT::Sandbox::User=root
        -o Acquire::Languages=none -o Acquire::Retries=3 -o APT::Install-Recommends=false -o "APT::Architecture=${arches%% *}")
    for arch in $arches; do options+=(-o "APT::Architectures::=$arch"); done
    apt=(apt-get -qq "${options[@]}")
    # shellcheck disable=SC2034 # for those who source this
    aptcache=(apt-cache "${options[@]}")
    "${apt[@]}" update
}

# fetch FOLDER PACKAGE...: the packages' files, without what they depend on, into FOLDER.
fetch() {
    local folder=$1
    shift
    mkdir -p "$folder"
    (cd "$folder" && "${apt[@]}" download "$@") || die "apt could not fetch $*"
}

# unpack ROOT DEB...: the contents of packages, one over the other. ROOT has the merged /usr of today's Debian, so that packages of
# either age land in one place.
unpack() {
    local root=$1 deb d
    shift
    for d in bin sbin lib lib64; do
        mkdir -p "$root/usr/$d"
        [ -e "$root/$d" ] || ln -s "usr/$d" "$root/$d"
    done
    for deb in "$@"; do
        dpkg-deb --fsys-tarfile "$deb" | tar -x --keep-directory-symlink --no-same-owner -C "$root"
    done
}
