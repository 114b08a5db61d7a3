PROGS += sdc-config
sdc-config_SRC := platform/cmd/sdc-config.c
sdc-config_LIB := conf cli base
sdc-config_PKG := jansson
sdc-config_NODE := /usr/sbin/sdc-config
