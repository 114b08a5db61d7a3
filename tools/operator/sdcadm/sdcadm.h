// SPDX-License-Identifier: MPL-2.0
/* Subcommands of sdcadm: a file each, a row each in main.c. */
#pragma once

#include "platform/lib/cli/cli.h"

extern const struct tt_cmd sdcadm_setup[];        /* setup.c, closed by a zero row */
extern const struct tt_cmd sdcadm_platform[];     /* platform.c */
extern const struct tt_opt boot_from_pool_opts[]; /* boot_from_pool.c */
int boot_from_pool_run(int argc, char **argv, void *ctx);
