PROGS += triton-setupd
triton-setupd_SRC := $(wildcard installer/setupd/*.c) installer/setup/checks_dnsmsg.c
triton-setupd_LIB := conf http cli base
triton-setupd_PKG := libmicrohttpd jansson
triton-setupd_LDLIBS := -lpthread
triton-setupd_NODE := /usr/sbin/triton-setupd
