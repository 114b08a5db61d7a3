# SPDX-License-Identifier: MPL-2.0
#
# What the fragments' words mean.
#
#   LIBS += x       x_SRC                                   $(B)/lib/libx.a
#   PROGS += x      x_SRC x_LIB x_PKG x_LDLIBS x_STATIC     $(B)/bin/x
#                   x_NODE: path on the node                $(B)/node/x, stripped
#   TESTS += x      x_SRC x_LIB x_PKG x_LDLIBS              $(B)/san/test/x
#   FUZZERS += x    x_fuzz_SRC x_fuzz_LIB x_fuzz_PKG        $(B)/fuzz/x, $(B)/san/test/fuzz_x
#
# Two variants of everything: release, and san (address and undefined behaviour
# sanitizers), which the tests use. Fuzzers are a third, made with clang.

comma   := ,
CC      := gcc
CLANG   := clang
WARN    := -Wall -Wextra -Wformat=2 -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla \
	-Wwrite-strings -Wcast-qual -Wundef -Wnull-dereference -Wduplicated-cond \
	-Wduplicated-branches -Wlogical-op -Wimplicit-fallthrough=5 -Wconversion \
	-Wno-sign-conversion -Werror=implicit-function-declaration \
	-Werror=incompatible-pointer-types -Werror=int-conversion -Werror=return-type \
	-Werror=format-security -Werror=discarded-qualifiers
# WERROR=1 in our own checks only: a newer compiler's new warnings must not break users
WARN    += $(if $(filter 1,$(WERROR)),-Werror)
COMMON  := -std=gnu17 -D_GNU_SOURCE -iquote . -g -gno-record-gcc-switches \
	-ffile-prefix-map=$(CURDIR)=. -fno-strict-aliasing -MMD -MP
HARDEN  := -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection \
	-fcf-protection=full -ftrivial-auto-var-init=zero
LDHARD  := -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed
RELEASE := $(COMMON) $(WARN) -O2 $(HARDEN) -fPIE
SAN     := $(COMMON) $(filter-out -Wnull-dereference,$(WARN)) -O1 -fPIE -fno-omit-frame-pointer \
	-fsanitize=address,undefined -fno-sanitize-recover=undefined -DTT_TEST_BUILD=1
FUZZ    := -std=gnu17 -D_GNU_SOURCE -iquote . -g -O1 -fno-omit-frame-pointer -w \
	-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined \
	-DTT_TEST_BUILD=1 -MMD -MP
LDALL   := -Wl,--build-id=sha1

.PHONY: FORCE
FORCE:

# The packages, installed once for each version of the list.
DEPS := $(B)/.deps
$(DEPS): tools/dev/packages.list tools/dev/install-deps
	$(Q)tools/dev/install-deps tools/dev/packages.list
	$(Q)mkdir -p $(@D) && touch $@

# The version that --version prints; the file changes only when the text does.
VERSION := $(shell git describe --always --dirty --abbrev=9 2>/dev/null || echo unknown)
$(B)/version: FORCE
	$(Q)mkdir -p $(@D) && { echo '$(VERSION)' | cmp -s - $@ || echo '$(VERSION)' > $@; }
$(B)/obj/platform/lib/cli/cli.o $(B)/san/obj/platform/lib/cli/cli.o: $(B)/version
$(B)/obj/platform/lib/cli/cli.o: RELEASE += -DTT_VERSION='"$(VERSION)"'
$(B)/san/obj/platform/lib/cli/cli.o: SAN += -DTT_VERSION='"$(VERSION)"'

$(B)/obj/%.o: %.c | $(DEPS)
	$(Q)mkdir -p $(@D)
	$(if $(Q),@echo "  CC      $<")
	$(Q)$(CC) $(RELEASE) $(CFLAGS) -c $< -o $@

$(B)/san/obj/%.o: %.c | $(DEPS)
	$(Q)mkdir -p $(@D)
	$(if $(Q),@echo "  CC san  $<")
	$(Q)$(CC) $(SAN) $(CFLAGS) -c $< -o $@

$(B)/fuzz/obj/%.o: %.c | $(DEPS)
	$(Q)mkdir -p $(@D)
	$(if $(Q),@echo "  CC fuzz $<")
	$(Q)$(CLANG) $(FUZZ) -c $< -o $@

objs = $(patsubst %.c,$(1)/obj/%.o,$(2))
libs = $(patsubst %,$(1)/lib/lib%.a,$(2))

define ARCHIVE
$(1)/lib/lib$(2).a: $$(call objs,$(1),$$($(2)_SRC))
	$$(Q)mkdir -p $$(@D) && rm -f $$@ && ar rcsD $$@ $$^
endef

# pkg-config runs when it links, not when make reads this: it may not be installed yet.
# $(1) output  $(2) variant folder  $(3) name of the words  $(4) flags  $(5) compiler
define LINK
$(1): $$(call objs,$(2),$$($(3)_SRC)) $$(call libs,$(2),$$($(3)_LIB))
	$$(Q)mkdir -p $$(@D)
	$$(if $$(Q),@echo "  LD      $$@")
	$$(Q)$(5) $(4) $$(LDFLAGS) -o $$@ $$(call objs,$(2),$$($(3)_SRC)) \
		-Wl,--start-group $$(call libs,$(2),$$($(3)_LIB)) -Wl,--end-group \
		$(if $($(3)_PKG),$$$$(pkg-config $(if $($(3)_STATIC),--static) --libs $($(3)_PKG))) $$($(3)_LDLIBS)
endef

define NODE_PROGRAM
$(B)/node/$(1): $(B)/bin/$(1)
	$$(Q)mkdir -p $$(@D) && strip -o $$@ $$<
endef

$(foreach l,$(LIBS),$(foreach v,$(B) $(B)/san $(B)/fuzz,$(eval $(call ARCHIVE,$(v),$(l)))))
$(foreach p,$(PROGS),$(eval $(call LINK,$(B)/bin/$(p),$(B),$(p),$(LDALL) $(LDHARD) $(if $($(p)_STATIC),-static,-pie),$(CC))))
$(foreach p,$(PROGS),$(if $($(p)_STATIC),,$(eval $(call LINK,$(B)/san/bin/$(p),$(B)/san,$(p),-pie -fsanitize=address$(comma)undefined,$(CC)))))
$(foreach p,$(PROGS),$(eval $(call NODE_PROGRAM,$(p))))

define TEST_PROGRAM
$(call LINK,$(B)/san/test/$(1),$(B)/san,$(1),-pie -fsanitize=address$(comma)undefined,$(CC))
endef
$(foreach t,$(TESTS),$(eval $(call TEST_PROGRAM,$(t))))

# A fuzzer is linked twice: with libFuzzer, and with a small main that replays its corpus.
define FUZZ_PROGRAM
fuzz_$(1)_SRC := $$($(1)_fuzz_SRC) tests/lib/replay.c
fuzz_$(1)_LIB := $$($(1)_fuzz_LIB)
fuzz_$(1)_PKG := $$($(1)_fuzz_PKG)
fuzz_$(1)_LDLIBS := $$($(1)_fuzz_LDLIBS)
endef
$(foreach f,$(FUZZERS),$(eval $(call FUZZ_PROGRAM,$(f))))
$(foreach f,$(FUZZERS),$(eval $(call LINK,$(B)/fuzz/$(f),$(B)/fuzz,$(f)_fuzz,-fsanitize=fuzzer$(comma)address$(comma)undefined,$(CLANG))))
$(foreach f,$(FUZZERS),$(eval $(call LINK,$(B)/san/test/fuzz_$(f),$(B)/san,fuzz_$(f),-pie -fsanitize=address$(comma)undefined,$(CC))))

-include $(shell find $(B)/obj $(B)/san/obj $(B)/fuzz/obj -name '*.d' 2>/dev/null)
