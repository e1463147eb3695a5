#!/usr/bin/env bash
# OpenLDAP's own commands, as the README shows them: searching, setting and
# lifting a ban, acting for a person, choosing a purpose.
# shellcheck source=tests/interop/lib.sh
. "$(dirname "$0")/lib.sh"
cr_need ldapsearch ldapmodify ldapcompare ldappasswd ldapwhoami
cr_begin
arc=2.25.221708766744489660345156619823905205953
fixed='(|(uid=c1000*)(uid=c10010))'
care="c10001 c10002 c10003 c10004 c10005 c10007 c10008 c10009 c10010"
marketing="c10001 c10003 c10004 c10007 c10008 c10009 c10010"
aino=uid=aino,ou=handlers,$base

# as <person> <command...>: over TLS with a password
as()
{
	local who=$1 command=$2
	shift 2
	"$command" -x -ZZ -H "$uri" -D "uid=$who,$base" -w "$password" "$@"
}

# scram <service> <command...>
scram()
{
	local who=$1 command=$2
	shift 2
	"$command" -Q -Y SCRAM-SHA-256 -ZZ -H "$uri" -U "$who" \
		-w "$password" "$@"
}

# uids <who asks, with the command...>: of the ten fixed customers
uids()
{
	"$@" -LLL -b "$customers" "$fixed" uid |
		sed -n 's/^uid: //p' | sort | paste -sd ' '
}

two_readers()
{
	cr_equal "$(uids as aino,ou=handlers ldapsearch)" "$care" &&
	cr_equal "$(uids as mikko,ou=handlers ldapsearch)" "$marketing"
}

scram_alone()
{
	cr_equal "$(uids scram mailer ldapsearch)" "$marketing" &&
	cr_equal "$(uids scram crm ldapsearch)" ""
}

for_a_person()
{
	cr_equal "$(uids scram crm ldapsearch -X "dn:$aino")" "$care" &&
	cr_equal "$(uids scram crm ldapsearch -e "!authzid=dn:$aino")" \
		"$care" &&
	cr_equal "$(scram crm ldapwhoami -X "dn:$aino")" "dn:$aino"
}

by_certificate()
{
	local -x LDAPTLS_CERT=$tls/mailer.pem LDAPTLS_KEY=$tls/mailer.key
	cr_equal "$(uids ldapsearch -Q -Y EXTERNAL -ZZ -H "$uri")" \
		"$marketing"
}

through_the_socket()
{
	cr_equal "$(uids ldapsearch -Q -Y EXTERNAL -H "$ldapi" \
		-X "dn:$aino")" "$care"
}

purpose_control()
{
	cr_equal "$(uids as mikko,ou=handlers ldapsearch \
		-E "!$arc.4.1=:marketResearch")" \
		"c10001 c10002 c10003 c10004 c10007 c10008 c10009 c10010" &&
	refused 50 as mikko,ou=handlers ldapsearch -b "$customers" \
		-E "!$arc.4.1=:customerCare" &&
	refused 53 as mikko,ou=handlers ldapsearch -b "$customers" \
		-E "!$arc.4.1=:juoru"
}

# refused <result code> <command...>; the commands exit with it
refused()
{
	local wanted=$1 rc
	shift
	"$@" </dev/null
	rc=$?
	[ "$rc" = "$wanted" ] || { echo "exit $rc, not $wanted"; return 1; }
}

hidden_is_absent()
{
	local hidden absent
	hidden=$(as mikko,ou=handlers ldapsearch -s base \
		-b "uid=c10002,$customers" 2>&1)
	cr_equal $? 32 || return 1
	absent=$(as mikko,ou=handlers ldapsearch -s base \
		-b "uid=c99999,$customers" 2>&1)
	cr_equal $? 32 || return 1
	cr_equal "${hidden//c10002/c99999}" "$absent"
}

compare()
{
	refused 6 as aino,ou=handlers ldapcompare \
		"uid=c10002,$customers" "uid:c10002" &&
	refused 32 as mikko,ou=handlers ldapcompare \
		"uid=c10002,$customers" "uid:c10002"
}

modify()
{
	local who=$1
	shift
	printf '%s\n' "dn: uid=c10008,$customers" "changetype: modify" "$@" |
		as "$who" ldapmodify
}

# Whoever may write sets a ban; only the customer or the registrar lifts it.
ban_and_lift()
{
	modify aino,ou=handlers "add: crMarketingBan" \
		"crMarketingBan: directMarketing" &&
	cr_equal "$(uids as mikko,ou=handlers ldapsearch)" \
		"${marketing/c10008 /}" || return 1
	modify aino,ou=handlers "delete: crMarketingBan" \
		"crMarketingBan: directMarketing"
	cr_equal $? 50 || return 1
	modify c10008,ou=customers "delete: crMarketingBan" \
		"crMarketingBan: directMarketing" &&
	cr_equal "$(uids as mikko,ou=handlers ldapsearch)" "$marketing"
}

wrong_ban()
{
	modify aino,ou=handlers "add: crMarketingBan" \
		"crMarketingBan: fishing"
	cr_equal $? 19
}

own_data()
{
	cr_equal "$(uids as c10002,ou=customers ldapsearch)" c10002 &&
	refused 32 as c10002,ou=customers ldapsearch -s base \
		-b "uid=c10001,$customers"
}

own_password()
{
	as c10004,ou=customers ldappasswd -a "$password" -s uusisalasana &&
	ldapwhoami -x -ZZ -H "$uri" -D "uid=c10004,$customers" \
		-w uusisalasana &&
	refused 49 as c10004,ou=customers ldapwhoami
}

paged()
{
	cr_equal "$(uids as mikko,ou=handlers ldapsearch -E pr=2/noprompt)" \
		"$marketing"
}

nothing()
{
	cr_equal "$(uids as leena,ou=handlers ldapsearch)" "" &&
	cr_equal "$(uids as olli,ou=handlers ldapsearch)" "" &&
	refused 32 ldapsearch -x -ZZ -H "$uri" -b "$customers"
}

cr_certs
cr_register
cr_start
cr_check "one search as customer care, the same as marketing" two_readers
cr_check "SCRAM-SHA-256: the mailer alone, the crm alone" scram_alone
cr_check "the crm for a person, by authzid and by control" for_a_person
cr_check "EXTERNAL by TLS certificate" by_certificate
cr_check "EXTERNAL through the socket, for a person" through_the_socket
cr_check "the purpose control" purpose_control
cr_check "a hidden customer is answered like one that never was" \
	hidden_is_absent
cr_check "compare" compare
cr_check "a ban is set and lifted with ldapmodify" ban_and_lift
cr_check "a ban for a purpose that does not exist is refused" wrong_ban
cr_check "customers see themselves and nobody else" own_data
cr_check "customers change their own password" own_password
cr_check "paged results" paged
cr_check "expired, unsigned and anonymous see nothing" nothing
cr_end
