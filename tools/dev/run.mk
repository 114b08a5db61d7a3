# SPDX-License-Identifier: MPL-2.0
# The emulated machine of `make run`, and the variables that become its options:
#   make run ANSWERS=coal KEEP=1 MEMORY=1024 DISKS=2 PRODUCT='VMware Virtual Platform'
PROGS += triton-run
triton-run_SRC := $(wildcard tools/dev/run*.c)
triton-run_LIB := cli base
triton-run_PKG := jansson

RUN_ARGS = --dir $(B)/run \
	$(if $(ANSWERS),--answers '$(ANSWERS)') $(if $(MEMORY),--memory $(MEMORY)) \
	$(if $(CPUS),--cpus $(CPUS)) $(if $(DISKS),--disks $(DISKS)) \
	$(if $(DISK_SIZE),--disk-size $(DISK_SIZE)) $(if $(FIRMWARE),--firmware $(FIRMWARE)) \
	$(if $(PRODUCT),--product '$(PRODUCT)') $(if $(NIC),--nic $(NIC)) \
	$(if $(TIMEOUT),--timeout $(TIMEOUT)) $(if $(filter 1,$(OPEN_NETWORK)),--open-network) \
	$(if $(filter 1,$(KEEP)),--keep)

TESTS += run_watch
run_watch_SRC := tests/unit/tools/dev/test_run_watch.c tools/dev/run_watch.c
run_watch_LIB := base
