#!/usr/bin/env bash
# lbdb, the address book behind mutt, asks the register with its LDAP module:
# the marketing clerk types a name and gets whoever may be written to.
# shellcheck source=tests/interop/lib.sh
. "$(dirname "$0")/lib.sh"
cr_need lbdbq mutt_ldap_query
perl -MNet::LDAP -MAuthen::SASL -MIO::Socket::SSL -e 1 2>/dev/null ||
	{ echo "skip Net::LDAP, with SASL and TLS, is not installed"; exit 0; }
cr_begin

# book <nickname> <who below the suffix> <TLS>: one address book in Perl
book()
{
	cat <<-END
	  '$1' => ['$uri', '$customers', 'cn sn mail', 'cn mail o',
	    '\${mail}', '\${cn}', '\${o}', 1, '$2,$base', '$password', $3],
	END
}

configure()
{
	mkdir "$dir/.lbdb"
	{
		echo "%ldap_server_db = ("
		book marketing uid=mikko,ou=handlers 1
		book care uid=aino,ou=handlers 1
		book mailer uid=mailer,ou=services 0
		book expired uid=leena,ou=handlers 1
		echo ");"
		echo "1;"
	} >"$dir/.lbdb/ldap.rc"
}

# ask <nickname> <what is typed>
ask()
{
	cat >"$dir/.lbdb/rc" <<-END
	METHODS=m_ldap
	LDAP_NICKS=$1
	SORT_OUTPUT=address
	END
	HOME=$dir TMPDIR=$dir lbdbq "$2" 2>"$dir/complaints"
}

# The answer begins with a line that counts; then address, name, comment.
finds()
{
	local mail
	mail=$(cr_attribute "$2" mail)
	ask "$1" "$mail" >"$dir/answer"
	cat "$dir/answer" "$dir/complaints"
	[ "$(sed 1d "$dir/answer" | cut -f1)" = "$mail" ] &&
	! [ -s "$dir/complaints" ]
}

lacks()
{
	ask "$1" "$(cr_attribute "$2" mail)" >"$dir/answer"
	cat "$dir/answer" "$dir/complaints"
	[ "$(sed 1d "$dir/answer")" = "" ] && ! [ -s "$dir/complaints" ]
}

marketing_sees()
{
	finds "$1" c10001 && finds "$1" c10003 && finds "$1" c10010 &&
	lacks "$1" c10002 && lacks "$1" c10005 && lacks "$1" c10006
}

care_sees()
{
	finds care c10001 && finds care c10002 && finds care c10005 &&
	lacks care c10006
}

name_and_comment()
{
	ask marketing "Väinö Mäkinen" >"$dir/answer"
	cr_equal "$(sed 1d "$dir/answer")" \
		"vaino.makinen@posti.example	Väinö Mäkinen	Mäkisen Puu Oy"
}

# Everybody with a name in -nen: the two lists differ by those who said no.
lists_differ_by_bans()
{
	local banned
	ask care nen | sed 1d | cut -f1 | sort >"$dir/care"
	ask marketing nen | sed 1d | cut -f1 | sort >"$dir/marketing"
	banned=$(comm -23 "$dir/care" "$dir/marketing")
	[ -z "$(comm -13 "$dir/care" "$dir/marketing")" ] || return 1
	[ -n "$banned" ] && [ -s "$dir/marketing" ] || return 1
	while read -r mail; do
		awk -v RS= -v mail="mail: $mail" '
			index($0, "\n" mail "\n") && /\ncrMarketingBan: / {
				ok = 1
			}
			END { exit !ok }' "$dir/sample.ldif" ||
			{ echo "$mail said nothing"; return 1; }
	done <<<"$banned"
}

unknown_is_the_same()
{
	local hidden unknown
	hidden=$(ask marketing "$(cr_attribute c10002 mail)")
	cat "$dir/complaints"
	[ ! -s "$dir/complaints" ] || return 1
	unknown=$(ask marketing niemand@posti.example)
	cr_equal "$hidden" "$unknown" && [ -n "$hidden" ]
}

cr_certs
cr_register
cr_start
configure
cr_check "customer care finds also who banned marketing" care_sees
cr_check "marketing finds who allows it, not who said no" \
	marketing_sees marketing
cr_check "the mailer by its own name sees the same" marketing_sees mailer
cr_check "name and organisation as in the register" name_and_comment
cr_check "lists differ by those who said no, and by nobody else" \
	lists_differ_by_bans
cr_check "an address nobody has is answered like one hidden" \
	unknown_is_the_same
cr_check "an expired agreement finds nobody" lacks expired c10001
cr_end
