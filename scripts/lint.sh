#!/bin/bash
# lint.sh: everything that can be said about the source without running it.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/cache.sh
. scripts/cache.sh
# shellcheck source=scripts/rust.sh
. scripts/rust.sh
find_rust

readonly DENY=0.20.2
deny=$CACHE/tools/cargo-deny-$DENY
if [ ! -x "$deny/bin/cargo-deny" ]; then
    say "cargo-deny: compiling (a minute or two, this once)"
    # Unoptimized: it builds in a third of the time and runs for half a second.
    CARGO_PROFILE_DEV_DEBUG=0 CARGO_TARGET_DIR=$(mktemp -d) cargo install "cargo-deny@$DENY" --locked --debug --no-default-features --quiet --root "$deny"
fi

step() { # step WHAT COMMAND...
    say "-- $1"
    "${@:2}"
}

step 'formatting' cargo fmt --all --check
step 'clippy' cargo clippy --release --locked --workspace --all-targets -- -D warnings
step 'licences, bans and sources of the dependencies' "$deny/bin/cargo-deny" --locked --workspace check licenses bans sources
step 'shell scripts' bash -c 'git ls-files -z -- "*.sh" .ci/run | xargs -0 shellcheck'
step 'browser and test scripts' bash -c 'git ls-files -z -- "*.mjs" "web/*.js" "image/*.js" | xargs -0 -n 1 node --check'

# The table of ARCHITECTURE.md names the files with unsafe code: these and no others.
unsafe_files() { git grep -lE '\bunsafe (\{|fn|impl|extern)' -- '*.rs' | sort; }
# shellcheck disable=SC2016 # a backquote is meant
named_files() { sed -n '/^## Unsafe code/,$p' ARCHITECTURE.md | grep -oE '^\| `[^`]+' | cut -c4- | sort; }
same_files() { diff <(unsafe_files) <(named_files) || die "the files with unsafe code (<) are not those that ARCHITECTURE.md names (>)"; }
step 'files with unsafe code' same_files
