PROGS += triton-boot
triton-boot_SRC := $(wildcard platform/boot/*.c)
triton-boot_LIB := backup tar key machine conf cli base
triton-boot_PKG := jansson zlib libmnl blkid
triton-boot_NODE := /usr/lib/triton/triton-boot

TESTS += boot_parsers
boot_parsers_SRC := tests/unit/platform/boot/test_parsers.c $(filter-out %/main.c,$(triton-boot_SRC))
boot_parsers_LIB := backup tar key machine conf cli base
boot_parsers_PKG := jansson zlib libmnl blkid

TESTS += boot_netplan
boot_netplan_SRC := tests/unit/platform/boot/test_netplan.c platform/boot/netplan.c
boot_netplan_LIB := conf base
boot_netplan_PKG := jansson

FUZZERS += bootparams shadow
bootparams_fuzz_SRC := tests/fuzz/fuzz_bootparams.c platform/boot/params.c
bootparams_fuzz_LIB := base
bootparams_fuzz_PKG := jansson
shadow_fuzz_SRC := tests/fuzz/fuzz_shadow.c platform/boot/shadow.c
shadow_fuzz_LIB := base
shadow_fuzz_PKG := jansson

# setup.json is written first by the pool step; its code is in platform/lib/conf
TESTS += conf_setupjson
conf_setupjson_SRC := tests/unit/platform/lib/conf/test_setupjson.c
conf_setupjson_LIB := conf base
conf_setupjson_PKG := jansson

FUZZERS += setupjson
setupjson_fuzz_SRC := tests/fuzz/fuzz_setupjson.c
setupjson_fuzz_LIB := conf base
setupjson_fuzz_PKG := jansson
