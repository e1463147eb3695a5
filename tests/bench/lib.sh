# shellcheck shell=bash
# The servers of the benchmark: one database, several slapd that read it.
# To be sourced.
#
#	bench_begin			$dir, removed at the end with all servers
#	bench_pin			servers and client on a processor each
#	bench_load customers		$dir/db, the register all of them read
#	bench_conf name [line...]	$dir/<name>.conf
#	bench_start name [command...]	a slapd at ${port_of[name]} (TLS:
#					${tls_port_of[name]}), ${pid_of[name]}
#	bench_stop name
#	bench_ask reader args...	the load generator
set -euo pipefail
export LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin
unset MAKEFLAGS MFLAGS MAKELEVEL "${!LDAP@}"
export LDAPNOINIT=1

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=$(realpath -m "${BUILD:-$top/build}")
here=$top/tests/bench
schemas=/etc/ldap/schema
modules=/usr/lib/ldap
base=dc=example,dc=fi
password=kokeilu
declare -A pid_of port_of tls_port_of

# What a marketing ban or a restriction hides from direct marketing, written
# as an administrator without the module would. It sees all who may.
hiding_acl="access to filter=(|(crMarketingBan=directMarketing)(crMarketingBan=all)(crProcessingRestricted=TRUE))
	by dn.exact=\"uid=registrar,ou=handlers,$base\" read
	by * none"

# The cheapest that hides the same ones: a single value, put there for it.
flag_acl="access to filter=(employeeType=noMarketing)
	by dn.exact=\"uid=registrar,ou=handlers,$base\" read
	by * none"

die()
{
	echo "bench: $*" >&2
	exit 1
}

note()
{
	echo "bench: $*" >&2
}

bench_begin()
{
	mkdir -p "$build"
	dir=$(mktemp -d "$build/bench.XXXXXX")
	mkfifo "$dir/never"
	exec {never}<>"$dir/never"
	trap bench_end EXIT
	trap 'exit 130' INT TERM
	# others may link it anew while this runs
	cp "$build/custreg.so" "$dir/custreg.so"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 \
		-nodes -days 2 -subj /CN=localhost -keyout "$dir/tls.key" \
		-out "$dir/tls.pem" 2>"$dir/openssl.log" ||
		die "no certificate: $(tail -n 1 "$dir/openssl.log")"
	pin_server=() pin_client=()
}

# The servers on one processor, the client on another, if there are two.
bench_pin()
{
	local cpus
	mapfile -t cpus < <(awk '/^Cpus_allowed_list:/ {
		n = split($2, range, ",")
		for (i = 1; i <= n; i++) {
			m = split(range[i], end, "-")
			for (c = end[1]; c <= end[m]; c++)
				print c
		}
	}' /proc/self/status)
	[ ${#cpus[@]} -ge 2 ] || return 0
	pin_server=(taskset -c "${cpus[0]}")
	pin_client=(taskset -c "${cpus[1]}")
}

bench_end()
{
	local name
	for name in "${!pid_of[@]}"; do
		bench_stop "$name"
	done
	rm -rf "$dir"
}

# bench_poll <seconds> <command>: until it succeeds
bench_poll()
{
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -le "$end" ] || return 1
		read -rt 0.05 -u "$never" || :
	done
}

free_port()
{
	local port
	for ((;;)); do
		port=$((20000 + RANDOM % 20000))
		(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null ||
			{ echo "$port"; return; }
	done
}

# What a name adds to the end of the guarded database, or to that of bare. A
# log keeps to its directory of the same disk.
log_lines()
{
	case $1 in
	guard-*)
		mkdir -p "$dir/log-$1"
		echo "custreg-logdirectory $dir/log-$1"
		[ -z "${log_interval:-}" ] ||
			echo "custreg-loginterval $log_interval" ;;
	esac
	case $1 in
	guard-flush)
		echo "custreg-logdurability flush" ;;
	guard-wait)
		echo "custreg-logbarrier off" ;;
	accesslog*)
		echo "overlay accesslog"
		echo "logdb cn=log"
		echo "logops reads" ;;
	esac
}

# The database of slapo-accesslog is there before the one it is told of.
log_database()
{
	case $1 in
	accesslog*) ;;
	*)	return 0 ;;
	esac
	mkdir -p "$dir/log-$1"
	cat <<-END
	database mdb
	suffix cn=log
	rootdn cn=log
	directory $dir/log-$1
	maxsize 17179869184
	index reqStart eq
	END
	[ "$1" != accesslog-nosync ] || echo dbnosync
}

# bench_conf <name> [line...]: the lines go to the end of the database. All
# threads of all servers are readers of it, which 126 might not be enough for.
bench_conf()
{
	local name=$1 file
	shift
	{
		for file in core cosine inetorgperson; do
			echo "include $schemas/$file.schema"
		done
		case $name in
		guard*)	;;
		*)	echo "include $top/schema/custreg.schema" ;;
		esac
		cat <<-END
		modulepath $modules
		moduleload back_mdb
		END
		case $name in
		guard*)	echo "moduleload $dir/custreg.so" ;;
		accesslog*) echo "moduleload accesslog" ;;
		esac
		cat <<-END
		pidfile $dir/$name.pid
		argsfile $dir/$name.args
		sizelimit unlimited
		timelimit unlimited
		loglevel none
		TLSCertificateFile $dir/tls.pem
		TLSCertificateKeyFile $dir/tls.key
		sasl-host localhost
		sasl-auxprops slapd
		authz-regexp "^uid=([^,]+),(cn=[^,]+,)?cn=digest-md5,cn=auth$" "uid=\$1,ou=handlers,$base"
		END
		log_database "$name"
		cat <<-END
		database mdb
		suffix $base
		rootdn cn=admin,$base
		directory $dir/db
		maxsize 17179869184
		maxreaders 1024
		index objectClass,uid,postalCode,member eq
		access to attrs=userPassword by anonymous auth by * none
		END
		case $name in
		acl)	echo "$hiding_acl" ;;
		acl-flag) echo "$flag_acl" ;;
		esac
		echo "access to * by users read by anonymous auth by * none"
		case $name in
		guard*)	echo "overlay custreg"
			echo "custreg-customers ou=customers,$base" ;;
		esac
		log_lines "$name"
		[ $# = 0 ] || printf '%s\n' "$@"
	} >"$dir/$name.conf"
}

bench_load()
{
	mkdir -p "$dir/db"
	bench_conf load
	{
		"$build/generate" --customers "$1" |
			awk -v customers="$1" -f "$here/prepare.awk"
		cat "$top/schema/purposes.ldif"
		echo
		cat "$top/schema/register.ldif"
	} >"$dir/register.ldif"
	slapadd -q -f "$dir/load.conf" -l "$dir/register.ldif" \
		>"$dir/slapadd.log" 2>&1 || { cat "$dir/slapadd.log"; exit 1; }
	rm "$dir/register.ldif"
}

answers()
{
	ldapwhoami -x -H "ldap://127.0.0.1:$1" >/dev/null 2>&1
}

running()
{
	kill -0 "$1" 2>/dev/null
}

up_or_gone()
{
	answers "${port_of[$1]}" || ! running "${pid_of[$1]}"
}

start_once()
{
	local name=$1
	shift
	port_of[$name]=$(free_port)
	tls_port_of[$name]=$(free_port)
	"${pin_server[@]}" "$@" /usr/sbin/slapd -f "$dir/$name.conf" -d config \
		-h "ldap://127.0.0.1:${port_of[$name]}/ ldaps://127.0.0.1:${tls_port_of[$name]}/" \
		>"$dir/$name.log" 2>&1 </dev/null &
	pid_of[$name]=$!
	bench_poll 120 up_or_gone "$name" || :
	running "${pid_of[$name]}" && answers "${port_of[$name]}"
}

bench_start()
{
	local i
	for i in 1 2 3 4 5; do
		! start_once "$@" || return 0
		bench_stop "$1"
		# somebody may have taken the port in between
		grep -q 'Address already in use' "$dir/$1.log" || break
	done
	tail "$dir/$1.log" >&2
	die "slapd $1 does not start"
}

bench_stop()
{
	local pid=${pid_of[$1]:-}
	[ -n "$pid" ] || return 0
	unset "pid_of[$1]"
	kill "$pid" 2>/dev/null || :
	wait "$pid" 2>/dev/null || :
}

# bench_ask <reader> <args>: as a handler of the sample
bench_ask()
{
	local reader=$1
	shift
	"${pin_client[@]}" "$build/tests/bench/loadgen" -b "$base" \
		-D "uid=$reader,ou=handlers,$base" -w "$password" "$@"
}
