// SPDX-License-Identifier: MPL-2.0
/*
 * The kernel command line as words: name=value, or a bare name with the value "true".
 * Double quotes keep blanks together, as the kernel does it. A later word wins.
 */
#pragma once

#include <stddef.h>

#include "platform/lib/base/json.h"

#define BOOT_PARAMS_MAX 256 /* words; what is behind them is ignored */

struct boot_param {
	char *name;
	char *value;
};

struct boot_params {
	struct boot_param v[BOOT_PARAMS_MAX];
	size_t n;
};

void boot_params_parse(const char *text, size_t len, struct boot_params *ret);
void boot_params_release(struct boot_params *p);
/* Borrowed; NULL when the word is not there. */
const char *boot_param(const struct boot_params *p, const char *name);
/* Object of all words; the values of those that may hold a secret are "***". New reference. */
json_t *boot_params_json(const struct boot_params *p);
