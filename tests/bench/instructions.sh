# shellcheck shell=bash
# Instructions of slapd per request, by callgrind. To be sourced after lib.sh.
#
# Each question is asked n and then m times on connections of their own; the
# difference divided by m - n is what one costs. Connecting, binding and
# callgrind's own switching fall out. Only user space is counted, and threads
# take turns. What other work on the machine can still do is to make slapd's
# threads wait for each other more often, so each count is repeated until the
# two lowest agree within 0.4 %, and the lowest one is taken. Of the read log,
# what happens once a second however many there were (tiles, checkpoint) is put
# off and left out; the processor time of the other part has it.

# reader, label, kind, n, m and options of the load generator
counted_kinds='mikko point point 40 240
mikko listing listing 2 12
mikko export export 1 2
mikko export-scan export-scan 1 2
mikko compare compare 40 240
registrar point point 40 240
registrar listing listing 2 12
registrar export export 1 2
registrar export-scan export-scan 1 2
registrar compare compare 40 240
mikko listing-statistics listing-all 2 12 -p statistics'
counted_more='mikko base base 40 240
mikko group group 2 6
mikko dn-value dn-value 5 25
mikko point-all point-all 40 240
mikko listing-all listing-all 2 12
mikko export-all export-all 1 2
registrar base base 40 240
registrar group group 2 6
registrar dn-value dn-value 5 25
registrar point-all point-all 40 240
registrar listing-all listing-all 2 12
registrar export-all export-all 1 2'

# counted_dump <name>: the instructions since the last dump, in $instructions
counted_dump()
{
	local file
	dumps=$((dumps + 1))
	file=$dir/callgrind.$1.$dumps
	callgrind_control -d "${pid_of[$1]}" >/dev/null 2>&1 || :
	bench_poll 60 grep -qs '^totals:' "$file" ||
		die "callgrind wrote no numbers"
	instructions=$(awk '/^totals:/ { print $2 }' "$file")
	rm "$file"
}

# counted_lowest <server> <requests> <command...>: $instructions, and what the
# load generator said in $line
counted_lowest()
{
	local name=$1 n=$2 lowest=0 second=0 i
	shift 2
	for ((i = 0; i < 9; i++)); do
		line=$("$@" -n "$n" "$kind" "$name=${port_of[$name]}")
		counted_dump "$name"
		if [ "$lowest" = 0 ] || [ "$instructions" -lt "$lowest" ]; then
			second=$lowest
			lowest=$instructions
		elif [ "$second" = 0 ] || [ "$instructions" -lt "$second" ]; then
			second=$instructions
		fi
		# so many that the difference does not show
		[ "$lowest" -lt 50000000 ] || break
		[ "$second" = 0 ] ||
			[ $(((second - lowest) * 250)) -gt "$lowest" ] || break
	done
	instructions=$lowest
}

# counted <server> <reader> <label> <kind> <n> <m> [loadgen option...]
counted()
{
	local name=$1 reader=$2 label=$3 kind=$4 few=$5 many=$6 cost line lines
	shift 6
	local ask=(bench_ask "$reader" -N "$customers" -r 0 "$@")
	"${ask[@]}" -n "$few" "$kind" "$name=${port_of[$name]}" >/dev/null
	counted_dump "$name"
	counted_lowest "$name" "$few" "${ask[@]}"
	cost=$instructions
	lines=$line
	counted_lowest "$name" "$many" "${ask[@]}"
	lines+=$'\n'$line
	cost=$((instructions - cost))
	awk -F, -v reader="$reader" -v kind="$label" -v name="$name" \
		-v cost="$cost" '{
		requests = $5 - requests
		entries = $6 - entries
		bytes = $7 - bytes
	} END {
		printf "instructions,%s,%s,1,,%s,%d,%d,%d,,,%d,\n", reader,
			kind, name, requests, entries, bytes, cost
	}' <<<"$lines"
}

counted_server()
{
	local name=$1 dumps=0 instructions reader label kind few many options
	callgrind_control -i on "${pid_of[$name]}" >/dev/null 2>&1 || :
	while read -r reader label kind few many options; do
		# shellcheck disable=SC2086 # words
		counted "$name" "$reader" "$label" "$kind" "$few" "$many" \
			$options
	done <<<"$2"
}

# bench_instructions <server...>: lines of the raw results
bench_instructions()
{
	local name kinds=$counted_kinds running=() log_interval=60000
	[ -n "${CR_BENCH_QUICK:-}" ] || kinds+=$'\n'$counted_more
	for name; do
		bench_conf "$name"
		bench_start "$name" valgrind --tool=callgrind \
			--instr-atstart=no \
			--callgrind-out-file="$dir/callgrind.$name"
		counted_server "$name" "$kinds" >"$dir/$name.counted" &
		running+=($!)
	done
	wait "${running[@]}"
	for name; do
		bench_stop "$name"
		cat "$dir/$name.counted"
	done
}
