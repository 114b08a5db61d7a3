# SPDX-License-Identifier: MPL-2.0
LIBS += mdproto
mdproto_SRC := $(wildcard platform/lib/mdata/*.c)

TESTS += mdata_lines
mdata_lines_SRC := tests/unit/platform/lib/mdata/test_lines.c
mdata_lines_LIB := mdproto base

FUZZERS += mdframe
mdframe_fuzz_SRC := tests/fuzz/fuzz_mdframe.c
mdframe_fuzz_LIB := mdproto base
mdframe_fuzz_PKG := jansson
