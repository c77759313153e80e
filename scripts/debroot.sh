#!/bin/bash
# debroot.sh NAME: prints a folder with a Debian package and all it depends on, unpacked but not installed.
# The machine's own packages stay as they are, nothing is started, and another suite's program runs beside them:
#   $(debroot.sh janus-1.4)/run /usr/bin/janus --version
# Downloads come from the Debian mirror that this machine's apt uses; RUSTREAMER_MIRROR=URL names another one.
set -euo pipefail
# shellcheck source=scripts/cache.sh
. "$(dirname "$0")/cache.sh"

case ${1:-} in
janus-1.1) suite=bookworm package=janus ;;
janus-1.4) suite=forky package=janus ;;
ustreamer-4.9) suite=bookworm package=ustreamer ;;
ustreamer-5.4) suite=trixie package=ustreamer ;;
*) die "usage: debroot.sh janus-1.1 | janus-1.4 | ustreamer-4.9 | ustreamer-5.4" ;;
esac
arch=$(dpkg --print-architecture)
triplet=$(gcc -print-multiarch 2>/dev/null || dpkg-architecture -qDEB_HOST_MULTIARCH)
root=$CACHE/roots/$1-$arch
[ -x "$root/run" ] && { echo "$root"; exit 0; }

mirror=${RUSTREAMER_MIRROR:-$(apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(SITE)' | awk -F'|' '$1=="Debian" && $2=="Debian" {print $3; exit}')}
[ -n "$mirror" ] || die "no Debian mirror in this machine's apt sources; run 'apt-get update', or set RUSTREAMER_MIRROR=URL"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -e "$keyring" ] || die "$keyring is missing; apt-get install debian-archive-keyring"

work=$(mktemp -d "$CACHE/debroot.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{lists/partial,archives/partial,root}
: > "$work/status"
# An old stable or a testing suite may have passed its Valid-Until on a mirror; signatures are still checked.
echo "deb [signed-by=$keyring check-valid-until=no] $mirror $suite main" > "$work/sources.list"
apt=(apt-get -qq -o "Dir::State::Lists=$work/lists" -o "Dir::State::status=$work/status" -o "Dir::Cache=$work"
    -o "Dir::Cache::Archives=$work/archives" -o "Dir::Etc::SourceList=$work/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null -o Debug::NoLocking=1 -o APT::Sandbox::User=root
    -o "APT::Architecture=$arch" -o "APT::Architectures::=$arch" -o Acquire::Languages=none -o APT::Install-Recommends=false)
say "fetching $package from $suite (once; kept in $root)"
"${apt[@]}" update
"${apt[@]}" -y --download-only install "$package" > "$work/log" 2>&1 || { cat "$work/log" >&2; die "apt could not fetch $package from $suite"; }
# The merged /usr of today's Debian: packages of both ages then land in one place.
for d in bin sbin lib lib64; do mkdir -p "$work/root/usr/$d"; ln -s "usr/$d" "$work/root/$d"; done
for deb in "$work"/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$deb" | tar -x --keep-directory-symlink --no-same-owner -C "$work/root"
done
loader=$(cd "$work/root" && find lib64/ lib/ -name 'ld-linux*.so.*' 2>/dev/null | head -n 1)
[ -n "$loader" ] || die "no dynamic loader among the packages of $package"
cat > "$work/root/run" <<R
#!/bin/sh
# run PROGRAM [ARG...]: runs this root's PROGRAM (an absolute path inside it) with this root's own libraries.
root=\$(dirname "\$(readlink -f "\$0")")
program=\$1; shift
exec "\$root/$loader" --library-path "\$root/usr/lib/$triplet:\$root/usr/lib" --argv0 "\$program" "\$root\$program" "\$@"
R
chmod +x "$work/root/run"
mkdir -p "$CACHE/roots"
rm -rf "$root"
mv "$work/root" "$root"
echo "$root"
