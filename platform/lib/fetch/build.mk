# The HTTP client. A program that links it names libcurl and gnutls in its _PKG.
LIBS += fetch
fetch_SRC := $(wildcard platform/lib/fetch/*.c)

TESTS += fetch_http
fetch_http_SRC := tests/unit/platform/lib/fetch/test_fetch.c
fetch_http_LIB := fetch base
fetch_http_PKG := libcurl gnutls libmicrohttpd jansson
fetch_http_LDLIBS := -lpthread
