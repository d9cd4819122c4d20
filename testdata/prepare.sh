#!/usr/bin/env bash
# Installs what the tests use and this account may install (Debian, root). What
# is missing afterwards is skipped by the tests that need it, with the reason.
set -u
want=(samba samba-dsdb-modules samba-ad-provision ldap-utils libsasl2-modules-gssapi-mit libxml2-utils zip)
command -v squid >/dev/null || want+=(squid-openssl) # plain squid cannot open TLS, and the two exclude each other
missing=()
for package in "${want[@]}"; do
    dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "not installed, and this account may not install: ${missing[*]}"
    exit 0
fi
echo "installing ${missing[*]}"
log=$(mktemp)
if ! { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    tail -n 5 "$log"
    echo 'some packages could not be installed; their tests are skipped'
fi
rm -f "$log"
