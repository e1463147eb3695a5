#!/usr/bin/env bash
# python3-ldap3, a client that shares no code with OpenLDAP: StartTLS, SASL
# EXTERNAL by certificate and through the socket, paged search, proxied
# authorization, our purpose control.
# shellcheck source=tests/interop/lib.sh
. "$(dirname "$0")/lib.sh"
# the distribution's Python, which the package belongs to
python=/usr/bin/python3
"$python" -c 'import ldap3' 2>/dev/null ||
	{ echo "skip python3-ldap3 is not installed"; exit 0; }
cr_begin
cr_certs
cr_register
cr_start

# The program has a check for each name; the claim is its second line.
client=$(dirname "$0")/ldap3_client.py
names=$("$python" "$client") || exit 1
while IFS=$'\t' read -r name claim; do
	cr_check "$claim" "$python" "$client" "$name" "$uri" "$ldapi" "$tls"
done <<<"$names"
cr_end
