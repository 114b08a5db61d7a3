# SPDX-License-Identifier: MPL-2.0
PROGS += console-mirror
console-mirror_SRC := platform/cmd/console-mirror.c platform/cmd/kmsg.c
console-mirror_LIB := cli base
console-mirror_NODE := /usr/lib/triton/console-mirror

TESTS += cmd_kmsg
cmd_kmsg_SRC := tests/unit/platform/cmd/test_kmsg.c platform/cmd/kmsg.c

FUZZERS += kmsg
kmsg_fuzz_SRC := tests/fuzz/fuzz_kmsg.c platform/cmd/kmsg.c
kmsg_fuzz_LIB := base
