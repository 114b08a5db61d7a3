# SPDX-License-Identifier: MPL-2.0
PROGS += vmadm
vmadm_SRC := $(wildcard platform/cmd/vmadm/*.c)
vmadm_LIB := model ipc cli base
vmadm_PKG := jansson
vmadm_NODE := /usr/sbin/vmadm

PROGS += imgadm
imgadm_SRC := $(wildcard platform/cmd/imgadm/*.c)
imgadm_LIB := instance machine ipc tar cli base
imgadm_PKG := jansson
# not on the node: its XML reader alone is bigger than all of this
imgadm_LDLIBS := -Wl,-Bstatic -larchive -Wl,-Bdynamic -lz -lbz2 -llzma -lzstd
imgadm_NODE := /usr/sbin/imgadm
