#!/bin/bash
# npm.sh FOLDER: installs what FOLDER/package-lock.json says, unless that is done.
set -euo pipefail
cd "$1"
lock=$(sha256sum < package-lock.json)
[ "$(cat node_modules/.made-from 2> /dev/null)" != "$lock" ] || exit 0
PUPPETEER_SKIP_DOWNLOAD=1 npm ci --no-audit --no-fund --loglevel=error >&2
printf '%s\n' "$lock" > node_modules/.made-from
