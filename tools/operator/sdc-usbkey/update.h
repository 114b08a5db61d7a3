// SPDX-License-Identifier: MPL-2.0
/* sdc-usbkey update: newer files of the tools onto the boot media. */
#pragma once

#include "tools/operator/platform/oper.h"

/* Files below it go to the same place on the key; update-usbkey.* are programs. */
#define UPDATE_FOLDER "/opt/smartdc/share/usbkey"

struct update_opts {
	bool dry_run;        /* only say what would be done */
	bool ignore_missing; /* no such folder is nothing to do */
};

/* Each changed file is a line on standard output. */
int usbkey_update(
    const struct oper *o, const struct update_opts *opts, struct tt_err **err);
