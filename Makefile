# SPDX-License-Identifier: MPL-2.0
#
# One non-recursive Makefile. Each folder with code says what it is made of in its build.mk
# (or NAME.mk); the rules that turn those words into files are in tools/dev/rules.mk.
# `make help` lists the targets.

MAKEFLAGS += --no-builtin-rules
# as many jobs as processors, unless the caller says otherwise
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(shell nproc)
endif
.SUFFIXES:
.DELETE_ON_ERROR:
SHELL := /bin/sh

# Where everything built lies, and where downloads and package trees are kept.
B     ?= build
CACHE ?= $(B)/cache
V     ?= 0
Q     := $(if $(filter 1,$(V)),,@)

export LC_ALL := C
export TZ := UTC
export SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 1)

.DEFAULT_GOAL := programs

LIBS :=
PROGS :=
TESTS :=
FUZZERS :=

FRAGMENTS := $(sort $(wildcard platform/lib/*/build.mk platform/*/*.mk services/lib/*/*.mk \
	services/*/*.mk installer/*/*.mk image/*.mk image/*/*.mk coal/*.mk \
	tools/operator/*.mk tools/dev/run.mk tests/*.mk tests/*/*.mk))
include $(FRAGMENTS)
include tools/dev/rules.mk
include tools/dev/lint.mk
include tools/dev/targets.mk
