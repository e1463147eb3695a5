# shellcheck shell=bash
# The shell scripts' own slapd: the sample register behind the module, with
# TLS and SASL, in a directory of its own on loopback.  To be sourced.
#
#	cr_begin		a directory $dir, removed at the end
#	cr_certs		$tls: ca.pem, server and client certificates
#	cr_register		the database, loaded; $more_ldif behind the sample
#	cr_start		a slapd; $more_conf goes into its database
#	cr_check what command	one claim: "ok what" or "not ok what"
#	cr_end			"N passed, N failed", the exit status
#
# $uri is LDAP on loopback, $ldapi the socket; $dir/slapd.log what it said.
# shellcheck disable=SC2034 # for the scripts that source it
set -uo pipefail
export LC_ALL=C.UTF-8
PATH=$PATH:/usr/sbin:/sbin

CR_TOP=${CR_TOP:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
CR_BUILD=${CR_BUILD:-$CR_TOP/build}
CR_MODULE=${CR_MODULE:-$CR_BUILD/custreg.so}
CR_TIME_FACTOR=${CR_TIME_FACTOR:-1}

base=dc=example,dc=fi
customers=ou=customers,$base
password=kokeilu
rootdn=cn=admin,$base
rootpw=juurisana
passed=0
failed=0
slapd_pid=
more_ldif=
more_conf=

cr_begin()
{
	dir=$(mktemp -d "${TMPDIR:-/tmp}/custreg.XXXXXX") || exit 1
	tls=$dir/tls
	mkfifo "$dir/never"
	exec {never}<>"$dir/never"
	trap cr_cleanup EXIT
	trap 'exit 130' INT TERM
	# what the person who runs the tests has set is not part of them
	unset "${!LDAP@}"
	export LDAPCONF=$dir/ldap.conf HOME=$dir
	echo "TLS_CACERT $tls/ca.pem" >"$LDAPCONF"
}

cr_stop()
{
	[ -n "$slapd_pid" ] || return 0
	kill "$slapd_pid" 2>/dev/null
	wait "$slapd_pid" 2>/dev/null
	slapd_pid=
}

cr_cleanup()
{
	cr_stop
	exec {never}>&-
	rm -rf "$dir"
}

# cr_poll <seconds> <command>: until it succeeds
cr_poll()
{
	local end=$((SECONDS + $1 * CR_TIME_FACTOR))
	shift
	until "$@"; do
		[ "$SECONDS" -le "$end" ] || return 1
		read -rt 0.05 -u "$never"
	done
	return 0
}

# cr_certificate <name> <subject> <extension line>
cr_certificate()
{
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 \
		-nodes -keyout "$tls/$1.key" -subj "$2" -out "$tls/$1.csr" &&
	openssl x509 -req -in "$tls/$1.csr" -CA "$tls/ca.pem" \
		-CAkey "$tls/ca.key" -CAcreateserial -days 2 \
		-extfile <(printf '%s\n' "$3") -out "$tls/$1.pem"
}

cr_certs()
{
	local client=extendedKeyUsage=clientAuth
	mkdir -p "$tls"
	{
		openssl req -x509 -newkey ec \
			-pkeyopt ec_paramgen_curve:prime256v1 -nodes \
			-keyout "$tls/ca.key" -out "$tls/ca.pem" -days 2 \
			-subj "/O=Esimerkkiyritys Oy/CN=Test CA" &&
		cr_certificate server /CN=localhost \
			"subjectAltName=DNS:localhost,IP:127.0.0.1" &&
		cr_certificate mailer "/O=Esimerkkiyritys Oy/CN=mailer" \
			"$client" &&
		cr_certificate phonebook "/O=Esimerkkiyritys Oy/CN=phonebook" \
			"$client"
	} >"$dir/openssl.log" 2>&1 || { cat "$dir/openssl.log"; exit 1; }
}

cr_configure()
{
	local file
	{
		for file in core cosine inetorgperson; do
			echo "include ${SCHEMADIR:-/etc/ldap/schema}/$file.schema"
		done
		cat <<-CONF
		modulepath ${MODULEDIR:-/usr/lib/ldap}
		moduleload back_mdb
		moduleload $CR_MODULE
		pidfile $dir/slapd.pid
		argsfile $dir/slapd.args
		TLSCACertificateFile $tls/ca.pem
		TLSCertificateFile $tls/server.pem
		TLSCertificateKeyFile $tls/server.key
		TLSVerifyClient try
		sasl-host localhost
		sasl-auxprops slapd
		authz-policy to
		authz-regexp "^uid=([^,]+),cn=scram-sha-256,cn=auth$" "uid=\$1,ou=services,$base"
		authz-regexp "^cn=([^,]+),o=esimerkkiyritys oy$" "uid=\$1,ou=services,$base"
		authz-regexp "^gidNumber=$(id -g)[+]uidNumber=$(id -u),cn=peercred,cn=external,cn=auth$" "uid=crm,ou=services,$base"
		database mdb
		suffix $base
		rootdn $rootdn
		rootpw $rootpw
		directory $dir/db
		maxsize 268435456
		index objectClass,uid,mail,cn,sn eq
		include $CR_TOP/schema/sample/acl.conf
		overlay custreg
		custreg-customers $customers
		custreg-logdirectory $dir/log
		CONF
		printf '%s\n' "$more_conf"
	} >"$dir/slapd.conf"
}

cr_register()
{
	mkdir -p "$dir/db" "$dir/log"
	cr_configure
	{
		"$CR_BUILD/generate" && cat "$CR_TOP/schema/purposes.ldif" &&
		echo && cat "$CR_TOP/schema/register.ldif" &&
		printf '\n%s\n' "$more_ldif"
	} >"$dir/sample.ldif" || exit 1
	if ! cr_wrapped slapadd -q -f "$dir/slapd.conf" \
			-l "$dir/sample.ldif" >"$dir/slapadd.log" 2>&1; then
		tail -n 20 "$dir/slapadd.log"
		exit 1
	fi
}

# A module with sanitizers needs their libraries in the process first.
cr_wrapped()
{
	# shellcheck disable=SC2086 # a command with its words
	env ${CR_SAN_PRELOAD:+LD_PRELOAD=$CR_SAN_PRELOAD} "$@"
}

cr_free_port()
{
	python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}

# Through the socket, which nobody else has: the port somebody else may have.
cr_answers()
{
	ldapsearch -x -o nettimeout=2 -H "$ldapi" -s base -b '' 1.1 \
		>/dev/null 2>&1 || ! kill -0 "$slapd_pid" 2>/dev/null
}

cr_start()
{
	local try
	cr_configure
	ldapi=ldapi://${dir//\//%2F}%2Fldapi
	for try in 1 2 3 4 5; do
		port=$(cr_free_port)
		uri=ldap://127.0.0.1:$port
		# shellcheck disable=SC2086 # a command with its words
		env ${CR_SAN_PRELOAD:+LD_PRELOAD=$CR_SAN_PRELOAD} \
			${CR_SLAPD_WRAPPER:-} "$(command -v slapd)" -d stats \
			-f "$dir/slapd.conf" -h "ldap://127.0.0.1:$port $ldapi" \
			>>"$dir/slapd.log" 2>&1 &
		slapd_pid=$!
		cr_poll 30 cr_answers
		kill -0 "$slapd_pid" 2>/dev/null && return 0
		grep -q 'Address already in use' "$dir/slapd.log" || break
	done
	echo "slapd does not start (attempt $try):"
	tail -n 20 "$dir/slapd.log"
	exit 1
}

cr_check()
{
	local what=$1
	shift
	if "$@" >"$dir/out" 2>&1; then
		echo "ok $what"
		passed=$((passed + 1))
	else
		echo "not ok $what"
		sed 's/^/    /' "$dir/out" | head -n 30
		failed=$((failed + 1))
	fi
}

# attribute <uid> <name>: of a customer, as the generator made it
cr_attribute()
{
	awk -v RS= -v dn="dn: uid=$1,$customers" 'index($0, dn "\n") == 1' \
		"$dir/sample.ldif" | sed -n "s/^$2: //p"
}

# Is it there at all?  A client that is missing is told, not passed over.
cr_need()
{
	local program
	for program; do
		command -v "$program" >/dev/null || {
			echo "skip $program is not installed"
			exit 0
		}
	done
}

# cr_equal <what it is> <what it should be>
cr_equal()
{
	[ "$1" = "$2" ] || { printf 'got:  %s\nwant: %s\n' "$1" "$2"; return 1; }
}

cr_end()
{
	kill -0 "$slapd_pid" 2>/dev/null ||
		{ echo "not ok slapd is still there"; failed=$((failed + 1)); }
	echo "$passed passed, $failed failed"
	[ "$failed" = 0 ]
	exit
}
