# Turns schema/custreg.ldif into what is made from it.
#
#	awk -f scripts/schema.awk -v to=c       definitions for the module
#	awk -f scripts/schema.awk -v to=schema  the same for slapd.conf
#
# The definitions keep their order: slapd registers attribute types before
# the object classes that name them.  In the module's, the attribute after a
# line "#operational USAGE" becomes operational and leaves the classes, and
# the lines of "#+" are definitions too; the head of the LDIF says why.

function fail(text)
{
	print FILENAME ":" FNR ": " text > "/dev/stderr"
	failed = 1
	exit 1
}

function quoted(text)
{
	gsub(/\\/, "\\\\", text)
	gsub(/"/, "\\\"", text)
	return "\"" text "\""
}

function make_operational(text,    words)
{
	split(text, words, "'")
	operational[words[2]] = 1
	sub(/ \)$/, " NO-USER-MODIFICATION USAGE " usage " )", text)
	usage = ""
	return text
}

function without_operational(text,    name)
{
	for (name in operational) {
		gsub("\\( " name " \\$ ", "( ", text)
		gsub(" \\$ " name " ", " ", text)
		if (text ~ "[( ]" name " ")
			fail("a class of one operational attribute")
	}
	return text
}

# The definition of `kind`, its lines in part[1..parts].
function finish(    i, text)
{
	if (kind == "")
		return
	if (to == "schema") {
		print kind " " part[1]
		for (i = 2; i <= parts; i++)
			print "\t" part[i]
	} else {
		text = part[1]
		for (i = 2; i <= parts; i++)
			text = text " " part[i]
		if (usage != "")
			text = make_operational(text)
		if (kind == "attributetype")
			attributes = attributes "\t" quoted(text) ",\n"
		else
			classes = classes "\t" \
			    quoted(without_operational(text)) ",\n"
	}
	kind = ""
}

function begin(word)
{
	finish()
	kind = word
	sub(/^[^:]*: */, "")
	parts = 1
	part[1] = $0
}

BEGIN {
	if (to != "c" && to != "schema") {
		print "schema.awk: -v to=c or -v to=schema" > "/dev/stderr"
		failed = 1
		exit 1
	}
	if (to == "schema") {
		print "# Made from schema/custreg.ldif by scripts/schema.awk; " \
		    "change that instead."
		print "# For a slapd that does not have the custreg module."
	}
}

/^#operational / { finish(); usage = $2; next }
/^#\+/ {
	if (to == "schema")
		next
	sub(/^#\+/, "")
}
/^dn:/ { entry = 1; next }
/^(objectClass|cn):/ { next }
/^olcAttributeTypes: / { begin("attributetype"); next }
/^olcObjectClasses: / { begin("objectclass"); next }
/^ / {
	if (kind == "")
		fail("a continuation of nothing")
	sub(/^ +/, "")
	part[++parts] = $0
	next
}
/^#/ {
	finish()
	if (to == "schema" && entry)
		print
	next
}
/^$/ { finish(); next }
{ fail("neither a definition nor a comment") }

END {
	if (failed)
		exit 1
	finish()
	if (to == "c") {
		print "/* Made from schema/custreg.ldif by scripts/schema.awk */"
		print "#include \"core/schema_table.h\"\n"
		print "#include <stddef.h>\n"
		print "const char *const cr_schema_attributes[] = {"
		printf "%s", attributes
		print "\tNULL\n};\n"
		print "const char *const cr_schema_classes[] = {"
		printf "%s", classes
		print "\tNULL\n};"
	}
}
