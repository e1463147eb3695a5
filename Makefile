# custreg: one module for slapd, one command, and their tests.
#
#	make run	install what is missing, build, start a sample register
#	make test	install what is missing, build, run every test
#	make help	the other targets and the knobs
#
# Sources are found by their place; a new file needs no line here. Rules for
# generated files go into scripts/*.mk, per-test flags into tests/*/*.mk.

MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := all

# ---- knobs ---------------------------------------------------------------

BUILD ?= build
ifneq ($(filter default undefined,$(origin CC)),)
CC = gcc
endif
AR ?= ar
PKG_CONFIG ?= pkg-config
OPT ?= -O2 -g
CFLAGS ?=
CPPFLAGS ?=
LDFLAGS ?=
V ?=
WERROR ?=
SAN ?=
# yes: a target installs the packages it needs; no: they are taken as there
DEPS ?= yes
JOBS ?= $(shell nproc)
TEST_JOBS ?= 2
TEST_TIMEOUT ?= 900
FUZZ_TIME ?= 60
ONLY ?=

DESTDIR ?=
PREFIX ?= /usr
BINDIR ?= $(PREFIX)/bin
MANDIR ?= $(PREFIX)/share/man
MODULEDIR ?= /usr/lib/ldap
SCHEMADIR ?= /etc/ldap/schema

# ---- flags ---------------------------------------------------------------

# Each build directory, also that of a sanitizer, shares one slapd source.
SLAPD_DIR ?= build/slapd-src
SLAPD_KEY := $(SLAPD_DIR)/custreg/key
GEN := $(BUILD)/gen

WARN := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla -Wformat=2 -Wundef -Wpointer-arith \
	-Wimplicit-fallthrough $(if $(WERROR),-Werror)

ifeq ($(SAN),)
HARDEN := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong \
	-fstack-clash-protection
HARDEN_LD := -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack
else
HARDEN := -fsanitize=$(SAN) -fno-omit-frame-pointer \
	-fno-sanitize-recover=undefined
HARDEN_LD := -fsanitize=$(SAN)
endif

pc_cflags = $(shell $(PKG_CONFIG) --cflags $(1) 2>/dev/null)
pc_libs = $(shell $(PKG_CONFIG) --libs $(1) 2>/dev/null)

LDAP_LIBS := -lldap -llber
CRYPTO_LIBS := $(call pc_libs,libcrypto)
CHECK_CFLAGS := $(call pc_cflags,check)
CHECK_LIBS := $(call pc_libs,check)
CLIENT_CFLAGS := $(call pc_cflags,jansson libsasl2)
CLIENT_LIBS := $(call pc_libs,jansson libsasl2)
# Our own copy, kept private: back_mdb exports its copy to the whole process,
# and a shared liblmdb would be bound to that. Debian's static one is not PIC.
LMDB := $(BUILD)/lib/liblmdb.a
LMDB_DIR := $(SLAPD_DIR)/libraries/liblmdb

CR_CPPFLAGS := -Iinclude -Ioverlay -I$(GEN) -D_GNU_SOURCE $(CPPFLAGS)
CR_CFLAGS := -std=c11 -fPIC -fvisibility=hidden $(OPT) $(WARN) $(HARDEN) \
	-pthread $(CFLAGS)
CR_LDFLAGS := $(HARDEN_LD) -Wl,--as-needed -pthread $(LDFLAGS)

SLAPD_CPPFLAGS := -isystem $(SLAPD_DIR)/custreg/include \
	-isystem $(SLAPD_DIR)/include -isystem $(SLAPD_DIR)/servers/slapd \
	-include cr_slapd_version.h -D_FILE_OFFSET_BITS=64

ifeq ($(V),)
Q := @
say = @printf '  %-7s %s\n' $(1) $(patsubst $(CURDIR)/%,%,$(2));
else
Q :=
say :=
endif

# ---- what there is -------------------------------------------------------

src = $(sort $(wildcard $(1)))
obj = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))

LIBS := $(patsubst %,$(BUILD)/lib/libcr_%.a,proto log store core) $(LMDB)
MODULE := $(BUILD)/custreg.so
CLIENT := $(BUILD)/custreg

MODULE_OBJ := $(call obj,$(call src,overlay/slapd/*.c))
CLIENT_OBJ := $(call obj,$(call src,client/*.c))
# Everything of the command but main(), for the tests too.
CLIENT_LIB := $(if $(CLIENT_OBJ),$(BUILD)/lib/libcr_client.a)

UNIT_SRC := $(call src,tests/unit/test_*.c)
INTEG_SRC := $(call src,tests/integration/test_*.c)
HEADERS := $(call src,include/custreg/*.h overlay/*/*.h client/*.h tests/*/*.h)
FUZZ_SRC := $(call src,tests/fuzz/fuzz_*.c)
UNIT_HELP := $(call obj,$(filter-out $(UNIT_SRC),$(call src,tests/unit/*.c)))
INTEG_HELP := $(call obj,\
	$(filter-out $(INTEG_SRC),$(call src,tests/integration/*.c)) \
	$(if $(SAN),tests/sanitizers/options.c))

UNIT := $(UNIT_SRC:tests/%.c=$(BUILD)/tests/%)
INTEG := $(INTEG_SRC:tests/%.c=$(BUILD)/tests/%)
REPLAY := $(FUZZ_SRC:tests/fuzz/fuzz_%.c=$(BUILD)/tests/fuzz/replay_%)
FUZZ := $(FUZZ_SRC:tests/fuzz/%.c=$(BUILD)/tests/fuzz/%)
INTEG_SH := $(call src,tests/integration/*.sh)
INTEROP_SH := $(call src,tests/interop/*.sh)

# Generated files are listed in GEN_FILES (sources and headers: every object
# waits for them) and in DATA_FILES (schema, sample data: all waits for them).
GEN_FILES :=
DATA_FILES :=
include $(sort $(wildcard scripts/*.mk tests/*/*.mk))

BUILT := $(DATA_FILES) $(if $(MODULE_OBJ),$(MODULE)) \
	$(if $(CLIENT_OBJ),$(CLIENT))

# ---- rules ---------------------------------------------------------------

.PHONY: FORCE
FORCE:

# Ends at once when the headers are those of the installed slapd. The key is
# touched only when they were made anew, and then the glue is compiled again.
$(SLAPD_KEY): FORCE
	@SLAPD_DIR=$(SLAPD_DIR) scripts/slapd-headers

# A change of flags compiles everything again.
FLAGS_FILE := $(BUILD)/flags
FLAGS_NOW = $(CC) $(CR_CPPFLAGS) $(CR_CFLAGS) $(CR_LDFLAGS) $(SLAPD_CPPFLAGS)
$(FLAGS_FILE): FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(FLAGS_NOW)' | cmp -s - $@ || \
		printf '%s\n' '$(FLAGS_NOW)' >$@

COMPILE = $(Q)mkdir -p $(@D) && $(CC) $(CR_CPPFLAGS) $(EXTRA_CPPFLAGS) \
	$(CR_CFLAGS) $(CFLAGS_$(*F)) -MMD -MP -c -o $@ $<

$(BUILD)/obj/%.o: %.c $(FLAGS_FILE) | $(GEN_FILES)
	$(call say,CC,$<)
	$(COMPILE)

$(BUILD)/obj/gen/%.o: $(GEN)/%.c $(FLAGS_FILE) | $(GEN_FILES)
	$(call say,CC,$<)
	$(COMPILE)

$(BUILD)/obj/overlay/slapd/%: EXTRA_CPPFLAGS = $(SLAPD_CPPFLAGS)
$(MODULE_OBJ): $(SLAPD_KEY)
$(BUILD)/obj/overlay/log/% $(BUILD)/obj/overlay/store/%: \
		EXTRA_CPPFLAGS = -isystem $(LMDB_DIR)
$(call obj,$(call src,overlay/log/*.c overlay/store/*.c)): $(SLAPD_KEY)
$(BUILD)/obj/client/%: EXTRA_CPPFLAGS = $(CLIENT_CFLAGS)
$(BUILD)/obj/tests/%: EXTRA_CPPFLAGS = $(CHECK_CFLAGS) -Itests \
	-isystem $(LMDB_DIR)

# GEN_OBJ_<layer> adds generated objects to an archive.
GEN_OBJ_core ?=
GEN_OBJ_proto ?=
GEN_OBJ_log ?=
GEN_OBJ_store ?=
GEN_OBJ_slapd ?=

define archive
$(BUILD)/lib/libcr_$(1).a: $(call obj,$(call src,overlay/$(1)/*.c)) \
		$(GEN_OBJ_$(1))
	$$(call say,AR,$$@)
	$$(Q)mkdir -p $$(@D) && rm -f $$@ && $$(AR) rcsD $$@ $$(filter %.o,$$^)
endef
$(foreach l,core proto log store,$(eval $(call archive,$(l))))

$(BUILD)/lib/libcr_client.a: $(filter-out %/main.o,$(CLIENT_OBJ))
	$(call say,AR,$@)
	$(Q)mkdir -p $(@D) && rm -f $@ && $(AR) rcsD $@ $^

LMDB_OBJ := $(BUILD)/obj/lmdb/mdb.o $(BUILD)/obj/lmdb/midl.o

# Its table of readers is without locks, by design: not for a race detector;
# and its pages within pages begin anywhere.
$(LMDB_OBJ): $(SLAPD_KEY) $(FLAGS_FILE)
	$(call say,CC,$(LMDB_DIR)/$(@F:.o=.c))
	$(Q)mkdir -p $(@D) && $(CC) -fPIC -fvisibility=hidden -pthread \
		$(OPT) $(filter-out -fsanitize=thread,$(HARDEN)) \
		-fno-sanitize=alignment -w \
		-c -o $@ $(LMDB_DIR)/$(@F:.o=.c)

$(LMDB): $(LMDB_OBJ)
	$(call say,AR,$@)
	$(Q)mkdir -p $(@D) && rm -f $@ && $(AR) rcsD $@ $(LMDB_OBJ)

# By way of another name: a test that runs meanwhile loads the old or the new.
link = $(Q)mkdir -p $(@D) && $(CC) $(CR_CFLAGS) $(CR_LDFLAGS) \
	$(LDFLAGS_$(@F)) -o $@.new $(filter %.o,$^) \
	-Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(1) && \
	mv -f $@.new $@

$(MODULE): $(MODULE_OBJ) $(GEN_OBJ_slapd) $(LIBS) scripts/custreg.map
	$(call say,LD,$@)
	$(call link,-shared -Wl$(,)-soname$(,)custreg.so -Wl$(,)-Bsymbolic \
		-Wl$(,)--version-script=scripts/custreg.map \
		-Wl$(,)--exclude-libs=ALL $(LDAP_LIBS) $(CRYPTO_LIBS))

$(CLIENT): $(filter %/main.o,$(CLIENT_OBJ)) $(CLIENT_LIB) $(LIBS)
	$(call say,LD,$@)
	$(call link,-pie $(CLIENT_LIBS) $(LDAP_LIBS) $(CRYPTO_LIBS))

$(UNIT): $(BUILD)/tests/unit/%: $(BUILD)/obj/tests/unit/%.o $(UNIT_HELP) \
		$(CLIENT_LIB) $(LIBS)
	$(call say,LD,$@)
	$(call link,-pie $(CHECK_LIBS) $(CLIENT_LIBS) $(LDAP_LIBS) \
		$(CRYPTO_LIBS))

$(INTEG): $(BUILD)/tests/integration/%: $(BUILD)/obj/tests/integration/%.o \
		$(INTEG_HELP) $(LIBS)
	$(call say,LD,$@)
	$(call link,-pie $(CHECK_LIBS) $(LDAP_LIBS) $(CRYPTO_LIBS))

$(REPLAY): $(BUILD)/tests/fuzz/replay_%: $(BUILD)/obj/tests/fuzz/fuzz_%.o \
		$(BUILD)/obj/tests/fuzz/replay_main.o $(LIBS)
	$(call say,LD,$@)
	$(call link,-pie $(LDAP_LIBS) $(CRYPTO_LIBS))

$(FUZZ): $(BUILD)/tests/fuzz/%: $(BUILD)/obj/tests/fuzz/%.o $(LIBS)
	$(call say,LD,$@)
	$(call link,-fsanitize=fuzzer $(LDAP_LIBS) $(CRYPTO_LIBS))

, := ,

FIRST := $(BUILD)/tests/first.so
$(FIRST): tests/sanitizers/first.c
	$(Q)mkdir -p $(@D) && $(CC) -shared -fPIC -O1 -Wall $(if $(WERROR),-Werror) \
		-Wl,-z,initfirst -o $@ $<

# Each header says by itself all that it needs.
HEADERS_OK := $(HEADERS:%.h=$(BUILD)/obj/%.h.ok)
$(HEADERS_OK): $(BUILD)/obj/%.h.ok: %.h $(FLAGS_FILE) | $(GEN_FILES)
	$(Q)mkdir -p $(@D) && printf '#include "%s"\n' $< >$(@:.ok=.c) && \
		$(CC) -I. $(CR_CPPFLAGS) $(EXTRA_CPPFLAGS) $(CR_CFLAGS) \
		-MMD -MP -MT $@ -MF $(@:.ok=.d) -fsyntax-only $(@:.ok=.c) && \
		touch $@
$(filter $(BUILD)/obj/overlay/slapd/%,$(HEADERS_OK)): $(SLAPD_KEY)
.PHONY: headers
headers: $(HEADERS_OK)

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)

# ---- what people call ----------------------------------------------------
# A target installs packages first and then runs a second make, which finds
# with pkg-config what has just been installed.

.PHONY: all run stop test unit integration interop fuzz fuzz-replay lint \
	format-check format install test-asan test-tsan \
	test-valgrind test-openldap bench bench-large clean distclean help deps

deps = $(if $(filter yes,$(DEPS)),@scripts/install-deps $(1))
# A machine with another mail server keeps it: the test of the client that
# cannot be installed then says that it did not run.
deps_of_clients = $(if $(filter yes,$(DEPS)),@scripts/install-deps interop || :)
# The lock keeps two makes in one tree from writing the same objects.
sub = +@mkdir -p build && flock -o build/.lock $(MAKE) --no-print-directory DEPS=no \
	$(if $(findstring -j,$(MAKEFLAGS)),,-j$(JOBS))

all:
	$(call deps,build)
	$(sub) built

deps:
	scripts/install-deps build run test lint

run:
	$(call deps,build run)
	$(sub) built
	@BUILD=$(BUILD) DIR='$(DIR)' PORT='$(PORT)' FRESH='$(FRESH)' \
		DETACH='$(DETACH)' scripts/run start

stop:
	@BUILD=$(BUILD) DIR='$(DIR)' scripts/run stop

test:
	$(call deps,build run test lint)
	$(deps_of_clients)
	$(sub) built test-programs
	@$(SUITES) unit fuzz-replay integration interop lint

unit fuzz-replay integration:
	$(call deps,build run test)
	$(sub) $@-programs
	@$(SUITES) $@

interop:
	$(call deps,build run test)
	$(deps_of_clients)
	$(sub) built
	@$(SUITES) $@

lint:
	$(call deps,build lint)
	$(sub) built
	@$(SUITES) $@

.PHONY: built test-programs unit-programs fuzz-replay-programs \
	integration-programs fuzz-programs
built: $(BUILT) $(LIBS)
unit-programs: $(DATA_FILES) $(UNIT)
fuzz-replay-programs: $(REPLAY)
integration-programs: built $(INTEG) $(if $(SAN),$(FIRST))
fuzz-programs: $(FUZZ)
test-programs: unit-programs fuzz-replay-programs integration-programs
built test-programs unit-programs fuzz-replay-programs integration-programs \
		fuzz-programs headers:
	@:

# ONLY=pattern narrows the suites: make integration ONLY=search
SUITES = BUILD=$(BUILD) CC='$(CC)' TEST_JOBS=$(TEST_JOBS) \
	TEST_TIMEOUT=$(TEST_TIMEOUT) ONLY='$(ONLY)' scripts/test-suites

fuzz:
	$(call deps,build test fuzz)
	$(sub) BUILD=build/fuzz CC=clang SAN=address,undefined,fuzzer-no-link \
		fuzz-programs
	@FUZZ_TIME=$(FUZZ_TIME) BUILD=build/fuzz ONLY='$(ONLY)' scripts/fuzz

test-asan:
	$(call deps,build run test)
	$(sub) BUILD=build/asan SAN=address,undefined OPT='-O1 -g' \
		built test-programs
	@BUILD=build/asan CC='$(CC)' scripts/test-sanitized address \
		unit fuzz-replay integration

test-tsan:
	$(call deps,build run test)
	$(sub) BUILD=build/tsan SAN=thread OPT='-O1 -g' built test-programs
	@BUILD=build/tsan CC='$(CC)' scripts/test-sanitized thread \
		unit integration

test-valgrind:
	$(call deps,build run test bench)
	$(sub) BUILD=build/valgrind OPT='-O1 -g' built test-programs
	@BUILD=build/valgrind CC='$(CC)' scripts/test-sanitized valgrind \
		unit integration

test-openldap:
	$(call deps,build run test openldap)
	$(sub) built
	@BUILD=$(BUILD) scripts/test-openldap

bench bench-large:
	$(call deps,build run bench)
	$(sub) built
	@BUILD=$(BUILD) tests/bench/run $(if $(filter %-large,$@),large)

format-check:
	$(call deps,lint)
	@scripts/lint format

format:
	$(call deps,lint)
	@scripts/lint format-fix

MAN := $(wildcard overlay/*.5 client/*.1)

install: all
	install -d $(DESTDIR)$(MODULEDIR) $(DESTDIR)$(SCHEMADIR) \
		$(DESTDIR)$(BINDIR) $(DESTDIR)$(MANDIR)/man1 \
		$(DESTDIR)$(MANDIR)/man5
	install -m 644 $(MODULE) $(DESTDIR)$(MODULEDIR)
	$(if $(CLIENT_OBJ),install -m 755 $(CLIENT) $(DESTDIR)$(BINDIR))
	$(if $(SCHEMA_FILES),install -m 644 $(SCHEMA_FILES) \
		$(DESTDIR)$(SCHEMADIR))
	install -m 644 schema/purposes.ldif \
		$(DESTDIR)$(SCHEMADIR)/custreg-purposes.ldif
	$(foreach m,$(MAN),install -m 644 $(m) \
		$(DESTDIR)$(MANDIR)/man$(subst .,,$(suffix $(m))) &&) :

# Keeps the sample register and the slapd source.
clean:
	rm -rf $(filter-out build/register build/slapd-src,\
		$(wildcard build/*)) build/.[!.]*

distclean:
	rm -rf build

help:
	@sed -n '/^## /s///p' $(firstword $(MAKEFILE_LIST))

## all            build the module and the command (the default)
## run            build and start the sample register on loopback; Ctrl-C ends
##                it. DIR= PORT= FRESH=1 DETACH=1
## stop           end a detached one
## test           install, build and run everything
## unit integration interop fuzz-replay lint
##                one part of it; ONLY=pattern takes some suites of it
## fuzz           run the fuzz targets, FUZZ_TIME=60 seconds each
## test-asan test-tsan test-valgrind
##                the tests in a build with sanitizers, or under valgrind
## crash          slapd is killed, and its disk loses what was not synced:
##                CRASH_ROUNDS=500 ERASE_ROUNDS=300 CRASH_SEED=
## soak           many clients for SOAK_MINUTES=30, then every entry is looked
##                for in the read log. SOAK_SEED=
## test-openldap  OpenLDAP's own test suite with the module
## bench bench-large
## format format-check
## install        DESTDIR= PREFIX=/usr MODULEDIR=/usr/lib/ldap
## clean          keeps the sample register and the slapd source
## distclean      removes build/ with the sample register
##
## Knobs: V=1 WERROR=1 SAN=address,undefined BUILD=build CC= OPT='-O2 -g'
## CFLAGS= LDFLAGS= JOBS= TEST_JOBS= TEST_TIMEOUT= DEPS=no SLAPD_SRC=tree
