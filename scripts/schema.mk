# What is made from schema/custreg.ldif; included by the Makefile.

SCHEMA_TABLE := build/gen/schema_table.c

$(SCHEMA_TABLE): schema/custreg.ldif scripts/schema.awk
	@mkdir -p $(@D)
	awk -f scripts/schema.awk -v to=c $< > $@.new
	mv $@.new $@

# Committed, so that it can be copied from a source tree; a test compares.
schema/custreg.schema: schema/custreg.ldif scripts/schema.awk
	awk -f scripts/schema.awk -v to=schema $< > $@.new
	mv $@.new $@
