LIBS += base
base_SRC := $(wildcard platform/lib/base/*.c)

TESTS += base_text base_net base_system
base_text_SRC := tests/unit/platform/lib/base/test_text.c
base_text_LIB := base
base_text_PKG := jansson
base_net_SRC := tests/unit/platform/lib/base/test_net.c
base_net_LIB := base
base_system_SRC := tests/unit/platform/lib/base/test_system.c
base_system_LIB := base
base_system_PKG := jansson

TESTS += base_tmpl
base_tmpl_SRC := tests/unit/platform/lib/base/test_tmpl.c
base_tmpl_LIB := base
base_tmpl_PKG := jansson
FUZZERS += tmpl
tmpl_fuzz_SRC := tests/fuzz/fuzz_tmpl.c
tmpl_fuzz_LIB := base
tmpl_fuzz_PKG := jansson

TESTS += base_base64
base_base64_SRC := tests/unit/platform/lib/base/test_base64.c
base_base64_LIB := base
base_base64_PKG := jansson
