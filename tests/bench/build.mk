PROGS += bench-fwrule
bench-fwrule_SRC := tests/bench/fwrule.c
bench-fwrule_LIB := model base
bench-fwrule_PKG := jansson
