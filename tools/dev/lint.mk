# SPDX-License-Identifier: MPL-2.0
#
# `make lint`: each check leaves a stamp per file, so a second run looks at what changed.

LINT_C     := $(shell git ls-files -co --exclude-standard -- '*.c' '*.h')
LINT_SRC   := $(filter %.c,$(LINT_C))
LINT_SH    := $(shell git ls-files -co --exclude-standard -- '*.sh' .ci/run tools/dev coal | \
	xargs -r grep -lE '^\#!/bin/(ba)?sh' 2>/dev/null)
LINT_MAN   := $(shell git ls-files -co --exclude-standard -- '*.1' '*.5' '*.8')
ANALYZED   := $(patsubst %.c,$(B)/lint/%.analyzed,$(LINT_SRC))
TIDIED     := $(patsubst %.c,$(B)/lint/%.tidied,$(LINT_SRC))

# Warnings and -fanalyzer; a fuzzer's entry point has no prototype by design. gcc 12's
# analyzer knows neither cleanup attributes nor our allocator: the leak and NULL checks it
# gets wrong there are clang-tidy's job and the sanitizers'.
$(B)/lint/%.analyzed: %.c | $(DEPS)
	$(Q)mkdir -p $(@D)
	$(if $(Q),@echo "  ANALYZE $<")
	$(Q)$(CC) $(RELEASE) -Werror $(if $(filter tests/fuzz/%,$<),-Wno-missing-prototypes) \
		-fanalyzer -Wno-analyzer-malloc-leak -Wno-analyzer-fd-leak \
		-Wno-analyzer-possible-null-dereference -Wno-analyzer-possible-null-argument \
		-Wno-analyzer-use-of-uninitialized-value -Wno-analyzer-null-dereference \
		-MF $@.d -MT $@ -c $< -o /dev/null && touch $@

$(B)/lint/%.tidied: %.c .clang-tidy | $(DEPS)
	$(Q)mkdir -p $(@D)
	$(if $(Q),@echo "  TIDY    $<")
	$(Q)clang-tidy --quiet $< -- -std=gnu17 -D_GNU_SOURCE -DTT_TEST_BUILD=1 -iquote . \
		>$@.log 2>&1 || { cat $@.log; false; }
	$(Q)touch $@

.PHONY: lint lint-includes lint-format lint-shell lint-man lint-cppcheck
lint: lint-includes lint-format lint-shell lint-man $(ANALYZED) $(TIDIED) lint-cppcheck

lint-includes:
	$(Q)tools/dev/check-includes tools/dev/include-rules $(LINT_C)

lint-format: | $(DEPS)
	$(Q)clang-format --dry-run --Werror $(LINT_C)

lint-shell: | $(DEPS)
	$(Q)shellcheck $(LINT_SH)

lint-man: | $(DEPS)
	$(Q)mandoc -Tlint -Wwarning $(LINT_MAN)

lint-cppcheck: | $(DEPS)
	$(Q)mkdir -p $(B)/lint/cppcheck
	$(Q)cppcheck --quiet --enable=warning,portability --inline-suppr --error-exitcode=1 \
		--suppress=missingInclude --suppress=unknownMacro \
		--suppress=varFuncNullUB --suppress=ctuuninitvar \
		--cppcheck-build-dir=$(B)/lint/cppcheck -j2 -D_GNU_SOURCE -I. $(LINT_SRC)

-include $(shell find $(B)/lint -name '*.analyzed.d' 2>/dev/null)
