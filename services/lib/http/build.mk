# The HTTP server. A program that links it names libmicrohttpd and jansson in its _PKG and
# -lpthread in its _LDLIBS.
LIBS += http
http_SRC := $(wildcard services/lib/http/*.c)

TESTS += http_router http_params http_server
http_router_SRC := tests/unit/services/lib/http/test_router.c
http_router_LIB := http base
http_router_PKG := libmicrohttpd jansson
http_router_LDLIBS := -lpthread

http_params_SRC := tests/unit/services/lib/http/test_params.c
http_params_LIB := http base
http_params_PKG := libmicrohttpd jansson
http_params_LDLIBS := -lpthread

http_server_SRC := tests/unit/services/lib/http/test_server.c
http_server_LIB := http fetch base
http_server_PKG := libmicrohttpd jansson libcurl gnutls
http_server_LDLIBS := -lpthread

FUZZERS += http_query
http_query_fuzz_SRC := tests/fuzz/fuzz_http_query.c
http_query_fuzz_LIB := http base
http_query_fuzz_PKG := libmicrohttpd jansson

FUZZERS += http_params
http_params_fuzz_SRC := tests/fuzz/fuzz_http_params.c
http_params_fuzz_LIB := http base
http_params_fuzz_PKG := libmicrohttpd jansson
