# The load generator; made only when the benchmark runs.

LOADGEN := $(BUILD)/tests/bench/loadgen

LOG_APPEND := $(BUILD)/tests/bench/log_append

$(LOADGEN): $(filter-out %/log_append.o,$(call obj,$(call src,tests/bench/*.c)))
	$(call say,LD,$@)
	$(call link,-pie $(LDAP_LIBS))

# The log library alone; see its first lines.
$(LOG_APPEND): $(call obj,tests/bench/log_append.c) $(LIBS)
	$(call say,LD,$@)
	$(call link,-pie $(CRYPTO_LIBS))
