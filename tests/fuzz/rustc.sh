#!/bin/bash
# rustc.sh RUSTC ARGUMENTS...: cargo compiles this workspace's own crates by it (RUSTC_WORKSPACE_WRAPPER), and others without. It puts in the
# counters and the traces of comparisons by which libFuzzer sees where an input led. Any rustc has them; it need not be a nightly one.
set -euo pipefail

case " $* " in
*' build_script_'*) exec "$@" ;;
esac
exec "$@" -C passes=sancov-module \
    -C llvm-args=-sanitizer-coverage-level=4 -C llvm-args=-sanitizer-coverage-inline-8bit-counters \
    -C llvm-args=-sanitizer-coverage-pc-table -C llvm-args=-sanitizer-coverage-trace-compares
