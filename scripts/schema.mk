# What is made from schema/custreg.ldif.

SCHEMA_FILES := schema/custreg.ldif schema/custreg.schema
GEN_FILES += $(GEN)/schema_table.c
GEN_OBJ_core += $(BUILD)/obj/gen/schema_table.o
DATA_FILES += schema/custreg.schema

$(GEN)/schema_table.c: schema/custreg.ldif scripts/schema.awk
	$(call say,GEN,$@)
	$(Q)mkdir -p $(@D) && awk -f scripts/schema.awk -v to=c $< >$@.new && \
		mv $@.new $@

# Committed, so that it can be taken from a source tree as it is.
schema/custreg.schema: schema/custreg.ldif scripts/schema.awk
	$(call say,GEN,$@)
	$(Q)awk -f scripts/schema.awk -v to=schema $< >$@.new && mv $@.new $@
