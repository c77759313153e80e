#!/bin/bash
# build.sh ARCH...: Debian packages of what this tree is, in target/deb: binaries, man pages, completions, units, the Janus plugin.
#
# The programs are cross-compiled; debhelper puts the packages together. Two builds of one commit give the same bytes.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/cache.sh
. scripts/cache.sh
# shellcheck source=scripts/rust.sh
. scripts/rust.sh
find_rust || die "no cargo from $RUST_WANTED on; scripts/setup.sh build installs one"

target=${CARGO_TARGET_DIR:-$PWD/target}
out=$PWD/target/deb
# When this commit was made: the time of all files, so that the day of the build does not matter.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2> /dev/null || stat -c %Y Cargo.toml)
export SOURCE_DATE_EPOCH
version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)

# compile ARCH: the programs; prints the folder they are in.
compile() {
    local packages=(-p rustreamer -p janus-ustreamer)
    # (Not this commit's time: see .cargo/config.toml. This is run in a shell of its own.)
    unset SOURCE_DATE_EPOCH
    if [ "$1" = "$(dpkg --print-architecture)" ]; then
        cargo build --release --locked "${packages[@]}" >&2
        echo "$target/release"
    elif [ "$1" = arm64 ]; then
        CARGO_TARGET_DIR=$target/cross scripts/arm64-toolchain.sh cargo build --release --locked "${packages[@]}" >&2
        echo "$target/cross/aarch64-unknown-linux-gnu/release"
    else
        die "packages are made for amd64 and arm64, not for $1 on $(dpkg --print-architecture)"
    fi
}

# depends GCC FILE...: the packages that these programs need. All that they are linked to is the C library, whose version is told by the
# newest of the symbols that they use, and gcc's own, taken to be needed as they are here.
depends() {
    local strangers newest gcc
    gcc=$("$1" -dumpversion)
    shift
    strangers=$(objdump -p "$@" | awk '$1 == "NEEDED" { print $2 }' | sort -u | grep -vE '^(libc|libm|libgcc_s|libstdc\+\+|libdl|libpthread|ld-linux-[a-z0-9-]+)\.so\.[0-9]+$' || :)
    [ -z "$strangers" ] || die "the programs need libraries that the package does not depend on: $strangers"
    newest=$(objdump -T "$@" | grep -oE 'GLIBC_[0-9.]+' | sort -uV | tail -n 1)
    echo "rustreamer:Depends=libc6 (>= ${newest#GLIBC_}), libgcc-s1 (>= $gcc), libstdc++6 (>= $gcc)"
}

package() {
    local arch=$1 from tree=$out/$1 program prefix=
    from=$(compile "$arch")
    rm -rf "$tree"
    mkdir -p "$tree/source"/{bin,completions/{bash-completion/completions,zsh/vendor-completions,fish/vendor_completions.d}}
    cp -r image/deb/debian "$tree/source/debian"
    install -t "$tree/source/bin" "$from"/{ustreamer,ustreamer-dump}
    install -m 644 -t "$tree/source/bin" "$from/libjanus_ustreamer.so"
    [ "$arch" = "$(dpkg --print-architecture)" ] || prefix=aarch64-linux-gnu-
    "${prefix}strip" --strip-unneeded "$tree/source/bin"/*
    depends "${prefix}gcc" "$tree/source/bin"/* > "$tree/source/debian/depends.substvars"
    cp janus/janus.plugin.ustreamer.jcfg "$tree/source"
    "$target/release/rustreamer-pages" "$tree/source/pages"
    for program in ustreamer ustreamer-dump; do
        cp "$tree/source/pages/$program.bash" "$tree/source/completions/bash-completion/completions/$program"
        cp "$tree/source/pages/$program.zsh" "$tree/source/completions/zsh/vendor-completions/_$program"
        cp "$tree/source/pages/$program.fish" "$tree/source/completions/fish/vendor_completions.d"
    done
    printf 'rustreamer (%s) unstable; urgency=medium\n\n  * See CHANGELOG.md.\n\n -- The rustreamer project <rustreamer@localhost>  %s\n' \
        "$version" "$(date -uRd "@$SOURCE_DATE_EPOCH")" > "$tree/source/debian/changelog"
    (cd "$tree/source" && dpkg-buildpackage -b -d -us -uc -a "$arch" > ../log 2>&1) || { tail -n 30 "$tree/log" >&2; die "the package for $arch was not made; $tree/log has all"; }
    mv "$tree"/*.deb "$out"
    say "target/deb/rustreamer_${version}_$arch.deb, $(($(stat -c %s "$out/rustreamer_${version}_$arch.deb") / 1024)) KiB"
}

[ $# -gt 0 ] || die "usage: build.sh amd64 | arm64 ..."
env -u SOURCE_DATE_EPOCH cargo build --release --locked -p rustreamer-pages
for arch in "$@"; do
    package "$arch"
done
