# SPDX-License-Identifier: MPL-2.0
PROGS += metadatad
metadatad_SRC := $(wildcard platform/daemon/metadatad/*.c)
metadatad_LIB := mdproto cli base
metadatad_PKG := jansson
metadatad_LDLIBS := -lpthread
metadatad_NODE := /usr/lib/triton/metadatad

metadatad_PURE := $(addprefix platform/daemon/metadatad/,judge.c record.c sdc.c sdc_net.c)

TESTS += metadatad_store
metadatad_store_SRC := tests/unit/platform/daemon/metadatad/test_store.c $(metadatad_PURE) \
	platform/daemon/metadatad/store.c
metadatad_store_LIB := mdproto base
metadatad_store_PKG := jansson
metadatad_store_LDLIBS := -Wl,--wrap=fsync,--wrap=rename,--wrap=flock

FUZZERS += mdjudge
mdjudge_fuzz_SRC := tests/fuzz/fuzz_mdjudge.c $(metadatad_PURE)
mdjudge_fuzz_LIB := mdproto base
mdjudge_fuzz_PKG := jansson
