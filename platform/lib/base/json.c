// SPDX-License-Identifier: MPL-2.0
/* See json.h. */
#include "platform/lib/base/json.h"

#include <errno.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"

int
tt_json_parse(
    const char *name, const char *text, size_t len, json_t **ret, struct tt_err **err)
{
	json_error_t e;
	json_t *j = json_loadb(text, len, JSON_REJECT_DUPLICATES, &e);

	if (j == NULL)
		return tt_err_set(err, -EINVAL, "InvalidJSON",
		    "%s:%d:%d: not valid JSON: %s", name, e.line, e.column, e.text);
	*ret = j;
	return 0;
}

int
tt_json_load(const char *path, size_t max, json_t **ret, struct tt_err **err)
{
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(max);
	int r = tt_file_read(path, &b, err);

	return r < 0 ? r : tt_json_parse(path, tt_buf_str(&b), b.len, ret, err);
}

int
tt_json_save(const char *path, const json_t *j, mode_t mode, struct tt_err **err)
{
	tt_auto(free) char *text = json_dumps(j, JSON_INDENT(2));
	tt_auto(free) char *line = NULL;

	if (text == NULL)
		return tt_err_set(
		    err, -EINVAL, NULL, "'%s': the value is not JSON", path);
	line = tt_xprintf("%s\n", text);
	return tt_file_replace(path, line, strlen(line), mode, err);
}

char *
tt_json_line(const json_t *j)
{
	char *text = json_dumps(j, JSON_COMPACT | JSON_ENCODE_ANY);

	return text != NULL ? text : tt_xstrdup("null");
}

const char *
tt_json_str(const json_t *obj, const char *key, const char *fallback)
{
	const char *s = json_string_value(json_object_get(obj, key));

	return s != NULL ? s : fallback;
}

long long
tt_json_int(const json_t *obj, const char *key, long long fallback)
{
	const json_t *v = json_object_get(obj, key);

	return json_is_integer(v) ? json_integer_value(v) : fallback;
}

bool
tt_json_bool(const json_t *obj, const char *key, bool fallback)
{
	const json_t *v = json_object_get(obj, key);

	return json_is_boolean(v) ? json_is_true(v) : fallback;
}
