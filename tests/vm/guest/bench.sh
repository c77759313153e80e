# shellcheck shell=bash
# In the guest: what a frame costs; see tests/src/bin/vm-bench. The figures are in figures.jsonl.
# shellcheck source=tests/vm/guest/lib.sh
. ./lib.sh
# shellcheck source=/dev/null
. ./params # PEER

load_encoder
# The peer waits for ever at an empty first piece.
echo 0 > /sys/module/vh264/parameters/junk_first
plug_in 1920 1080
[ -n "${JPEG_ONLY-}" ] || PEER=$PEER LOOP=./loop ./vm-bench 3 5 > figures.jsonl
PEER=$PEER ./vm-bench jpeg 3 5 >> figures.jsonl
