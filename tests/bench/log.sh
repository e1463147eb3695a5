# shellcheck shell=bash
# What the read log costs. To be sourced after lib.sh.
#
# The same questions to slapd bare, to the guard without a log, to the guard
# with one in its three ways of waiting (guard-log: fsync and barrier,
# guard-flush: the kernel has it, guard-wait: fsync, the worker waits) and to
# slapd bare with slapo-accesslog, synced and not. Then sizes, proofs, questions
# and the log library by itself.

log_servers='bare bare2 guard guard-log guard-flush guard-wait'
log_servers+=' accesslog accesslog-nosync'
wire_servers='bare guard guard-log guard-flush'
# kind, clients at once
log_kinds='point 32
point 1
listing 1
listing 8
export 1'

# The part of the requests of bare that a server is asked, as it waits so much
# longer for the disk; 0: none. A worker that waits does so for each entry.
part_of()
{
	case $1,$2,$3 in
	accesslog,point,*)	echo 8 ;;
	guard-wait,export,*)	echo 0 ;;
	guard-wait,*)		echo 4 ;;
	guard-log,point,1)	echo 4 ;;
	*)			echo 1 ;;
	esac
}

# log_round <wire> <milliseconds> <server...>: each kind; the first server
# decides how many requests are in a batch
log_round()
{
	local wire=$1 time=$2 name kind clients options=() port part servers
	shift 2
	case $wire in
	tls)	options=(-T) ;;
	sasl)	options=(-S mikko) ;;
	esac
	while read -r kind clients; do
		servers=()
		for name; do
			part=$(part_of "$name" "$kind" "$clients")
			[ "$part" != 0 ] || continue
			port=${port_of[$name]}
			[ "$wire" != tls ] || port=${tls_port_of[$name]}
			servers+=("$name=$port:${pid_of[$name]}:$part")
		done
		note "log: $wire $kind, $clients at once"
		if ! bench_ask mikko -N "$customers" -W "$clients" \
				-r "$log_rounds" -t "$time" -s 1100 \
				"${options[@]}" "$kind" "${servers[@]}" \
				>"$dir/timed"; then
			note "did not work: $wire $kind"
			failed=1
			continue
		fi
		awk -F, -v OFS=, -v wire="$wire" '{
			print "log", wire, $1, $2, $3, $4, $5, $6, $7, $8, $9,
				"", "", $13, $14, $15, ""
		}' "$dir/timed"
	done <<<"$log_kinds"
}

# figure <name> <number> <unit>
figure()
{
	printf 'figure,,%s,,,,,,,,,,,,,,%s,%s\n' "$1" "$2" "$3"
}

# The size of the log that the checkpoint tells, and of the files below.
log_size()
{
	sed -n 2p "$dir/log-$1/checkpoint"
}

tile_bytes()
{
	mkdir -p "$dir/log-$1/tile"
	find "$dir/log-$1/tile" -type f -printf '%s\n' |
		awk '{ sum += $1 } END { printf "%.0f\n", sum }'
}

has_grown_to()
{
	[ "$(log_size "$1")" -ge "$2" ]
}

# Bytes of tiles per point read and per entry listed, on a log of its own; one
# leaf for each, so that the size of the log tells when all is integrated.
log_bytes()
{
	local name=guard-size before after points=25600 lists=512 entries
	bench_conf "$name"
	bench_start "$name"
	local ask=(bench_ask mikko -N "$customers" -W 8 -r 0)
	local server=$name=${port_of[$name]}
	before=$(tile_bytes "$name")
	entries=$("${ask[@]}" -n $points point "$server" | cut -d, -f6)
	bench_poll 30 has_grown_to "$name" "$entries" || die "log: no tiles"
	after=$(tile_bytes "$name")
	figure point-bytes $(((after - before) / entries)) bytes
	before=$after
	points=$(log_size "$name")
	entries=$("${ask[@]}" -n $lists listing "$server" | cut -d, -f6)
	bench_poll 30 has_grown_to "$name" $((points + lists)) ||
		die "log: no tiles"
	after=$(tile_bytes "$name")
	figure listing-bytes \
		"$(awk "BEGIN { printf \"%.2f\", ($after - $before) / $entries }")" \
		bytes
	bench_stop "$name"
	rm -r "$dir/log-$name"
}

# The lines "<name> <number> <unit>" of a program
figures_of()
{
	local name value unit
	while read -r name value unit; do
		[[ ${value%,} != *[!0-9.]* ]] || continue
		figure "$1${name%,}" "${value%,}" "${unit//,/;}"
	done
}

# verify_rate <threads>: by the clock, and by the processor time of one
verify_rate()
{
	local leaves times TIMEFORMAT='%R %U %S'
	leaves=$(sed -n 2p "$dir/biglog/checkpoint")
	{
		times=$({ time "$build/custreg" log verify "$dir/biglog" \
			--key "$dir/biglog.vkey" --threads "$1" \
			>/dev/null 2>&3; } 2>&1)
	} 3>&2 || die "log verify failed"
	awk -v leaves="$leaves" '{
		printf "%.0f %.0f\n", leaves / $1, leaves / ($2 + $3)
	}' <<<"$times" | {
		read -r wall cpu
		figure "verify-$1-threads" "$wall" records/s
		figure "verify-$1-processor" "$cpu" \
			"records per second of processor"
	}
}

log_library()
{
	local time=2
	[ -z "${CR_BENCH_QUICK:-}" ] || time=0.3
	note "log: the library alone"
	"$build/tests/bench/log_append" "$dir/appended" "$time" |
		figures_of append-
	rm -r "$dir/appended"
	"$build/tests/bench/log_append" "$dir/appended" "$time" flush |
		figures_of append-flush-
	rm -r "$dir/appended"
	note "log: $reads entry reads, their index and questions to it"
	"$build/tests/bench/log_index" "$dir/biglog" "$reads" >"$dir/indexed"
	# the second part is of the index made anew, which is whole
	sed '/^rebuild /,$d' "$dir/indexed" | figures_of index-
	sed -n '/^rebuild /,$p' "$dir/indexed" | figures_of rebuilt-
	"$build/custreg" log key "$dir/biglog" >"$dir/biglog.vkey"
	cat "$dir"/biglog/tile/entries/x*/* >/dev/null 2>&1 || :
	verify_rate 1
	verify_rate 2
	rm -r "$dir/biglog"
}

bench_log()
{
	# shellcheck disable=SC2086 # words
	log_round plain "$log_milliseconds" $log_servers
	# shellcheck disable=SC2086
	log_round tls $((log_milliseconds / 2)) $wire_servers
	# shellcheck disable=SC2086
	log_round sasl $((log_milliseconds / 2)) $wire_servers
	log_bytes
}
