# libtsetup: values, judgement, answers, config. The wizard's files go into the program alone.
TSETUP_WIZARD := $(wildcard $(addprefix installer/setup/,$(addsuffix *.c,\
	wizard screen term lineedit session consoles checks fetch edit write)))
LIBS += tsetup
tsetup_SRC := $(filter-out installer/setup/main.c $(TSETUP_WIZARD) $(wildcard installer/setup/cmd_*.c),\
	$(wildcard installer/setup/*.c))

PROGS += triton-setup
triton-setup_SRC := installer/setup/main.c $(wildcard installer/setup/cmd_*.c) $(TSETUP_WIZARD)
triton-setup_LIB := tsetup fetch conf cli base
triton-setup_PKG := jansson libcurl gnutls
triton-setup_LDLIBS := -lcrypt
triton-setup_NODE := /usr/sbin/triton-setup

TSETUP_TESTS := plans judge range tinkerbell config
TESTS += $(addprefix setup_,$(TSETUP_TESTS))
$(foreach t,$(TSETUP_TESTS),$(eval setup_$(t)_SRC := tests/unit/installer/setup/test_$(t).c))
$(foreach t,$(TSETUP_TESTS),$(eval setup_$(t)_LIB := tsetup conf base))
$(foreach t,$(TSETUP_TESTS),$(eval setup_$(t)_PKG := jansson))
$(foreach t,$(TSETUP_TESTS),$(eval setup_$(t)_LDLIBS := -lcrypt))

TSETUP_FUZZERS := answers tinkerbell
FUZZERS += $(TSETUP_FUZZERS)
$(foreach f,$(TSETUP_FUZZERS),$(eval $(f)_fuzz_SRC := tests/fuzz/fuzz_$(f).c))
$(foreach f,$(TSETUP_FUZZERS),$(eval $(f)_fuzz_LIB := tsetup conf base))
$(foreach f,$(TSETUP_FUZZERS),$(eval $(f)_fuzz_PKG := jansson))
$(foreach f,$(TSETUP_FUZZERS),$(eval $(f)_fuzz_LDLIBS := -lcrypt))
