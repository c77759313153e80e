#!/bin/bash
# settle.sh CARD: what the machine has written, and not lost (boot.sh), becomes the card's own; for who wants to look at it.
set -euo pipefail
[ ! -e "$1.layer" ] || qemu-img commit -q "$1.layer"
rm -f "$1.layer"
