#!/usr/bin/env bash
# Runs each fuzz target of the project for a time: fuzz.sh 30s
set -euo pipefail
cd "$(dirname "$0")/.."
grep -rlE '^func Fuzz' --include='*_test.go' core output commands | sort | while read -r file; do
    grep -oE '^func Fuzz[A-Za-z0-9_]+' "$file" | cut -c6- | while read -r target; do
        echo "== $target ($(dirname "$file"))"
        go test -run '^$' -fuzz "^$target\$" -fuzztime "$1" "./$(dirname "$file")"
    done
done
