# The sample register: its description, and the program that makes the rest.

REGISTER_TEXT := schema/rekisteriseloste.fi.txt
GENERATE := $(BUILD)/generate
DATA_FILES += schema/register.ldif $(GENERATE)

# Committed, as the schema is.
schema/register.ldif: schema/custreg.ldif $(REGISTER_TEXT) scripts/register.awk
	$(call say,GEN,$@)
	$(Q)LC_ALL=C awk -f scripts/register.awk schema/custreg.ldif \
		$(REGISTER_TEXT) >$@.new && mv $@.new $@

$(GENERATE): $(call obj,$(call src,schema/sample/*.c)) $(BUILD)/lib/libcr_core.a
	$(call say,LD,$@)
	$(call link,-pie $(CRYPTO_LIBS))
