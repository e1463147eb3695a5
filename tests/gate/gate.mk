# What stands between slapd and its disk and sockets; see gate.h.

GATE := $(BUILD)/tests/gate.so

$(GATE): tests/gate/gate.c tests/gate/gate.h
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) && $(CC) -shared -fPIC -O1 -g -Itests -D_GNU_SOURCE \
		$(WARN) -o $@.new $< && mv -f $@.new $@

integration-programs: $(GATE)
