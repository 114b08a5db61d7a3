// SPDX-License-Identifier: MPL-2.0
/*
 * Parser of a tar header.
 */
#include "tools/operator/platform/tarhead.h"

#include <errno.h>
#include <string.h>

#include "platform/lib/base/str.h"

/* Offsets and lengths of the fields of a ustar header. */
#define NAME_LEN   100
#define SIZE_AT    124
#define SIZE_LEN   12
#define SUM_AT     148
#define SUM_LEN    8
#define TYPE_AT    156
#define MAGIC_AT   257
#define PREFIX_AT  345
#define PREFIX_LEN 155

static int
octal(const uint8_t *field, size_t len, uint64_t *ret)
{
	uint64_t v = 0;
	size_t i = 0;

	while (i < len && field[i] == ' ')
		i++;
	for (; i < len && field[i] >= '0' && field[i] <= '7'; i++)
		v = v << 3 | (uint64_t)(field[i] - '0');
	for (; i < len; i++)
		if (field[i] != ' ' && field[i] != '\0')
			return -EINVAL;
	*ret = v;
	return 0;
}

/* The sum counts its own field as blanks. */
static bool
sum_is_right(const uint8_t *b)
{
	uint64_t want, sum = 0;

	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += i >= SUM_AT && i < SUM_AT + SUM_LEN ? ' ' : b[i];
	return octal(b + SUM_AT, SUM_LEN, &want) == 0 && want == sum;
}

static size_t
field_len(const uint8_t *field, size_t max)
{
	const uint8_t *end = memchr(field, '\0', max);

	return end ? (size_t)(end - field) : max;
}

static void
take_name(const uint8_t *b, char out[TAR_NAME_LEN])
{
	size_t name = field_len(b, NAME_LEN), prefix = 0, n = 0;

	/* GNU's old format ("ustar  ") keeps times where the prefix would be */
	if (memcmp(b + MAGIC_AT, "ustar\0", 6) == 0)
		prefix = field_len(b + PREFIX_AT, PREFIX_LEN);
	if (prefix > 0) {
		memcpy(out, b + PREFIX_AT, prefix);
		n = prefix;
		out[n++] = '/';
	}
	memcpy(out + n, b, name);
	n += name;
	while (n > 0 && out[n - 1] == '/')
		n--;
	out[n] = '\0';
}

int
tar_head_parse(const void *block, size_t len, struct tar_head *ret, const char **ret_why)
{
	static const uint8_t zeros[TAR_BLOCK];
	const uint8_t *b = block;
	struct tar_head h = { 0 };

	*ret_why = NULL;
	if (len != TAR_BLOCK)
		*ret_why = "the archive ends inside a header";
	else if (memcmp(b, zeros, TAR_BLOCK) == 0)
		return 0;
	else if (!sum_is_right(b))
		*ret_why =
		    "a header's sum is wrong: this is no tar archive, or a damaged one";
	else if (b[TYPE_AT] != '0' && b[TYPE_AT] != '\0' && b[TYPE_AT] != '5')
		*ret_why = "it holds something that is neither a file nor a folder";
	else if (octal(b + SIZE_AT, SIZE_LEN, &h.size) < 0)
		*ret_why = "a size is not an octal number";
	if (*ret_why)
		return -EINVAL;
	take_name(b, h.name);
	h.folder = b[TYPE_AT] == '5';
	if (h.folder)
		h.size = 0;
	*ret = h;
	return 1;
}
