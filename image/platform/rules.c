// SPDX-License-Identifier: MPL-2.0
/*
 * Keep and drop rules. Ten thousand paths meet a hundred rules in every build, so the fixed
 * start of a glob is compared before fnmatch is asked.
 */
#include "image/platform/rules.h"

#include <fnmatch.h>
#include <string.h>

#include "image/platform/lines.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"

struct rule {
	const char *glob;
	size_t fixed; /* characters in front of the first special one */
	bool keep;
};

struct rules {
	struct lines lines;
	struct rule *rows;
	size_t count;
};

void
rules_free(struct rules *r)
{
	if (r == NULL)
		return;
	lines_release(&r->lines);
	free(r->rows);
	free(r);
}

int
rules_load(const char *path, struct rules **ret, struct tt_err **err)
{
	tt_auto(rules) struct rules *rules = tt_xalloc(sizeof(*rules));
	int r = lines_load(path, " \t", &rules->lines, err);

	if (r < 0)
		return r;
	rules->rows = tt_xcalloc(rules->lines.count + 1, sizeof(*rules->rows));
	for (size_t i = 0; i < rules->lines.count; i++) {
		const struct line *l = &rules->lines.rows[i];
		bool keep = tt_streq(l->words[0], "keep");

		if (l->count != 2 || (!keep && !tt_streq(l->words[0], "drop")))
			return lines_bad(
			    &rules->lines, l, "wants 'keep GLOB' or 'drop GLOB'", err);
		rules->rows[rules->count++] = (struct rule){ .glob = l->words[1],
			.fixed = strcspn(l->words[1], "*?[\\"),
			.keep = keep };
	}
	*ret = tt_take(rules);
	return 0;
}

bool
rules_keep(const struct rules *r, const char *path)
{
	for (size_t i = r->count; i-- > 0;) {
		const struct rule *rule = &r->rows[i];

		if (strncmp(rule->glob, path, rule->fixed) == 0 &&
		    fnmatch(rule->glob, path, 0) == 0)
			return rule->keep;
	}
	return true;
}
