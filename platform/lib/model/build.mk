LIBS += model
model_SRC := $(wildcard platform/lib/model/*.c)

TESTS += model_fwrule
model_fwrule_SRC := tests/unit/platform/lib/model/test_fwrule.c
model_fwrule_LIB := model base
model_fwrule_PKG := jansson
FUZZERS += fwrule
fwrule_fuzz_SRC := tests/fuzz/fuzz_fwrule.c
fwrule_fuzz_LIB := model base
fwrule_fuzz_PKG := jansson
TESTS += model_fwmatch
model_fwmatch_SRC := tests/unit/platform/lib/model/test_fwmatch.c
model_fwmatch_LIB := model base
model_fwmatch_PKG := jansson

VM_TESTS := props create update view
TESTS += $(addprefix model_vm_,$(VM_TESTS))
$(foreach t,$(VM_TESTS),$(eval model_vm_$(t)_SRC := tests/unit/platform/lib/model/test_vm_$(t).c))
$(foreach t,$(VM_TESTS),$(eval model_vm_$(t)_LIB := model base))
$(foreach t,$(VM_TESTS),$(eval model_vm_$(t)_PKG := jansson))
FUZZERS += vm
vm_fuzz_SRC := tests/fuzz/fuzz_vm.c
vm_fuzz_LIB := model base
vm_fuzz_PKG := jansson
