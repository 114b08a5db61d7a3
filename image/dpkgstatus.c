// SPDX-License-Identifier: MPL-2.0
/*
 * Reader of dpkg's status file (deb-control(5) stanzas), for the bill of materials.
 */
#include <string.h>

#include "image/sbom.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"

#define PACKAGES_MAX 10000
#define VALUE_MAX    256

struct stanza {
	char name[VALUE_MAX], version[VALUE_MAX], arch[VALUE_MAX], source[VALUE_MAX];
	bool installed;
};

/* "Name: value" into the field; continuation lines and other fields are passed over. */
static void
take_line(struct stanza *s, const char *line, size_t len)
{
	struct {
		const char *name;
		char *to;
	} fields[] = { { "Package: ", s->name }, { "Version: ", s->version },
		{ "Architecture: ", s->arch }, { "Source: ", s->source } };
	static const char installed[] = "Status: install ok installed";

	if (len == sizeof(installed) - 1 && memcmp(line, installed, len) == 0)
		s->installed = true;
	for (size_t i = 0; i < TT_ARRAY_LEN(fields); i++) {
		const size_t n = strlen(fields[i].name);

		if (len <= n || len - n >= VALUE_MAX ||
		    memcmp(line, fields[i].name, n) != 0)
			continue;
		memcpy(fields[i].to, line + n, len - n);
		fields[i].to[len - n] = '\0';
	}
}

static bool
clean(const char *s)
{
	return tt_utf8_check(s, strlen(s)) < 0 && tt_control_find(s, strlen(s)) < 0;
}

static void
end_stanza(struct stanza *s, json_t *all)
{
	if (s->installed && *s->name != '\0' && *s->version != '\0' &&
	    json_array_size(all) < PACKAGES_MAX && clean(s->name) && clean(s->version) &&
	    clean(s->arch) && clean(s->source))
		json_array_append_new(
		    all, json_pack("{s:s,s:s,s:s,s:s}", "name", s->name, "version",
			     s->version, "arch", s->arch, "source",
			     *s->source == '\0' ? s->name : s->source));
	*s = (struct stanza){ 0 };
}

static int
by_name(const void *a, const void *b)
{
	json_t *const *x = a, *const *y = b;

	return strcmp(json_string_value(json_object_get(*x, "name")),
	    json_string_value(json_object_get(*y, "name")));
}

json_t *
sbom_packages(const char *text, size_t len)
{
	json_t *found = json_array();
	json_t *sorted = json_array();
	json_t **rows = NULL;
	struct stanza s = { 0 };
	size_t n;

	while (len > 0) {
		const char *nl = memchr(text, '\n', len);
		const size_t line = nl == NULL ? len : (size_t)(nl - text);

		if (line == 0)
			end_stanza(&s, found);
		else
			take_line(&s, text, line);
		len -= nl == NULL ? line : line + 1;
		text += nl == NULL ? line : line + 1;
	}
	end_stanza(&s, found);
	n = json_array_size(found);
	rows = tt_xcalloc(n + 1, sizeof(json_t *));
	for (size_t i = 0; i < n; i++)
		rows[i] = json_array_get(found, i);
	qsort(rows, n, sizeof(json_t *), by_name);
	for (size_t i = 0; i < n; i++)
		json_array_append(sorted, rows[i]);
	free(rows);
	json_decref(found);
	return sorted;
}
