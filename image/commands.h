// SPDX-License-Identifier: MPL-2.0
/*
 * The commands of triton-image, one file each or a few that belong together.
 */
#pragma once

#include <jansson.h>

#include "image/build.h"

struct commands {
	struct build_opts build;
	bool json;          /* verify, inspect */
	const char *report; /* verify: build-<stamp>.json */
	const char *days, *max_size;
	bool dry_run;
	const char *seed;
};

struct product;

/* Build this product. */
int command_product(const struct product *p, const struct commands *c);
int command_verify(int argc, char **argv, void *ctx);
int command_inspect(int argc, char **argv, void *ctx);
int command_gc(int argc, char **argv, void *ctx);
int command_spec(int argc, char **argv, void *ctx);
