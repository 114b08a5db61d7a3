// SPDX-License-Identifier: MPL-2.0
/*
 * The mark of the key's copy on the pool.
 */
#include "platform/key/copymark.h"

#include <string.h>

#include "platform/key/manifest.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

char *
key_copied_text(const char *top, const char *manifest, size_t len)
{
	tt_auto(free) char *path = tt_path_join(top, "version");
	tt_auto(free) char *version = tt_file_line(path);
	char hex[TT_SHA256_HEX_LEN];

	tt_sha256_hex(manifest, len, hex);
	return tt_xprintf("%s %s", version ? version : "-", hex);
}

/* The first medium's manifest and the mark for it. */
static int
wanted(const struct key_set *s, struct tt_buf *text, char **ret_mark, struct tt_err **err)
{
	tt_auto(free) char *path = tt_path_join(s->v[0].where, KEY_MANIFEST);
	int r;

	tt_buf_init(text, MANIFEST_MAX);
	r = tt_file_read(path, text, err);
	if (r == 0)
		*ret_mark = key_copied_text(s->v[0].where, tt_buf_str(text), text->len);
	return r;
}

bool
key_copy_is_current(const struct key_set *s)
{
	tt_auto(free) char *path = tt_path_join(s->copy, KEY_COPIED);
	tt_auto(free) char *have = tt_file_line(path);
	tt_auto(buf) struct tt_buf text = { 0 };
	tt_auto(free) char *mark = NULL;

	return wanted(s, &text, &mark, NULL) == 0 && tt_streq(have, mark);
}

int
key_copy_follow(const struct key_set *s, struct tt_err **err)
{
	tt_auto(free) char *manifest = tt_path_join(s->copy, KEY_MANIFEST);
	tt_auto(free) char *path = tt_path_join(s->copy, KEY_COPIED);
	tt_auto(buf) struct tt_buf text = { 0 };
	tt_auto(free) char *mark = NULL;
	int r = wanted(s, &text, &mark, err);

	if (r == 0)
		r = tt_file_replace(manifest, tt_buf_str(&text), text.len, 0444, err);
	if (r == 0)
		r = tt_file_replace(path, mark, strlen(mark), 0444, err);
	return r;
}
