# SPDX-License-Identifier: MPL-2.0
# PID 1 of the initramfs: static, of its own, no library of ours.
PROGS += triton-init
triton-init_SRC := $(wildcard platform/init/*.c)
triton-init_STATIC := 1

TESTS += init_cmdline
init_cmdline_SRC := tests/unit/platform/init/test_cmdline.c platform/init/cmdline.c
TESTS += init_probe
init_probe_SRC := tests/unit/platform/init/test_probe.c platform/init/probe.c
TESTS += init_machineid
init_machineid_SRC := tests/unit/platform/init/test_machineid.c platform/init/machineid.c
TESTS += init_modinfo
init_modinfo_SRC := tests/unit/platform/init/test_modinfo.c platform/init/modinfo.c

FUZZERS += init_cmdline
init_cmdline_fuzz_SRC := tests/fuzz/fuzz_init_cmdline.c platform/init/cmdline.c
init_cmdline_fuzz_LIB := base
FUZZERS += init_probe
init_probe_fuzz_SRC := tests/fuzz/fuzz_init_probe.c platform/init/probe.c
init_probe_fuzz_LIB := base
FUZZERS += init_modinfo
init_modinfo_fuzz_SRC := tests/fuzz/fuzz_init_modinfo.c platform/init/modinfo.c
init_modinfo_fuzz_LIB := base
