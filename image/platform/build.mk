# SPDX-License-Identifier: MPL-2.0
# The sources are part of the library "image" (image/build.mk).
TESTS += platform_lock platform_cpio platform_verity platform_tree platform_modules
platform_lock_SRC := tests/unit/image/platform/test_lock.c
platform_lock_LIB := image base
platform_lock_PKG := jansson
platform_cpio_SRC := tests/unit/image/platform/test_cpio.c
platform_cpio_LIB := image base
platform_cpio_PKG := jansson libarchive
platform_verity_SRC := tests/unit/image/platform/test_verity.c
platform_verity_LIB := image base
platform_verity_PKG := jansson
platform_tree_SRC := tests/unit/image/platform/test_tree.c
platform_tree_LIB := image base
platform_tree_PKG := jansson libarchive
platform_modules_SRC := tests/unit/image/platform/test_modules.c
platform_modules_LIB := image base
platform_modules_PKG := jansson libarchive

FUZZERS += lock moddep modinfo
lock_fuzz_SRC := tests/fuzz/fuzz_lock.c
lock_fuzz_LIB := image base
lock_fuzz_PKG := jansson
moddep_fuzz_SRC := tests/fuzz/fuzz_moddep.c
moddep_fuzz_LIB := image base
moddep_fuzz_PKG := jansson libarchive
modinfo_fuzz_SRC := tests/fuzz/fuzz_modinfo.c
modinfo_fuzz_LIB := image base
modinfo_fuzz_PKG := jansson libarchive
