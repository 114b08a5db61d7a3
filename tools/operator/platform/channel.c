// SPDX-License-Identifier: MPL-2.0
/*
 * Channels of platforms.
 */
#include "tools/operator/platform/channel.h"

#include <errno.h>
#include <string.h>

#include "platform/key/platmanifest.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/conf/loader.h"
#include "platform/lib/fetch/fetch.h"

#define SUMS_MAX (4 * TT_MIB)

void
offers_release(struct offers *o)
{
	for (size_t i = 0; i < o->n; i++) {
		free(o->v[i].stamp);
		free(o->v[i].source);
		free(o->v[i].sha256);
	}
	free(o->v);
	*o = (struct offers){ 0 };
}

const struct offer *
offers_find(const struct offers *o, const char *stamp)
{
	for (size_t i = o->n; i-- > 0;)
		if (!stamp || tt_streq(o->v[i].stamp, stamp))
			return &o->v[i];
	return NULL;
}

/* A file of the channel, when its name is that of a platform's archive. */
static void
consider(struct offers *o, const char *channel, const char *name, const char *sha256)
{
	const char *rest = tt_after_prefix(name, "platform-");
	tt_auto(free) char *stamp = rest ? tt_xstrndup(rest, strcspn(rest, ".")) : NULL;

	if (!stamp || !key_stamp_valid(stamp) ||
	    !tt_streq(rest + KEY_STAMP_LEN, ".tgz") || offers_find(o, stamp))
		return;
	o->v = tt_xrealloc(o->v, (o->n + 1) * sizeof(*o->v));
	o->v[o->n++] = (struct offer){ tt_take(stamp), tt_path_join(channel, name),
		tt_xstrdup_null(sha256) };
}

static int
by_stamp(const void *a, const void *b)
{
	const struct offer *x = a, *y = b;

	return strcmp(x->stamp, y->stamp);
}

static bool
is_url(const char *text)
{
	return tt_after_prefix(text, "http://") || tt_after_prefix(text, "https://");
}

/* SHA256SUMS of the channel: its text, or -ENOENT. */
static int
read_sums(const char *channel, struct tt_buf *text, struct tt_err **err)
{
	tt_auto(free) char *sums = tt_path_join(channel, PLATFORM_SUMS);

	if (!is_url(channel))
		return tt_file_read(sums, text, err);
	return tt_fetch(
	    sums, &(struct tt_fetch_opts){ .max_bytes = SUMS_MAX }, text, NULL, err);
}

static int
configured(const struct oper *o, char **ret, struct tt_err **err)
{
	tt_auto(config) struct tt_config *c = NULL;
	tt_auto(free) char *file = tt_path_join(o->copy, "config");
	struct tt_config_opts opts = { .file = file };
	const char *name = NULL;

	if (tt_config_load(&opts, &c, NULL) == 0)
		name = tt_config_get(c, "update_channel");
	if (name && (is_url(name) || *name == '/')) {
		*ret = tt_xstrdup(name);
		return 0;
	}
	return tt_err_set(err, -ENOENT, "NoChannel",
	    "no update channel is set (update_channel of the configuration is '%s', "
	    "neither "
	    "a URL nor a folder): name one with --channel, or install a file",
	    name ? name : "");
}

int
channel_offers(
    const struct oper *o, const char *name, struct offers *ret, struct tt_err **err)
{
	tt_auto(free) char *channel = tt_xstrdup_null(name);
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(SUMS_MAX);
	tt_auto(manifest) struct manifest sums = { 0 };
	tt_auto(strv) char **names = NULL;
	int r = channel ? 0 : configured(o, &channel, err);

	if (r < 0)
		return r;
	*ret = (struct offers){ 0 };
	r = read_sums(channel, &text, err);
	if (r == 0)
		r = platform_sums_parse(
		    PLATFORM_SUMS, tt_buf_str(&text), text.len, "", &sums, err);
	else if (r == -ENOENT && !is_url(channel)) {
		if (err)
			tt_err_clear(err);
		r = tt_dir_list(channel, &names, err);
	}
	if (r < 0)
		return tt_err_wrap(err, r, "looking into the channel '%s'", channel);
	for (size_t i = 0; i < sums.n; i++)
		consider(ret, channel, sums.v[i].path, sums.v[i].sha256);
	for (char **n = names; n && *n; n++)
		consider(ret, channel, *n, NULL);
	if (ret->n > 1)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_stamp);
	return 0;
}
