# SPDX-License-Identifier: MPL-2.0
# Everything but the program itself is a library, so that tests and fuzzers can have it.
LIBS += image
image_SRC := $(filter-out image/main.c image/triton-write.c,$(wildcard image/*.c)) \
	$(wildcard image/platform/*.c)

PROGS += triton-image triton-write
triton-image_SRC := image/main.c
triton-image_LIB := image sign conf cli base
triton-image_PKG := jansson libarchive zlib gnutls
triton-image_LDLIBS := -lcrypt
triton-write_SRC := image/triton-write.c
triton-write_LIB := image cli base
triton-write_PKG := jansson

TESTS += image_phase image_spec image_gpt image_fat image_out image_stage image_writedev \
	image_dpkgstatus image_vmdk image_coal image_pe conf_grubenv
image_phase_SRC := tests/unit/image/test_phase.c
image_phase_LIB := image base
image_phase_PKG := jansson
image_spec_SRC := tests/unit/image/test_spec.c
image_spec_LIB := image base
image_spec_PKG := jansson
image_gpt_SRC := tests/unit/image/test_gpt.c
image_gpt_LIB := image base
image_fat_SRC := tests/unit/image/test_fat.c
image_fat_LIB := image base
image_out_SRC := tests/unit/image/test_out.c
image_out_LIB := image base
image_out_PKG := jansson
image_stage_SRC := tests/unit/image/test_stage.c
image_stage_LIB := image sign conf base
image_stage_PKG := jansson libarchive zlib gnutls
image_stage_LDLIBS := -lcrypt
image_writedev_SRC := tests/unit/image/test_writedev.c
image_writedev_LIB := image base
image_dpkgstatus_SRC := tests/unit/image/test_dpkgstatus.c
image_dpkgstatus_LIB := image base
image_dpkgstatus_PKG := jansson
image_vmdk_SRC := tests/unit/image/test_vmdk.c
image_vmdk_LIB := image base
image_vmdk_PKG := jansson zlib
image_coal_SRC := tests/unit/image/test_coal_machine.c
image_coal_LIB := image base
image_coal_PKG := jansson libarchive
image_pe_SRC := tests/unit/image/test_pe.c
image_pe_LIB := image sign base
image_pe_PKG := jansson gnutls
conf_grubenv_SRC := tests/unit/platform/lib/conf/test_grubenv.c
conf_grubenv_LIB := conf base

FUZZERS += build_spec gpt pe fatread isoread dpkgstatus grubenv
build_spec_fuzz_SRC := tests/fuzz/fuzz_build_spec.c
build_spec_fuzz_LIB := image base
build_spec_fuzz_PKG := jansson
pe_fuzz_SRC := tests/fuzz/fuzz_pe.c
pe_fuzz_LIB := image base
gpt_fuzz_SRC := tests/fuzz/fuzz_gpt.c
gpt_fuzz_LIB := image base
fatread_fuzz_SRC := tests/fuzz/fuzz_fatread.c
fatread_fuzz_LIB := image base
isoread_fuzz_SRC := tests/fuzz/fuzz_isoread.c
isoread_fuzz_LIB := image base
dpkgstatus_fuzz_SRC := tests/fuzz/fuzz_dpkgstatus.c
dpkgstatus_fuzz_LIB := image base
dpkgstatus_fuzz_PKG := jansson
grubenv_fuzz_SRC := tests/fuzz/fuzz_grubenv.c
grubenv_fuzz_LIB := conf base
