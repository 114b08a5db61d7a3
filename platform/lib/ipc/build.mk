LIBS += ipc
ipc_SRC := $(wildcard platform/lib/ipc/*.c)

TESTS += lib_ipc
lib_ipc_SRC := tests/unit/platform/lib/ipc/test_ipc.c
lib_ipc_LIB := ipc base
lib_ipc_PKG := jansson
lib_ipc_LDLIBS := -lpthread
