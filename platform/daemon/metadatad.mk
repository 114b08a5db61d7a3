# SPDX-License-Identifier: MPL-2.0
PROGS += metadatad
metadatad_SRC := $(wildcard platform/daemon/metadatad/*.c)
metadatad_LIB := mdproto cli base
metadatad_PKG := jansson
metadatad_LDLIBS := -lpthread
metadatad_NODE := /usr/lib/triton/metadatad

metadatad_PURE := $(addprefix platform/daemon/metadatad/,judge.c record.c sdc.c sdc_net.c)
