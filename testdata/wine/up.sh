#!/usr/bin/env bash
# Wine 8 on Debian 12, made ready to run Go's windows test binaries. Idempotent.
#   WINE_DIR=/some/folder ./up.sh      prints the go test command to use; end with: WINEPREFIX=$WINE_DIR/prefix wineserver -k
# Three things a plain Wine 8 lacks for Go 1.26: bcryptprimitives.dll (made by mkprng, no C compiler), an answer that
# os.RemoveAll falls back on (a one-line overlay of one standard-library file, made at run time), and a server kept alive
# so that a test binary does not cost 2.5 s each. Silent stubs that exit 0 and prove nothing: powershell.exe, icacls,
# wevtutil, certutil, setx, schtasks /query /run.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
: "${WINE_DIR:?set WINE_DIR to a folder for the prefix (about 700 MB)}"
export WINEPREFIX=$WINE_DIR/prefix WINEARCH=win64 WINEDEBUG=-all WINEDLLOVERRIDES='mscoree=;mshtml='
unset DISPLAY || true
dpkg -s wine64 >/dev/null 2>&1 || { apt-get update -q; apt-get install -yq --no-install-recommends wine wine64; }
wine64=$(dpkg -L wine64 | grep -E '/wine64$' | head -1)
mkdir -p "$WINE_DIR"
[ -d "$WINEPREFIX/drive_c" ] || { "$wine64" wineboot -i </dev/null >/dev/null 2>&1; wineserver -w; }
dll=$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll
[ -f "$dll" ] || GOOS='' GOARCH='' go run "$here/mkprng/main.go" "$dll"
src=$(go env GOROOT)/src/internal/syscall/windows/at_windows.go
sed 's/case STATUS_INVALID_INFO_CLASS, \/\/ the/case NTStatus(0xC0000002), STATUS_INVALID_INFO_CLASS, \/\/ the/' "$src" > "$WINE_DIR/at_windows.go"
if cmp -s "$src" "$WINE_DIR/at_windows.go"; then echo 'the overlay no longer matches this Go version' >&2; exit 1; fi
printf '{"Replace":{"%s":"%s"}}\n' "$src" "$WINE_DIR/at_windows.go" > "$WINE_DIR/overlay.json"
wineserver -p >/dev/null 2>&1 || true   # one that runs already says no; its own output, or a pipe that reads this script never ends
"$wine64" cmd /c exit </dev/null >/dev/null 2>&1
echo "GOOS=windows CGO_ENABLED=0 WINEPREFIX=$WINEPREFIX WINEDEBUG=-all go test -overlay $WINE_DIR/overlay.json -exec $wine64 ./..."
