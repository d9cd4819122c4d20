#!/usr/bin/env bash
# Stops the domain controller that up.sh started for AD_DIR. --wipe removes the tree too.
set -euo pipefail
: "${AD_DIR:?AD_DIR names the folder of the tree}"
if [ -s "$AD_DIR/samba.pid" ]; then
	pid=$(cat "$AD_DIR/samba.pid")
	if kill -0 "$pid" 2>/dev/null && grep -qz samba "/proc/$pid/cmdline"; then
		kill -TERM "$pid" 2>/dev/null || true
		for _ in $(seq 1 100); do
			kill -0 "$pid" 2>/dev/null || break
			sleep 0.05
		done
		kill -KILL -- "-$pid" 2>/dev/null || true # a session of its own: stragglers only
	fi
	rm -f "$AD_DIR/samba.pid"
fi
if [ "${1:-}" = --wipe ]; then rm -rf -- "$AD_DIR"; fi
