// SPDX-License-Identifier: MPL-2.0
/*
 * Parser of the names of signed entries. They come from a file system that firmware and
 * other machines write.
 */
#include "platform/key/ukiname.h"

#include <errno.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"

#define PREFIX   "triton-"
#define SUFFIX   ".efi"
#define COUNTERS 99 /* no more boots than that are counted */
#define DIGITS   "0123456789"
#define KINDS    "abcdefghijklmnopqrstuvwxyz" DIGITS
/* "20260102T030405Z": where what is no digit stands */
#define STAMP_T 8
#define STAMP_Z 15

struct reader {
	const char *at, *end;
};

static bool
skip(struct reader *r, const char *word)
{
	const size_t len = strlen(word);

	if ((size_t)(r->end - r->at) < len || memcmp(r->at, word, len) != 0)
		return false;
	r->at += len;
	return true;
}

/* The run of these characters, at most max of them, into to (max + 1 bytes). */
static size_t
take(struct reader *r, const char *chars, char *to, size_t max)
{
	size_t n = 0;

	while (r->at < r->end && n < max && *r->at != '\0' && strchr(chars, *r->at))
		to[n++] = *r->at++;
	to[n] = '\0';
	return n;
}

static bool
take_stamp(struct reader *r, char *to)
{
	for (size_t i = 0; i < UKI_STAMP_LEN - 1; i++, r->at++) {
		if (r->at == r->end)
			return false;
		if (i == STAMP_T
			? *r->at != 'T'
			: (i == STAMP_Z ? *r->at != 'Z' : *r->at < '0' || *r->at > '9'))
			return false;
		to[i] = *r->at;
	}
	to[UKI_STAMP_LEN - 1] = '\0';
	return to[0] == '2';
}

static bool
take_number(struct reader *r, int *ret)
{
	char digits[3];
	const size_t n = take(r, DIGITS, digits, sizeof(digits) - 1);

	if (n == 0)
		return false;
	*ret = digits[0] - '0';
	if (n == 2)
		*ret = *ret * 10 + (digits[1] - '0');
	return *ret <= COUNTERS;
}

int
uki_name_parse(const char *text, size_t len, struct uki_name *ret)
{
	struct uki_name n = { .left = UKI_UNCOUNTED };
	struct reader r = { text, text + len };
	char rank[2];

	if (!skip(&r, PREFIX) || take(&r, DIGITS, rank, 1) != 1 || !skip(&r, "-") ||
	    !take_stamp(&r, n.stamp) || !skip(&r, "-") ||
	    take(&r, KINDS, n.kind, sizeof(n.kind) - 1) == 0)
		return -EINVAL;
	if (skip(&r, "+") &&
	    (!take_number(&r, &n.left) || (skip(&r, "-") && !take_number(&r, &n.done))))
		return -EINVAL;
	if (!skip(&r, SUFFIX) || r.at != r.end)
		return -EINVAL;
	n.rank = rank[0];
	*ret = n;
	return 0;
}

char *
uki_name_format(const struct uki_name *n)
{
	char counter[16] = "";

	if (n->left != UKI_UNCOUNTED && n->done > 0)
		(void)tt_strf(counter, sizeof(counter), "+%d-%d", n->left, n->done);
	else if (n->left != UKI_UNCOUNTED)
		(void)tt_strf(counter, sizeof(counter), "+%d", n->left);
	return tt_xprintf(
	    PREFIX "%c-%s-%s%s" SUFFIX, n->rank, n->stamp, n->kind, counter);
}
