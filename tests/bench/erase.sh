# shellcheck shell=bash
# What an erasure costs, beside deletes of the same entries. To be sourced
# after lib.sh.
#
# Each server has a database of its own, filled alike: $customers of the
# sample, who stay, $erase_wide with 50 children and $erase_bulk whose
# relationship has ended long ago, with two children each. Both sync.

erase_conf()
{
	local name=$1
	bench_conf "$name" \
		"index entryUUID,crCustomerNumber,crKeyedHash,crState eq" \
		"limits * size=unlimited time=unlimited"
	sed -i -e "s,^directory .*,directory $dir/erase-$name,"\
		-e '/^access to \* by users/s/read/write/' "$dir/$name.conf"
	case $name in
	guard*)	cat >>"$dir/$name.conf" <<-END
		custreg-replica cn=replica,$base
		custreg-suppressionkey $dir/erase-$name.key
		END
	esac
}

# erase_people <first> <count> <children>
erase_people()
{
	awk -v first="$1" -v count="$2" -v children="$3" -v base="$base" 'BEGIN {
		for (n = first; n < first + count; n++) {
			dn = "uid=c" n ",ou=customers," base
			printf "dn: %s\nobjectClass: inetOrgPerson\n" \
				"objectClass: crCustomer\nuid: c%d\n" \
				"cn: Nimi %d\nsn: Nimi\n" \
				"mail: c%d@posti.example\n" \
				"mobile: +358 50 %d\ncrCustomerNumber: %d\n" \
				"crCustomerSince: 20010401060000Z\n" \
				"crRelationshipEnded: 20100401060000Z\n\n",
				dn, n, n, n, n, n
			for (i = 0; i < children; i++)
				printf "dn: crAssignmentNumber=A%d-%d,%s\n" \
					"objectClass: crAssignment\n" \
					"crAssignmentNumber: A%d-%d\n" \
					"crDate: 20090415060000Z\n" \
					"crState: closed\n" \
					"description: Maalaus\n\n",
					n, i, dn, n, i
		}
	}'
}

erase_load_all()
{
	local name
	{
		"$build/generate" --customers "$customers" |
			awk -v customers="$customers" -f "$here/prepare.awk"
		cat "$top/schema/purposes.ldif"
		echo
		cat "$top/schema/register.ldif"
		printf '\ndn: cn=replica,%s\nobjectClass: organizationalRole\n' "$base"
		printf 'objectClass: simpleSecurityObject\ncn: replica\n'
		printf 'userPassword: %s\n\n' "$password"
		erase_people 2000000 "$erase_wide" 50
		erase_people 3000000 "$erase_bulk" 2
	} >"$dir/erase.ldif"
	for name; do
		erase_conf "$name"
		mkdir -p "$dir/erase-$name"
		slapadd -q -f "$dir/$name.conf" -l "$dir/erase.ldif" \
			>"$dir/slapadd.log" 2>&1 ||
			{ cat "$dir/slapadd.log"; exit 1; }
	done
	rm "$dir/erase.ldif"
}

# erase_time <server> <kind> <from> <to> <at once>: nanoseconds
erase_time()
{
	local name=$1
	shift
	"${pin_client[@]}" "$build/tests/bench/erase_load" \
		"ldap://127.0.0.1:${port_of[$name]}" "$base" "$@"
}

# erase_line <workload> <round> <server> <requests> <ns>
erase_line()
{
	echo "erase,registrar,$1,1,$2,$3,$4,,,$5,,,,,,,,"
}

# Bulk in parts, so that there are rounds; searches beside it or not.
erase_bulk_part()
{
	local name=$1 round=$2 from=$3 to=$4 kind=erase at=8 searching line
	[ "$name" != bare ] || kind=delete at=1
	if [ $((round % 2)) = 1 ]; then
		erase_line bulk "$round" "$name" $((to - from)) \
			"$(erase_time "$name" "$kind" "$from" "$to" "$at")"
		return
	fi
	# more of them than there is time for: those that are done count
	erase_time "$name" "$kind" "$from" "$to" "$at" >"$dir/beside" &
	searching=$!
	line=$(bench_ask mikko -N "$customers" -W 4 -r 0 \
		-n "$erase_searches" point "$name=${port_of[$name]}")
	erase_line searches-beside "$round" "$name" "$erase_searches" \
		"$(cut -d, -f8 <<<"$line")"
	wait "$searching"
	erase_line bulk-beside "$round" "$name" $((to - from)) \
		"$(cat "$dir/beside")"
}

bench_erase()
{
	local name round from part=$((erase_bulk / (2 * erase_rounds)))
	local each=$((erase_wide / erase_rounds)) line
	for ((round = 1; round <= erase_rounds; round++)); do
		note "erase: round $round"
		from=$((2000000 + (round - 1) * each))
		erase_line dry-run "$round" guard-erase 1 \
			"$(erase_time guard-erase dry "$from" $((from + each)) 1)"
		for name; do
			local kind=erase
			[ "$name" != bare ] || kind=delete
			erase_line wide "$round" "$name" "$each" \
				"$(erase_one_by_one "$name" "$kind" "$from" "$each")"
			line=$(bench_ask mikko -N "$customers" -W 4 -r 0 \
				-n "$erase_searches" point \
				"$name=${port_of[$name]}")
			erase_line searches "$round" "$name" \
				"$erase_searches" "$(cut -d, -f8 <<<"$line")"
		done
		from=$((3000000 + (round - 1) * 2 * part))
		for name; do
			erase_bulk_part "$name" $((2 * round - 1)) "$from" \
				$((from + part))
			erase_bulk_part "$name" $((2 * round)) \
				$((from + part)) $((from + 2 * part))
		done
	done
}

# One after the other has gone: the sum.
erase_one_by_one()
{
	local n sum=0
	for ((n = $3; n < $3 + $4; n++)); do
		sum=$((sum + $(erase_time "$1" "$2" "$n" $((n + 1)) 1)))
	done
	echo "$sum"
}
