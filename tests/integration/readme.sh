#!/usr/bin/env bash
# What README.md says to type on a real server, typed: a slapd as Debian
# configures it, with a tree of inetOrgPerson, becomes a register.
set -uo pipefail
cd "${CR_TOP:?}" || exit 1
export LC_ALL=C.UTF-8
PATH=$PATH:/usr/sbin
if [ -n "${CR_SAN_PRELOAD:-}${CR_SLAPD_WRAPPER:-}" ]; then
	echo "skip README starts the plain slapd, which cannot load this build"
	exit 0
fi
unset LDAPCONF LDAPURI LDAPBASE
dir=$(mktemp -d)
log=$dir/var/lib/custreg
url=ldapi://${dir//\//%2F}%2Fldapi
S=dc=example,dc=fi
slapd=
failed=0

clean_up()
{
	if [ -n "$slapd" ]; then
		kill "$slapd" 2>/dev/null
		wait "$slapd" 2>/dev/null
	fi
	rm -rf "$dir"
}
trap clean_up EXIT

check()
{
	local what=$1
	shift
	if "$@" >"$dir/out" 2>&1; then
		echo "ok $what"
	else
		echo "not ok $what"
		sed 's/^/    /' "$dir/out" | tail -n 30
		failed=1
	fi
}

# block <kind>: what stands between ```kind and ``` for a real server
block()
{
	awk -v kind="\`\`\`$1" '
		/^## / { inside = $0 == "## On a real server" }
		/^```/ { open = !open; code = open && inside && $0 == kind; next }
		code' README.md
}

person()
{
	printf 'dn: uid=%s,%s,%s\nobjectClass: inetOrgPerson\n' "$1" "$2" "$S"
	printf 'uid: %s\ncn: Asiakas %s\nsn: Asiakas\n' "$1" "$1"
	printf 'userPassword: kokeilu\n\n'
}

as_debian_has_it()
{
	local me
	me="gidNumber=$(id -g)+uidNumber=$(id -u)"
	mkdir -p "$dir"/{config,db,dest} &&
	printf secret >"$dir/admin.password" &&
	cat >"$dir/slapd.conf" <<-END &&
	include /etc/ldap/schema/core.schema
	include /etc/ldap/schema/cosine.schema
	include /etc/ldap/schema/nis.schema
	include /etc/ldap/schema/inetorgperson.schema
	modulepath $dir/dest/usr/lib/ldap:/usr/lib/ldap
	moduleload back_mdb
	pidfile $dir/slapd.pid
	database config
	access to * by dn.exact=$me,cn=peercred,cn=external,cn=auth manage by * break
	database mdb
	suffix $S
	rootdn cn=admin,$S
	rootpw secret
	directory $dir/db
	index objectClass eq
	access to attrs=userPassword by self write by anonymous auth by * none
	access to attrs=shadowLastChange by self write by * read
	access to * by * read
	END
	{
		printf 'dn: %s\nobjectClass: dcObject\n' "$S"
		printf 'objectClass: organization\ndc: example\no: x\n\n'
		printf 'dn: ou=customers,%s\n' "$S"
		printf 'objectClass: organizationalUnit\nou: customers\n\n'
		person c1 ou=customers
		person c2 ou=customers
		person äiti ou=customers
	} | slapadd -q -f "$dir/slapd.conf" &&
	slaptest -Q -f "$dir/slapd.conf" -F "$dir/config"
}

starts()
{
	local i
	slapd -d none -F "$dir/config" -h "$url" >"$dir/log" 2>&1 &
	slapd=$!
	for ((i = 0; i < 300; i++)); do
		ldapwhoami -Q -Y EXTERNAL -H "$url" && return
		kill -0 "$slapd" || break
		read -rt 0.1 <> <(:)
	done
	cat "$dir/log"
	return 1
}

# In place of what is the machine's.
prelude()
{
	cat <<-END
	sudo() { "\$@"; }
	make() {
		command make --no-print-directory DEPS=no BUILD='$CR_BUILD' \\
			DESTDIR='$dir/dest' -o all "\$@"
	}
	install() { mkdir -p -m 700 '$log' '$log/log'; }
	slapcat() { command slapcat -F '$dir/config' "\$@"; }
	PATH='$dir/dest/usr/bin':\$PATH
	ln -s '$dir/admin.password' .
	END
}

every_command_works()
{
	mkdir "$dir/type"
	{
		prelude
		block sh | sed -e "s|ldapi:///|$url|g" \
			-e "s|/var/lib/custreg|$log|g" \
			-e "s|schema/purposes.ldif|$CR_TOP/&|" \
			-e "s|make install|make -C '$CR_TOP' install|"
	} >"$dir/type/commands"
	(cd "$dir/type" && bash -e -o pipefail commands)
}

search()
{
	ldapsearch -LLL -H "$url" -b "ou=customers,$S" "$@" 1.1 | grep -c '^dn:'
}

equal()
{
	[ "$1" = "$2" ] || { echo "<$1> not <$2>"; return 1; }
}

# The second line of a checkpoint is how many records it has.
has_records()
{
	local i
	for ((i = 0; i < 300; i++)); do
		[ "$(sed -n 2p "$log/log/checkpoint")" -gt 0 ] && return 0
		read -rt 0.1 <> <(:)
	done
	return 1
}

is_a_register()
{
	printf 'dn: uid=aino,ou=handlers,%s\nchangetype: modify\n%s\n' "$S" \
		$'add: userPassword\nuserPassword: kokeilu' |
		ldapmodify -x -H "$url" -D "cn=admin,$S" \
		-y "$dir/admin.password" &&
	equal "$(search -x -D "uid=aino,ou=handlers,$S" -w kokeilu \
		'(objectClass=crCustomer)')" 3 &&
	equal "$(search -x -D "uid=c1,ou=customers,$S" -w kokeilu \
		'(objectClass=crCustomer)')" 1 &&
	equal "$(search -x '(uid=*)')" 0 &&
	has_records
}

# The lines for slapd.conf: the module before the databases, the rest behind.
slapd_conf_works()
{
	equal "$(block '' | wc -l)" 6 &&
	{
		sed "s|^modulepath.*|modulepath $CR_BUILD:/usr/lib/ldap|
			/^moduleload/r "<(block '' | grep '^moduleload') \
			"$dir/slapd.conf"
		block '' | grep -v '^moduleload' |
			sed "s|/var/lib/custreg|$log|"
	} >"$dir/second.conf" &&
	slaptest -u -f "$dir/second.conf" &&
	slaptest -uv -d config -f "$dir/second.conf" 2>&1 |
		grep -c 'custreg-customers'
}

check "a slapd as Debian configures it" as_debian_has_it
check "it starts" starts
check "every command of README.md works" every_command_works
check "the tree is a register" is_a_register
check "the lines for slapd.conf are taken" slapd_conf_works
exit "$failed"
