#!/usr/bin/env bash
# Runs the tests of the Windows build under Wine, as far as Wine is true to
# Windows: Credential Manager, paths, file names, encodings.
set -euo pipefail
cd "$(dirname "$0")/../.."
packages=(./core/secret/... ./core/config/... ./core/attribute/... ./core/schedule/... ./core/text/... ./core/store/... ./core/sandbox)
. testdata/wine/ready.sh
go test -overlay "$WINE_DIR/overlay.json" -exec "$wine" "${packages[@]}"
