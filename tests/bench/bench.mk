# The load generator; made only when the benchmark runs.

LOADGEN := $(BUILD)/tests/bench/loadgen

$(LOADGEN): $(call obj,$(call src,tests/bench/*.c))
	$(call say,LD,$@)
	$(call link,-pie $(LDAP_LIBS))
