#!/usr/bin/env bash
# The main job with the Windows build under Wine: the sandbox, secrets in
# Credential Manager, preview, approve, apply, and a second preview with nothing
# to change.
set -euo pipefail
cd "$(dirname "$0")/../.."
. testdata/wine/ready.sh
home=$(mktemp -d)
trap 'adsync 0 sandbox stop >/dev/null || true; wineserver -k || true; rm -rf "$home"' EXIT
go build -trimpath -o "$home/adsync.exe" .
export ADSYNC_HOME="Z:${home//\//\\}\\state" ADSYNC_PROFILE=sandbox
unset XDG_CONFIG_HOME XDG_STATE_HOME

# adsync CODES COMMAND: runs it and prints its document; CODES are the exit codes
# that it may end with, parted by commas.
adsync() {
    local codes=,$1, code=0
    shift
    timeout 120 "$wine" "$home/adsync.exe" "$@" --json </dev/null | tr -d '\r' || code=$?
    case $codes in *",$code,"*) ;; *) echo "adsync $* ended with $code" >&2; return 1 ;; esac
}

adsync 0 sandbox start >/dev/null
adsync 0 central validate >/dev/null
[ "$(adsync 0 credential list --jq '.credentials | map(.store) | unique | join(" ")')" = '"credentialManager"' ]
id=$(adsync 11 preview --jq .id | tr -d '"')
[ "$(adsync 0 approve "$id" --jq .covered)" = 237 ]
[ "$(adsync 0 apply --jq .summary.done)" = 237 ]
[ "$(adsync 11 preview --jq '.changes | length')" = 0 ]
adsync 0 sandbox change add 'Zoë Lind' --account zoe.lind --mail zoe.lind@corp.example >/dev/null
read -r id name < <(adsync 11 preview --jq '"\(.id) \(.changes[0].name)"' | tr -d '"')
[ "$name" = 'Zo\u00eb Lind' ]
adsync 0 approve "$id" >/dev/null
[ "$(adsync 0 apply --jq .summary.done)" = 1 ]
echo 'the job is done'
