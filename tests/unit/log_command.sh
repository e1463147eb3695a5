#!/usr/bin/env bash
# custreg log, as scripts call it: what it says and with which status it ends.
# The log is one that a test program of the tree leaves behind.
set -uo pipefail
export LC_ALL=C.UTF-8
custreg=${CR_CLIENT:-$CR_BUILD/custreg}
dir=$(mktemp -d "${TMPDIR:-/tmp}/custreg.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
failed=0

# ends <status> <what> <command ...>
ends()
{
	local status=$1 what=$2 rc
	shift 2
	"$@" >"$dir/out" 2>&1
	rc=$?
	if [ "$rc" = "$status" ]; then
		echo "ok $what"
	else
		echo "not ok $what: $rc, not $status"
		sed 's/^/    /' "$dir/out"
		failed=1
	fi
}

# says <pattern> <what>: the command before
says()
{
	if grep -qE -- "$1" "$dir/out"; then
		echo "ok $2"
	else
		echo "not ok $2"
		sed 's/^/    /' "$dir/out"
		failed=1
	fi
}

# holds <what> <command ...>
holds()
{
	local what=$1
	shift
	ends 0 "$what" "$@"
}

is_json()
{
	python3 -c 'import json, sys
found = json.load(open(sys.argv[1]))
assert found["verified"] and found["size"] == 700, found' "$1"
}

both_kept()
{
	[ -s "$dir/state.conflict" ] && [ "$(sed -n 2p "$dir/state")" = 900 ]
}

[ -x "$custreg" ] || { echo "skip the command is not built"; exit 0; }
"$CR_BUILD/tests/unit/test_log_sample" "$dir/log" 700 || {
	echo "not ok a log is made"
	exit 1
}
log=$dir/log
vkey=$("$custreg" log key "$log")
printf '%s\n' "$vkey" >"$dir/vkey"

ends 1 "a subcommand is needed" "$custreg" log
ends 1 "and one that there is" "$custreg" log fly
ends 0 "help" "$custreg" log verify --help
ends 1 "verify needs a key" "$custreg" log verify "$log"
ends 1 "and one directory" "$custreg" log verify --key "$vkey"
ends 1 "an option of another subcommand is none" \
	"$custreg" log verify "$log" --key "$vkey" --before 2020-01-01
ends 0 "a log verifies" "$custreg" log verify "$log" --key "$vkey"
says '^verified: 700 records' "and says how many"
ends 0 "with a key from a file" "$custreg" log verify "$log" -k "$dir/vkey"
ends 0 "in JSON" "$custreg" log verify "$log" -k "$vkey" --json
cp "$dir/out" "$dir/json"
holds "that is JSON" is_json "$dir/json"
ends 1 "no directory" "$custreg" log verify "$dir/none" -k "$vkey"
mkdir "$dir/empty"
ends 5 "an empty directory" "$custreg" log verify "$dir/empty" -k "$vkey"
other=$("$custreg" log key --make other "$dir/other.key")
ends 5 "another key" "$custreg" log verify "$log" -k "$other"
ends 1 "a key is not made twice over" \
	"$custreg" log verify "$log" -k "$dir/none"

ends 0 "the checkpoint" "$custreg" log checkpoint "$log" -k "$vkey"
cp "$dir/out" "$dir/kept"
ends 0 "the log extends itself" \
	"$custreg" log verify "$log" -k "$vkey" --since "$dir/kept"
ends 1 "a kept checkpoint that is not there" \
	"$custreg" log verify "$log" -k "$vkey" --since "$dir/none"
ends 5 "one that is none" \
	"$custreg" log verify "$log" -k "$vkey" --since "$dir/vkey"
ends 0 "a proof of a record" "$custreg" log prove "$log" 699 -k "$vkey"
says '^c2sp.org/tlog-proof@v1$' "in the form of the standard"
ends 1 "of one that is not there" "$custreg" log prove "$log" 700 -k "$vkey"
ends 0 "a proof of growth" \
	"$custreg" log prove "$log" --since "$dir/kept" -k "$vkey"
ends 0 "a proof is a file" "$custreg" log prove "$log" 300 -k "$vkey" \
	--record "$dir/record"
cp "$dir/out" "$dir/proof"
ends 7 "a record is not written over" \
	"$custreg" log prove "$log" 301 -k "$vkey" --record "$dir/record"
ends 0 "it is checked without the log" \
	"$custreg" log check "$dir/proof" --record "$dir/record" -k "$vkey"
says '^proved: record 300 of a log of 700 records' "and says of which"
says '^crReadEvent: log-open$' "and what the record says"
ends 5 "with another key it proves nothing" \
	"$custreg" log check "$dir/proof" --record "$dir/record" -k "$other"
ends 5 "nor with another name of the log" "$custreg" log check \
	"$dir/proof" --record "$dir/record" -k "$vkey" --origin other
ends 1 "and is none of growth" \
	"$custreg" log check "$dir/proof" --since "$dir/kept" -k "$vkey"
ends 1 "nor of nothing" "$custreg" log check "$dir/proof" -k "$vkey"
ends 1 "nor of both" "$custreg" log check "$dir/proof" -k "$vkey" \
	--record "$dir/record" --since "$dir/kept"
ends 1 "nor of a record that is not there" \
	"$custreg" log check "$dir/proof" --record "$dir/none" -k "$vkey"
ends 0 "another record" "$custreg" log prove "$log" 301 -k "$vkey" \
	--record "$dir/record301"
ends 5 "is not proved by it" \
	"$custreg" log check "$dir/proof" --record "$dir/record301" -k "$vkey"
says 'record 300: ' "which is named"
sed 's/^index 300$/index 301/' "$dir/proof" >"$dir/moved"
ends 5 "nor is it at another place" \
	"$custreg" log check "$dir/moved" --record "$dir/record" -k "$vkey"
ends 5 "a file that is no proof" \
	"$custreg" log check "$dir/vkey" --record "$dir/record" -k "$vkey"
ends 0 "a witness keeps what it finds" \
	"$custreg" log witness "$log" -k "$vkey" --state "$dir/state"
says '^kept from now on: 700 records' "and says so"
ends 0 "and finds it again" \
	"$custreg" log witness "$log" -k "$vkey" --state "$dir/state"

cp -r "$log" "$dir/copy"
printf X | dd of="$dir/copy/tile/entries/001" bs=1 seek=2 conv=notrunc \
	status=none
ends 5 "a changed record" "$custreg" log verify "$dir/copy" -k "$vkey"
says 'record 256: ' "is named"
ends 5 "quietly" "$custreg" log verify "$dir/copy" -k "$vkey" -q
cp "$dir/out" "$dir/quiet"
holds "says nothing" [ ! -s "$dir/quiet" ]

# an old copy: all in it is right, but it is not all
"$CR_BUILD/tests/unit/test_log_sample" "$log" 900 || failed=1
ends 0 "growth is proved" \
	"$custreg" log prove "$log" --since "$dir/kept" -k "$vkey"
cp "$dir/out" "$dir/growth"
ends 0 "and the proof checked" \
	"$custreg" log check "$dir/growth" --since "$dir/kept" -k "$vkey"
says '700 records is extended by 900 records' "and says by what"
ends 1 "it is none of a record" "$custreg" log check "$dir/growth" \
	--record "$dir/record" -k "$vkey"
"$custreg" log checkpoint "$log" -k "$vkey" >"$dir/kept900"
ends 5 "it is not of another checkpoint" \
	"$custreg" log check "$dir/growth" --since "$dir/kept900" -k "$vkey"
ends 5 "nor of one that is none" \
	"$custreg" log check "$dir/growth" --since "$dir/vkey" -k "$vkey"
ends 0 "a log that grew" \
	"$custreg" log witness "$log" -k "$vkey" --state "$dir/state"
says '^extends what was kept: 900 records' "extends what was kept"
rm -rf "$dir/copy"
cp -r "$log" "$dir/copy"
cp "$dir/kept" "$dir/copy/checkpoint"
ends 5 "a log that was rolled back" \
	"$custreg" log witness "$dir/copy" -k "$vkey" --state "$dir/state"
says 'WARNING: ' "is told loudly"
holds "both checkpoints are kept" both_kept
rm -rf "$dir/copy/checkpoint"
ends 5 "a log that is gone" \
	"$custreg" log witness "$dir/copy" -k "$vkey" --state "$dir/state"
says 'WARNING: ' "is told as well"

ends 1 "a date that is none" \
	"$custreg" log prune "$log" -k "$vkey" --before yesterday
ends 1 "a date that is to come" \
	"$custreg" log prune "$log" -k "$vkey" --before 2999-01-01
exec {lock}>"$log/lock"
flock "$lock"
ends 7 "a log that a server has" \
	"$custreg" log prune "$log" -k "$vkey" --before 2023-11-15
exec {lock}>&-
ends 0 "less than a bundle" \
	"$custreg" log prune "$log" -k "$vkey" --before 20231114221420Z
says '^pruned: records before 0, 0 files$' "stays"
ends 0 "what would go" \
	"$custreg" log prune "$log" -k "$vkey" --before 20231114222320Z -n
says '^would prune records 0 to 600$' "is told"
ends 0 "pruning" \
	"$custreg" log prune "$log" -k "$vkey" --before 20231114222320Z
says '^pruned: records before 600, 4 files$' "takes whole bundles"
ends 0 "what is left verifies" "$custreg" log verify "$log" -k "$vkey" \
	--since "$dir/kept"
ends 7 "once before the next start" \
	"$custreg" log prune "$log" -k "$vkey" --before 2023-11-15
ends 0 "the index is made anew" "$custreg" log reindex "$log" -k "$vkey"
says '^indexed: 300 records, ' "of what is left"
holds "for its owner alone" \
	[ "$(stat -c '%a %u' "$log/index/data.mdb")" = "600 $(id -u)" ]
ends 5 "not with another key" "$custreg" log reindex "$log" -k "$other"
ends 1 "not without a key" "$custreg" log reindex "$log"
ends 0 "a log is moved aside" "$custreg" log reopen "$log"
ends 0 "and is still what it was" \
	"$custreg" log verify "$log"/broken-* -k "$vkey"
ends 5 "where it was is none" "$custreg" log verify "$log" -k "$vkey"
holds "the next start is told" [ -s "$log/pending-event" ]
exit "$failed"
