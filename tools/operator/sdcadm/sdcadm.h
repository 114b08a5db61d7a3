// SPDX-License-Identifier: MPL-2.0
/* Subcommands of sdcadm: a file each, a row each in main.c. */
#pragma once

#include "platform/lib/cli/cli.h"

extern const struct tt_cmd sdcadm_setup[];    /* setup.c, closed by a zero row */
extern const struct tt_cmd sdcadm_platform[]; /* platform.c */
