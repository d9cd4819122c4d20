# Sourced by the scripts beside it: makes Wine ready and sets $wine to what runs a
# Windows program. Without Wine, and without the right to install it, it says why
# and ends with 3.
#   WINE_DIR (default: adsync-wine in the account's cache) takes the prefix, about 700 MB

skip() {
    echo "$*"
    exit 3
}
[ "$(go env GOHOSTARCH)" = amd64 ] || skip "Wine runs Windows programs on amd64 only"
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
wine=$(sed -n 's/.* -exec \([^ ]*\) .*/\1/p' "$log" | tail -n 1)
