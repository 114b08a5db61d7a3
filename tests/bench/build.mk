PROGS += bench-fwrule
bench-fwrule_SRC := tests/bench/fwrule.c
bench-fwrule_LIB := model base
bench-fwrule_PKG := jansson

PROGS += bench-metadata
bench-metadata_SRC := tests/bench/metadata.c
bench-metadata_LIB := base
