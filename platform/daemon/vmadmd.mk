# SPDX-License-Identifier: MPL-2.0
PROGS += vmadmd
vmadmd_SRC := $(wildcard platform/daemon/vmadmd/*.c)
vmadmd_LIB := instance machine model ipc tar cli base
vmadmd_PKG := jansson libmnl
vmadmd_LDLIBS := -lpthread
vmadmd_NODE := /usr/lib/triton/vmadmd
