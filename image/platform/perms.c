// SPDX-License-Identifier: MPL-2.0
/*
 * Applying perms.list.
 */
#include "image/platform/perms.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/stat.h>

#include "image/platform/accounts.h"
#include "image/platform/lines.h"
#include "platform/lib/base/str.h"

/* The ones an image may carry: small on purpose, a name that is missing here is a question. */
static const struct {
	const char *name;
	unsigned bit;
} known_caps[] = {
	{ "cap_net_admin", CAP_NET_ADMIN },
	{ "cap_net_bind_service", CAP_NET_BIND_SERVICE },
	{ "cap_net_raw", CAP_NET_RAW },
	{ "cap_sys_time", CAP_SYS_TIME },
};

/* 0 for text that names an unknown one. */
static uint32_t
parse_caps(const char *text)
{
	tt_auto(strv) char **names = tt_split(text, ',');
	uint32_t caps = 0;

	for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
		uint32_t bit = 0;

		for (size_t k = 0; k < TT_ARRAY_LEN(known_caps); k++)
			if (tt_streq(names[i], known_caps[k].name))
				bit = UINT32_C(1) << known_caps[k].bit;
		if (bit == 0)
			return 0;
		caps |= bit;
	}
	return caps;
}

/* "0755"; -1 when it is no mode. */
static long
parse_mode(const char *text)
{
	long mode = 0;

	if (strlen(text) != 4 || strspn(text, "01234567") != 4)
		return -1;
	for (; *text != '\0'; text++)
		mode = mode * 8 + (*text - '0');
	return mode;
}

static int
apply_row(
    struct tree *t, const struct lines *l, const struct line *row, struct tt_err **err)
{
	char *const *w = row->words;
	bool dir = row->count > 0 && tt_streq(w[0], "d");
	uint32_t caps = 0;
	struct tree_node *n;
	long mode;
	uid_t uid = 0;
	gid_t gid = 0;
	int r;

	if (row->count < 5 || row->count > (dir ? 5 : 6) ||
	    (!dir && !tt_streq(w[0], "f")))
		return lines_bad(
		    l, row, "wants 'd|f PATH MODE USER GROUP', and CAPS for a file", err);
	mode = parse_mode(w[2]);
	if (mode < 0)
		return lines_bad(l, row, "the mode wants four octal digits", err);
	if (row->count == 6 && (caps = parse_caps(w[5])) == 0)
		return lines_bad(l, row, "there is an unknown capability", err);
	r = accounts_uid(t, w[3], &uid, err);
	if (r == 0)
		r = accounts_gid(t, w[4], &gid, err);
	if (r < 0)
		return r;
	n = tree_find(t, w[1]);
	if (n == NULL && dir) {
		tree_add_dir(t, w[1], (mode_t)mode);
		n = tree_find(t, w[1]);
	}
	if (n == NULL || (dir ? !S_ISDIR(n->mode) : !S_ISREG(n->mode)))
		return lines_bad(l, row, "the image has no such file or folder", err);
	n->mode = (n->mode & S_IFMT) | (mode_t)mode;
	n->uid = uid;
	n->gid = gid;
	n->caps = caps;
	return 0;
}

int
perms_apply(struct tree *t, const char *list, struct tt_err **err)
{
	tt_auto(lines) struct lines l = { 0 };
	int r = lines_load(list, " \t", &l, err);

	for (size_t i = 0; r == 0 && i < l.count; i++)
		r = apply_row(t, &l, &l.rows[i], err);
	return r;
}
