LIBS += conf
conf_SRC := $(wildcard platform/lib/conf/*.c)

CONF_TESTS := loader recover jsonconf grubcode
TESTS += $(addprefix conf_,$(CONF_TESTS))
$(foreach t,$(CONF_TESTS),$(eval conf_$(t)_SRC := tests/unit/platform/lib/conf/test_$(t).c))
$(foreach t,$(CONF_TESTS),$(eval conf_$(t)_LIB := conf base))
$(foreach t,$(CONF_TESTS),$(eval conf_$(t)_PKG := jansson))

FUZZERS += config
config_fuzz_SRC := tests/fuzz/fuzz_config.c
config_fuzz_LIB := conf base
config_fuzz_PKG := jansson
