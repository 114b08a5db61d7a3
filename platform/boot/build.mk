PROGS += triton-boot
triton-boot_SRC := $(wildcard platform/boot/*.c)
triton-boot_LIB := machine conf cli base
triton-boot_PKG := jansson libmnl blkid
triton-boot_NODE := /usr/lib/triton/triton-boot
