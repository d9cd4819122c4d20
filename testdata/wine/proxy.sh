#!/usr/bin/env bash
# The Windows build behind proxies that only Windows' own settings name. Each step
# sets some of them and prints a line: its name, and what adsync says. Proxies,
# tenant and script are the caller's, who names them in PROXY_ENVIRONMENT,
# PROXY_USER, PAC_URL, MACHINE_BLOB, USER_BLOB, CA_FILE and SECRET.
set -euo pipefail
cd "$(dirname "$0")/../.."
. testdata/wine/ready.sh
home=$(mktemp -d)
# The keys that are used: forget empties them, set_ writes values into one of them.
settings='Software\Microsoft\Windows\CurrentVersion\Internet Settings'
import() {
    { printf 'REGEDIT4\n\n'; cat; } >"$home/values.reg"
    "$wine" reg import "Z:${home//\//\\}\\values.reg" >/dev/null 2>&1 </dev/null
}
forget() {
    printf '%s\n' "[HKEY_CURRENT_USER\\$settings]" '"ProxyEnable"=-' '"ProxyServer"=-' '"ProxyOverride"=-' '"AutoConfigURL"=-' \
        "[HKEY_CURRENT_USER\\$settings\\Connections]" '"DefaultConnectionSettings"=-' \
        "[HKEY_LOCAL_MACHINE\\$settings\\Connections]" '"WinHttpSettings"=-' | import
}
# set_ KEY LINE...
set_() {
    local key=$1
    shift
    printf '%s\n' "[$key]" "$@" | import
}
account="HKEY_CURRENT_USER\\$settings"
connections="HKEY_CURRENT_USER\\$settings\\Connections"
machine="HKEY_LOCAL_MACHINE\\$settings\\Connections"
trap 'adsync credential remove central >/dev/null || true; forget; wineserver -k || true; rm -rf "$home"' EXIT
go build -trimpath -o "$home/adsync.exe" .
export ADSYNC_HOME="Z:${home//\//\\}\\state" ADSYNC_PROFILE=winetest
unset XDG_CONFIG_HOME XDG_STATE_HOME HTTPS_PROXY HTTP_PROXY NO_PROXY https_proxy http_proxy no_proxy

adsync() { timeout 120 "$wine" "$home/adsync.exe" "$@" --output jsonl; }
# ways NAME: the way to each host, without a credential and so without a call
ways() { echo "$1 $(adsync probe --jq .hosts </dev/null | tr -d '\r')"; }
# go_ NAME: a validation
go_() { echo "$1 $(adsync central validate --jq .proxy </dev/null | tr -d '\r')"; }

forget
adsync config set central.caFile "Z:${CA_FILE//\//\\}" >/dev/null </dev/null
ways nothing
set_ "$account" '"ProxyEnable"=dword:1' "\"ProxyServer\"=\"http=127.0.0.1:9;https=$PROXY_USER\"" '"ProxyOverride"="api.central.sophos.com;<local>"'
ways exception
set_ "$account" '"ProxyEnable"=dword:0'
ways off
set_ "$account" "\"AutoConfigURL\"=\"$PAC_URL/some.pac\""
ways script
set_ "$account" "\"AutoConfigURL\"=\"$PAC_URL/missing.pac\"" '"ProxyEnable"=dword:1'
ways broken

adsync config set central.identityUrl https://api.central.sophos.com >/dev/null </dev/null
adsync credential set central --user wine <<<"$SECRET" >/dev/null
set_ "$account" '"AutoConfigURL"=-' "\"ProxyServer\"=\"$PROXY_USER\"" '"ProxyOverride"=-'
go_ registry
set_ "$connections" "\"DefaultConnectionSettings\"=hex:$USER_BLOB"
go_ account
set_ "$connections" '"DefaultConnectionSettings"=-'
set_ "$account" "\"AutoConfigURL\"=\"$PAC_URL/all.pac\""
go_ pac
set_ "$machine" "\"WinHttpSettings\"=hex:$MACHINE_BLOB"
go_ machine
HTTPS_PROXY=$PROXY_ENVIRONMENT go_ environment
