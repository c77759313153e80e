#!/bin/bash
# debroot.sh NAME: prints a folder with Debian packages and all they depend on, unpacked but not installed.
# The machine's own packages stay as they are, nothing is started, and another suite's program runs beside them:
#   $(debroot.sh janus-1.4)/run /usr/bin/janus --version
set -euo pipefail
# shellcheck source=scripts/cache.sh
. "$(dirname "$0")/cache.sh"
# shellcheck source=scripts/apt-view.sh
. "$(dirname "$0")/apt-view.sh"

case ${1:-} in
janus-1.1) suite=bookworm package=janus ;;
janus-1.4) suite=forky package=janus ;;
ustreamer-4.9) suite=bookworm package=ustreamer ;;
ustreamer-5.4) suite=trixie package=ustreamer ;;
qemu-7.2) suite=bookworm package=qemu-system-x86 ;;
qemu-10.0) suite=trixie package=qemu-system-arm ;;
# (Its plugin for ALSA is loaded by this machine's libasound, which may be as old.)
pulse) suite=bookworm package='pulseaudio pulseaudio-utils libasound2-plugins' ;;
*) die "usage: debroot.sh janus-1.1 | janus-1.4 | ustreamer-4.9 | ustreamer-5.4 | qemu-7.2 | qemu-10.0 | pulse" ;;
esac
arch=$(dpkg --print-architecture)
triplet=$(gcc -print-multiarch 2>/dev/null || dpkg-architecture -qDEB_HOST_MULTIARCH)
# Named after this recipe, too: another one makes another root.
root=$CACHE/roots/$1-$arch-$(sha256sum < "$0" | cut -c1-8)
[ -x "$root/run" ] && { echo "$root"; exit 0; }

work=$(mktemp -d "$CACHE/debroot.XXXXXX")
trap 'rm -rf "$work"' EXIT
say "fetching $package from $suite (once; kept in $root)"
apt_view "$work" "$suite" "$arch"
# shellcheck disable=SC2086  # words
"${apt[@]}" -y --download-only install $package > "$work/log" 2>&1 || { cat "$work/log" >&2; die "apt could not fetch $package from $suite"; }
unpack "$work/root" "$work"/archives/*.deb
# A file of this root: what is a link there may lead, being absolute, to this machine's own loader.
loader=$(cd "$work/root" && find usr/ -name 'ld-linux*.so.*' -type f | head -n 1)
[ -n "$loader" ] || die "no dynamic loader among the packages of $package"
cat > "$work/root/run" <<R
#!/bin/sh
# run PROGRAM [ARG...]: runs this root's PROGRAM (an absolute path inside it) with this root's own libraries, and those in LD_LIBRARY_PATH.
root=\$(dirname "\$(readlink -f "\$0")")
program=\$1; shift
exec "\$root/$loader" --library-path "\$root/usr/lib/$triplet:\$root/usr/lib\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}" --argv0 "\$program" "\$root\$program" "\$@"
R
chmod +x "$work/root/run"
mkdir -p "$CACHE/roots"
rm -rf "$root"
mv "$work/root" "$root"
echo "$root"
