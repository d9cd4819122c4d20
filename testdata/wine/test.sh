#!/usr/bin/env bash
# Runs the tests of the Windows build under Wine, as far as Wine is true to
# Windows: Credential Manager, paths, file names, encodings. Without Wine and
# without the right to install it it says why and ends with 3.
#   WINE_DIR (default: adsync-wine in the account's cache) takes the prefix, about 700 MB
set -euo pipefail
cd "$(dirname "$0")/../.."
packages=(./core/secret/... ./core/config/... ./core/attribute/... ./core/schedule/... ./core/text/... ./core/store/... ./core/sandbox)

skip() {
    echo "$*"
    exit 3
}
[ "$(go env GOHOSTARCH)" = amd64 ] || skip "Wine runs them on amd64 only"
if ! command -v wineserver >/dev/null; then
    command -v apt-get >/dev/null || skip "Wine is not installed"
    [ "$(id -u)" = 0 ] || skip "Wine is not installed, and this account may not install it"
fi
export WINE_DIR=${WINE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/adsync-wine}
mkdir -p "$WINE_DIR"
log=$WINE_DIR/up.log
testdata/wine/up.sh >"$log" 2>&1 || { tail -n 5 "$log"; skip "Wine could not be made ready"; }
export GOOS=windows CGO_ENABLED=0 WINEPREFIX=$WINE_DIR/prefix WINEDEBUG=-all
trap 'wineserver -k || true' EXIT
exec_=$(sed -n 's/.* -exec \([^ ]*\) .*/\1/p' "$log" | tail -n 1)
go test -overlay "$WINE_DIR/overlay.json" -exec "$exec_" "${packages[@]}"
