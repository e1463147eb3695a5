# What a power failure would do to a program: tests/crash/shadow.h.

CRASH_SHIM := $(BUILD)/tests/crash/shim.so

$(CRASH_SHIM): tests/crash/shim.c tests/crash/shadow.c tests/crash/shadow.h
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(CR_CPPFLAGS) -Itests -std=c11 -O1 -g \
		$(WARN) -U_FORTIFY_SOURCE -fPIC -fvisibility=hidden -pthread \
		-shared -o $@.new tests/crash/shim.c tests/crash/shadow.c && \
		mv -f $@.new $@

integration-programs: $(CRASH_SHIM)
