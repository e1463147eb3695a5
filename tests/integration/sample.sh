#!/usr/bin/env bash
# The sample register: what the generator makes, and that a bare slapd with
# the schema files takes it.  No server runs here.
set -uo pipefail
cd "${CR_TOP:?}" || exit 1
export LC_ALL=C
PATH=$PATH:/usr/sbin
generate=${CR_BUILD:?}/generate
schemas=/etc/ldap/schema
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0

# The default output; it changes only with the generator and its tables.
golden=dbe7b92254734c0db641d7ede4190e77906c24f5a27174fe45c20adacf504b4c

check()
{
	local what=$1
	shift
	if "$@" >"$dir/out" 2>&1; then
		echo "ok $what"
	else
		echo "not ok $what"
		sed 's/^/    /' "$dir/out" | head -n 20
		failed=1
	fi
}

# entries <LDIF> <awk condition on the text of an entry>: how many
entries()
{
	awk -v RS= "$2 { n++ } END { print n + 0 }" "$1"
}

# equal <what is> <what should be>
equal()
{
	[ "$1" = "$2" ] || { echo "$1, not $2"; return 1; }
}

# entry <LDIF> <start of the DN>
entry()
{
	awk -v RS= -v dn="dn: $2," 'index($0, dn) == 1' "$1"
}

has()
{
	grep -qxF -- "$2" <<<"$(entry "$dir/sample" "$1")" ||
		{ echo "$1 has no '$2'"; return 1; }
}

has_not()
{
	! grep -E "^$2" <<<"$(entry "$dir/sample" "$1")"
}

is_golden()
{
	equal "$(sha256sum <"$dir/sample" | cut -d' ' -f1)" "$golden"
}

seed_matters()
{
	"$generate" --seed 2 >"$dir/other" && ! cmp -s "$dir/sample" "$dir/other"
}

shares_are_exact()
{
	local n
	for n in 500 10000; do
		"$generate" --customers "$n" --bare >"$dir/n" || return 1
		equal "$(entries "$dir/n" '/\nobjectClass: crCustomer/')" "$n" &&
		equal "$(entries "$dir/n" '/\ncrMarketingBan:/')" \
			$((n * 15 / 100)) &&
		equal "$(entries "$dir/n" '/\ncrListingBan:/')" \
			$((n * 10 / 100)) &&
		equal "$(entries "$dir/n" '/\ncrProcessingRestricted: TRUE/')" \
			$((n / 100)) || return 1
	done
}

# A ban that has ended names an end before the default "now".
hidden_from_direct_marketing()
{
	equal "$(awk -v RS= '
		/\nobjectClass: crCustomer/ {
			hidden = /\ncrProcessingRestricted: TRUE/
			if (/\ncrMarketingBan: all/ &&
			    !/\ncrBanUntil: crMarketingBan all 20(1|2[0-5])/)
				hidden = 1
			if (/\ncrMarketingBan: directMarketing/ &&
			    !/\ncrBanUntil: crMarketingBan directMarketing 20(1|2[0-5])/)
				hidden = 1
			n += hidden
		}
		END { print n }' "$dir/sample")" 50
}

every_ban_occurs()
{
	local ban
	for ban in directAdvertising distanceSelling directMarketing \
		marketResearch opinionResearch personalisation all; do
		grep -qx "crMarketingBan: $ban" "$dir/sample" ||
			{ echo "$ban"; return 1; }
	done
	for ban in printed electronic all; do
		grep -qx "crListingBan: $ban" "$dir/sample" ||
			{ echo "$ban"; return 1; }
	done
	grep -q '^crBanUntil: crMarketingBan [a-zA-Z]* 203' "$dir/sample" &&
	grep -q '^crBanRecord: .* lifted ' "$dir/sample" &&
	grep -q '^crBanRecord: .* uid=aino,ou=handlers,.* modify$' \
		"$dir/sample" &&
	grep -q '^crBanRecord: .* self modify$' "$dir/sample"
}

# Who set each ban that stands is on record.
bans_are_recorded()
{
	awk -v RS= '
	{
		n = split($0, line, "\n")
		for (i = 1; i <= n; i++) {
			if (line[i] !~ /^cr(MarketingBan|ListingBan|DisclosureBan|ProcessingRestricted): /)
				continue
			split(line[i], part, ": ")
			if (index($0, " set " part[1] " " part[2] " ") == 0) {
				print line[1] " " line[i]
				bad = 1
			}
			seen++
		}
	}
	END { exit bad || seen < 100 }' "$dir/sample"
}

values_are_together()
{
	awk -F: '
	$0 == "" { for (a in seen) delete seen[a]; last = ""; next }
	{
		if ($1 != last && $1 in seen) { print; bad = 1 }
		seen[$1] = 1
		last = $1
	}
	END { exit bad }' "$dir/sample"
}

towns_are_many()
{
	[ "$(awk -v RS= '/crCustomer/ { n = split($0, line, "\n")
		for (i = 1; i <= n; i++)
			if (line[i] ~ /^(postalCode|l):/) printf "%s ", line[i]
		print "" }' "$dir/sample" | sort -u | wc -l)" -ge 80 ]
}

fixed_customers()
{
	has uid=c10001,ou=customers "mail: vaino.makinen@posti.example" &&
	has_not uid=c10001,ou=customers 'cr(Marketing|Listing|Disclosure)Ban' &&
	has uid=c10002,ou=customers "crMarketingBan: directMarketing" &&
	has uid=c10003,ou=customers "crListingBan: printed" &&
	has uid=c10004,ou=customers "crListingBan: electronic" &&
	has uid=c10005,ou=customers "crMarketingBan: all" &&
	has uid=c10005,ou=customers "crDisclosureBan: TRUE" &&
	has uid=c10006,ou=customers "crProcessingRestricted: TRUE" &&
	has crInvoiceNumber=I10007-1,uid=c10007,ou=customers \
		"crState: open" &&
	has crCaseNumber=C10008-1,uid=c10008,ou=customers "crState: open" &&
	grep -q '^crHold: claim open ' \
		<<<"$(entry "$dir/sample" uid=c10009,ou=customers)" &&
	has uid=c10010,ou=customers \
		"crBanUntil: crMarketingBan directMarketing 20251231215959Z"
}

fixed_parties()
{
	has uid=aino,ou=handlers "crDefaultPurpose: customerCare" &&
	has uid=aino,ou=handlers "crAllowedPurpose: billing" &&
	has uid=mikko,ou=handlers "crAllowedPurpose: marketResearch" &&
	has uid=registrar,ou=handlers "crRole: registrar" &&
	has uid=dpo,ou=handlers "crRole: dpo" &&
	has uid=leena,ou=handlers "crAgreementUntil: 20250630205959Z" &&
	has_not uid=olli,ou=handlers crAgreement &&
	has_not uid=crm,ou=services crAutomated &&
	has uid=mailer,ou=services "crAutomated: directMarketing" &&
	has uid=labels,ou=services "crAutomated: listingPrinted" &&
	has uid=phonebook,ou=services "crAutomated: listingElectronic" &&
	has uid=mailer,ou=services "userPassword: kokeilu" &&
	has cn=asiakasraati,ou=groups \
		"member: uid=c10002,ou=customers,dc=example,dc=fi" &&
	equal "$(sed -n 's/^crAgreementVersion: //p' schema/register.ldif)" \
		"$(sed -n 's/^crAgreementVersion: //p' "$dir/sample" | sort -u)"
}

# {SSHA}: base64 of the SHA-1 of password and salt, and the salt.
password_is_the_sample_one()
{
	local raw salt
	raw=$(entry "$dir/sample" "$1" |
		sed -n 's/^userPassword: {SSHA}//p' | base64 -d |
		od -An -v -tx1 | tr -d ' \n')
	[ "${#raw}" = 56 ] || return 1
	salt=$(fold -w 2 <<<"${raw:40}" | sed 's/^/\\x/' | tr -d '\n')
	equal "$({ printf kokeilu; printf '%b' "$salt"; } | sha1sum |
		cut -d' ' -f1)" "${raw:0:40}"
}

passwords_are_few()
{
	password_is_the_sample_one uid=c10001,ou=customers &&
	password_is_the_sample_one uid=c10010,ou=customers &&
	password_is_the_sample_one uid=dpo,ou=handlers &&
	has_not uid=c10011,ou=customers userPassword
}

# A register with somebody left out is the other one without their lines.
omitting_changes_nothing_else()
{
	"$generate" --omit c10002 --omit c10007 >"$dir/omitted" || return 1
	awk -v RS= -v ORS='\n\n' '!/^dn: [^\n]*uid=c100(02|07),ou=customers/' \
		"$dir/sample" | grep -v ': uid=c100\(02\|07\),ou=customers' |
		diff - "$dir/omitted"
}

refuses()
{
	local rc
	"$generate" "$@" >"$dir/refused" 2>&1
	rc=$?
	[ "$rc" = 1 ] && grep -q ^usage "$dir/refused"
}

bad_arguments_are_refused()
{
	refuses --customers -1 && refuses --customers 1x && refuses --now x &&
	refuses --now 20191231235959Z &&
	refuses --suffix 'cn=a b' && refuses --omit 10001 && refuses more
}

full_disk_is_an_error()
{
	! "$generate" >/dev/full
}

configure()
{
	mkdir -p "$dir/db"
	cat >"$dir/slapd.conf" <<CONF
include $schemas/core.schema
include $schemas/cosine.schema
include $schemas/inetorgperson.schema
include schema/custreg.schema
modulepath ${MODULEDIR:-/usr/lib/ldap}
moduleload back_mdb
database mdb
suffix dc=example,dc=fi
rootdn cn=admin,dc=example,dc=fi
directory $dir/db
include schema/sample/acl.conf
CONF
	slaptest -u -f "$dir/slapd.conf"
}

# What goes in comes out: slapadd has checked each entry by the schema.
slapadd_takes_it()
{
	cat "$dir/sample" schema/purposes.ldif >"$dir/all"
	echo >>"$dir/all"
	cat schema/register.ldif >>"$dir/all"
	slapadd -q -f "$dir/slapd.conf" -l "$dir/all" &&
	slapcat -f "$dir/slapd.conf" -o ldif-wrap=no >"$dir/dump" &&
	equal "$(grep -c '^dn:' "$dir/dump")" "$(grep -c '^dn:' "$dir/all")"
}

names_have_their_letters()
{
	local letter
	for letter in å ä ö Å Ä Ö; do
		sed -n 's/^cn:: //p' "$dir/dump" | base64 -di |
			grep -q "$letter" || { echo "$letter"; return 1; }
	done
}

ldif_schema_loads()
{
	mkdir -p "$dir/config"
	{
		printf 'dn: cn=config\nobjectClass: olcGlobal\ncn: config\n\n'
		printf 'dn: cn=schema,cn=config\n'
		printf 'objectClass: olcSchemaConfig\ncn: schema\n\n'
		cat schema/custreg.ldif
	} | slapadd -n0 -F "$dir/config"
}

# allowed yes|no <who> <entry> <attribute/level>; who is - for anonymous
allowed()
{
	local say base=dc=example,dc=fi who="$2,dc=example,dc=fi"
	[ "$2" != - ] || who=
	say=$(slapacl -f "$dir/slapd.conf" -D "$who" -b "$3,$base" "$4" \
		2>&1 </dev/null | sed -n 's/.*: \(ALLOWED\|DENIED\)$/\1/p')
	case $1/$say in
	yes/ALLOWED|no/DENIED) ;;
	*) echo "$2 $3 $4: $say"; return 1 ;;
	esac
}

acls_hold()
{
	local answer who what level
	while read -r answer who what level; do
		allowed "$answer" "$who" "$what" "$level" || return 1
	done <<'TABLE'
yes	uid=aino,ou=handlers	uid=c10001,ou=customers	mail/write
no	uid=aino,ou=handlers	uid=c10001,ou=customers	userPassword/read
yes	uid=c10001,ou=customers	uid=c10001,ou=customers	userPassword/write
no	uid=c10001,ou=customers	uid=c10001,ou=customers	userPassword/read
no	uid=c10001,ou=customers	uid=c10001,ou=customers	authzFrom/write
yes	-	uid=c10001,ou=customers	userPassword/auth
no	-	uid=c10001,ou=customers	mail/search
no	-	cn=register	cn/read
yes	uid=aino,ou=handlers	uid=aino,ou=handlers	crAllowedPurpose/read
no	uid=aino,ou=handlers	uid=aino,ou=handlers	crAllowedPurpose/write
no	uid=aino,ou=handlers	uid=mikko,ou=handlers	crAllowedPurpose/read
yes	uid=registrar,ou=handlers	uid=mikko,ou=handlers	crAllowedPurpose/write
no	uid=dpo,ou=handlers	uid=mikko,ou=handlers	crAllowedPurpose/write
yes	uid=dpo,ou=handlers	uid=mikko,ou=handlers	crAllowedPurpose/read
no	uid=crm,ou=services	uid=crm,ou=services	userPassword/write
no	uid=crm,ou=services	uid=crm,ou=services	authzTo/write
yes	uid=crm,ou=services	uid=crm,ou=services	authzTo/auth
TABLE
}

"$generate" >"$dir/sample" || { echo "not ok the generator runs"; exit 1; }
check "the same arguments give the same bytes, everywhere" is_golden
check "another seed gives another register" seed_matters
check "bans come in exact shares" shares_are_exact
check "a tenth is hidden from direct marketing" hidden_from_direct_marketing
check "every ban occurs, ended, lifted, by customer and handler" \
	every_ban_occurs
check "who set a ban is on record" bans_are_recorded
check "the values of an attribute stand together" values_are_together
check "80 or more post codes with their towns" towns_are_many
check "the customers that documents name" fixed_customers
check "the handlers and services that documents name" fixed_parties
check "the sample password, only where it belongs" passwords_are_few
check "leaving a customer out changes nobody else" \
	omitting_changes_nothing_else
check "bad arguments are refused" bad_arguments_are_refused
check "a full disk is an error" full_disk_is_an_error
check "a bare slapd takes custreg.schema and the ACLs" configure
check "slapadd takes register, purposes and sample" slapadd_takes_it
check "names with all of the Finnish letters" names_have_their_letters
check "cn=config takes custreg.ldif" ldif_schema_loads
check "the ACLs grant and deny what their comments say" acls_hold
exit "$failed"
