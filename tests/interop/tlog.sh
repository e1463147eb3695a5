#!/usr/bin/env bash
# The read log of a real slapd, looked at by the libraries of the Go project
# that the checksum database of Go is checked with: they know nothing of us.
# shellcheck source=tests/interop/lib.sh
. "$(dirname "$0")/lib.sh"
cr_need ldapsearch go
gopath=/usr/share/gocode
[ -d "$gopath/src/golang.org/x/mod/sumdb/tlog" ] || {
	echo "skip golang-golang-x-mod-dev is not installed"
	exit 0
}
cr_begin
unset GOFLAGS
export GOPATH=$gopath GO111MODULE=off GOCACHE="$dir/go" GOTOOLCHAIN=local
if ! go build -o "$dir/tlog" "$(dirname "$0")/tlog/main.go" \
		>"$dir/go.log" 2>&1; then
	echo "not ok the checker of the other side is built"
	sed 's/^/    /' "$dir/go.log"
	exit 1
fi
custreg=$CR_BUILD/custreg
log=$dir/log
reader=uid=aino,ou=handlers,$base

# reads <how many>: point searches of one connection
reads()
{
	local i
	for ((i = 0; i < $1; i++)); do
		echo c10001
	done >"$dir/names"
	ldapsearch -x -H "$ldapi" -D "$reader" -w "$password" \
		-b "$customers" -f "$dir/names" '(uid=%s)' cn >"$dir/found"
}

size_of()
{
	sed -n 2p "$1"
}

is_integrated()
{
	[ "$(size_of "$log/checkpoint")" -ge "$1" ]
}

other_record()
{
	local copy=$dir/copy
	rm -rf "$copy"
	cp -r "$log" "$copy"
	printf X | dd of="$copy/tile/entries/000" bs=1 seek=100 conv=notrunc \
		status=none
	! "$dir/tlog" log "$vkey" "$copy" &&
		! "$custreg" log verify "$copy" --key "$vkey"
}

signed_by_go()
{
	local skey
	"$custreg" log key --make other.example "$dir/other" >"$dir/vkey"
	skey=$(cat "$dir/other")
	head -n 3 "$log/checkpoint" | sed '1s/.*/other.example/' |
		"$dir/tlog" sign "$skey" >"$dir/copy/checkpoint" &&
	"$custreg" log checkpoint "$dir/copy" --key "$(cat "$dir/vkey")" \
		>"$dir/again" && cmp "$dir/again" "$dir/copy/checkpoint"
}

prove_records()
{
	local i
	for i in 0 1 255 256 500 "$(($(size_of "$log/checkpoint") - 1))"; do
		"$custreg" log prove "$log" "$i" --key "$vkey" >"$dir/proof" &&
		"$dir/tlog" record "$vkey" "$log" "$dir/proof" || return 1
	done
}

prove_growth()
{
	"$custreg" log prove "$log" --since "$dir/first" --key "$vkey" \
		>"$dir/proof" &&
	"$dir/tlog" growth "$vkey" "$dir/first" "$dir/proof"
}

cr_certs
cr_register
cr_start
reads 3
cr_poll 10 is_integrated 3 || { echo "not ok records are signed"; exit 1; }
vkey=$("$custreg" log key "$log")
"$custreg" log checkpoint "$log" --key "$vkey" >"$dir/first"
reads 700
cr_poll 10 is_integrated 703 || { echo "not ok records are signed"; exit 1; }
cr_check "sumdb/note takes the checkpoint" \
	"$dir/tlog" note "$vkey" "$log/checkpoint"
cr_check "sumdb/tlog finds every record in the signed tree" \
	"$dir/tlog" log "$vkey" "$log"
cr_check "sumdb/tlog takes the proofs of records" prove_records
cr_check "sumdb/tlog takes the proof of growth" prove_growth
cr_check "both refuse a log with another record" other_record
cr_check "a checkpoint that sumdb/note signed is taken" signed_by_go
cr_check "custreg verifies it while the server runs" \
	"$custreg" log verify "$log" --key "$vkey" --since "$dir/first"
cr_end
