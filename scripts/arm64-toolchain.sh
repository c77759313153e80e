#!/bin/bash
# arm64-toolchain.sh COMMAND...: runs COMMAND (cargo) with a Rust that compiles for aarch64-unknown-linux-gnu and runs the result under qemu.
# The compiler and its arm64 library are Debian's rustc-web, unpacked into the cache under its version; cargo is the one in PATH.
# The linker and qemu are installed: gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static.
set -euo pipefail
# shellcheck source=scripts/cache.sh
. "$(dirname "$0")/cache.sh"
# shellcheck source=scripts/apt-view.sh
. "$(dirname "$0")/apt-view.sh"

readonly SUITES='bookworm bookworm-security' TARGET=aarch64-unknown-linux-gnu
host=$(dpkg --print-architecture)
triplet=$(gcc -print-multiarch)

# depends PACKAGE PATTERN: the package that PACKAGE depends on and whose name fits (they have versions in their names).
depends() { "${aptcache[@]}" depends "$1" | awk -v pattern="$2" '$1 == "Depends:" && $2 ~ pattern && !n++ { print $2 }'; }

# A newer Debian point release is no reason for a new one: the folder stays until this recipe changes.
toolchain=$CACHE/arm64/rust-$(sha256sum < "$0" | cut -c1-12)-$host
if [ ! -e "$toolchain/usr/bin/rustc" ]; then
    mkdir -p "$CACHE/arm64"
    work=$(mktemp -d "$CACHE/arm64/work.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    say "arm64 compiler: fetching Debian's rustc-web (once; kept in $toolchain)"
    apt_view "$work" "$SUITES" "$host arm64"
    std=$(depends rustc-web '^libstd-rust-web-dev')
    library=$(depends "$std" '^libstd-rust-web-[0-9]')
    llvm=$(depends "$library" '^libllvm')
    if [ -z "$std" ] || [ -z "$library" ] || [ -z "$llvm" ]; then
        die "Debian's rustc-web has other parts than expected: '$std' '$library' '$llvm'"
    fi
    fetch "$work/archives" "rustc-web:$host" "$std:$host" "$library:$host" "$llvm:$host" "$std:arm64"
    unpack "$work/root" "$work"/archives/*.deb
    mkdir "$work/root/wrappers"
    for program in rustc rustdoc; do
        printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s "$@"\n' "$toolchain/usr/lib/$triplet" "$toolchain/usr/bin/$program" > "$work/root/wrappers/$program"
        chmod +x "$work/root/wrappers/$program"
    done
    rm -rf "$toolchain"
    mv "$work/root" "$toolchain"
fi

export RUSTC=$toolchain/wrappers/rustc RUSTDOC=$toolchain/wrappers/rustdoc CARGO_BUILD_TARGET=$TARGET
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER='qemu-aarch64-static -L /usr/aarch64-linux-gnu'
exec "$@"
