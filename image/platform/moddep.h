// SPDX-License-Identifier: MPL-2.0
/*
 * Load order of modules, from the text files that depmod writes: modules.dep
 * ("PATH: PATH..."), modules.softdep ("softdep NAME pre: NAME... post: NAME...") and
 * modules.builtin (a path a line). Formats: depmod(8), modprobe.d(5).
 */
#pragma once

#include <stddef.h>

#include "platform/lib/base/err.h"

struct moddep;

struct moddep *moddep_new(void);
void moddep_free(struct moddep *d);
TT_AUTO_DEFINE(moddep, struct moddep *, moddep_free)

/* Any of them may be read in any order; lines that make no sense are an error. */
int moddep_add_dep(struct moddep *d, const char *text, size_t len, struct tt_err **err);
int moddep_add_softdep(
    struct moddep *d, const char *text, size_t len, struct tt_err **err);
int moddep_add_builtin(
    struct moddep *d, const char *text, size_t len, struct tt_err **err);

/*
 * Append name and what it needs, needed ones first, to *order (paths as in modules.dep),
 * leaving out what is there. Built-in ones add nothing.
 * 0; -ENOENT when there is no such module; -ELOOP when modules need one another.
 */
int moddep_order(
    const struct moddep *d, const char *name, char ***order, struct tt_err **err);
/* Path of a module by its name ('-' and '_' alike), NULL when it is not in modules.dep. */
const char *moddep_path(const struct moddep *d, const char *name);
