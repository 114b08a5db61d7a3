# SPDX-License-Identifier: MPL-2.0
#
# The targets that people and tests call.

.PHONY: help
help:
	@sed -n 's/^##//p' tools/dev/targets.mk

##Build
##  make programs        compile everything for this machine (the default)
.PHONY: programs
programs: $(patsubst %,$(B)/bin/%,$(PROGS))

.PHONY: san
san: $(patsubst %,$(B)/san/bin/%,$(foreach p,$(PROGS),$(if $($(p)_STATIC),,$(p)))) \
	$(patsubst %,$(B)/san/test/%,$(TESTS)) $(patsubst %,$(B)/san/test/fuzz_%,$(FUZZERS))
