PROGS += sdcadm
sdcadm_SRC := $(wildcard tools/operator/sdcadm/*.c)
sdcadm_LIB := conf fetch cli base
sdcadm_PKG := smartcols libcurl gnutls jansson
sdcadm_LDLIBS := -lpthread
sdcadm_NODE := /usr/sbin/sdcadm
