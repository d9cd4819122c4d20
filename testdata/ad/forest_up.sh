#!/usr/bin/env bash
# Starts a forest of two domains, corp.example.com and child.corp.example.com, and
# beside it the forest other.test: three domain controllers below one folder, each
# by up.sh, whose other variables hold for all three. The first time it makes them.
#
#   AD_DIR=FOLDER AD_IPS="127.0.0.2 127.0.0.3 127.0.0.4" forest_up.sh
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
: "${AD_DIR:?AD_DIR names the folder of the trees}"
: "${AD_IPS:=127.0.0.2 127.0.0.3 127.0.0.4}"
read -r root child other <<<"$AD_IPS"
dir=$AD_DIR
R=(AD_DIR="$dir/root" AD_IP="$root" AD_REALM=CORP.EXAMPLE.COM AD_DOMAIN=CORP AD_HOST=dc1)
C=(AD_DIR="$dir/child" AD_IP="$child" AD_REALM=CHILD.CORP.EXAMPLE.COM AD_DOMAIN=CHILD AD_HOST=dc2)
O=(AD_DIR="$dir/other" AD_IP="$other" AD_REALM=OTHER.TEST AD_DOMAIN=OTHER AD_HOST=dcx)
if [ ! -e "$dir/child/.provisioned" ]; then
	env "${R[@]}" AD_START=1 AD_SERVICES='ldap, rpc' "$here/up.sh"
	trap 'env "${R[@]}" "$here/down.sh"' EXIT
	env "${C[@]}" AD_PARENT_DIR="$dir/root" AD_PARENT_IP="$root" AD_PARENT_DOMAIN=CORP AD_START=0 "$here/up.sh"
	trap - EXIT
	env "${R[@]}" "$here/down.sh"
fi
env "${R[@]}" "$here/up.sh" & p1=$!
env "${C[@]}" "$here/up.sh" & p2=$!
env "${O[@]}" "$here/up.sh" & p3=$!
wait $p1 && wait $p2 && wait $p3
