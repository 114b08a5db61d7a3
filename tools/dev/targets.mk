# SPDX-License-Identifier: MPL-2.0
#
# The targets that people and tests call. Lines of `##` are `make help`.

##Main
##  make run             build the image, boot it in QEMU, run the first-boot setup
##                       (wizard on a terminal; without one, or with ANSWERS=coal, unattended)
##  make test            everything that is checked; about half an hour on two cores
##
.PHONY: help
help:
	@sed -n 's/^##//p' tools/dev/targets.mk

STAMP := $(shell date -u -d @$(SOURCE_DATE_EPOCH) +%Y%m%dT%H%M%SZ)
IMAGE := $(B)/out/usb-$(STAMP).img
NODE_PROGS := $(foreach p,$(PROGS),$(if $($(p)_NODE),$(p)))

# Developers' images are packed for speed; `make usb COMPRESSION=15` is what is released.
COMPRESSION ?= 3
# SET='key=value key=value' overrides keys of build.spec; LOCK=strict fails when a locked
# package version is gone; OFFLINE=1 fails when anything would be fetched.
SET         ?=
IMAGE_FLAGS = --build=$(1) --cache=$(CACHE) --programs=$(B)/programs.list \
	--init=$(B)/node/triton-init $(if $(filter strict,$(LOCK)),--lock-strict) \
	$(if $(filter 1,$(OFFLINE)),--offline) --set=compression=zstd-$(COMPRESSION) \
	$(patsubst %,--set=%,$(SET))

##Build
##  make programs        compile everything for this machine (the default)
##  make usb             the USB image, build/out/usb-<stamp>.img
##  make iso             the disc image, for CD drives and sticks: build/out/iso-*.iso
##  make ipxe            the bundle for an installation over the network: build/out/ipxe-*
##  make coal            the VMware appliance: build/out/coal-*.vmwarevm, .ova and .libvirt.xml
##  make platform        the live platform, build/platform/<stamp>, and platform-<stamp>.tgz to update with
##  make boot            the archive of the key's files, build/out/boot-*.tgz
##                       COMPRESSION=3 (15 for the smallest), SET='key=value ...' for build.spec keys,
##                       OFFLINE=1, LOCK=strict, V=1
##  make release         every product with compressed forms, all checks, a boot of each medium and
##                       SHA256SUMS, in build/release/out (COMPRESSION=15 there)
##  make clean           remove what was built; make distclean also the caches
##
.PHONY: programs san platform boot usb iso ipxe coal release clean distclean
programs: $(patsubst %,$(B)/bin/%,$(PROGS))

# Written anew only when a line changes: dest, file, mode of each program on a node.
$(B)/programs.list: FORCE
	$(Q)mkdir -p $(@D)
	$(Q){ $(foreach p,$(sort $(NODE_PROGS)),printf '%s\t%s\t%s\n' $($(p)_NODE) $(B)/node/$(p) 0755;) } > $@.new
	$(Q)cmp -s $@.new $@ && rm $@.new || mv $@.new $@

IMAGE_NEEDS := $(patsubst %,$(B)/node/%,$(NODE_PROGS) triton-init) $(B)/bin/triton-image \
	$(B)/bin/triton-setup $(B)/programs.list

usb: $(IMAGE_NEEDS) $(B)/bin/triton-write
	$(Q)$(B)/bin/triton-image usb $(call IMAGE_FLAGS,$(B))

iso ipxe: $(IMAGE_NEEDS)
	$(Q)$(B)/bin/triton-image $@ $(call IMAGE_FLAGS,$(B))

coal: $(IMAGE_NEEDS)
	$(Q)$(B)/bin/triton-image coal $(call IMAGE_FLAGS,$(B))

platform boot: $(IMAGE_NEEDS)
	$(Q)$(B)/bin/triton-image $@ $(call IMAGE_FLAGS,$(B))

# A folder of its own: developers' images of the same stamp are packed for speed. The boots
# come before the sums: a folder with SHA256SUMS in it has passed everything.
RELEASE_DIR := $(B)/release
RELEASE_OUT := $(abspath $(RELEASE_DIR))/out
release: COMPRESSION = 15
release: $(IMAGE_NEEDS) $(B)/bin/triton-write
	$(Q)rm -f $(RELEASE_OUT)/SHA256SUMS
	$(Q)for p in usb iso ipxe coal platform boot; do \
		$(B)/bin/triton-image $$p $(call IMAGE_FLAGS,$(RELEASE_DIR)) --packed || exit 1; done
	$(Q)$(TEST_ENV) BUILD=$(abspath $(RELEASE_DIR)) TRITON_IMAGE=$(RELEASE_OUT)/usb-$(STAMP).img \
		TRITON_COAL=$(RELEASE_OUT) \
		TRITON_ISO="$$(ls -t $(RELEASE_OUT)/iso-*-$(STAMP)-*.iso | head -1)" \
		TRITON_IPXE="$$(ls -td $(RELEASE_OUT)/ipxe-*-$(STAMP)-*/ | head -1)" \
		prove --exec '' --timer tests/boot/media.t tests/boot/iso.t tests/boot/ipxe.t \
		tests/boot/coal_bundle.t
	$(Q)$(B)/bin/triton-image release $(call IMAGE_FLAGS,$(RELEASE_DIR))

clean:
	rm -rf $(filter-out $(CACHE),$(wildcard $(B)/* $(B)/.deps))

distclean: clean
	rm -rf $(CACHE)

##Run
##  make run-vga         the same in a window, where there is a display
##                       MEMORY=1024 (MiB) CPUS=2 DISKS=1 DISK_SIZE=16g NIC=e1000 FIRMWARE=bios|uefi
##                       PRODUCT=<DMI product name> TIMEOUT=900 (s) OPEN_NETWORK=1 (may reach beyond this machine)
##                       ANSWERS=coal|FILE KEEP=1 (leaves the machine running:
##                       build/run/ssh [COMMAND...], build/run/console, build/run/stop)
##
.PHONY: run run-vga
run run-vga: usb $(B)/bin/triton-run
	$(Q)$(B)/bin/triton-run boot $(RUN_ARGS) $(if $(filter %-vga,$@),--display=gtk) $(IMAGE)

##Check
##  make test            unit, cli, api and boot tests, fuzz corpora, lint
##  make test-quick      the same without images and boots
##  make test-long       the long loops: power cuts, a million plans, fuzzers (FUZZ_SECONDS=600 each)
##  make screens         pictures of the boot menu and the wizard: build/screens/index.html
##  make repro           build twice under different conditions and compare every digest
##  make lint            analyzers, include rules, format, shell and manual pages
##  make fuzz            all fuzzers, SECONDS=60 each
##  make bench           figures beside those of a peer measured in the same run
##  make test-clean      make run and make test in a clean Debian 12 root
.PHONY: test test-quick test-long test-images screens repro fuzz bench test-clean test-programs

# Every program of the san variant, so that a command test runs sanitized code.
SAN_BIN   := $(patsubst %,$(B)/san/bin/%,$(foreach p,$(PROGS),$(if $($(p)_STATIC),,$(p))))
UNIT      := $(patsubst %,$(B)/san/test/%,$(TESTS))
REPLAY    := $(patsubst %,$(B)/san/test/fuzz_%,$(FUZZERS))
SCRIPTS   := $(sort $(shell find tests -name '*.t' -not -path 'tests/boot/*'))
# Boots that only test-long runs: minutes each, of what others show in short.
LONG_BOOTS := $(addprefix tests/boot/,boot_from_pool.t factoryreset.t instances.t rollback.t screens.t \
	tamper_modes.t two_media.t uki.t)
# Boots of which test-long runs every variant (MATRIX=1).
WIDE_BOOTS := $(addprefix tests/boot/,backup.t coal_bundle.t install_cd.t install_net.t ipxe.t iso.t \
	platform_update.t uki_update.t)
BOOTS     := $(filter-out $(LONG_BOOTS),$(sort $(wildcard tests/boot/*.t)))
COAL      := $(B)/coal-test
SIGNED    := $(B)/signed-test
UKI       := $(B)/uki-test
TEST_ENV   = BIN=$(abspath $(B)/san/bin) TOP=$(CURDIR) BUILD=$(abspath $(B)) \
	CACHE=$(abspath $(CACHE)) PATH="$(abspath $(B)/bin):$$PATH" \
	TRITON_IMAGE=$(abspath $(IMAGE)) TRITON_IMAGE_COAL=$(abspath $(COAL)/out/usb-$(STAMP).img) \
	TRITON_IMAGE_SIGNED=$(abspath $(SIGNED)/out/usb-$(STAMP).img) \
	TRITON_IMAGE_UKI=$(abspath $(UKI)/out/usb-$(STAMP).img) \
	TRITON_COAL=$(abspath $(COAL)/out) \
	TRITON_ISO="$$(ls -t $(abspath $(B))/out/iso-*-$(STAMP)-*.iso 2>/dev/null | head -1)" \
	TRITON_ISO_SIGNED="$$(ls -t $(abspath $(SIGNED))/out/iso-*-$(STAMP)-*.iso 2>/dev/null | head -1)" \
	TRITON_IPXE="$$(ls -td $(abspath $(B))/out/ipxe-*-$(STAMP)-*/ 2>/dev/null | head -1)" ASAN_OPTIONS=detect_leaks=1
# prove runs programs and scripts alike; boots one at a time, the rest two at a time
PROVE      = $(TEST_ENV) prove --exec '' --timer -j2

san test-programs: $(SAN_BIN) $(UNIT) $(REPLAY) programs

# A site's key for the tests, made once.
SITE := --set=site-key=$(UKI)/site.key --set=site-cert=$(UKI)/site.pem
$(UKI)/site.pem:
	$(Q)mkdir -p $(@D)
	$(Q)openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj '/CN=Site of the tests' \
		-keyout $(UKI)/site.key -out $@ 2>$(UKI)/openssl.log || { cat $(UKI)/openssl.log; false; }

test-images: usb iso ipxe $(UKI)/site.pem
	$(Q)$(B)/bin/triton-image usb $(call IMAGE_FLAGS,$(COAL)) --set=medium=coal \
		--set=root-password=none
	$(Q)$(B)/bin/triton-image coal $(call IMAGE_FLAGS,$(COAL)) --set=root-password=none
	$(Q)$(B)/bin/triton-image usb $(call IMAGE_FLAGS,$(SIGNED)) --set=mode=signed $(SITE)
	$(Q)$(B)/bin/triton-image iso $(call IMAGE_FLAGS,$(SIGNED)) --set=mode=signed $(SITE)
	$(Q)$(B)/bin/triton-image usb $(call IMAGE_FLAGS,$(UKI)) --set=mode=uki $(SITE)

test-quick: test-programs lint
	$(PROVE) $(UNIT) $(REPLAY) $(filter-out tests/repro/%,$(SCRIPTS))

test: test-programs lint test-images
	$(PROVE) --rules='seq=tests/boot/*.t' --rules='par=**' $(UNIT) $(REPLAY) $(SCRIPTS) $(BOOTS)

fuzz: $(patsubst %,$(B)/fuzz/%,$(FUZZERS))
	tools/dev/fuzz-all $(B)/fuzz $(or $(SECONDS),60) $(FUZZERS)

# The plans keep much in the sanitizer's quarantine otherwise.
test-long: test-programs test-images
	N=1000000 $(TEST_ENV) ASAN_OPTIONS=quarantine_size_mb=16 prove --exec '' --timer $(B)/san/test/setup_plans
	N=10000 $(PROVE) tests/cli/installer/passwords.t
	N=50 $(PROVE) tests/boot/powercut.t
	N=10000000 MATRIX=1 $(PROVE) tests/cli/metadata/agent.t tests/cli/metadata/tools.t
	MATRIX=1 $(PROVE) -j1 $(LONG_BOOTS) $(WIDE_BOOTS)
	$(MAKE) repro
	$(MAKE) release
	$(MAKE) fuzz SECONDS=$(or $(FUZZ_SECONDS),600)

screens: test-programs test-images
	$(PROVE) tests/boot/screens.t

repro: usb
	$(TEST_ENV) tests/repro/repro.t

bench: programs test-images
	$(TEST_ENV) /usr/bin/python3 tests/bench/bench.py --out $(B)/bench.json

test-clean: | $(DEPS)
	tools/dev/clean-root $(abspath $(B))/clean-root sh -c 'make run </dev/null && make test'
