PROGS += triton-setupd
triton-setupd_SRC := $(wildcard installer/setupd/*.c) installer/setup/checks_dnsmsg.c
triton-setupd_LIB := conf http cli base
triton-setupd_PKG := libmicrohttpd jansson
triton-setupd_LDLIBS := -lpthread
triton-setupd_NODE := /usr/sbin/triton-setupd

setupd_TEST_SRC := $(filter-out installer/setupd/main.c,$(triton-setupd_SRC))

TESTS += setupd_graph setupd_console setupd_runner
setupd_graph_SRC := tests/unit/installer/setupd/test_graph.c $(setupd_TEST_SRC)
setupd_graph_LIB := conf http cli base
setupd_graph_PKG := libmicrohttpd jansson
setupd_graph_LDLIBS := -lpthread

setupd_console_SRC := tests/unit/installer/setupd/test_console.c installer/setupd/console.c
setupd_console_LIB := base
setupd_console_PKG := jansson

setupd_runner_SRC := tests/unit/installer/setupd/test_runner.c $(setupd_TEST_SRC)
setupd_runner_LIB := conf http cli base
setupd_runner_PKG := libmicrohttpd jansson
setupd_runner_LDLIBS := -lpthread
