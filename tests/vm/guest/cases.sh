# shellcheck shell=bash
# In the guest: this guest's share of the cases of tests/src/bin/vm-cases, those that the file `cases` names or all.
# shellcheck source=tests/vm/guest/lib.sh
. ./lib.sh

load_encoder
plug_in 1280 720
mapfile -t cases < cases
./vm-cases "$(cat part)" "${cases[@]}"
[ -z "$(ls -A /dev/shm)" ]
