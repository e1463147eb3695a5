# In the place of the suite's scripts/conf.sh, which each test reads with "."
# to make a slapd.conf from a template.
# shellcheck shell=sh disable=SC2154 source=/dev/null
. "$SRCDIR/scripts/conf-plain.sh" |
	python3 "$CR_SUITE_TOP/tests/openldap/guard.py" conf
