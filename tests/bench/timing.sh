# shellcheck shell=bash
# Time per request, all servers asked in turn, and memory. To be sourced after
# lib.sh. On a machine that is too busy the kinds in timed_more are left out
# from $timed_until on (seconds since the start), and the searches for memory
# end at $memory_until, so that the whole ends.

# reader, label, kind, clients at once and options of the load generator
timed_kinds='mikko point point 1
mikko point point 8
registrar point point 1
registrar point point 8
mikko listing listing 1
mikko listing listing 8
registrar listing listing 1
registrar listing listing 8
mikko compare compare 1
mikko compare compare 8
registrar compare compare 1
registrar compare compare 8
mikko listing-statistics listing-all 1 -p statistics
mikko export export 1
registrar export export 1'
timed_more='mikko base base 1
mikko base base 8
registrar base base 1
registrar base base 8
mikko dn-value dn-value 1
registrar dn-value dn-value 1
mikko group group 1
registrar group group 1
mikko point-all point-all 1
registrar point-all point-all 1
mikko listing-all listing-all 1
registrar listing-all listing-all 1
mikko export-all export-all 1
registrar export-all export-all 1'

# bench_timing <server...>: lines of the raw results; the first server decides
# how many requests are in a batch
bench_timing()
{
	local name kinds=$timed_kinds servers=() reader label kind clients options
	[ -n "${CR_BENCH_QUICK:-}" ] || kinds+=$'\n'$timed_more
	for name; do
		servers+=("$name=${port_of[$name]}:${pid_of[$name]}")
	done
	while read -r reader label kind clients options; do
		if [ "$SECONDS" -gt "$timed_until" ] &&
				[[ $timed_more == *"$reader $label "* ]]; then
			note "no time left: $reader $label"
			continue
		fi
		note "timing: $reader $label, $clients at once"
		# shellcheck disable=SC2086 # words
		if ! bench_ask "$reader" -N "$customers" -W "$clients" \
				-r "$rounds" -t "$milliseconds" $options \
				"$kind" "${servers[@]}" >"$dir/timed"; then
			note "did not work: $reader $label"
			failed=1
			continue
		fi
		awk -F, -v OFS=, -v reader="$reader" -v kind="$label" '{
			print "timing", reader, kind, $2, $3, $4, $5, $6, $7,
				$8, $9, "", "", $13, $14, $15, "", ""
		}' "$dir/timed"
	done <<<"$kinds"
}

# memory_line <server> <searches so far>: anonymous memory in KiB; the mapped
# database is not part of it
memory_line()
{
	awk -v name="$1" -v searches="$2" '/^VmRSS:/ {
		all = $2
	} /^RssAnon:/ {
		printf "memory,mikko,searches,8,,%s,%d,,,,,,%d,,,,%d,KiB\n",
			name, searches, $2, all
	}' "/proc/${pid_of[$1]}/status"
}

# bench_memory <searches> <server...>: four parts of them
bench_memory()
{
	local part=$(($1 / 4)) name i
	shift
	for name; do
		note "memory: $name"
		local server=$name=${port_of[$name]}
		local ask=(bench_ask mikko -N "$customers" -W 8 -r 0)
		memory_line "$name" 0
		for ((i = 1; i <= 4 && SECONDS <= memory_until; i++)); do
			"${ask[@]}" -n $((part * 6 / 10)) point "$server"
			"${ask[@]}" -n $((part * 2 / 10)) -p marketResearch \
				point "$server"
			"${ask[@]}" -n $((part * 2 / 10)) base "$server"
			memory_line "$name" $((part * i)) >&3
		done 3>&1 >/dev/null
	done
}
