PROGS += triton-netinstall
triton-netinstall_SRC := $(wildcard platform/netinstall/*.c)
triton-netinstall_LIB := key fetch tar cli base
triton-netinstall_PKG := libcurl gnutls zlib jansson
triton-netinstall_NODE := /usr/lib/triton/triton-netinstall

TESTS += netinstall_url
netinstall_url_SRC := tests/unit/platform/netinstall/test_url.c platform/netinstall/url.c
netinstall_url_LIB := base
netinstall_url_PKG := jansson

FUZZERS += netinstall_url
netinstall_url_fuzz_SRC := tests/fuzz/fuzz_netinstall_url.c platform/netinstall/url.c
netinstall_url_fuzz_LIB := base
netinstall_url_fuzz_PKG := jansson
