# shellcheck shell=bash
# Sourced. Puts a cargo that is new enough first in PATH: the one already there, else Debian's (packages rustc-web and cargo-web).

readonly RUST_WANTED=1.89

# new_enough CARGO: whether it runs and is at least RUST_WANTED.
new_enough() {
    local version
    version=$("$1" --version 2> /dev/null | awk '{ print $2 }')
    [ -n "$version" ] && printf '%s\n%s\n' "$RUST_WANTED" "$version" | sort -CV
}

# find_rust: sets PATH, or fails.
find_rust() {
    new_enough cargo && return
    new_enough /usr/bin/cargo && PATH=/usr/bin:$PATH
}
