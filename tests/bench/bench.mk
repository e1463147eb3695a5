# The load generator; made only when the benchmark runs.

BENCH_LIBS := $(call pc_libs,libssl libsasl2) $(CRYPTO_LIBS)
LOADGEN := $(BUILD)/tests/bench/loadgen

LOG_APPEND := $(BUILD)/tests/bench/log_append

$(LOADGEN): $(call obj,$(call src,tests/bench/loadgen*.c))
	$(call say,LD,$@)
	$(call link,-pie $(LDAP_LIBS) $(BENCH_LIBS))

# The log library alone; see its first lines.
$(LOG_APPEND): $(call obj,tests/bench/log_append.c) $(LIBS)
	$(call say,LD,$@)
	$(call link,-pie $(CRYPTO_LIBS))

# A log of many reads and its index; see its first lines.
LOG_INDEX := $(BUILD)/tests/bench/log_index
LOGGEN_OBJ := $(call obj,tests/bench/loggen.c)

$(LOG_INDEX): $(call obj,tests/bench/log_index.c) $(LOGGEN_OBJ) $(LIBS)
	$(call say,LD,$@)
	$(call link,-pie $(CRYPTO_LIBS))

# Erasures, and deletes of the same; see its first lines.
ERASE_LOAD := $(BUILD)/tests/bench/erase_load

$(ERASE_LOAD): $(call obj,tests/bench/erase_load.c) $(LIBS)
	$(call say,LD,$@)
	$(call link,-pie $(LDAP_LIBS) $(CRYPTO_LIBS))
