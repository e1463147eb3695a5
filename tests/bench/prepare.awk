# Makes the register of the benchmark out of that of the generator:
#	awk -v customers=N -f prepare.awk
#
# - postalCode is that of a listing: exactly 100 customers share one, spread
#   over the whole register;
# - marketing bans that have ended are left out, as an ACL cannot tell them
#   from others and must hide the same customers as the guard;
# - whom that hides from direct marketing has one more value that says so, for
#   the cheapest ACL that can do it;
# - mikko may also ask for statistics, and DIGEST-MD5 needs his password as it
#   is;
# - cn=large,ou=groups has the first 10,000 customers as members.

BEGIN {
	RS = ""
	FS = "\n"
	suffix = "dc=example,dc=fi"
	members = customers < 10000 ? customers : 10000
}

function ended(line,	part)
{
	return line ~ /^crBanUntil: crMarketingBan / &&
		split(line, part, " ") == 4 && part[4] < "20260101000000Z"
}

function hides(line)
{
	return line ~ /^crMarketingBan: (directMarketing|all)$/ ||
		line == "crProcessingRestricted: TRUE"
}

/^dn: uid=c[0-9]+,ou=customers,/ {
	match($1, /[0-9]+/)
	number = substr($1, RSTART, RLENGTH)
	split("", gone)
	hidden = 0
	for (i = 2; i <= NF; i++) {
		if (ended($i)) {
			split($i, part, " ")
			gone["crMarketingBan: " part[3]] = 1
			gone[$i] = 1
		}
	}
	for (i = 2; i <= NF; i++)
		hidden = hidden || !($i in gone) && hides($i)
	print $1
	for (i = 2; i <= NF; i++) {
		if ($i ~ /^postalCode: /)
			printf "postalCode: %05d\n",
				(number - 10001) % (customers / 100)
		else if (!($i in gone))
			print $i
	}
	if (hidden)
		print "employeeType: noMarketing"
	print ""
	next
}

/^dn: uid=mikko,/ {
	for (i = 1; i <= NF; i++) {
		print $i ~ /^userPassword: / ? "userPassword: kokeilu" : $i
		if ($i == "crAllowedPurpose: directMarketing")
			print "crAllowedPurpose: statistics"
	}
	print ""
	next
}

{ print $0 "\n" }

END {
	print "dn: cn=large,ou=groups," suffix
	print "objectClass: groupOfNames"
	print "cn: large"
	for (i = 0; i < members; i++)
		print "member: uid=c" 10001 + i ",ou=customers," suffix
	print ""
}
