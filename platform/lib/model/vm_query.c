// SPDX-License-Identifier: MPL-2.0
/* Lists of instances: which ones, which of their values, in which order. */
#include <errno.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"
#include "platform/lib/model/vm_int.h"

#define FIELDS_MAX  64
#define FILTERS_MAX 32
#define SORTS_MAX   8
#define REGEX_MAX   256 /* bytes: what a pattern costs grows with it */

struct filter {
	struct vm_path path;
	char *want;
	bool is_regex;
	regex_t regex;
};

struct sort_key {
	struct vm_path path;
	bool down;
};

struct row {
	json_t *shown;
	json_t *keys; /* array, null = not there */
	size_t n;     /* order of arrival decides between equals */
};

struct tt_vm_query {
	struct vm_path fields[FIELDS_MAX];
	struct filter filters[FILTERS_MAX];
	struct sort_key sorts[SORTS_MAX];
	size_t n_fields, n_filters, n_sorts;
	struct row *rows;
	size_t n, space;
};

void
tt_vm_query_free(struct tt_vm_query *q)
{
	if (q == NULL)
		return;
	json_decref(tt_vm_query_take(q));
	for (size_t i = 0; i < q->n_fields; i++)
		free(q->fields[i].name);
	for (size_t i = 0; i < q->n_sorts; i++)
		free(q->sorts[i].path.name);
	for (size_t i = 0; i < q->n_filters; i++) {
		free(q->filters[i].path.name);
		free(q->filters[i].want);
		if (q->filters[i].is_regex)
			regfree(&q->filters[i].regex);
	}
	free(q->rows);
	free(q);
}

static int
parse_fields(struct tt_vm_query *q, const char *text, struct tt_err **err)
{
	tt_auto(strv) char **names = tt_split(text, ',');
	int r = 0;

	if (tt_strv_len(names) > FIELDS_MAX)
		return tt_err_set(
		    err, -EINVAL, "InvalidArgument", "more than %d fields", FIELDS_MAX);
	for (char **p = names; p != NULL && *p != NULL && r == 0; p++)
		r = vm_path_parse(*p, &q->fields[q->n_fields++], err);
	return r;
}

static int
parse_sorts(struct tt_vm_query *q, const char *text, struct tt_err **err)
{
	tt_auto(strv) char **names = tt_split(text, ',');
	int r = 0;

	if (tt_strv_len(names) > SORTS_MAX)
		return tt_err_set(
		    err, -EINVAL, "InvalidArgument", "more than %d sort keys", SORTS_MAX);
	for (char **p = names; p != NULL && *p != NULL && r == 0; p++) {
		struct sort_key *key = &q->sorts[q->n_sorts++];
		const char *name = *p;

		key->down = *name == '-';
		name += *name == '-' || *name == '+';
		r = vm_path_parse(name, &key->path, err);
	}
	return r;
}

/* Large or nested counts would take memory without end: (a{999}){999}... */
static bool
too_much(const char *pattern)
{
	const char *brace = strchr(pattern, '{');

	if (strlen(pattern) > REGEX_MAX)
		return true;
	if (brace == NULL)
		return false;
	if (strchr(brace + 1, '{') != NULL)
		return true;
	/* "{2,30}": both ends have at most two digits */
	for (const char *p = brace + 1; *p != '\0' && *p != '}';) {
		const size_t digits = strspn(p, "0123456789");

		if (digits > 2)
			return true;
		p += digits > 0 ? digits : 1;
	}
	return false;
}

static int
parse_filter(struct tt_vm_query *q, const char *text, struct tt_err **err)
{
	struct filter *f = &q->filters[q->n_filters++];
	const char *eq = strchr(text, '=');
	tt_auto(free) char *name = NULL;
	char why[128];
	int r;

	if (eq == NULL)
		return tt_err_set(err, -EINVAL, "InvalidArgument",
		    "'%.64s' is no filter: give name=value or name=~regex", text);
	name = tt_xstrndup(text, (size_t)(eq - text));
	r = vm_path_parse(name, &f->path, err);
	if (r < 0)
		return r;
	f->want = tt_xstrdup(eq + 1);
	if (eq[1] != '~')
		return 0;
	if (too_much(eq + 2))
		return tt_err_set(err, -EINVAL, "InvalidArgument",
		    "filter of '%s': a pattern has at most %d bytes and one {count} up "
		    "to 99",
		    name, REGEX_MAX);
	r = regcomp(&f->regex, eq + 2, REG_EXTENDED | REG_NOSUB);
	if (r != 0) {
		(void)regerror(r, &f->regex, why, sizeof(why));
		return tt_err_set(err, -EINVAL, "InvalidArgument",
		    "filter of '%s': not an extended regular expression: %s", name, why);
	}
	f->is_regex = true;
	return 0;
}

int
tt_vm_query_new(const char *fields, const char *sort, char *const *filters,
    struct tt_vm_query **ret, struct tt_err **err)
{
	tt_auto(vm_query) struct tt_vm_query *q = tt_xalloc(sizeof(*q));
	int r = 0;

	if (fields != NULL)
		r = parse_fields(q, fields, err);
	if (r == 0 && sort != NULL)
		r = parse_sorts(q, sort, err);
	if (tt_strv_len(filters) > FILTERS_MAX)
		return tt_err_set(
		    err, -EINVAL, "InvalidArgument", "more than %d filters", FILTERS_MAX);
	for (; r == 0 && filters != NULL && *filters != NULL; filters++)
		r = parse_filter(q, *filters, err);
	if (r == 0)
		*ret = tt_take(q);
	return r;
}

/* --- values as text --- */

char *
tt_vm_cell(const json_t *value)
{
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(1024 * TT_KIB);
	json_t *m;
	size_t i;

	switch (value != NULL ? json_typeof(value) : JSON_NULL) {
	case JSON_NULL:
		return tt_xstrdup("-");
	case JSON_STRING:
		return tt_xstrdup(json_string_value(value));
	case JSON_ARRAY:
		json_array_foreach(value, i, m)
		{
			tt_auto(free) char *one = tt_vm_cell(m);

			(void)tt_buf_addf(&text, "%s%s", i > 0 ? "," : "", one);
		}
		return i > 0 ? tt_buf_detach(&text) : tt_xstrdup("-");
	default:
		return tt_json_line(value);
	}
}

/* --- filters --- */

static bool
text_matches(const struct filter *f, const json_t *v)
{
	tt_auto(free) char *own = NULL;
	const char *text = json_string_value(v);

	if (v == NULL || json_is_null(v))
		text = "";
	else if (text == NULL)
		text = own = tt_vm_cell(v);
	if (f->is_regex)
		return regexec(&f->regex, text, 0, NULL, 0) == 0;
	return tt_streq(text, f->want);
}

/* A list matches by any of its members. */
static bool
matches(const struct filter *f, const json_t *v)
{
	json_t *m;
	size_t i;

	if (!json_is_array(v))
		return text_matches(f, v);
	json_array_foreach(v, i, m)
	{
		if (text_matches(f, m))
			return true;
	}
	return false;
}

/* --- rows --- */

static json_t *
shown(const struct tt_vm_query *q, const struct tt_vm *vm, const struct tt_vm_runtime *rt)
{
	json_t *out;

	if (q->n_fields == 0)
		return tt_vm_view(vm, rt);
	out = json_object();
	for (size_t i = 0; i < q->n_fields; i++) {
		const struct vm_path *path = &q->fields[i];
		json_t *v = vm_path_value(path, vm, rt);
		tt_auto(free) char *whole = NULL;

		if (v == NULL)
			continue;
		if (path->rest != NULL)
			whole = tt_xprintf("%s.%s", path->name, path->rest);
		json_object_set_new(out, whole != NULL ? whole : path->name, v);
	}
	return out;
}

bool
tt_vm_query_add(
    struct tt_vm_query *q, const struct tt_vm *vm, const struct tt_vm_runtime *rt)
{
	struct row *row;

	for (size_t i = 0; i < q->n_filters; i++) {
		tt_auto(json) json_t *v = vm_path_value(&q->filters[i].path, vm, rt);

		if (!matches(&q->filters[i], v))
			return false;
	}
	if (q->n == q->space) {
		q->space = q->space > 0 ? 2 * q->space : 64;
		q->rows = tt_xrealloc(q->rows, q->space * sizeof(*q->rows));
	}
	row = &q->rows[q->n];
	*row = (struct row){ .shown = shown(q, vm, rt), .keys = json_array(), .n = q->n };
	q->n++;
	for (size_t i = 0; i < q->n_sorts; i++) {
		json_t *v = vm_path_value(&q->sorts[i].path, vm, rt);

		json_array_append_new(row->keys, v != NULL ? v : json_null());
	}
	return true;
}

/* Numbers by size, texts by bytes, what is not there last. */
static int
compare_values(const json_t *a, const json_t *b)
{
	tt_auto(free) char *ta = NULL, *tb = NULL;

	if (json_is_null(a) || json_is_null(b))
		return json_is_null(a) - json_is_null(b);
	if (json_is_number(a) && json_is_number(b)) {
		const double x = json_number_value(a), y = json_number_value(b);

		return (x > y) - (x < y);
	}
	if (json_is_string(a) && json_is_string(b))
		return strcmp(json_string_value(a), json_string_value(b));
	ta = tt_vm_cell(a);
	tb = tt_vm_cell(b);
	return strcmp(ta, tb);
}

static int
compare_rows(const void *pa, const void *pb, void *ctx)
{
	const struct row *a = pa, *b = pb;
	const struct tt_vm_query *q = ctx;

	for (size_t i = 0; i < q->n_sorts; i++) {
		const json_t *x = json_array_get(a->keys, i);
		const json_t *y = json_array_get(b->keys, i);
		const int c = compare_values(x, y);

		/* what is not there stays last either way */
		if (c != 0)
			return q->sorts[i].down && !json_is_null(x) && !json_is_null(y)
				   ? -c
				   : c;
	}
	return (a->n > b->n) - (a->n < b->n);
}

json_t *
tt_vm_query_take(struct tt_vm_query *q)
{
	json_t *list = json_array();

	if (q->n > 0)
		qsort_r(q->rows, q->n, sizeof(*q->rows), compare_rows, q);
	for (size_t i = 0; i < q->n; i++) {
		json_array_append_new(list, q->rows[i].shown);
		json_decref(q->rows[i].keys);
	}
	q->n = 0;
	return list;
}
