// SPDX-License-Identifier: MPL-2.0
/*
 * What the phases of the platform share: the build under way, and one function a phase.
 * Private to this folder; platform.c calls them in order.
 */
#pragma once

#include "image/phase.h"
#include "image/platform/lock.h"
#include "image/platform/platform.h"
#include "image/platform/tree.h"

struct job {
	const struct platform_spec *spec;
	struct phase_run *run;
	struct lock lock;
	struct phase *root_tar, *kernel, *boot, *hvm, *initramfs,
	    *root; /* as far as begun */
	struct platform_out *out;
};

int roottar_phase(struct job *j, struct tt_err **err);
int kernel_phase(struct job *j, struct tt_err **err);
int boot_phase(struct job *j, struct tt_err **err);
int hvm_phase(struct job *j, struct tt_err **err);
int initramfs_phase(struct job *j, struct tt_err **err);
int rootimg_phase(struct job *j, struct tt_err **err);
/* OUT/<stamp>/ from the entries of the phases. */
int output_write(struct job *j, struct tt_err **err);

/* Path below platform/rootfs of the source tree; caller frees. */
char *job_list(const struct job *j, const char *name);
/* zstd level of the images. */
unsigned job_level(const struct job *j);
/*
 * Files of a locked package into the tree. work: a folder for the unpacked archive, which
 * stays there until the phase ends (it is mapped). want as in tree_add_tar().
 */
int job_unpack(struct job *j, struct phase *p, const struct lock_pkg *pkg,
    const char *work, struct tree *t, bool (*want)(const char *path, void *ctx),
    void *ctx, struct tt_err **err);
/* Contents of the tree's node, which must be in memory, into a file. */
int job_save_node(
    struct tree *t, const char *path, const char *file, struct tt_err **err);
/* roothash, salt and blocks of an image as facts of its phase, and back. */
void job_verity_facts(struct phase *p, const struct platform_verity *v);
int job_verity_get(
    const struct phase *p, struct platform_verity *ret, struct tt_err **err);
