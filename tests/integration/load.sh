#!/bin/bash
# The module loads only in the slapd it was built for: another upstream
# version or another struct layout is refused with a text that says what was
# found and what is wanted; another package revision only warns.
set -u
cd "${CR_TOP:?}" || exit 1
export LC_ALL=C
build=${CR_BUILD:?}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
slapd=${SLAPD:-/usr/sbin/slapd}
passed=0 failed=0

ok()
{
	if [ "$1" = 0 ]; then
		passed=$((passed + 1))
		echo "ok $2"
	else
		failed=$((failed + 1))
		echo "not ok $2"
		sed 's/^/    /' "$dir/out"
	fi
}

# config MODULE [LINE]: a slapd.conf that loads it
config()
{
	printf '%s\n' "modulepath /usr/lib/ldap" "moduleload back_mdb" \
		"include /etc/ldap/schema/core.schema" \
		"include /etc/ldap/schema/cosine.schema" \
		"include /etc/ldap/schema/inetorgperson.schema" \
		"${2:-}" "moduleload $1" "database mdb" \
		"suffix dc=example,dc=fi" "directory $dir" >"$dir/slapd.conf"
}

# load SLAPD: does the configuration load?
load()
{
	LD_PRELOAD=${CR_SAN_PRELOAD:-} \
	ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 \
		"$1" -Tt -u -f "$dir/slapd.conf" >"$dir/out" 2>&1
}

# A slapd that says it is another version, in a string of the same length.
other_slapd()
{
	sed "s/slapd $1/slapd $2/g" "$slapd" >"$dir/slapd-$2"
	chmod +x "$dir/slapd-$2"
}

module=$(realpath "$build/custreg.so")
version=$(dpkg-query -W -f '${Version}' slapd)
config "$module"
load "$slapd"
ok $? "the module loads in the slapd it was built for"
! grep -q warning "$dir/out"
ok $? "and does not warn"

upstream=${version%%+*}
next="${upstream%?}$(((${upstream: -1} + 1) % 10))${version#"$upstream"}"
other_slapd "$version" "$next"
! load "$dir/slapd-$next" &&
	grep -q "found slapd ${next%%+*}, wants $version" "$dir/out"
ok $? "another upstream version is refused: found, wanted"

revision="${version%?}$(((${version: -1} + 1) % 10))"
other_slapd "$version" "$revision"
load "$dir/slapd-$revision" &&
	grep -q "warning: slapd $revision, built for $version" "$dir/out"
ok $? "another revision of the package only warns"

make BUILD="$dir/b" OPT=-O1 CPPFLAGS=-DSLAP_MAX_CIDS=48 SAN= DEPS=no V= \
	"$dir/b/custreg.so" >"$dir/make.log" 2>&1 || cat "$dir/make.log"
config "$dir/b/custreg.so"
! load "$slapd" &&
	grep -q 'operation has [0-9]* bytes, built for [0-9]*' "$dir/out"
ok $? "another layout of slapd's structs is refused"

config "$module" "include $(realpath schema/custreg.schema)"
! load "$slapd" &&
	grep -q 'custreg.schema or custreg.ldif loaded beside' "$dir/out"
ok $? "the schema file beside the module is refused with a text that says so"

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
