# shellcheck shell=bash
# What the check costs that nobody who was erased is added again: instructions
# of one add, with no suppression and with many. To be sourced after lib.sh and
# instructions.sh.

# suppress_entries <count>: nobody's hashes, in the form of the module's own
suppress_entries()
{
	awk -v count="$1" -v base="$base" '
	function digest(kind, n)
	{
		return sprintf("%s:00000000:%032d%010dA=", kind, 0, n)
	}
	BEGIN {
		for (n = 1; n <= count; n++) {
			id = sprintf("00000000-0000-4000-9000-%012d", n)
			printf "dn: crSuppressionId=%s,ou=suppressed,%s\n" \
				"objectClass: crSuppressed\n" \
				"crSuppressionId: %s\ncrKeyedHash: %s\n" \
				"crKeyedHash: %s\ncrKeyedHash: %s\n" \
				"crDate: 20260101000000Z\n\n",
				id, base, id, digest("mail", n),
				digest("phone", n), digest("customerNumber", n)
		}
	}'
}

# The key and the unit first; a key is only made where nobody was erased yet.
suppress_load()
{
	local name=$1 count=$2
	erase_wide=0 erase_bulk=0 erase_load_all "$name"
	bench_start "$name"
	bench_stop "$name"
	[ "$count" = 0 ] || suppress_entries "$count" |
		slapadd -q -f "$dir/$name.conf" >"$dir/slapadd.log" 2>&1 ||
		die "$(tail -n 2 "$dir/slapadd.log")"
}

# suppress_add <server> <from> <count>
suppress_add()
{
	erase_people "$2" "$3" 0 | ldapadd -x -H "ldap://127.0.0.1:${port_of[$1]}" \
		-D "uid=registrar,ou=handlers,$base" -w "$password" >/dev/null
}

# suppress_count <server>: instructions of an add, in $instructions
suppress_count()
{
	local name=$1 few dumps=0
	callgrind_control -i on "${pid_of[$name]}" >/dev/null 2>&1 || :
	suppress_add "$name" 4000000 20
	counted_dump "$name"
	suppress_add "$name" 4001000 20
	counted_dump "$name"
	few=$instructions
	suppress_add "$name" 4002000 120
	counted_dump "$name"
	instructions=$(((instructions - few) / 100))
}

bench_suppress()
{
	local name count instructions customers=500 log_interval=60000
	for name in guard-none guard-suppress; do
		count=0
		[ "$name" = guard-none ] || count=$suppressed
		note "erase: $count suppressions"
		suppress_load "$name" "$count"
		bench_start "$name" valgrind --tool=callgrind \
			--instr-atstart=no \
			--callgrind-out-file="$dir/callgrind.$name"
		suppress_count "$name"
		echo "erase,registrar,add,1,1,$name,$count,,,,,$instructions,,,,,,"
		bench_stop "$name"
		rm -rf "$dir/erase-$name"
	done
}
