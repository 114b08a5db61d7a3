// SPDX-License-Identifier: MPL-2.0
/*
 * What the names of the signed entries say about the next boot, and the renames that make
 * them say something else. No file is touched here.
 *
 * The renames come in an order in which the machine boots a platform that is known to be good,
 * or the one on trial that has it to fall back to, whatever moment the power fails, and even
 * when a rename that is cut in the middle loses its file (FAT has no journal).
 */
#pragma once

#include "platform/key/env.h"
#include "platform/key/ukiname.h"

struct uki_entry {
	char *file; /* its name */
	uint64_t size;
	struct uki_name is;
	bool twin; /* a second name for what another entry is already */
};

struct uki_entries {
	struct uki_entry *v;
	size_t n;
};

void uki_entries_release(struct uki_entries *e);
static inline void
tt_auto_uki_entries(struct uki_entries *e)
{
	uki_entries_release(e);
}
/* A name that is none of ours is left out. */
void uki_entries_add(struct uki_entries *e, const char *file, uint64_t size);
/* In systemd-boot's order, and twins marked; what was added is looked at by nobody before. */
void uki_entries_sort(struct uki_entries *e);

struct uki_state {
	char platform[UKI_STAMP_LEN];
	char prev[UKI_STAMP_LEN];   /* "" = none */
	char failed[UKI_STAMP_LEN]; /* "" = none */
	char console[UKI_KIND_LEN];
	enum key_boot_state state;
};

/* False when no entry boots a console. */
bool uki_state_of(const struct uki_entries *e, struct uki_state *ret);

struct uki_step {
	size_t entry; /* place in the entries */
	char *to;     /* its new name */
	int order;
};

struct uki_plan {
	struct uki_step *v;
	size_t n;
};

void uki_plan_release(struct uki_plan *p);
static inline void
tt_auto_uki_plan(struct uki_plan *p)
{
	uki_plan_release(p);
}
/* -ENOENT (NoEntry) when the platform has no entry for the console: names those it has. */
int uki_plan_make(const struct uki_entries *e, const struct uki_state *want,
    struct uki_plan *ret, struct tt_err **err);
