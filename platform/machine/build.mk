LIBS += machine
machine_SRC := $(wildcard platform/machine/*.c)

TESTS += machine_layout
machine_layout_SRC := tests/unit/platform/machine/test_layout.c
machine_layout_LIB := machine base
machine_layout_PKG := jansson blkid

FUZZERS += disks
disks_fuzz_SRC := tests/fuzz/fuzz_disks.c
disks_fuzz_LIB := machine base
disks_fuzz_PKG := jansson blkid

TESTS += machine_link
machine_link_SRC := tests/unit/platform/machine/test_link.c
machine_link_LIB := machine base
machine_link_PKG := jansson blkid libmnl

TESTS += machine_nft
machine_nft_SRC := tests/unit/platform/machine/test_nft.c
machine_nft_LIB := machine model base
machine_nft_PKG := jansson libnftables

TESTS += machine_fwstore
machine_fwstore_SRC := tests/unit/platform/machine/test_fwstore.c
machine_fwstore_LIB := machine model base
machine_fwstore_PKG := jansson

TESTS += machine_conntrack
machine_conntrack_SRC := tests/unit/platform/machine/test_conntrack.c
machine_conntrack_LIB := machine base
machine_conntrack_PKG := jansson libmnl
