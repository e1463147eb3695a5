#!/usr/bin/env bash
# What `make run` promises: the tour tells the truth, data stays, FRESH begins
# anew, stop ends what was started and nothing else.
set -uo pipefail
cd "${CR_TOP:?}" || exit 1
export LC_ALL=C.UTF-8
if [ -n "${CR_SAN_PRELOAD:-}${CR_SLAPD_WRAPPER:-}" ]; then
	echo "skip make run starts the plain slapd, which cannot load this build"
	exit 0
fi
BUILD=${CR_BUILD:?}
export BUILD
unset DIR PORT FRESH DETACH LDAPCONF
top=$(mktemp -d)
chmod 755 "$top"
dir=$top/register
failed=0
suffix=dc=example,dc=fi

clean_up()
{
	local d
	for d in "$dir" "$top/moved" "$top/front"; do
		[ ! -d "$d" ] || DIR=$d scripts/run stop >/dev/null
	done
	rm -rf "$top"
}
trap clean_up EXIT

check()
{
	local what=$1
	shift
	if "$@" >"$top/out" 2>&1; then
		echo "ok $what"
	else
		echo "not ok $what"
		sed 's/^/    /' "$top/out" | tail -n 30
		failed=1
	fi
}

equal()
{
	[ "$1" = "$2" ] || { printf '<%s>\nnot\n<%s>\n' "$1" "$2"; return 1; }
}

is_taken()
{
	(exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# Two ports in a row that nobody listens on, away from those of `make run`.
free_port()
{
	local p
	for ((p = 21000 + ($$ % 4000) * 2; p < 32000; p += 2)); do
		is_taken "$p" || is_taken $((p + 1)) || break
	done
	echo "$p"
}
port=$(free_port)

run()
{
	DIR=$dir PORT=$port DETACH=1 scripts/run start
}

stop()
{
	DIR=$dir scripts/run stop
}

ldap()
{
	local tool=$1
	shift
	LDAPCONF=$dir/ldap.conf HOME=$top "$tool" "$@"
}

pid()
{
	cat "$dir/slapd.pid"
}

# Ended, though perhaps nobody has asked yet how.
is_gone()
{
	[ ! -e "/proc/$1" ] || [[ $(cat "/proc/$1/stat") == *') Z '* ]]
}

starts()
{
	run >"$top/tour" || return 1
	cat "$top/tour"
	grep -qx "running: $(pid) (make stop DIR=$dir ends it)" "$top/tour" &&
	[ -e "/proc/$(pid)" ]
}

# The columns of aino and mikko, y for a name.
table()
{
	awk '/^  c100[0-9][0-9]  / {
		aino = substr($0, 13, 20)
		mikko = substr($0, 33, 20)
		print $1, aino ~ /[[:alpha:]]/ ? "y" : "-",
			mikko ~ /[[:alpha:]]/ ? "y" : "-"
	}' <(iconv -f UTF-8 -t ASCII//TRANSLIT "$top/tour")
}

tour_is_the_contract()
{
	equal "$(table)" "$(printf '%s\n' 'c10001 y y' 'c10002 y -' \
		'c10003 y y' 'c10004 y y' 'c10005 y -' 'c10006 - -' \
		'c10007 y y' 'c10008 y y' 'c10009 y y' 'c10010 y y')" &&
	grep -q '9 found  *7 found  *10 in all' "$top/tour" &&
	grep -q '^  c10002 and c10005 said no to marketing' "$top/tour"
}

# attributes <purpose>: as the tour shows them, in order
attributes()
{
	sed -n "s/^  $1  *\([a-z].*\)/\1/p" "$top/tour" | tr ' ' '\n' | sort |
		paste -sd' '
}

tour_shows_what_leaves()
{
	local names='cn crCustomerNumber displayName givenName'
	equal "$(attributes listingPrinted)" \
		"$names l o postalAddress postalCode sn street uid" &&
	equal "$(attributes marketResearch)" \
		"$names mail mobile o sn uid" &&
	[[ $(attributes customerCare) == *' crSource '* ]]
}

tour_shows_the_log()
{
	grep -qE '^  20[0-9-]+.*Mikko.*directMarketing' "$top/tour"
}

# sees <reader> <uid>: are they there for them?
sees()
{
	ldap ldapsearch -LLL -x -ZZ -D "uid=$1,ou=handlers,$suffix" -w kokeilu \
		-b "ou=customers,$suffix" "(uid=$2)" uid | grep -qx "uid: $2"
}

# Refused and in part, with the reason, and at the end nothing is left: of the
# one who was made for it, and of c10007 nothing is changed.
tour_erases()
{
	local guest
	guest=$(sed -n 's/^\(c9[0-9]*\), made for this.*/\1/p' "$top/tour")
	[ -n "$guest" ] &&
	equal "$(grep -c '^        why    an invoice is open$' "$top/tour")" 2 &&
	grep -q '^  Refused, and nothing was changed' "$top/tour" &&
	grep -q '^  Erased in part\.' "$top/tour" &&
	grep -q '^    e-mail address$' "$top/tour" &&
	grep -q '^    nothing is left$' "$top/tour" &&
	grep -q '^  Nothing is left on 1 of 1 servers\.$' "$top/tour" &&
	sees aino c10007 && sees registrar c10007 && ! sees registrar "$guest"
}

# What is printed for people to type works as it stands; Postfix has a test
# of its own.
tour_commands_work()
{
	sed '1,/^To connect/d' "$top/tour" | awk '/^    [a-z]/ { p = 1 }
		/^  [^ ]/ || /^$/ { p = 0 }
		p { print substr($0, 5) }' >"$top/commands"
	sed -i '/server_host/,/postmap -q c10002/d' "$top/commands"
	equal "$(grep -cE '^ *(ldapsearch|ldapmodify|ldapwhoami)' \
		"$top/commands")" 6 &&
	(cd "$top" && HOME=$top bash -e commands) >"$top/typed" || return 1
	cat "$top/typed"
	equal "$(grep -c '^mobile: ' "$top/typed")" 7 &&
	equal "$(grep -c '^modifying entry' "$top/typed")" 3 &&
	equal "$(grep -xE 'refused|in part|by law' "$top/typed" |
		paste -sd,)" 'refused,in part,by law' &&
	grep -q '^      law    Kirjanpitolaki' "$top/typed" &&
	! sees aino c10007 && sees aino c10001 &&
	grep -q '^dn: uid=c10002,' "$top/typed" &&
	grep -qx "dn:cn=admin,$suffix" "$top/typed"
}

says_running()
{
	local out
	! out=$(run 2>&1) && echo "$out" &&
	grep -q "already running: slapd $(pid) on" <<<"$out"
}

taken_port_is_an_error()
{
	local out
	! out=$(DIR=$top/front PORT=$port DETACH=1 scripts/run start 2>&1) &&
	equal "$out" "run: port $port is taken"
}

bad_port_is_an_error()
{
	! DIR=$top/front PORT=0x50 scripts/run start
}

tls_is_checked()
{
	local url=ldaps://127.0.0.1:$((port + 1))
	equal "$(ldap ldapwhoami -x -H "$url")" anonymous &&
	equal "$(ldap ldapwhoami -x -ZZ)" anonymous &&
	! HOME=$top LDAPCONF=/dev/null ldapwhoami -x -H "$url"
}

certificate_is_a_service()
{
	local tls=$top/tls
	mkdir -p "$tls"
	cp "$dir"/tls/mailer.* "$tls" || return 1
	LDAPTLS_CERT=$tls/mailer.crt LDAPTLS_KEY=$tls/mailer.key \
		ldap ldapwhoami -Q -Y EXTERNAL -ZZ |
		grep -qx "dn:uid=mailer,ou=services,$suffix"
}

is_private()
{
	equal "$(stat -c %a "$dir"/{admin.password,suppression.key,config,db,readlog} |
		paste -sd' ')" "600 600 700 700 700" &&
	equal "$(ldap ldapwhoami -x -D "cn=admin,$suffix" \
		-y "$dir/admin.password")" "dn:cn=admin,$suffix"
}

listens_on_loopback_only()
{
	local inodes
	inodes=$(find "/proc/$(pid)/fd" -lname 'socket:*' -printf '%l\n' |
		tr -dc '0-9\n')
	! awk '$4 == "0A" { print $2, $10 }' /proc/net/tcp /proc/net/tcp6 |
		grep -wF -- "$inodes" |
		grep -vE '^(0100007F|0{24}01000000):'
}

runs_as_the_owner()
{
	equal "$(stat -c %u "/proc/$(pid)")" "$(stat -c %u "$dir")" &&
	if [ "$(id -u)" = 0 ] && id openldap >/dev/null 2>&1 &&
		[ -z "${SUDO_USER:-}" ]; then
		equal "$(stat -c %U "$dir")" openldap
	fi
}

change()
{
	ldap ldapmodify -x -D "cn=admin,$suffix" -y "$dir/admin.password"
}

mark()
{
	printf '%s\n' "dn: uid=c10001,ou=customers,$suffix" \
		'changetype: modify' 'replace: description' \
		'description: marked' '' 'dn: cn=config' \
		'changetype: modify' 'replace: olcSizeLimit' \
		'olcSizeLimit: 77' | change
}

marks()
{
	ldap ldapsearch -LLL -x -D "cn=admin,$suffix" \
		-y "$dir/admin.password" '(uid=c10001)' description |
		grep '^description: '
	ldap ldapsearch -LLL -x -D "cn=admin,$suffix" \
		-y "$dir/admin.password" -b cn=config -s base olcSizeLimit |
		grep '^olcSizeLimit: '
}

restart_keeps()
{
	local old
	old=$(pid)
	equal "$(stop)" "stopped $old; the data stays in $dir" &&
	is_gone "$old" && run >/dev/null &&
	equal "$(marks)" $'description: marked\nolcSizeLimit: 77'
}

half_loaded_is_loaded_again()
{
	stop && rm "$dir/loaded" && run >"$top/tour" &&
	grep -q '^loading the sample' "$top/tour" &&
	equal "$(marks)" 'olcSizeLimit: 77'
}

moves()
{
	stop && mv "$dir" "$top/moved" && dir=$top/moved &&
	mark_before=$(stat -c %Y "$dir/loaded") && run >/dev/null &&
	equal "$(stat -c %Y "$dir/loaded")" "$mark_before" &&
	ldap ldapsearch -LLL -x -D "cn=admin,$suffix" \
		-y "$dir/admin.password" '(uid=c10001)' cn | grep -q '^cn'
}

fresh_begins_anew()
{
	local before
	before=$(cat "$dir/admin.password")
	mark && ! FRESH=1 run && equal "$(marks | head -n 1)" \
		'description: marked' &&
	stop && FRESH=1 run >/dev/null && equal "$(marks)" '' &&
	[ "$(cat "$dir/admin.password")" != "$before" ]
}

foreign_directory_is_left_alone()
{
	mkdir "$top/foreign" && touch "$top/foreign/file" &&
	! DIR=$top/foreign PORT=$port FRESH=1 DETACH=1 scripts/run start &&
	[ -f "$top/foreign/file" ]
}

stop_ends_it()
{
	local old
	old=$(pid)
	stop && is_gone "$old" && ! is_taken "$port" &&
	equal "$(stop)" "not running in $dir"
}

# A stale number that is now somebody else's is left alone.
stop_knows_its_own()
{
	cp "$dir/slapd.pid" "$top/saved" 2>/dev/null
	echo $$ >"$dir/slapd.pid"
	equal "$(stop)" "not running in $dir"
}

# In the foreground, without a terminal, until a signal.
foreground_ends_with_its_slapd()
{
	local script slapd i
	DIR=$top/front PORT=$port scripts/run start >"$top/front.out" 2>&1 \
		</dev/null &
	script=$!
	for ((i = 0; i < 600; i++)); do
		grep -q '^running: ' "$top/front.out" && break
		kill -0 "$script" 2>/dev/null || break
		read -rt 0.1 <> <(:)
	done
	cat "$top/front.out"
	slapd=$(sed -n 's/^running: \([0-9]*\), until Ctrl-C$/\1/p' \
		"$top/front.out")
	[ -e "/proc/${slapd:-none}" ] || return 1
	kill -TERM "$script"
	wait "$script" && is_gone "$slapd" && ! is_taken "$port"
}

nothing_is_left()
{
	! pgrep -af -- "$top"
}

check "make run DETACH=1 starts and prints the number" starts
check "the tour shows who sees whom as the contract says" tour_is_the_contract
check "the tour shows what leaves for a purpose" tour_shows_what_leaves
check "the tour shows a line of the read log" tour_shows_the_log
check "the tour erases somebody, who was made for it" tour_erases
check "what the tour says to type works" tour_commands_work
check "a second start says that one is running" says_running
check "a port that is taken is an error" taken_port_is_an_error
check "what is no port is an error" bad_port_is_an_error
check "StartTLS and ldaps work and are checked" tls_is_checked
check "a client certificate is a service" certificate_is_a_service
check "password, data and log are private" is_private
check "it listens on loopback only" listens_on_loopback_only
check "slapd runs as the owner of the directory" runs_as_the_owner
check "data and cn=config can be changed" mark
check "a restart keeps both" restart_keeps
check "a register half loaded is loaded again" half_loaded_is_loaded_again
check "a directory that was moved still works" moves
check "FRESH=1 begins anew, but not under a running one" fresh_begins_anew
check "a directory of somebody else is left alone" \
	foreign_directory_is_left_alone
check "stop ends it, and says so when there is nothing" stop_ends_it
check "stop leaves a process that is not its own" stop_knows_its_own
check "in the foreground slapd ends with the script" \
	foreground_ends_with_its_slapd
check "nothing is left running" nothing_is_left
exit "$failed"
