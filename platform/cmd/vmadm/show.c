// SPDX-License-Identifier: MPL-2.0
/*
 * Sub-commands that show instances.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "platform/cmd/vmadm/vmadm.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/str.h"
#include "platform/lib/model/vm.h"

static bool parsable, no_header, json, one;
static const char *fields, *sort;

const struct tt_opt vmadm_list_opts[] = {
	{ 'p', "parsable", TT_OPT_FLAG, &parsable, NULL, "fields with ':' between" },
	{ 'H', "no-header", TT_OPT_FLAG, &no_header, NULL, "no line of names" },
	{ 'j', "json", TT_OPT_FLAG, &json, NULL, "JSON" },
	{ 'o', "fields", TT_OPT_TEXT, &fields, "NAME,...", "fields, " TT_VM_LIST_FIELDS },
	{ 's', "sort", TT_OPT_TEXT, &sort, "NAME,...", "order, -NAME for descending" },
	{ 0 },
};

const struct tt_opt vmadm_lookup_opts[] = {
	{ '1', "one", TT_OPT_FLAG, &one, NULL, "exactly one must match" },
	{ 'j', "json", TT_OPT_FLAG, &json, NULL, "JSON" },
	{ 'o', "fields", TT_OPT_TEXT, &fields, "NAME,...", "fields, for -j" },
	{ 0 },
};

static int
print(const json_t *value)
{
	(void)json_dumpf(value, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY);
	(void)putchar('\n');
	return 0;
}

int
vmadm_get(int argc, char **argv, void *ctx)
{
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(json) json_t *vm = NULL;
	const int bad = vmadm_check_uuid("get", argv[0]);

	(void)argc;
	(void)ctx;
	if (bad != 0)
		return bad;
	if (vmadm_call(json_pack("{s:s,s:s}", "op", "get", "uuid", argv[0]), &vm, &err) <
	    0) {
		(void)fprintf(
		    stderr, "Unable to get VM %s: %s\n", argv[0], tt_err_message(err));
		return 1;
	}
	return print(vm);
}

/* names NULL: whole views. */
static int
query(const char *names, char **filters, json_t **ret, struct tt_err **err)
{
	json_t *list = json_array();

	for (char **f = filters; *f != NULL; f++)
		json_array_append_new(list, json_string(*f));
	return vmadm_call(
	    json_pack("{s:s,s:s?,s:s,s:o}", "op", "list", "fields", names, "sort",
		sort != NULL ? sort : TT_VM_LIST_SORT, "filters", list),
	    ret, err);
}

/* --- the table ------------------------------------------------------------------------- */

static void
print_parsable(const json_t *rows, char **names)
{
	size_t i;
	json_t *row;

	json_array_foreach(rows, i, row)
	{
		for (char **n = names; *n != NULL; n++) {
			tt_auto(free) char *cell = tt_vm_cell(json_object_get(row, *n));

			(void)printf("%s%s", n == names ? "" : ":",
			    tt_streq(cell, "-") ? "" : cell);
		}
		(void)putchar('\n');
	}
}

static void
widen(size_t *width, const char *text)
{
	const size_t n = tt_utf8_len(text);

	*width = n > *width ? n : *width;
}

/* The last column is not padded. */
static void
print_cell(const char *text, size_t width, bool last)
{
	const int pad = last ? 0 : (int)(width - tt_utf8_len(text)) + 2;

	(void)printf("%s%*s", text, pad, "");
	if (last)
		(void)putchar('\n');
}

static void
print_names(char **names, const size_t *widths)
{
	for (size_t k = 0; names[k] != NULL; k++) {
		tt_auto(free) char *upper = tt_xstrdup(names[k]);

		for (char *c = upper; *c != '\0'; c++)
			*c = (char)toupper((unsigned char)*c);
		print_cell(upper, widths[k], names[k + 1] == NULL);
	}
}

static void
print_table(const json_t *rows, char **names)
{
	const size_t n = tt_strv_len(names);
	tt_auto(free) size_t *widths = tt_xcalloc(n, sizeof(*widths));
	size_t i;
	json_t *row;

	for (size_t k = 0; k < n; k++)
		widen(&widths[k], names[k]);
	json_array_foreach(rows, i, row)
	{
		for (size_t k = 0; k < n; k++) {
			tt_auto(free) char *cell =
			    tt_vm_cell(json_object_get(row, names[k]));

			widen(&widths[k], cell);
		}
	}
	if (!no_header)
		print_names(names, widths);
	json_array_foreach(rows, i, row)
	{
		for (size_t k = 0; k < n; k++) {
			tt_auto(free) char *cell =
			    tt_vm_cell(json_object_get(row, names[k]));

			print_cell(cell, widths[k], k + 1 == n);
		}
	}
}

int
vmadm_list(int argc, char **argv, void *ctx)
{
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(json) json_t *rows = NULL;
	tt_auto(strv) char **names = NULL;
	const char *shown = fields != NULL || json ? fields : TT_VM_LIST_FIELDS;

	(void)argc;
	(void)ctx;
	if (query(shown, argv, &rows, &err) < 0)
		return tt_cli_fail("vmadm", err);
	if (json)
		return print(rows);
	names = tt_split(shown, ',');
	if (parsable)
		print_parsable(rows, names);
	else
		print_table(rows, names);
	return 0;
}

int
vmadm_lookup(int argc, char **argv, void *ctx)
{
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(json) json_t *rows = NULL;
	size_t i;
	json_t *row;

	(void)argc;
	(void)ctx;
	if (query(json ? fields : "uuid", argv, &rows, &err) < 0)
		return tt_cli_fail("vmadm", err);
	if (one && json_array_size(rows) != 1) {
		(void)fprintf(stderr, "Requested unique lookup but found %zu results.\n",
		    json_array_size(rows));
		return 1;
	}
	if (json)
		return print(rows);
	json_array_foreach(rows, i, row)
	{
		(void)printf("%s\n", tt_json_str(row, "uuid", ""));
	}
	return 0;
}
