#!/bin/bash
# run.sh quick | long [SECONDS [TARGET...]] | replay TARGET FILE: the parsers against inputs that libFuzzer makes up (`src/main.rs`).
# quick   a fixed number of inputs for each target, the same ones each time
# long    SECONDS (600) for each target, in turn; what was learned is kept, and the next run begins with it
# replay  one input once more, with the place where it fails
# Inputs that made a target fail are kept in target/fuzz/failed. Everything else comes from `seeds/`.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/cache.sh
. scripts/cache.sh
# shellcheck source=scripts/rust.sh
. scripts/rust.sh
find_rust || die "no cargo from $RUST_WANTED on; scripts/setup.sh build installs one"

# Each target with the number of its inputs in a quick run: some seconds' worth.
declare -A quick=(
    [config_file]=3000 [edid]=100000 [h264]=200000 [http]=100000 [jpeg]=15000
    [options]=5000 [picture]=100000 [plugin]=40000 [rtp]=60000 [sink]=20000
)
mapfile -t targets < <(printf '%s\n' "${!quick[@]}" | sort)

# What no input may need: a sink's largest frame twice, and JPEGs of 16 million pixels, fit. (MiB, seconds)
limits=(-rss_limit_mb=700 -malloc_limit_mb=200 -timeout=20 -max_len=4096)
folder=target/fuzz
program=${CARGO_TARGET_DIR:-target}/release/rustreamer-fuzz

# Whatever overflows or breaks an assertion ends it: in our crates. Others are as in every other build, and need not be built again for this.
checks=() profile=profile.release
for check in debug-assertions overflow-checks; do
    checks+=(--config "$profile.$check=true" --config "$profile.package.\"*\".$check=false")
done
RUSTC_WORKSPACE_WRAPPER=$PWD/tests/fuzz/rustc.sh cargo build --quiet --release --locked "${checks[@]}" -p rustreamer-fuzz

newest() { find "$1" -type f -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d ' ' -f 2; }

failed=()
# run TARGET OPTION... FOLDER: says how it went; keeps in FOLDER what was learned, and the input at which it failed.
run() {
    local target=$1 kept=$folder/failed/$1 log=$folder/$1.log seeds=("tests/fuzz/seeds/$1")
    # An argument a line, as the target has them.
    [ "$target" != options ] || seeds+=(tests/command-lines)
    mkdir -p "$kept"
    if RUST_BACKTRACE=0 FUZZ_TARGET=$target "$program" "${limits[@]}" -artifact_prefix="$kept/" -print_final_stats=1 "${@:2}" "${seeds[@]}" 2> "$log" > /dev/null; then
        awk -v target="$target" '
            /^stat::number_of_executed_units/ { runs = $2 } /^stat::peak_rss_mb/ { memory = $2 } / cov: / { seen = $4 }
            END { printf "%-12s %9d inputs, %6d places reached, %4d MiB at most\n", target, runs, seen, memory }' "$log" >&2
    else
        failed+=("$target")
        grep -aE -A 1 'panicked at|ERROR: libFuzzer|FUZZ_TARGET' "$log" >&2 || tail -n 20 "$log" >&2
        say "$target: failed; the whole log: $log; the input once more: tests/fuzz/run.sh replay $target $(newest "$kept")"
    fi
}

case ${1:-} in
quick)
    corpus=$(mktemp -d)
    trap 'rm -rf "$corpus"' EXIT
    for target in "${targets[@]}"; do
        mkdir "$corpus/$target"
        run "$target" -seed=1 -runs="${quick[$target]}" "$corpus/$target"
    done
    ;;
long)
    seconds=${2:-600}
    [ $# -le 2 ] || targets=("${@:3}")
    for target in "${targets[@]}"; do
        mkdir -p "$folder/corpus/$target"
        say "$target: $seconds seconds (tail -f $folder/$target.log)"
        run "$target" -max_total_time="$seconds" "$folder/corpus/$target"
    done
    ;;
replay)
    [ $# = 3 ] || die "usage: run.sh replay TARGET FILE"
    RUST_BACKTRACE=1 FUZZ_TARGET=$2 exec "$program" "${limits[@]}" "$3"
    ;;
*) die "usage: run.sh quick | long [SECONDS [TARGET...]] | replay TARGET FILE" ;;
esac
[ ${#failed[@]} = 0 ] || die "failed: ${failed[*]}"
