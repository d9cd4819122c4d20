#!/usr/bin/env bash
# Provisions and starts a Samba domain controller for tests, on a loopback address,
# with everything it keeps below one folder. Idempotent; ends when LDAPS answers.
# Exit 3: samba is missing and cannot be installed.
#
#   AD_DIR=FOLDER AD_IP=127.0.0.2 up.sh
#
# Environment:
#   AD_DIR        the tree; required
#   AD_IP         loopback address for ports 389, 636, 3268 and 3269
#   AD_REALM, AD_DOMAIN, AD_HOST, AD_ADMINPASS
#   AD_SERVICES   server services: ldap | "ldap, kdc" (Kerberos on 88 and 464) | "ldap, rpc"
#                 (what a domain that joins the forest needs of its parent)
#   AD_PARENT_DIR, AD_PARENT_IP, AD_PARENT_DOMAIN
#                 the running domain below which a new one is made
#   AD_STRONG     ldap server require strong auth: yes | allow_sasl_over_tls | no
#   AD_MODEL      single | prefork | standard
#   AD_STDIN      a pipe that samba reads: the server ends when its writer does
#   AD_EXTRA      further lines for [global]
#   AD_START      0: provision only
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
: "${AD_DIR:?AD_DIR names the folder of the tree}"
: "${AD_IP:=127.0.0.2}"
: "${AD_REALM:=CORP.EXAMPLE.COM}"
: "${AD_DOMAIN:=CORP}"
: "${AD_HOST:=dc1}"
: "${AD_ADMINPASS:=Passw0rd!adm}"
: "${AD_SERVICES:=ldap}"
: "${AD_STRONG:=yes}"
: "${AD_MODEL:=single}"
: "${AD_STDIN:=/dev/null}"
: "${AD_EXTRA:=}"
: "${AD_START:=1}"
dns=$(tr 'A-Z' 'a-z' <<<"$AD_REALM")
case "$AD_IP" in
127.*) ;;
*) echo "not a loopback address: $AD_IP" >&2; exit 2 ;;
esac

packages='samba samba-dsdb-modules samba-ad-provision python3-samba openssl'
installed() {
	[ -x /usr/sbin/samba ] && [ -e /usr/share/samba/setup/provision.ldif ] &&
		command -v openssl >/dev/null && /usr/bin/python3 -c 'import samba.provision' 2>/dev/null
}
if ! installed; then
	if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
		echo "samba is not installed (packages: $packages)" >&2
		exit 3
	fi
	# Two test packages may come here at once; dpkg would refuse the second.
	exec 9>/tmp/adsync-apt.lock
	flock 9
	if ! installed; then
		export DEBIAN_FRONTEND=noninteractive
		{ apt-get update -q && apt-get install -yq --no-install-recommends $packages; } >/tmp/adsync-apt.log 2>&1 || true
	fi
	exec 9>&-
	installed || { echo "samba is not installed and could not be (packages: $packages)" >&2; exit 3; }
fi
if [ "$(id -u)" != 0 ]; then
	echo 'samba needs root for its ports' >&2
	exit 3
fi

mkdir -p "$AD_DIR"/{etc,private,state,cache,lock,pid,ncalrpc,winbindd,ntp_signd,bind-dns,log,tls}
chmod 700 "$AD_DIR/private"
chmod 750 "$AD_DIR/ntp_signd" "$AD_DIR/winbindd"
chmod 755 "$AD_DIR/ncalrpc"

cat >"$AD_DIR/etc/smb.conf.new" <<CONF
[global]
	netbios name = $(tr 'a-z' 'A-Z' <<<"$AD_HOST")
	realm = $AD_REALM
	workgroup = $AD_DOMAIN
	server role = active directory domain controller
	server services = $AD_SERVICES
	interfaces = $AD_IP/8
	bind interfaces only = yes
	ldap server require strong auth = $AD_STRONG
	tls enabled = yes
	tls cafile = $AD_DIR/tls/ca.pem
	tls certfile = $AD_DIR/tls/cert.pem
	tls keyfile = $AD_DIR/tls/key.pem
	private dir = $AD_DIR/private
	state directory = $AD_DIR/state
	cache directory = $AD_DIR/cache
	lock directory = $AD_DIR/lock
	pid directory = $AD_DIR/pid
	ncalrpc dir = $AD_DIR/ncalrpc
	winbindd socket directory = $AD_DIR/winbindd
	ntp signd socket directory = $AD_DIR/ntp_signd
	binddns dir = $AD_DIR/bind-dns
	log file = $AD_DIR/log/log.%m
	log level = 1
	max log size = 0
	idmap_ldb:use rfc2307 = yes
	dns forwarder =
	load printers = no
	printing = bsd
	disable spoolss = yes
$AD_EXTRA
[sysvol]
	path = $AD_DIR/state/sysvol
	read only = no
[netlogon]
	path = $AD_DIR/state/sysvol/$dns/scripts
	read only = no
CONF
mv "$AD_DIR/etc/smb.conf.new" "$AD_DIR/etc/smb.conf"

cat >"$AD_DIR/etc/krb5.conf" <<CONF
[libdefaults]
	default_realm = $AD_REALM
	dns_lookup_kdc = false
	dns_lookup_realm = false
	rdns = false
	dns_canonicalize_hostname = false
	udp_preference_limit = 1
[realms]
	$AD_REALM = {
		kdc = $AD_IP:88
	}
[domain_realm]
	.$dns = $AD_REALM
	$dns = $AD_REALM
CONF

# A tree that was copied has the certificate of another address.
if [ "$(cat "$AD_DIR/tls/ip" 2>/dev/null)" != "$AD_IP" ]; then
	(
		cd "$AD_DIR/tls"
		umask 077
		openssl ecparam -name prime256v1 -genkey -noout -out ca.key
		openssl req -x509 -new -key ca.key -sha256 -days 3650 -subj "/O=Test/CN=$AD_DOMAIN Test CA" -out ca.pem \
			-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
		openssl ecparam -name prime256v1 -genkey -noout -out key.pem
		openssl req -new -key key.pem -subj "/CN=$AD_HOST.$dns" -out srv.csr
		printf '%s\n' "subjectAltName=DNS:$AD_HOST.$dns,DNS:$dns,IP:$AD_IP" extendedKeyUsage=serverAuth \
			keyUsage=critical,digitalSignature basicConstraints=CA:FALSE >srv.ext
		openssl x509 -req -in srv.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 3650 -sha256 -extfile srv.ext -out cert.new 2>/dev/null
		mv cert.new cert.pem
		echo "$AD_IP" >ip
	)
fi

if [ ! -e "$AD_DIR/.provisioned" ]; then
	rm -rf "$AD_DIR"/private/* "$AD_DIR"/state/*
	tool=provision.py
	parent=()
	if [ -n "${AD_PARENT_DIR:-}" ]; then
		tool=join_child.py
		parent=(--parent-tree "$AD_PARENT_DIR" --parent-ip "$AD_PARENT_IP" --parent-domain "$AD_PARENT_DOMAIN")
	fi
	/usr/bin/python3 "$here/$tool" --targetdir "$AD_DIR" --realm "$AD_REALM" --domain "$AD_DOMAIN" \
		--host "$AD_HOST" --ip "$AD_IP" --adminpass "$AD_ADMINPASS" "${parent[@]}" >"$AD_DIR/log/provision.log" 2>&1 ||
		{ tail -20 "$AD_DIR/log/provision.log" >&2; exit 1; }
	touch "$AD_DIR/.provisioned"
fi
[ "$AD_START" = 1 ] || exit 0

alive() { [ -s "$AD_DIR/samba.pid" ] && kill -0 "$(cat "$AD_DIR/samba.pid")" 2>/dev/null; }
if alive; then
	echo "running already, pid $(cat "$AD_DIR/samba.pid")"
	exit 0
fi
setsid /usr/sbin/samba -i -M "$AD_MODEL" --debug-stdout -s "$AD_DIR/etc/smb.conf" <"$AD_STDIN" >"$AD_DIR/log/samba.out" 2>&1 &
echo $! >"$AD_DIR/samba.pid"
for _ in $(seq 1 600); do
	alive || { echo 'samba ended' >&2; tail -30 "$AD_DIR/log/samba.out" >&2; exit 1; }
	if (exec 3<>"/dev/tcp/$AD_IP/636") 2>/dev/null; then
		echo "listening on $AD_IP, pid $(cat "$AD_DIR/samba.pid")"
		exit 0
	fi
	sleep 0.05
done
echo "samba did not open $AD_IP:636" >&2
tail -30 "$AD_DIR/log/samba.out" >&2
exit 1
