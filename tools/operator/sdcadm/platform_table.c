// SPDX-License-Identifier: MPL-2.0
/* Rows of `sdcadm platform` as a table or as JSON. */
#include "tools/operator/sdcadm/platform.h"

#include <ctype.h>
#include <errno.h>
#include <libsmartcols/libsmartcols.h>
#include <stdio.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"

/* A member as a cell; caller frees. */
static char *
cell(const json_t *row, const char *name)
{
	const json_t *v = json_object_get(row, name);

	if (json_is_integer(v))
		return tt_xprintf("%lld", (long long)json_integer_value(v));
	if (json_is_boolean(v))
		return tt_xstrdup(json_is_true(v) ? "true" : "false");
	return tt_xstrdup(json_is_string(v) ? json_string_value(v) : "-");
}

static char *
upper(const char *s)
{
	char *out = tt_xstrdup(s);

	for (char *c = out; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	return out;
}

/* Names of the columns to show (tt_strv), in lower case. */
static int
chosen(const char *const *names, char ***ret, struct tt_err **err)
{
	tt_auto(strv) char **want = NULL;
	tt_auto(strv) char **known = NULL;

	for (const char *const *n = names; *n; n++)
		tt_strv_add(&known, *n);
	want = platform_args.columns ? tt_split(platform_args.columns, ',') : NULL;
	for (char **w = want ? want : known; w && *w; w++) {
		for (char *c = *w; *c; c++)
			*c = (char)tolower((unsigned char)*c);
		if (!tt_strv_has(known, *w)) {
			tt_auto(free) char *all = tt_strv_join(known, ", ");

			return tt_err_set(err, -EINVAL, "InvalidArgument",
			    "there is no column '%s'; there are %s", *w, all);
		}
		tt_strv_add(ret, *w);
	}
	return 0;
}

static void
sort_rows(json_t *rows, const char *by)
{
	bool down = *by == '-';
	tt_auto(free) char *name = tt_xstrdup(down ? by + 1 : by);

	for (char *c = name; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	/* a handful of rows: insertion is enough, and stable */
	for (size_t i = 1; i < json_array_size(rows); i++) {
		for (size_t k = i; k > 0; k--) {
			json_t *a = json_array_get(rows, k - 1);
			json_t *b = json_array_get(rows, k);
			tt_auto(free) char *x = cell(a, name), *y = cell(b, name);

			if (down ? strcmp(x, y) >= 0 : strcmp(x, y) <= 0)
				break;
			json_incref(a);
			json_array_set(rows, k - 1, b);
			json_array_set_new(rows, k, a);
		}
	}
}

static void
print_table(const json_t *rows, char **columns)
{
	struct libscols_table *table = scols_new_table();
	const json_t *row;
	size_t i;

	if (!table)
		abort(); /* out of memory */
	scols_table_enable_noheadings(table, platform_args.no_header);
	for (char **c = columns; c && *c; c++) {
		tt_auto(free) char *title = upper(*c);

		if (!scols_table_new_column(table, title, 0, 0))
			abort(); /* out of memory */
	}
	json_array_foreach(rows, i, row)
	{
		struct libscols_line *line = scols_table_new_line(table, NULL);
		size_t n = 0;

		for (char **c = columns; c && *c; c++) {
			tt_auto(free) char *text = cell(row, *c);

			if (scols_line_set_data(line, n++, text) != 0)
				abort(); /* out of memory */
		}
	}
	scols_print_table(table);
	scols_unref_table(table);
}

int
platform_table(json_t *rows, const char *const *names, struct tt_err **err)
{
	tt_auto(strv) char **columns = NULL;
	const json_t *row;
	size_t i;
	int r = chosen(names, &columns, err);

	if (r < 0)
		return r;
	if (platform_args.sort)
		sort_rows(rows, platform_args.sort);
	if (platform_args.stream) {
		json_array_foreach(rows, i, row)
		{
			tt_auto(free) char *line = tt_json_line(row);

			puts(line);
		}
	} else if (platform_args.json) {
		json_dumpf(rows, stdout, JSON_INDENT(2));
		putchar('\n');
	} else {
		print_table(rows, columns);
	}
	return 0;
}
