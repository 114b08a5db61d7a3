PROGS += disklayout
disklayout_SRC := platform/cmd/disklayout.c
disklayout_LIB := machine cli base
disklayout_PKG := jansson blkid
disklayout_NODE := /usr/sbin/disklayout

PROGS += sysinfo
sysinfo_SRC := $(wildcard platform/cmd/sysinfo*.c)
sysinfo_LIB := machine conf cli base
sysinfo_PKG := jansson blkid
sysinfo_NODE := /usr/sbin/sysinfo
