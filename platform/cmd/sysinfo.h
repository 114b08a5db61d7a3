// SPDX-License-Identifier: MPL-2.0
/*
 * The parts of sysinfo: each adds its members to one object. Names and types are those of
 * smartos-live src/sysinfo, which cnapi and adminui read; what this machine cannot tell is
 * an empty text or object, never missing.
 *
 * Everything is read below root ("" on a node), so that tests bring their own machine.
 */
#pragma once

#include "platform/lib/base/json.h"
#include "platform/lib/conf/loader.h"

struct sysinfo_ctx {
	const char *root;               /* prefix of every path */
	const struct tt_config *config; /* NULL when there is none */
};

/* First line of ROOT/path, trimmed; "" when it is not there. Caller frees. */
char *sysinfo_line(const struct sysinfo_ctx *x, const char *path);
void sysinfo_text(json_t *o, const char *key, const char *value);

void sysinfo_system(
    const struct sysinfo_ctx *x, json_t *o); /* image, DMI, boot, setup state */
void sysinfo_cpu(const struct sysinfo_ctx *x, json_t *o);     /* processors, memory */
void sysinfo_pool(const struct sysinfo_ctx *x, json_t *o);    /* pool, disks */
void sysinfo_network(const struct sysinfo_ctx *x, json_t *o); /* NICs, addresses */

/* Text lines NAME=VALUE for shells: blanks become "_", members of objects are joined by "_". */
void sysinfo_print_shell(json_t *o);
