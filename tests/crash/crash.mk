# What a power failure would do to a program: tests/crash/shadow.h.

CRASH_SHIM := $(BUILD)/tests/crash/shim.so

$(CRASH_SHIM): tests/crash/shim.c tests/crash/shadow.c \
		tests/crash/shadow_names.c $(call src,tests/crash/shadow*.h)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(CR_CPPFLAGS) -Itests -std=c11 -O1 -g \
		$(WARN) -U_FORTIFY_SOURCE -fPIC -fvisibility=hidden -pthread \
		-shared -o $@.new $(filter %.c,$^) && \
		mv -f $@.new $@

CRASH_CLOCK := $(BUILD)/tests/crash/clock.so

$(CRASH_CLOCK): tests/crash/clock.c
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) && $(CC) -std=c11 -D_GNU_SOURCE -O1 -g $(WARN) -fPIC \
		-fvisibility=hidden -shared -o $@.new $< && mv -f $@.new $@

integration-programs: $(CRASH_SHIM) $(CRASH_CLOCK)

# A helper is an object of its own, for the programs that use it.
CRASH_HELP := $(patsubst %,$(BUILD)/obj/tests/crash/%.o,load load_pdu mix \
	records rounds)
$(patsubst %,$(BUILD)/tests/integration/test_%,cancel crash log_clock \
	log_refused log_takeover): $(CRASH_HELP)

CRASH_PEOPLE := $(patsubst %,$(BUILD)/obj/tests/crash/%.o,people people_ldif)
$(patsubst %,$(BUILD)/tests/integration/test_%,erase_steps erase_crash): $(CRASH_PEOPLE)

# Rounds with a real slapd; what is random follows from the seed.
CRASH_ROUNDS ?= 500
CRASH_SEED ?= $(shell date +%s)
ERASE_ROUNDS ?= 300
.PHONY: crash
crash:
	$(call deps,build run test)
	$(sub) built $(BUILD)/tests/integration/test_crash \
		$(BUILD)/tests/integration/test_erase_crash $(CRASH_SHIM)
	@CR_TOP=$(CURDIR) CR_BUILD=$(abspath $(BUILD)) \
		CR_MODULE=$(abspath $(MODULE)) CR_CLIENT=$(abspath $(CLIENT)) \
		CR_CRASH_ROUNDS=$(CRASH_ROUNDS) CR_CRASH_SEED=$(CRASH_SEED) \
		$(BUILD)/tests/integration/test_crash
	@CR_TOP=$(CURDIR) CR_BUILD=$(abspath $(BUILD)) \
		CR_MODULE=$(abspath $(MODULE)) CR_CLIENT=$(abspath $(CLIENT)) \
		ERASE_ROUNDS=$(ERASE_ROUNDS) ERASE_SEED=$(CRASH_SEED) \
		$(BUILD)/tests/integration/test_erase_crash

# Not one of the tests: it takes as long as it is told to.
SOAK_MINUTES ?= 30
SOAK_SEED ?= $(shell date +%s)
SOAK := $(BUILD)/tests/crash/soak
$(SOAK): $(BUILD)/obj/tests/crash/soak.o $(CRASH_HELP) $(INTEG_HELP) $(LIBS)
	$(call say,LD,$@)
	$(call link,-pie $(CHECK_LIBS) $(LDAP_LIBS) $(CRYPTO_LIBS))

.PHONY: soak
soak:
	$(call deps,build run test)
	$(sub) built $(SOAK)
	@CR_TOP=$(CURDIR) CR_BUILD=$(abspath $(BUILD)) \
		CR_MODULE=$(abspath $(MODULE)) CR_CLIENT=$(abspath $(CLIENT)) \
		SOAK_MINUTES=$(SOAK_MINUTES) SOAK_SEED=$(SOAK_SEED) $(SOAK)
