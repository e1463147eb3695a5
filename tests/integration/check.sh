#!/usr/bin/env bash
# custreg check against slapds without the module: each kind of finding, as
# text and as JSON, the ways to bind, and the exit codes.
set -uo pipefail
cd "${CR_TOP:?}" || exit 1
export LC_ALL=C LDAPNOINIT=1
PATH=$PATH:/usr/sbin
client=${CR_CLIENT:?}
data=tests/integration/check
schemas=/etc/ldap/schema
suffix=dc=example,dc=fi
admin=cn=admin,$suffix
dir=$(mktemp -d)
failed=0
pid=

stop()
{
	[ -z "$pid" ] || { kill "$pid"; wait "$pid"; } 2>/dev/null
	pid=
}
trap 'stop; rm -rf "$dir"' EXIT

check()
{
	local what=$1
	shift
	if "$@" >"$dir/out" 2>&1; then
		echo "ok $what"
	else
		echo "not ok $what"
		sed 's/^/    /' "$dir/out" | head -n 30
		failed=1
	fi
}

free_port()
{
	local port
	while :; do
		port=$((20000 + RANDOM % 20000))
		# nobody answers there
		(: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
	done
	echo "$port"
}

certificates()
{
	(
	cd "$dir" || exit
	openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem \
		-days 2 -subj /CN=test-ca
	openssl req -newkey rsa:2048 -nodes -keyout server.key \
		-out server.csr -subj /CN=localhost
	printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\n' >ext
	openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key \
		-CAcreateserial -days 2 -extfile ext -out server.pem
	) >"$dir/openssl.log" 2>&1
}

# start <name>: the server of that directory, on ports nobody else took
start()
{
	local attempt
	for attempt in 1 2 3 4 5; do
		try_start "$dir/$1" && return 0
		echo "attempt $attempt:"
		cat "$dir/$1/log"
	done
	return 1
}

try_start()
{
	local home=$1 port tls_port tries
	port=$(free_port)
	tls_port=$(free_port)
	ldapi=ldapi://${home//\//%2F}%2Fsock
	ldap=ldap://127.0.0.1:$port
	ldaps=ldaps://127.0.0.1:$tls_port
	rm -f "$home/sock"
	# shellcheck disable=SC2086 # the wrapper is words
	env ${CR_SAN_PRELOAD:+LD_PRELOAD=$CR_SAN_PRELOAD} \
		${CR_SLAPD_WRAPPER:-} "$(command -v slapd)" \
		-f "$home/slapd.conf" -h "$ldapi $ldap $ldaps" -d 0 \
		>"$home/log" 2>&1 &
	pid=$!
	for ((tries = 0; tries < 1000 * ${CR_TIME_FACTOR:-1}; tries++)); do
		ldapwhoami -x -H "$ldapi" >/dev/null 2>&1 && return 0
		kill -0 "$pid" 2>/dev/null || break
	done
	stop
	return 1
}

# global: the part of slapd.conf that every test server has
global()
{
	local file
	for file in core cosine inetorgperson; do
		echo "include $schemas/$file.schema"
	done
	cat <<-END
	include $CR_TOP/schema/custreg.schema
	modulepath /usr/lib/ldap
	moduleload back_mdb
	moduleload auditlog
	TLSCACertificateFile $dir/ca.pem
	TLSCertificateFile $dir/server.pem
	TLSCertificateKeyFile $dir/server.key
	authz-regexp "^gidNumber=$(id -g)\\\\+uidNumber=$(id -u),cn=peercred," "$admin"
	authz-regexp "^uid=([^,]+),cn=[^,]*,?cn=auth\$" "uid=\$1,ou=services,$suffix"
	END
}

# database <home> <suffix> <name>
database()
{
	mkdir -p "$1/$3"
	cat <<-END
	database mdb
	suffix "$2"
	rootdn "cn=admin,$2"
	rootpw secret
	directory $1/$3
	maxsize 268435456
	END
}

# run <expected exit code> <option ...>: standard output in $dir/stdout
run()
{
	local want=$1 rc
	shift
	"$client" check "$@" >"$dir/stdout" 2>"$dir/stderr" </dev/null
	rc=$?
	[ "$rc" = "$want" ] && return 0
	echo "exit $rc, not $want: custreg check $*"
	cat "$dir/stdout" "$dir/stderr"
	return 1
}

as_root()
{
	local want=$1
	shift
	run "$want" -x -H "$ldap" -D "$admin" -w secret -b "$suffix" "$@"
}

# says <pattern>: a line of the report
says()
{
	grep -qE -- "$1" "$dir/stdout" && return 0
	echo "nothing like: $1"
	cat "$dir/stdout"
	return 1
}

silent()
{
	! grep -E -- "$1" "$dir/stdout"
}

# finding <id>: its part of the JSON
finding()
{
	awk -v id="\"id\": \"$1\"," '
		/^    \{/ { text = ""; found = 0 }
		{ text = text $0 "\n" }
		index($0, id) { found = 1 }
		/^    \},?$/ { if (found) printf "%s", text; found = 0 }
	' "$dir/stdout"
}

# finds <id> <count> [pattern]: that finding, so often, with this in it
finds()
{
	local text
	text=$(finding "$1")
	[ -n "$text" ] || { echo "no finding $1"; cat "$dir/stdout"; return 1; }
	grep -q "\"count\": $2," <<<"$text" &&
		{ [ -z "${3-}" ] || grep -qE -- "$3" <<<"$text"; } && return 0
	echo "$1 is not $2 of ${3-}:"
	echo "$text"
	return 1
}

# purpose <name> <visible> <hidden>
purpose()
{
	says "^  $1 +$2 +$3( |\$)"
}

clean_register()
{
	local home=$dir/clean
	mkdir -p "$home"
	{
		global
		echo "loglevel none"
		database "$home" "$suffix" db
		cat schema/sample/acl.conf
		echo "database config"
		echo "rootdn \"$admin\""
	} >"$home/slapd.conf"
	# the two whose agreement is not in force are what there is to tell
	"$CR_BUILD/generate" --now 20260101000000Z >"$home/all.ldif" &&
	awk -v RS= -v ORS='\n\n' '!/^dn: uid=(leena|olli),/' \
		"$home/all.ldif" schema/purposes.ldif >"$home/ldif" &&
	slapadd -q -f "$home/slapd.conf" -l "$home/ldif" &&
	mkdir "$dir/config" &&
	slaptest -Q -f "$home/slapd.conf" -F "$dir/config" &&
	slapcat -n 0 -F "$dir/config" >"$dir/config.ldif" &&
	start clean
}

clean_is_clean()
{
	as_root 0 && says '^Nothing that would break, 1 of advice' &&
	says '^Customers: 500, ' && silent PROBLEMS && silent 'NOT LOOKED'
}

clean_counts()
{
	purpose customerCare 495 5 && purpose directMarketing 450 50 &&
	purpose subjectAccess 500 0 && purpose replication 500 0 &&
	says '^      handler: directMarketing, sees 450 of 500' &&
	says '^      service: sees nothing, acts only for a person' &&
	says '^  crInvoice +509  customerCare, billing,'
}

clean_json()
{
	as_root 0 --json &&
	says '^  "wouldBreak": false,' && says '^    "count": 500,' &&
	finds reference 38 '"detail": "in member"'
}

only_some_purposes()
{
	as_root 0 --as directMarketing -v --limit 2 &&
	purpose directMarketing 450 50 && silent '^  customerCare ' &&
	says '^      uid=c10002,ou=customers,' &&
	says '^      \.\.\. and 48 more'
}

# A server without the guard does not know the purpose: critical or not.
takes_controls()
{
	as_root 0 -E purpose=maintenance -e manageDSAit &&
	as_root 7 -E '!purpose=maintenance' &&
	grep -q 'reading the policy: Critical extension' "$dir/stderr"
}

from_a_file()
{
	as_root 0 --policy-file schema/purposes.ldif --acl-file \
		"$dir/clean/slapd.conf" &&
	purpose directMarketing 450 50 &&
	as_root 0 --acl-file "$dir/config.ldif" && silent 'NOT LOOKED'
}

# The same database, with the module and no other schema than its own.
guarded_register()
{
	local home=$dir/guarded
	mkdir -p "$home"
	mv "$dir/clean/db" "$home/db"
	{
		global | grep -v custreg.schema
		echo "moduleload $CR_MODULE"
		echo "loglevel none"
		database "$home" "$suffix" db
		cat schema/sample/acl.conf
		echo "overlay custreg"
		echo "custreg-customers ou=customers,$suffix"
		echo "database config"
		echo "rootdn \"$admin\""
	} >"$home/slapd.conf"
	start guarded
}

# seen <DN>: how many customers they find
seen()
{
	ldapsearch -x -LLL -o ldif-wrap=no -E pr=200/noprompt -H "$ldap" \
		-D "$1" -w kokeilu -b "ou=customers,$suffix" \
		'(objectClass=crCustomer)' 1.1 2>&1 | grep -c '^dn: uid=c'
}

# What was foretold of each handler and service is what they then see.
foretold()
{
	local dn count found rc=0 told=0
	as_root 0 --json || return 1
	while read -r dn count; do
		found=$(seen "$dn")
		told=$((told + 1))
		[ "$found" = "$count" ] ||
			{ echo "$dn sees $found, not $count"; rc=1; }
	done < <(awk -F'"' '
		/^      "dn": "uid=/ { dn = $4 }
		/^      "visible": / && dn != "" {
			gsub(/[^0-9]/, "", $3)
			print dn, $3
			dn = ""
		}' "$dir/stdout")
	[ "$told" = 8 ] || { echo "$told handlers and services"; rc=1; }
	return "$rc"
}

broken_register()
{
	local home=$dir/broken
	mkdir -p "$home"
	{
		global
		echo "loglevel stats"
		database "$home" "$suffix" db
		echo "lastmod off"
		echo "limits users size.unchecked=100"
		cat "$data/rules.conf"
		echo "overlay auditlog"
		echo "auditlog $home/audit"
		database "$home" dc=other other
		echo "database config"
		echo "rootdn \"$admin\""
		echo "access to * by * read"
	} >"$home/slapd.conf"
	cat "$data/broken.ldif" schema/purposes.ldif "$data/unclear.ldif" \
		>"$home/ldif"
	slapadd -q -n 1 -f "$home/slapd.conf" -l "$home/ldif" &&
	slapadd -q -n 2 -f "$home/slapd.conf" -l "$data/other.ldif" &&
	start broken
}

broken_text()
{
	as_root 5 -v &&
	says '^Customers: 14, entries below them: 2, structure: 2, others: 3' &&
	purpose directMarketing 9 5 && purpose customerCare 12 2 &&
	says 'crMarketingBan a ban no purpose knows 1' &&
	says 'below an entry that is hidden 1' &&
	says '^      handler: sees nothing, confidentiality agreement not' &&
	says '^1\. entries below the base that are no customers' &&
	says '^      uid=plain,ou=customers,'
}

# id, count, and something that is told about it
broken_findings()
{
	cat <<-'END'
	notCustomer|3|uid=plain,ou=customers
	belowDenied|1|uid=c10020,uid=plain
	childClass|1|class device
	noUuid|1|uid=c10012,ou=customers
	sameUuid|1|uid=c1001[01],ou=customers
	value|1|crMarketingBan: a ban named by
	policy|1|unclear kind
	handler|1|agreement not signed
	service|1|no purposes
	policyWrite|1|everyone may, on their own entry, write purposes of handlers
	proxyWrite|1|authzTo of handlers, .*in use as soon as authz-policy is set
	passwordRead|1|anonymous may read or compare userPassword of handlers
	lastmod|1|mdb
	overlay|1|auditlog
	personalDn|2|cn=Matti Virtanen,ou=customers
	idleUntil|1|uid=c10013,ou=customers
	reference|3|in member
	anonymousRead|3|handlers, customers, purposes
	memberWrite|1|group.*cn=vip,.* may write purposes, new purposes
	unchecked|1|size.unchecked=100
	log|1|olcLogLevel: [Ss]tats
	END
}

broken_json()
{
	as_root 5 --json && says '^  "wouldBreak": true,'
}

same_every_time()
{
	as_root 5 -v && grep -v ' at 20' "$dir/stdout" >"$dir/first" &&
	as_root 5 -v && grep -v ' at 20' "$dir/stdout" | cmp - "$dir/first"
}

no_purposes()
{
	as_root 5 --purposes "ou=nothing,$suffix" --json &&
	finds noPurposes 1 "ou=nothing," && [ -z "$(finding value)" ]
}

no_base()
{
	as_root 5 --customers "ou=nothing,$suffix" --json &&
	finds noBase 1 "ou=nothing,"
}

# Given twice, and one below the other: each customer is counted once.
two_bases()
{
	as_root 5 --customers "ou=customers,$suffix" \
		--customers "OU=archive, ou=customers,$suffix" \
		--customers "ou=customers,$suffix" &&
	says '^Customers: 14, entries below them: 2, structure: 2, others: 3'
}

policy_inside()
{
	as_root 5 --customers "$suffix" --json && finds policyInside 27
}

not_the_rootdn()
{
	run 5 -Y SCRAM-SHA-256 -Q -U mailer -w kokeilu -O none -H "$ldap" \
		-b "$suffix" --json &&
	finds reader 1 '"uid=mailer,ou=services,' &&
	says '^  "reader": "uid=mailer,ou=services,'
}

# SASL asks for what nobody gave, and with -I for everything.
asked_by_sasl()
{
	echo kokeilu | setsid -w "$client" check -Y SCRAM-SHA-256 -U mailer \
		-O none -H "$ldap" -b "$suffix" --json \
		>"$dir/stdout" 2>"$dir/stderr"
	[ $? = 5 ] && finds reader 1 '"uid=mailer,ou=services,' || return 1
	printf '\nmailer\nkokeilu\n' | setsid -w "$client" check \
		-Y SCRAM-SHA-256 -I -O none -H "$ldap" -b "$suffix" --json \
		>"$dir/stdout" 2>"$dir/stderr"
	[ $? = 5 ] && finds reader 1 '"uid=mailer,ou=services,' && return 0
	cat "$dir/stderr"
	return 1
}

anonymous()
{
	run 5 -x -H "$ldap" -b "$suffix" --json &&
	says '^  "reader": "",' && finds reader 1 '"anonymous"'
}

no_config()
{
	as_root 5 --config cn=nowhere && says '^NOT LOOKED AT' &&
	says 'access rules, limits, overlays and log level'
}

external()
{
	run 5 -Y EXTERNAL -Q -H "$ldapi" -b "$suffix" &&
	says "read as $admin"
}

# trusting <run ...>: with the certificate authority in the environment
trusting()
{
	(
	unset LDAPNOINIT
	HOME=$dir LDAPTLS_CACERT=$dir/ca.pem
	export HOME LDAPTLS_CACERT
	"$@"
	)
}

start_tls()
{
	run 2 -x -ZZ -H "$ldap" -D "$admin" -w secret -b "$suffix" &&
	grep -q 'custreg: StartTLS: ' "$dir/stderr" &&
	trusting as_root 5 -ZZ && [ ! -s "$dir/stderr" ]
}

tls()
{
	run 2 -x -H "$ldaps" -D "$admin" -w secret -b "$suffix" &&
	trusting run 5 -x -H "$ldaps" -D "$admin" -w secret -b "$suffix"
}

ldap_conf()
{
	printf 'URI %s\nBASE %s\nTLS_CACERT %s\n' "$ldaps" "$suffix" \
		"$dir/ca.pem" >"$dir/ldap.conf"
	(
	unset LDAPNOINIT
	HOME=$dir LDAPCONF=$dir/ldap.conf
	export HOME LDAPCONF
	run 5 -D "$admin" -w secret && says "^Check of $suffix "
	)
}

passwords()
{
	printf secret >"$dir/password"
	chmod 600 "$dir/password"
	run 5 -x -H "$ldap" -D "$admin" -y "$dir/password" -b "$suffix" &&
	[ ! -s "$dir/stderr" ] &&
	chmod 644 "$dir/password" &&
	run 5 -x -H "$ldap" -D "$admin" -y "$dir/password" -b "$suffix" &&
	grep -q 'others can read' "$dir/stderr" &&
	echo secret | setsid -w "$client" check -x -H "$ldap" -D "$admin" -W \
		-b "$suffix" >"$dir/stdout" 2>"$dir/stderr"
	[ $? = 5 ] && grep -q '^Enter LDAP Password: ' "$dir/stderr"
}

cannot_bind()
{
	run 2 -x -H "$ldap" -D "$admin" -w wrong -b "$suffix" &&
	grep -q 'custreg: bind: Invalid credentials' "$dir/stderr" &&
	run 2 -x -H "ldap://127.0.0.1:$(free_port)" -b "$suffix" &&
	run 2 -Y NOSUCH -Q -H "$ldap" -b "$suffix"
}

limit_exceeded()
{
	run 6 -x -H "$ldap" -b "$suffix" --config cn=nowhere
}

usage()
{
	run 1 --nonsense && run 1 -b && run 1 extra && run 1 -x -Y EXTERNAL &&
	run 1 -x -H "$ldap" && grep -q 'has no BASE' "$dir/stderr" &&
	run 1 -x -H nonsense://x -b "$suffix" &&
	as_root 1 --as nothing && grep -q 'no such purpose' "$dir/stderr" &&
	as_root 1 --limit some && as_root 1 --policy-file /nowhere/at/all &&
	as_root 1 --acl-file /nowhere/at/all && as_root 1 --customers nothing
}

commands()
{
	"$client" --help | grep -q '^  check ' &&
	"$client" --version | grep -qE '^custreg [0-9.]+ \(OpenLDAP' &&
	"$client" check --help | grep -q -- '--policy-file FILE' &&
	{ "$client" 2>/dev/null; [ $? = 1 ]; } &&
	{ "$client" nothing 2>/dev/null; [ $? = 1 ]; }
}

# Every long option of the help is in the man page.
manual()
{
	local option rc=0
	sed 's/\\-/-/g' client/custreg.1 >"$dir/manual"
	"$client" check --help | grep -oE -- '--[a-z-]+' | sort -u \
		>"$dir/options"
	[ -s "$dir/options" ] || return 1
	while read -r option; do
		grep -q -- "$option" "$dir/manual" ||
			{ echo "custreg(1) does not explain $option"; rc=1; }
	done <"$dir/options"
	return "$rc"
}

check "usage errors exit 1 before anything is asked" commands
check "the man page explains every option" manual
check "certificates are made" certificates || exit 1
check "a clean register is served" clean_register || exit 1
check "a clean register has no problem: exit 0" clean_is_clean
check "the counts are those of the sample" clean_counts
check "the same as JSON" clean_json
check "--as, -v and --limit narrow the report" only_some_purposes
check "controls are sent" takes_controls
check "policy and access rules from files" from_a_file
check "a reader with a size limit: exit 6" limit_exceeded
stop
check "a guarded register is served" guarded_register || exit 1
check "what was foretold is what handlers and services see" foretold
stop
check "a broken register is served" broken_register || exit 1
check "a broken register is told: exit 5" broken_text
check "the same as JSON" broken_json
while IFS='|' read -r id count pattern; do
	check "finding $id" finds "$id" "$count" "$pattern"
done < <(broken_findings)
check "the order is always the same" same_every_time
check "no purposes" no_purposes
check "no customers base" no_base
check "bases within bases" two_bases
check "policy below the base" policy_inside
check "SASL SCRAM; who is not rootdn is told so" not_the_rootdn
check "SASL asks for a password, and for everything" asked_by_sasl
check "anonymous" anonymous
check "cn=config cannot be read" no_config
check "SASL EXTERNAL over ldapi" external
check "StartTLS, with LDAPTLS_CACERT" start_tls
check "ldaps, with LDAPTLS_CACERT" tls
check "ldap.conf" ldap_conf
check "passwords from a file and asked for" passwords
check "who cannot connect or bind: exit 2" cannot_bind
check "usage errors exit 1" usage
exit "$failed"
