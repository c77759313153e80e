#!/bin/bash
# compiled.sh take|keep: what others' crates compile to is kept in the cache, so that a fresh clone compiles this repository's own alone.
# `take` copies it to a target folder that is not there yet, `keep` copies it from one in which all was built.
#
# It is named by all that it was made by and with. (Cargo looks at its parts again, but not at compilers of C and system headers.)
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/cache.sh
. scripts/cache.sh
# shellcheck source=scripts/rust.sh
. scripts/rust.sh
find_rust || die "no cargo from $RUST_WANTED on; scripts/setup.sh build installs one"

readonly TARGET=${CARGO_TARGET_DIR:-$PWD/target}
# Where lanes build: this machine's programs and those for arm64, which have build scripts of this machine's beside them.
readonly FOLDERS='release cross/release cross/aarch64-unknown-linux-gnu/release'
made_by() {
    cat Cargo.lock Cargo.toml .cargo/config.toml scripts/arm64-toolchain.sh "$0"
    cargo -vV
    rustc -vV
    echo "${CARGO_HOME:-$HOME/.cargo}"
    dpkg-query -W 'gcc*' 'g++*' '*-dev' '*-dev-*' '*clang*' cmake nasm 2> /dev/null || :
}
entry=$CACHE/compiled/$(made_by | sha256sum | cut -c1-12)

# copy FROM TO
copy() {
    local folder
    for folder in $FOLDERS; do
        [ -d "$1/$folder" ] || continue
        mkdir -p "$2/$folder"
        cp -a --reflink=auto "$1/$folder"/{.fingerprint,build,deps} "$2/$folder"
    done
}

case ${1:-} in
take)
    [ -d "$entry" ] && [ ! -e "$TARGET/release" ] && [ ! -e "$TARGET/cross" ] || exit 0
    copy "$entry" "$TARGET"
    ;;
keep)
    [ ! -e "$entry" ] || exit 0
    mkdir -p "$CACHE/compiled"
    work=$(mktemp -d "$CACHE/compiled/work.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    copy "$TARGET" "$work"
    mapfile -t members < <(cargo metadata --locked --no-deps --format-version 1 | grep -oE '"name":"[^"]+","version":' | cut -d'"' -f4)
    own=("${members[@]/#/--package=}")
    CARGO_TARGET_DIR=$work cargo clean --quiet --release --locked "${own[@]}"
    CARGO_TARGET_DIR=$work/cross cargo clean --quiet --release --locked "${own[@]}"
    CARGO_TARGET_DIR=$work/cross cargo clean --quiet --release --locked --target=aarch64-unknown-linux-gnu "${own[@]}"
    # One is enough, and they are large.
    find "$CACHE/compiled" -mindepth 1 -maxdepth 1 ! -path "$work" -mtime +7 -exec rm -rf {} +
    mv "$work" "$entry"
    ;;
*) die 'usage: compiled.sh take|keep' ;;
esac
