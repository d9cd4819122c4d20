#!/usr/bin/env bash
# The main job on the embedded sandbox, with each command printed as a user would
# type it. demo.sh PROGRAM
set -euo pipefail
program=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
home=$(mktemp -d)
export ADSYNC_HOME=$home/state XDG_CONFIG_HOME=$home/config ADSYNC_PROFILE=sandbox
adsync() { "$program" "$@"; }
trap 'adsync sandbox stop --json >/dev/null 2>&1 || true; rm -rf "$home"' EXIT

say() { printf '\n# %s\n' "$*"; }
# run OK... -- COMMAND: prints the command, then what it prints; OK are the exit
# codes that this step may end with.
run() {
    local ok=" " code=0
    while [ "$1" != -- ]; do ok+="$1 "; shift; done
    shift
    printf '> adsync'; printf " $(printf '%s' '%s')" "$@"; printf '\n'
    adsync "$@" --output table || code=$?
    case "$ok" in *" $code "*) ;; *) echo "exit code $code, expected$ok" >&2; exit 1 ;; esac
}
latest() { adsync plan list --json --jq '.plans[0].id' | tr -d '"'; }

say 'A small company and a simulated Sophos Central, on this computer only'
run 0 -- sandbox start
say 'The API credential is tried before anything else may be set up'
run 0 -- central validate
run 0 -- directory validate
say 'What would change? Nothing is written yet (11: something waits for a person)'
run 0 11 -- preview
say 'Exactly that plan is approved, and carried out'
run 0 -- approve "$(latest)" --comment 'first sync' --yes
run 0 -- apply
say 'A second preview has nothing to change'
run 0 11 -- preview
[ "$(adsync preview --no-save --json --jq '.changes | length')" = 0 ] || { echo 'the second preview is not empty' >&2; exit 1; }
say 'Somebody joins, somebody marries, somebody leaves'
run 0 -- sandbox change add 'Nora Lind' --account nora.lind --mail nora.lind@corp.example
run 0 -- sandbox change --scenario marriage
run 0 -- sandbox change --scenario leavers
run 0 11 -- preview
run 0 -- approve "$(latest)" --comment 'reviewed' --yes
run 0 -- apply
run 0 -- status
[ "$(adsync preview --no-save --json --jq '.changes | length')" = 0 ] || { echo 'the last preview is not empty' >&2; exit 1; }
say 'Done: what was reviewed was applied, and both sides agree.'
