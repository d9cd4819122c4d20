#!/usr/bin/env bash
# Makes the archives in dist/: the same source gives the same bytes. Times in the
# archives are that of the commit, scripts have the line ends of Windows.
set -euo pipefail
cd "$(dirname "$0")/.."
: "${EPOCH:?}" "${GOBUILD:?}"
command -v zip >/dev/null || { echo 'zip is not installed; make prepare installs it' >&2; exit 1; }
export TZ=UTC
version=$(awk '/^## \[[0-9]/{gsub(/[][]/, "", $2); print $2; exit}' CHANGELOG.md)
version=${version:-0}
rm -rf dist
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p dist

fill() { # folder: scripts, README, licence
    cp README.md LICENSE CHANGELOG.md "$1/"
    cp -r scripts/. "$1/"
    find "$1" -name '*_test.go' -delete
    find "$1" -type f \( -name '*.ps1' -o -name '*.psm1' -o -name '*.psd1' \) -exec sed -i -e 's/\r$//' -e 's/$/\r/' {} +
}
for arch in amd64 arm64; do
    name=adsync-$version-windows-$arch
    mkdir -p "$work/$name"
    GOOS=windows GOARCH=$arch bash -c "$GOBUILD -o '$work/$name/adsync.exe' ."
    fill "$work/$name"
    chmod -R u=rwX,go=rX "$work/$name"
    find "$work/$name" -exec touch -h -d "@$EPOCH" {} +
    (cd "$work" && find "$name" | LC_ALL=C sort | zip -q -X "$OLDPWD/dist/$name.zip" -@)
done
name=adsync-$version-linux-amd64
mkdir -p "$work/$name"
GOOS=linux GOARCH=amd64 bash -c "$GOBUILD -o '$work/$name/adsync' ."
fill "$work/$name"
chmod -R u=rwX,go=rX "$work/$name"
tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$EPOCH" -cf - "$name" | gzip -n -9 > "dist/$name.tar.gz"
(cd dist && sha256sum -- *.zip *.tar.gz > SHA256SUMS)
cat dist/SHA256SUMS
