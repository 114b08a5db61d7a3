// SPDX-License-Identifier: MPL-2.0
/*
 * Text of /etc/shadow; see the header.
 */
#include "platform/boot/shadow.h"

#include <errno.h>
#include <string.h>

#include "platform/lib/base/str.h"

#define HASH_MAX 512

int
shadow_check(const char *hash, struct tt_err **err)
{
	size_t n = strlen(hash);

	if (n == 0 || n > HASH_MAX || strpbrk(hash, ":\r\n \t") ||
	    tt_control_find(hash, n) >= 0)
		return tt_err_set(err, -EINVAL, "InvalidArgument",
		    "root_shadow is no crypt(3) text: it may not be empty nor hold a "
		    "colon or a blank");
	return 0;
}

/* The password field of a line that is user's: its offset and length. */
static bool
field(const char *line, size_t len, const char *user, size_t *ret_at, size_t *ret_len)
{
	size_t u = strlen(user);
	const char *end;

	if (len <= u || memcmp(line, user, u) != 0 || line[u] != ':')
		return false;
	end = memchr(line + u + 1, ':', len - u - 1);
	*ret_at = u + 1;
	*ret_len = end ? (size_t)(end - line) - u - 1 : len - u - 1;
	return true;
}

int
shadow_set(const char *text, size_t len, const char *user, const char *hash,
    struct tt_buf *out, struct tt_err **err)
{
	bool done = false;
	int r = shadow_check(hash, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < len;) {
		const char *line = text + i, *eol = memchr(line, '\n', len - i);
		size_t n = eol ? (size_t)(eol - line) : len - i, at, old;

		if (!done && field(line, n, user, &at, &old)) {
			(void)tt_buf_add(out, line, at);
			(void)tt_buf_adds(out, hash);
			(void)tt_buf_add(out, line + at + old, n - at - old);
			done = true;
		} else {
			(void)tt_buf_add(out, line, n);
		}
		(void)tt_buf_addc(out, '\n');
		i += n + 1;
	}
	if (!done)
		(void)tt_buf_addf(out, "%s:%s:::::::\n", user, hash);
	return out->overflow
		   ? tt_err_set(err, -EMSGSIZE, NULL, "/etc/shadow is too large")
		   : 0;
}

int
shadow_get(const char *text, size_t len, const char *user, char *out, size_t size)
{
	for (size_t i = 0; i < len;) {
		const char *line = text + i, *eol = memchr(line, '\n', len - i);
		size_t n = eol ? (size_t)(eol - line) : len - i, at, old;

		if (field(line, n, user, &at, &old)) {
			if (old >= size)
				return -ENOENT;
			memcpy(out, line + at, old);
			out[old] = '\0';
			return 0;
		}
		i += n + 1;
	}
	return -ENOENT;
}
