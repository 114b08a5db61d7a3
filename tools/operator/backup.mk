PROGS += sdc-factoryreset
sdc-factoryreset_SRC := $(addprefix tools/operator/backup/,factoryreset.c ask.c)
sdc-factoryreset_LIB := operplatform key machine conf cli base
sdc-factoryreset_PKG := blkid jansson
sdc-factoryreset_NODE := /usr/sbin/sdc-factoryreset
