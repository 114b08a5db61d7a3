// SPDX-License-Identifier: MPL-2.0
/*
 * Where the operator's commands find the parts of a headnode. With a root folder (tests)
 * every path lies below it and the key is ROOT/mnt/usbkey, a folder.
 */
#pragma once

#include <stdbool.h>

#include "platform/key/env.h"
#include "platform/key/platform.h"

struct oper {
	const char *root; /* "" = this machine; borrowed */
	char *copy;       /* /usbkey */
	char *running;    /* stamp of the running platform, NULL when it has none */
};

/* root may be NULL. Caller releases. */
void oper_init(struct oper *o, const char *root);
void oper_release(struct oper *o);
static inline void
tt_auto_oper(struct oper *o)
{
	oper_release(o);
}
/* A path below the root; caller frees. */
char *oper_path(const struct oper *o, const char *path);
/* -ENOENT (NotHeadnode) when there is no copy of a key on the pool. */
int oper_headnode(const struct oper *o, struct tt_err **err);
/* The media; what could not be written is said on standard error. */
int oper_key(const struct oper *o, bool write, struct key_set **ret, struct tt_err **err);
/* Host name and, in lower case, UUID of this server; caller frees both. */
void oper_server(const struct oper *o, char **ret_name, char **ret_uuid);

/* Progress of long work on standard error: a line, rewritten on a terminal. */
struct oper_progress {
	const char *what;
	long long last_us;
	unsigned last;
	bool shown;
};
void oper_progress(uint64_t done, uint64_t total, void *ctx);
/* End the line. */
void oper_progress_end(struct oper_progress *p);
