LIBS += tar
tar_SRC := $(wildcard platform/lib/tar/*.c)

TESTS += lib_tar
lib_tar_SRC := tests/unit/platform/lib/tar/test_tar.c
lib_tar_LIB := tar base
lib_tar_PKG := jansson zlib

FUZZERS += tar
tar_fuzz_SRC := tests/fuzz/fuzz_tar.c
tar_fuzz_LIB := tar base
tar_fuzz_PKG := jansson zlib
