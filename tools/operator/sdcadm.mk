PROGS += sdcadm
sdcadm_SRC := $(wildcard tools/operator/sdcadm/*.c)
sdcadm_LIB := operplatform tar key machine sign conf fetch cli base
sdcadm_PKG := smartcols libcurl gnutls zlib blkid jansson
sdcadm_LDLIBS := -lpthread
sdcadm_NODE := /usr/sbin/sdcadm

TESTS += sdcadm_sse
sdcadm_sse_SRC := tests/unit/tools/operator/sdcadm/test_sse.c tools/operator/sdcadm/sse.c
sdcadm_sse_LIB := base
sdcadm_sse_PKG := jansson

FUZZERS += sse
sse_fuzz_SRC := tests/fuzz/fuzz_sse.c tools/operator/sdcadm/sse.c
sse_fuzz_LIB := base
sse_fuzz_PKG := jansson
