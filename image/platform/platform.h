// SPDX-License-Identifier: MPL-2.0
/*
 * The live platform as files: kernel, initramfs, root image with its hash tree, HVM image.
 * One call makes (or finds in the cache) everything of one stamp and puts it in
 * OUT/<stamp>/{vmlinuz,initrd,root.img,root.verity,hvm.img,boot.cfg,manifest.json}.
 *
 * Knows the phase engine and Debian's packages; knows nothing of media, keys or GRUB.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/lib/base/err.h"
#include "platform/lib/base/sha256.h"

struct phase_run;

/* Number of phases platform_build() begins, for the total of a phase run. */
#define PLATFORM_PHASES 7

struct platform_spec {
	const char *source_dir; /* the repository; lists and overlay are below it */
	const char *out_dir;    /* gets <stamp>/, e.g. build/platform */
	const char *stamp;      /* YYYYMMDDTHHMMSSZ of epoch */
	int64_t epoch;          /* SOURCE_DATE_EPOCH: every time in every image */
	/* Text file of our programs: DEST<TAB>SOURCE<TAB>MODE lines, sources from source_dir
	 * or absolute. NULL = none. */
	const char *programs;
	const char *init;      /* the initramfs' static init program */
	unsigned zstd_level;   /* of root.img and hvm.img, 1..22; 0 = 15 */
	const char *root_hash; /* crypt(5) text for root in /etc/shadow; NULL = locked */
	/* DER, for /usr/share/triton/site.cer; 0 bytes = none. */
	const void *site_cert;
	size_t site_cert_len;
	bool lock_strict; /* a locked version that is gone is an error */
	bool relock;      /* resolve all packages anew */
	/* apt sources to use instead of the host's own; NULL = the host's. */
	const char *apt_sources;
};

/* An image with an appended hash tree (dm-verity format 1, SHA-256, 4096/4096). */
struct platform_verity {
	char root_hash[TT_SHA256_HEX_LEN];
	char salt[TT_SHA256_HEX_LEN];
	uint64_t blocks; /* data blocks of 4096 bytes: the tree starts behind them */
};

struct platform_out {
	char *dir; /* OUT/<stamp> */
	char
	    *boot_dir; /* unpacked boot packages: usr/lib/{grub,ipxe,shim,...} below it */
	char *dpkg_status;    /* the root's package database file, for the SBOM */
	char *lock;           /* platform/rootfs/packages.lock */
	char *kernel_version; /* "6.12.117+deb12-amd64" */
	struct platform_verity root, hvm;
	char key[TT_SHA256_HEX_LEN]; /* changes when any of the files in dir changes */
};

/* 0 with everything in ret set; release it afterwards in any case. */
int platform_build(const struct platform_spec *spec, struct phase_run *run,
    struct platform_out *ret, struct tt_err **err);
void platform_out_release(struct platform_out *out);

static inline void
tt_auto_platform_out(struct platform_out *out)
{
	platform_out_release(out);
}
