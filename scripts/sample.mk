# The sample register: its description and the program that makes the rest.

REGISTER_TEXT := schema/rekisteriseloste.fi.txt
DATA_FILES += schema/register.ldif

# Committed, as the schema is.
schema/register.ldif: schema/custreg.ldif $(REGISTER_TEXT) scripts/register.awk
	$(call say,GEN,$@)
	$(Q)LC_ALL=C awk -f scripts/register.awk schema/custreg.ldif \
		$(REGISTER_TEXT) >$@.new && mv $@.new $@
