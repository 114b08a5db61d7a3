// SPDX-License-Identifier: MPL-2.0
/*
 * Dependencies between modules, hard and soft.
 */
#include "image/platform/moddep.h"

#include <errno.h>
#include <string.h>

#include "image/platform/modinfo.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"

#define MAX_DEPTH 64
#define MAX_LINE  16384

struct module {
	char *name, *path;
	char **needs; /* normal names, hard and soft alike */
};

struct moddep {
	struct module *rows;
	size_t count;
	char **builtin;
};

struct moddep *
moddep_new(void)
{
	return tt_xalloc(sizeof(struct moddep));
}

void
moddep_free(struct moddep *d)
{
	if (d == NULL)
		return;
	for (size_t i = 0; i < d->count; i++) {
		free(d->rows[i].name);
		free(d->rows[i].path);
		tt_strv_free(d->rows[i].needs);
	}
	tt_strv_free(d->builtin);
	free(d->rows);
	free(d);
}

/* The row of a normal name, made when missing. Valid until the next call. */
static struct module *
row(struct moddep *d, const char *name)
{
	for (size_t i = 0; i < d->count; i++)
		if (tt_streq(d->rows[i].name, name))
			return &d->rows[i];
	d->rows = tt_xrealloc(d->rows, (d->count + 1) * sizeof(*d->rows));
	d->rows[d->count] = (struct module){ .name = tt_xstrdup(name) };
	return &d->rows[d->count++];
}

static const struct module *
find(const struct moddep *d, const char *name)
{
	tt_auto(free) char *normal = modinfo_normal(tt_xstrdup(name));

	for (size_t i = 0; i < d->count; i++)
		if (tt_streq(d->rows[i].name, normal))
			return &d->rows[i];
	return NULL;
}

const char *
moddep_path(const struct moddep *d, const char *name)
{
	const struct module *m = find(d, name);

	return m == NULL ? NULL : m->path;
}

static int
each_line(struct moddep *d, const char *what, const char *text, size_t len,
    int (*fn)(struct moddep *, char *), struct tt_err **err)
{
	char line[MAX_LINE];
	unsigned number = 0;

	for (const char *p = text, *end = text + len; p < end;) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((nl == NULL ? end : nl) - p);

		number++;
		if (n >= sizeof(line))
			return tt_err_set(err, -EINVAL, "BadModuleList",
			    "%s line %u is too long", what, number);
		memcpy(line, p, n);
		line[n] = '\0';
		if (n > 0 && line[0] != '#' && fn(d, line) < 0)
			return tt_err_set(err, -EINVAL, "BadModuleList",
			    "%s line %u makes no sense: '%.200s'", what, number, line);
		p += n + 1;
	}
	return 0;
}

static int
dep_line(struct moddep *d, char *line)
{
	char *colon = strchr(line, ':'), *save = NULL;
	tt_auto(free) char *name = NULL;
	struct module *m;

	if (colon == NULL)
		return -EINVAL;
	*colon = '\0';
	name = modinfo_file_name(line);
	if (name == NULL)
		return -EINVAL;
	m = row(d, modinfo_normal(name));
	free(m->path);
	m->path = tt_xstrdup(line);
	for (char *w = strtok_r(colon + 1, " ", &save); w != NULL;
	     w = strtok_r(NULL, " ", &save)) {
		tt_auto(free) char *need = modinfo_file_name(w);

		if (need == NULL)
			return -EINVAL;
		tt_strv_add(&m->needs, modinfo_normal(need));
	}
	return 0;
}

/* What comes "post" is loaded by udev when the system runs; nothing here waits for it. */
static int
softdep_line(struct moddep *d, char *line)
{
	char *save = NULL, *word = strtok_r(line, " ", &save);
	struct module *m;
	bool pre = false;

	if (!tt_streq(word, "softdep"))
		return -EINVAL;
	word = strtok_r(NULL, " ", &save);
	if (word == NULL)
		return -EINVAL;
	m = row(d, modinfo_normal(word));
	while ((word = strtok_r(NULL, " ", &save)) != NULL) {
		if (tt_streq(word, "pre:"))
			pre = true;
		else if (tt_streq(word, "post:"))
			pre = false;
		else if (pre)
			tt_strv_add(&m->needs, modinfo_normal(word));
	}
	return 0;
}

static int
builtin_line(struct moddep *d, char *line)
{
	tt_auto(free) char *name = modinfo_file_name(line);

	if (name == NULL)
		return -EINVAL;
	tt_strv_add(&d->builtin, modinfo_normal(name));
	return 0;
}

int
moddep_add_dep(struct moddep *d, const char *text, size_t len, struct tt_err **err)
{
	return each_line(d, "modules.dep", text, len, dep_line, err);
}

int
moddep_add_softdep(struct moddep *d, const char *text, size_t len, struct tt_err **err)
{
	return each_line(d, "modules.softdep", text, len, softdep_line, err);
}

int
moddep_add_builtin(struct moddep *d, const char *text, size_t len, struct tt_err **err)
{
	return each_line(d, "modules.builtin", text, len, builtin_line, err);
}

static int
visit(const struct moddep *d, const char *name, unsigned depth, char ***order,
    struct tt_err **err)
{
	const struct module *m = find(d, name);

	if (depth > MAX_DEPTH)
		return tt_err_set(err, -ELOOP, "ModuleLoop",
		    "modules need one another in a circle at '%s'", name);
	if (m == NULL || m->path == NULL)
		return -ENOENT;
	if (tt_strv_has(*order, m->path))
		return 0;
	for (size_t i = 0; m->needs != NULL && m->needs[i] != NULL; i++) {
		/* a soft dependency may name what this kernel has built in or has not */
		int r = visit(d, m->needs[i], depth + 1, order, err);

		if (r < 0 && r != -ENOENT)
			return r;
	}
	tt_strv_add(order, m->path);
	return 0;
}

int
moddep_order(const struct moddep *d, const char *name, char ***order, struct tt_err **err)
{
	tt_auto(free) char *normal = modinfo_normal(tt_xstrdup(name));
	int r = visit(d, normal, 0, order, err);

	if (r == -ENOENT && tt_strv_has(d->builtin, normal))
		return 0;
	return r;
}
