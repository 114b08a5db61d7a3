// SPDX-License-Identifier: MPL-2.0
/*
 * Longest common subsequence of lines, the textbook way: a config has about a hundred.
 */
#include "installer/setup/edit_diff.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"
#include "platform/lib/conf/confkeys.h"

struct line {
	const char *text; /* not terminated */
	size_t len;
};

struct lines {
	struct line *v;
	size_t n;
};

static void
tt_auto_lines(struct lines *l)
{
	free(l->v);
}

static int
split(const char *text, struct lines *ret)
{
	ret->v = tt_xcalloc(EDIT_DIFF_LINES, sizeof(*ret->v));
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		if (ret->n == EDIT_DIFF_LINES)
			return -E2BIG;
		ret->v[ret->n++] = (struct line){ text, len };
		text += len + (text[len] == '\n');
	}
	return 0;
}

static bool
same(const struct line *a, const struct line *b)
{
	return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

/* Keys of ours that are secret, and names that sound like it: operators add their own. */
static bool
is_secret(const char *key)
{
	static const char *const parts[] = { "pw", "pass", "secret", "token", "shadow" };

	for (size_t i = 0; i < TT_ARRAY_LEN(parts); i++)
		if (strstr(key, parts[i]) != NULL)
			return true;
	return tt_conf_key_secret(key);
}

static void
add_line(struct tt_buf *out, char mark, const struct line *l)
{
	const char *equals = memchr(l->text, '=', l->len);
	tt_auto(free) char *key =
	    tt_xstrndup(l->text, equals != NULL ? (size_t)(equals - l->text) : 0);

	tt_buf_addc(out, mark);
	if (equals != NULL && is_secret(key))
		tt_buf_addf(out, "%s=***\n", key);
	else
		tt_buf_addf(out, "%.*s\n", (int)l->len, l->text);
}

/* common[i][j]: lines that the tails from i and j share. */
static uint16_t *
common_lengths(const struct lines *a, const struct lines *b)
{
	const size_t width = b->n + 1;
	uint16_t *common = tt_xcalloc((a->n + 1) * width, sizeof(*common));

	for (size_t i = a->n; i-- > 0;) {
		for (size_t j = b->n; j-- > 0;) {
			uint16_t down = common[(i + 1) * width + j];
			uint16_t right = common[i * width + j + 1];

			if (same(&a->v[i], &b->v[j]))
				common[i * width + j] =
				    (uint16_t)(common[(i + 1) * width + j + 1] + 1);
			else
				common[i * width + j] = down > right ? down : right;
		}
	}
	return common;
}

int
edit_diff(const char *before, const char *after, struct tt_buf *out)
{
	tt_auto(lines) struct lines a = { 0 };
	tt_auto(lines) struct lines b = { 0 };
	tt_auto(free) uint16_t *common = NULL;
	size_t i = 0, j = 0;
	int differ = 0;

	if (split(before, &a) < 0 || split(after, &b) < 0)
		return -E2BIG;
	common = common_lengths(&a, &b);
	while (i < a.n || j < b.n) {
		const size_t at = i * (b.n + 1) + j;

		if (i < a.n && j < b.n && same(&a.v[i], &b.v[j])) {
			i++;
			j++;
			continue;
		}
		differ++;
		if (j == b.n || (i < a.n && common[at + b.n + 1] >= common[at + 1]))
			add_line(out, '-', &a.v[i++]);
		else
			add_line(out, '+', &b.v[j++]);
	}
	return differ;
}
