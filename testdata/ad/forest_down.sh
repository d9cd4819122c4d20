#!/usr/bin/env bash
# Stops what forest_up.sh started for AD_DIR. --wipe removes the trees too.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
: "${AD_DIR:?AD_DIR names the folder of the trees}"
for name in child root other; do AD_DIR=$AD_DIR/$name "$here/down.sh" "$@"; done
