# Fills cn=register of the sample from the register description.
#
#	LC_ALL=C awk -f scripts/register.awk schema/custreg.ldif \
#		schema/rekisteriseloste.fi.txt
#
# The headings are those in the DESC of the crRegister attributes.  In the
# text a heading is followed by a line of one space; it begins after an empty
# line or with a space of its own.  Wrapped lines are joined, paragraphs and
# list items keep their line: the words are the text's, all and in order.

function fail(text)
{
	print FILENAME ":" FNR ": " text > "/dev/stderr"
	failed = 1
	exit 1
}

# Needs LC_ALL=C: characters are bytes.
function base64(text,    i, n, out, rest)
{
	for (i = 1; i <= length(text); i += 3) {
		rest = length(text) - i
		n = code[substr(text, i, 1)] * 65536
		if (rest > 0)
			n += code[substr(text, i + 1, 1)] * 256
		if (rest > 1)
			n += code[substr(text, i + 2, 1)]
		out = out digit(n / 262144) digit(n / 4096) \
		    (rest > 0 ? digit(n / 64) : "=") \
		    (rest > 1 ? digit(n) : "=")
	}
	return out
}

function digit(n)
{
	return substr(digits, int(n) % 64 + 1, 1)
}

function print_folded(line, indent,    words, count, i)
{
	count = split(line, words, " ")
	line = words[1]
	for (i = 2; i <= count; i++) {
		if (length(line) + 1 + length(words[i]) > 76) {
			print line
			line = indent
		}
		line = line " " words[i]
	}
	print line
}

function print_encoded(name, text,    line)
{
	line = name ":: " base64(text)
	for (; length(line) > 76; line = " " substr(line, 77))
		print substr(line, 1, 76)
	print line
}

function print_value(    name, count, lines, i)
{
	if (heading == "")
		return
	name = attribute[heading]
	seen[name] = 1
	print "#"
	print "# " heading
	if (value == "") {
		print_encoded(name, " ")
	} else if (value ~ /\n/) {
		count = split(value, lines, "\n")
		for (i = 1; i <= count; i++)
			print_folded("# " lines[i], "#")
		print_encoded(name, value)
	} else {
		print_folded(name ": " value, " ")
	}
	heading = value = ""
}

# The lines since the last empty one: more of the value.
function flush_lines(    i)
{
	for (i = 1; i <= pending; i++) {
		if (value == "")
			value = line[i]
		else if (i == 1 || line[i] ~ /^- / || in_list)
			value = value "\n" line[i]
		else
			value = value " " line[i]
		in_list = line[i] ~ /^- /
	}
	in_list = 0
	pending = 0
}

BEGIN {
	digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" \
	    "0123456789+/"
	for (i = 1; i < 256; i++)
		code[sprintf("%c", i)] = i
	if (length("ä") != 2) {
		print "register.awk: needs LC_ALL=C" > "/dev/stderr"
		failed = 1
		exit 1
	}
	print "# The register description of the sample, made from " \
	    "rekisteriseloste.fi.txt"
	print "# by scripts/register.awk: each heading is an attribute, word " \
	    "for word."
	print "#"
	print "# A directory string cannot be empty, so a heading with " \
	    "nothing under it has"
	print "# the value of one space (IA== in base64): it is there, and " \
	    "nothing is invented."
	print "# Texts of several lines are in base64 with the words in a " \
	    "comment above."
	print "# crAgreementVersion is the confidentiality agreement a " \
	    "handler must have signed."
	print ""
	print "dn: cn=register,dc=example,dc=fi"
	print "objectClass: crRegister"
	print "cn: register"
	print "crAgreementVersion: 2024-1"
}

FILENAME ~ /\.ldif$/ {
	if (/^olcAttributeTypes:.*'crRegister/) {
		split($0, word, "'")
		name = word[2]
	} else if (name != "" && /^ +DESC '/) {
		split($0, word, "'")
		split(word[2], word, " / ")
		attribute[word[1]] = name
		names[++count] = name
		name = ""
	}
	next
}

$0 == " " {
	title = ""
	for (i = pending; i >= 1; i--) {
		title = line[i] (title == "" ? "" : " ") title
		if (title in attribute)
			break
	}
	if (i < 1)	# the space at the end of the text
		next
	pending = i - 1
	flush_lines()
	print_value()
	heading = title
	next
}
/^$/ { flush_lines(); next }
{
	sub(/^ +/, "")
	sub(/ +$/, "")
	line[++pending] = $0
}

END {
	if (failed)
		exit 1
	flush_lines()
	print_value()
	for (i = 1; i <= count; i++)
		if (!(names[i] in seen))
			fail("no heading for " names[i])
}
