#!/usr/bin/env bash
# The man pages of the module against the source: nothing left out, nothing
# made up.
set -uo pipefail
cd "${CR_TOP:?}" || exit 1
export LC_ALL=C.UTF-8
pages='overlay/slapo-custreg.5 overlay/slapd-custreglog.5'
schema=schema/custreg.ldif
failed=0
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
# shellcheck disable=SC2086
sed 's/\\-/-/g; s/^\.nh$//' $pages >"$dir/page"

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

# named <where>: each line of the input stands in it as a word
named()
{
	local word rc=0 count=0
	while read -r word; do
		count=$((count + 1))
		grep -qwF -- "$word" "$1" || { echo "not named: $word"; rc=1; }
	done
	[ "$count" -gt 0 ] && return "$rc"
}

schema_names()
{
	sed -nE "s/^(#\+)?olc(AttributeTypes|ObjectClasses): .* NAME '([^']*)'.*/\3/p" \
		"$schema"
}

purposes()
{
	sed -n 's/^cn: //p' schema/purposes.ldif
}

keywords()
{
	grep -ohE '"custreg-[a-z]+"' overlay/slapd/config.c \
		overlay/slapd/readlog.c | tr -d '"'
}

controls()
{
	sed -n 's/^#define CR_OID_ARC "\(.*\)"/\1/p' include/custreg/oids.h |
		sed 's/.*/&.4.1\n&.4.2\n&.4.3/'
}

overlays()
{
	sed -n '/^static const char \*const/,/};/s/"\([a-z]*\)"/\n@\1\n/gp' \
		overlay/slapd/stack.c | sed -n 's/^@//p'
}

codes()
{
	sed -n 's/^\tCR_E[A-Z]* = .*\/\* \([0-9]*\).*/\1/p' \
		include/custreg/error.h | sort -un | grep -v '^80$'
}

all_named()
{
	"$1" | named "$dir/page"
}

# What the page calls cr... exists.
nothing_made_up()
{
	{ schema_names; echo crGuard; } | sort -u >"$dir/known"
	grep -oE '\bcr[A-Z][A-Za-z]*' "$dir/page" | sort -u >"$dir/said"
	[ -s "$dir/said" ] && ! comm -13 "$dir/known" "$dir/said" | grep .
}

settings_exist()
{
	! grep -oE '\bolcCr[A-Z][A-Za-z]*' "$dir/page" | sort -u |
		while read -r name; do
			grep -qF "'$name'" overlay/slapd/config.c \
				overlay/slapd/readlog.c ||
				echo "$name"
		done | grep .
}

log_fields_are_named()
{
	grep -ohE '"crRead[A-Za-z]+"' overlay/log/leaf_text.c | tr -d '"' |
		named "$dir/page"
}

check "every schema element" all_named schema_names
check "every purpose that ships" all_named purposes
check "every setting of slapd.conf" all_named keywords
check "every control" all_named controls
check "every overlay with a place" all_named overlays
check "every result code" all_named codes
check "every field of the read log" log_fields_are_named
check "no schema element that does not exist" nothing_made_up
check "no setting that does not exist" settings_exist
exit "$failed"
