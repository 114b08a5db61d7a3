LIBS += backup
backup_SRC := $(wildcard platform/lib/backup/*.c)

TESTS += backup_archive
backup_archive_SRC := tests/unit/platform/lib/backup/test_archive.c
backup_archive_LIB := backup tar base
backup_archive_PKG := jansson zlib

FUZZERS += backup
backup_fuzz_SRC := tests/fuzz/fuzz_backup.c
backup_fuzz_LIB := backup tar base
backup_fuzz_PKG := jansson zlib
