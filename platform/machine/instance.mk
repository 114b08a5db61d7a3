# SPDX-License-Identifier: MPL-2.0
LIBS += instance
instance_SRC := $(wildcard platform/machine/instance/*.c)

INSTANCE_TESTS := bundle seccomp untar
TESTS += $(addprefix instance_,$(INSTANCE_TESTS))
$(foreach t,$(INSTANCE_TESTS),$(eval instance_$(t)_SRC := tests/unit/platform/machine/instance/test_$(t).c))
$(foreach t,$(INSTANCE_TESTS),$(eval instance_$(t)_LIB := instance tar base))
$(foreach t,$(INSTANCE_TESTS),$(eval instance_$(t)_PKG := jansson libarchive))

FUZZERS += untar
untar_fuzz_SRC := tests/fuzz/fuzz_untar.c
untar_fuzz_LIB := instance tar base
untar_fuzz_PKG := jansson libarchive
