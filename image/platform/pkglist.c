// SPDX-License-Identifier: MPL-2.0
/*
 * The package list: sections [root], [kernel], [hvm], [boot] with one name a line.
 */
#include <string.h>

#include "image/platform/lines.h"
#include "image/platform/packages.h"
#include "platform/lib/base/str.h"

void
pkglist_release(struct pkglist *l)
{
	for (unsigned i = 0; i < LOCK_ROLE_MAX; i++)
		tt_strv_free(l->words[i]);
	*l = (struct pkglist){ 0 };
}

/* LOCK_ROLE_MAX when the word is not "[ROLE]" of a known role. */
static enum lock_role
section(char *word)
{
	size_t n = strlen(word);

	if (n < 3 || word[0] != '[' || word[n - 1] != ']')
		return LOCK_ROLE_MAX;
	word[n - 1] = '\0';
	return lock_role_parse(word + 1);
}

int
pkglist_load(const char *path, struct pkglist *ret, struct tt_err **err)
{
	tt_auto(lines) struct lines l = { 0 };
	tt_auto(pkglist) struct pkglist list = { 0 };
	enum lock_role role = LOCK_ROLE_MAX;
	int r;

	r = tt_sha256_file(path, list.sha256, NULL, err);
	if (r == 0)
		r = lines_load(path, " \t", &l, err);
	if (r < 0)
		return tt_err_wrap(err, r, "reading the package list");
	for (size_t i = 0; i < l.count; i++) {
		char *word = l.rows[i].words[0];

		if (l.rows[i].count != 1)
			return lines_bad(&l, &l.rows[i], "one package name a line", err);
		if (word[0] == '[') {
			role = section(word);
			if (role == LOCK_ROLE_MAX)
				return lines_bad(&l, &l.rows[i],
				    "the sections are [root], [kernel], [hvm], [boot]",
				    err);
			continue;
		}
		if (role == LOCK_ROLE_MAX)
			return lines_bad(&l, &l.rows[i],
			    "a section must come first, e.g. [root]", err);
		if (strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789+-._") !=
			strlen(word) ||
		    word[0] == '-')
			return lines_bad(
			    &l, &l.rows[i], "this is not a package name", err);
		tt_strv_add(&list.words[role], word);
	}
	*ret = list;
	memset(&list, 0, sizeof(list)); /* handed over */
	return 0;
}
