// SPDX-License-Identifier: MPL-2.0
/*
 * Which files a config is made of; shared by the loader and the JSON cache.
 */
#pragma once

#include "platform/lib/conf/loader.h"

struct tt_config_files {
	char *file;
	char *inc_dir;
	char *generic; /* may not exist */
	char *other;   /* a node.config that the headnode config beats, or NULL */
	bool headnode;
};

void tt_config_files_release(struct tt_config_files *f);
int tt_config_locate(
    const struct tt_config_opts *opts, struct tt_config_files *ret, struct tt_err **err);
int tt_config_load_files(
    const struct tt_config_files *files, struct tt_config **ret, struct tt_err **err);

static inline void
tt_auto_config_files(struct tt_config_files *f)
{
	tt_config_files_release(f);
}
