LIBS += key
key_SRC := $(wildcard platform/key/*.c)

TESTS += key_env key_platform
key_env_SRC := tests/unit/platform/key/test_env.c
key_env_LIB := key machine conf base
key_env_PKG := jansson blkid
key_platform_SRC := tests/unit/platform/key/test_platform.c
key_platform_LIB := key machine conf base
key_platform_PKG := jansson blkid

FUZZERS += keymanifest platmanifest
keymanifest_fuzz_SRC := tests/fuzz/fuzz_keymanifest.c platform/key/manifest.c
keymanifest_fuzz_LIB := base
keymanifest_fuzz_PKG := jansson
platmanifest_fuzz_SRC := tests/fuzz/fuzz_platmanifest.c platform/key/manifest.c platform/key/platmanifest.c
platmanifest_fuzz_LIB := base
platmanifest_fuzz_PKG := jansson

TESTS += key_ukiplan key_uki
key_ukiplan_SRC := tests/unit/platform/key/test_ukiplan.c
key_ukiplan_LIB := key machine conf base
key_ukiplan_PKG := jansson blkid
key_uki_SRC := tests/unit/platform/key/test_uki.c
key_uki_LIB := key machine conf base
key_uki_PKG := jansson blkid

FUZZERS += ukiname
ukiname_fuzz_SRC := tests/fuzz/fuzz_ukiname.c platform/key/ukiname.c
ukiname_fuzz_LIB := base
ukiname_fuzz_PKG := jansson
