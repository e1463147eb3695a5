#!/usr/bin/env bash
# Postfix asks the register through its LDAP map, configured as on any mail
# server: whom it may write to as direct marketing, whom as customer care.
# shellcheck source=tests/interop/lib.sh
. "$(dirname "$0")/lib.sh"
cr_need postmap
cr_begin

# A configuration of its own: the mail server of the machine, if there is
# one, is neither read nor told.
maps=$dir/postfix
mkdir "$maps"
cat >"$maps/main.cf" <<END
compatibility_level = 3.6
queue_directory = $dir
data_directory = $dir
maillog_file =
END

# map <name> <line...>: a table that finds customers by their address
map()
{
	local name=$1
	shift
	{
		cat <<-END
		server_host = $uri
		version = 3
		search_base = $customers
		query_filter = (mail=%s)
		result_attribute = mail
		END
		printf '%s\n' "$@"
	} >"$maps/$name.cf"
}

# simple <who below the suffix>
simple()
{
	printf '%s\n' "bind = yes" "bind_dn = $1,$base" \
		"bind_pw = $password"
}

maps()
{
	local tls_lines
	tls_lines="start_tls = yes
tls_ca_cert_file = $tls/ca.pem
tls_require_cert = yes"
	map marketing "$(simple uid=mikko,ou=handlers)" "$tls_lines"
	map care "$(simple uid=aino,ou=handlers)" "$tls_lines"
	map mailer "bind = sasl" "sasl_mechs = EXTERNAL" "$tls_lines" \
		"tls_cert = $tls/mailer.pem" "tls_key = $tls/mailer.key"
	map names "$(simple uid=mikko,ou=handlers)" \
		"query_filter = (uid=%s)" "result_attribute = cn, mail"
	map invoices "$(simple uid=mikko,ou=handlers)" \
		"query_filter = (crInvoiceNumber=%s)" \
		"result_attribute = crInvoiceNumber"
	map printed "$(simple uid=mailer,ou=services)" \
		"query_filter = (uid=%s)"
	map nobody "bind = no"
	map expired "$(simple uid=leena,ou=handlers)"
}

address()
{
	cr_attribute "$1" mail
}

ask()
{
	MAIL_CONFIG=$maps postmap -q "$2" "ldap:$maps/$1.cf" 2>"$dir/postmap"
}

finds()
{
	local mail
	mail=$(address "$2")
	[ -n "$mail" ] || { echo "$2 has no address"; return 1; }
	cr_equal "$(ask "$1" "$mail")" "$mail" || return 1
	cat "$dir/postmap"
	! [ -s "$dir/postmap" ]
}

# Not found: the exit status 1 of postmap, an empty answer and no complaint,
# as for an address that nobody has.
lacks()
{
	local answer rc
	answer=$(ask "$1" "$(address "$2")")
	rc=$?
	cat "$dir/postmap"
	[ "$rc" = 1 ] && [ -z "$answer" ] && ! [ -s "$dir/postmap" ]
}

sees()
{
	local who=$1 uid
	shift
	for uid in c10001 c10003 c10004 c10007 c10008 c10009 c10010; do
		finds "$who" "$uid" || { echo "$uid"; return 1; }
	done
}

care_sees_banned()
{
	sees care && finds care c10002 && finds care c10005 &&
	lacks care c10006
}

marketing_sees()
{
	sees "$1" && lacks "$1" c10002 && lacks "$1" c10005 &&
	lacks "$1" c10006
}

unknown_is_the_same()
{
	local rc
	ask marketing niemand@posti.example
	rc=$?
	[ "$rc" = 1 ] && ! [ -s "$dir/postmap" ]
}

several_attributes()
{
	cr_equal "$(ask names c10001)" \
		"Väinö Mäkinen,vaino.makinen@posti.example" &&
	cr_equal "$(ask names c10002)" ""
}

children_stay_hidden()
{
	cr_equal "$(ask invoices I10007-1)" ""
}

# A map that reads its keys from standard input, as a list is cleaned.
list_is_cleaned()
{
	local uid
	for uid in c10001 c10002 c10003 c10005 c10006; do
		address "$uid"
	done >"$dir/list"
	MAIL_CONFIG=$maps postmap -q - "ldap:$maps/mailer.cf" <"$dir/list" \
		>"$dir/cleaned" || return 1
	cr_equal "$(cut -f1 "$dir/cleaned")" \
		"$(address c10001; address c10003)"
}

# A reader without rights finds nobody; slapd's own access rules keep even
# the base from anonymous ones, and Postfix says so instead of guessing.
nobody_sees()
{
	lacks expired c10001 && lacks expired c10002 &&
	cr_equal "$(ask nobody "$(address c10001)")" "" &&
	grep -q "No such object" "$dir/postmap"
}

# As make run prints it: the service by its password, customers by number.
by_number()
{
	cr_equal "$(ask printed c10001)" "$(address c10001)" &&
	cr_equal "$(ask printed c10002)" ""
}

# The ban takes effect from the next question on.
ban_takes_effect()
{
	finds marketing c10007 &&
	ldapmodify -x -H "$uri" -ZZ -D "uid=aino,ou=handlers,$base" \
		-w "$password" <<-END &&
	dn: uid=c10007,$customers
	changetype: modify
	add: crMarketingBan
	crMarketingBan: directMarketing
	END
	lacks marketing c10007 && finds care c10007
}

cr_certs
cr_register
cr_start
maps
cr_check "customer care finds also who banned marketing" care_sees_banned
cr_check "marketing finds who allows it, not who said no" \
	marketing_sees marketing
cr_check "the mailer sees the same by its TLS certificate" \
	marketing_sees mailer
cr_check "an address nobody has is answered like one hidden" \
	unknown_is_the_same
cr_check "several attributes of one customer" several_attributes
cr_check "invoices are not found for marketing" children_stay_hidden
cr_check "a list of addresses is cleaned of bans" list_is_cleaned
cr_check "the map that make run prints" by_number
cr_check "anonymous and an expired agreement find nobody" nobody_sees
cr_check "a ban holds from the next question on" ban_takes_effect
cr_end
