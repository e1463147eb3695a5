#!/usr/bin/env bash
# The schema, the purposes and the register description as files: what is
# made from something is up to date, and what repeats something agrees.
set -uo pipefail
cd "${CR_TOP:?}" || exit 1
export LC_ALL=C
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0

# check <what> <command ...>: one claim
check()
{
	local what=$1
	shift
	if "$@" >"$dir/out" 2>&1; then
		echo "ok $what"
	else
		echo "not ok $what"
		sed 's/^/    /' "$dir/out"
		failed=1
	fi
}

schema_is_current()
{
	awk -f scripts/schema.awk -v to=schema schema/custreg.ldif |
		diff schema/custreg.schema -
}

register_is_current()
{
	awk -f scripts/register.awk schema/custreg.ldif \
		schema/rekisteriseloste.fi.txt | diff schema/register.ldif -
}

# "AT_BAN_UNTIL 8": the LDIF's names as the header writes them
oids_of_ldif()
{
	sed -nE "s/^(#\+)?olc(Attribute|Object)(Types|Classes): \( ([0-9.]+)\.([12])\.([0-9]+) NAME 'cr([A-Za-z]+)'.*/\5 \6 \7 \4/p" \
		schema/custreg.ldif |
		while read -r branch number name arc; do
			name=$(sed -E 's/([a-z0-9])([A-Z])/\1_\2/g' <<<"$name" |
				tr '[:lower:]' '[:upper:]')
			[ "$branch" = 1 ] && branch=AT || branch=OC
			echo "${branch}_$name $number $arc"
		done | sort
}

oids_of_header()
{
	local arc
	arc=$(sed -n 's/^#define CR_OID_ARC "\(.*\)"/\1/p' \
		include/custreg/oids.h)
	sed -nE 's/^#define CR_OID_((AT|OC)_[A-Z_]+) CR_OID_[A-Z]+ "\.([0-9]+)"$/\1 \3/p' \
		include/custreg/oids.h | sed "s/\$/ $arc/" | sort
}

oids_agree()
{
	oids_of_ldif >"$dir/ldif"
	[ "$(wc -l <"$dir/ldif")" -gt 80 ] || return 1
	oids_of_header | diff "$dir/ldif" -
}

oids_are_unique()
{
	! sed -nE 's/^#define [A-Z_]+ (CR_OID_[A-Z_]+ "\.[0-9]+")$/\1/p' \
		include/custreg/oids.h | sort | uniq -d | grep .
}

# One line per value of the register description: its heading and its text.
register_words()
{
	local name heading value
	sed -e ':a' -e '$!N;s/\n //;ta' -e 'P;D' schema/register.ldif |
		grep -E '^(# |crRegister)' >"$dir/register"
	sed -nE "s/.* NAME '(crRegister[A-Za-z]+)'.*/\1/p" \
		schema/custreg.ldif | while read -r name; do
		heading=$(sed -n "/NAME '$name'/{n;s/^ *DESC '\(.*\) \/ .*/\1/p;}" \
			schema/custreg.ldif)
		echo "$heading"
		value=$(sed -n "s/^$name: //p" "$dir/register")
		if [ -n "$value" ]; then
			echo "$value"
		else
			sed -n "s/^$name:: //p" "$dir/register" | base64 -d
			echo
		fi
	done
}

words()
{
	tr -s '[:space:]' '\n' | sed '/^$/d'
}

register_is_word_for_word()
{
	words <schema/rekisteriseloste.fi.txt >"$dir/text"
	[ "$(wc -l <"$dir/text")" -gt 400 ] || return 1
	register_words | words | diff "$dir/text" -
}

empty_heading_is_there()
{
	[ "$(sed -n 's/^crRegisterCookies:: //p' schema/register.ldif |
		base64 -d)" = ' ' ]
}

# The table of the purposes, in its own abbreviations:
# name|kinds|marketing|listing|disclosure ban|restricted|releases|children|
# writes|children written
purpose_table()
{
	cat <<'TABLE'
customerCare|internal|||FALSE|TRUE|N M P A B S|Assignment Invoice Request|N M P A S W|Assignment
assignment|internal|||FALSE|TRUE|N M P A|Assignment||Assignment
billing|internal disclosure|||FALSE|TRUE|N M A|Invoice||Invoice
collection|internal disclosure|||FALSE|FALSE|N M P A|Invoice Collection||Collection
creditDecision|disclosure|||TRUE|TRUE|N A|Invoice Collection||
legalObligation|internal disclosure|||FALSE|FALSE|*|*||
archiving|internal|||FALSE|FALSE|N A|Assignment Invoice||
serviceDevelopment|internal|||FALSE|TRUE|o postalCode l|Assignment||
statistics|internal|||FALSE|TRUE|postalCode l c|||
personalisation|internal|personalisation all||FALSE|TRUE|N M|Assignment||
directAdvertising|internal|directAdvertising all||FALSE|TRUE|N A|||
distanceSelling|internal|distanceSelling all||FALSE|TRUE|N P|||
directMarketing|internal|directMarketing all||FALSE|TRUE|N M P A|||
marketResearch|internal|marketResearch all||FALSE|TRUE|N M P|||
opinionResearch|internal|opinionResearch all||FALSE|TRUE|N M P|||
listingPrinted|publication|directAdvertising all|printed all|TRUE|TRUE|N A|||
listingElectronic|publication||electronic all|TRUE|TRUE|N M P A|||
subjectAccess|subject|||FALSE|FALSE|*|*|W userPassword|Request
rightsFulfilment|internal|||FALSE|FALSE|*|*||Request
maintenance|internal|||FALSE|FALSE|*|*|*|*
replication|internal|||FALSE|FALSE|*|*||
TABLE
}

purposes_expected()
{
	purpose_table | awk -F'|' '
	function put(attribute, list,    words, n, i) {
		n = split(list, words, " ")
		for (i = 1; i <= n; i++)
			print $1, attribute, words[i]
	}
	function classes(list) {
		gsub(/[A-Z][a-z]+/, "cr&", list)
		return list
	}
	function attributes(list,    words, n, i, out) {
		n = split(list, words, " ")
		for (i = 1; i <= n; i++)
			out = out " " (words[i] in group ? group[words[i]] : \
			    words[i])
		return out
	}
	BEGIN {
		group["N"] = "cn sn givenName displayName o title uid " \
		    "crCustomerNumber"
		group["M"] = "mail"
		group["P"] = "telephoneNumber mobile"
		group["A"] = "postalAddress street postalCode l c"
		group["W"] = "crMarketingBan crListingBan crDisclosureBan " \
		    "crProcessingRestricted crBanUntil"
		group["B"] = group["W"]
		group["S"] = "crSource"
	}
	{
		put("crKind", $2)
		put("crHiddenByMarketing", $3)
		put("crHiddenByListing", $4)
		put("crHiddenByDisclosureBan", $5)
		put("crHiddenByRestriction", $6)
		put("crReleases", attributes($7))
		put("crReleasesClass", classes($8))
		put("crWrites", attributes($9))
		put("crWritesClass", classes($10))
	}' | sort
}

purposes_shipped()
{
	awk '
	/^dn: cn=/ { split($2, part, "[=,]"); name = part[2] }
	/^cr(Kind|Hidden|Releases|Writes)/ {
		sub(/:/, "")
		print name, $1, $2
	}' schema/purposes.ldif | sort
}

purposes_are_the_table()
{
	purposes_shipped >"$dir/shipped"
	[ "$(grep -c ' crKind ' "$dir/shipped")" = 24 ] || return 1
	purposes_expected | diff - "$dir/shipped"
}

# Each has its description in three languages, a legal basis and a term.
purposes_are_described()
{
	awk '
	function flush() {
		if (name != "" && seen != 5) {
			print name ": " seen " of 5"
			bad = 1
		}
		seen = 0
	}
	/^dn: cn=/ { flush(); name = $2; count++ }
	/^description;lang-(fi|sv|en): ./ { seen++ }
	/^crLegalBasis: eu-gdpr:A6-1-[a-f]$/ { seen++ }
	/^crDpvTerm: https:\/\/w3id.org\/dpv#[A-Z]/ { seen++ }
	END { flush(); exit bad || count != 21 }' schema/purposes.ldif
}

check "custreg.schema is made from custreg.ldif" schema_is_current
check "register.ldif is made from the text" register_is_current
check "oids.h and custreg.ldif give the same numbers" oids_agree
check "no number is given twice" oids_are_unique
check "cn=register has every word of the text, in order" \
	register_is_word_for_word
check "the empty heading is there, as a space" empty_heading_is_there
check "the purposes are those of the table" purposes_are_the_table
check "each purpose has descriptions, basis and term" purposes_are_described
exit "$failed"
