// SPDX-License-Identifier: MPL-2.0
/*
 * Updating the key from the tools' folder: files whose digest differs, then programs in
 * order of their names, each given the mounted key.
 */
#include "tools/operator/sdc-usbkey/update.h"

#include <errno.h>
#include <stdio.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/proc.h"
#include "platform/lib/base/str.h"

#define PROGRAM    "update-usbkey."
#define PROGRAM_MS 600000

static int
run_program(const char *path, const char *key, struct tt_err **err)
{
	const char *const argv[] = { path, key, NULL };

	return tt_proc_run(
	    argv, &(struct tt_proc_opts){ .timeout_ms = PROGRAM_MS }, NULL, err);
}

/* Whether the medium has another file there, or none: for the dry run. */
static bool
differs(const struct key_set *s, const char *path, const char *from)
{
	tt_auto(free) char *to = tt_path_join(s->v[0].where, path);
	char a[TT_SHA256_HEX_LEN], b[TT_SHA256_HEX_LEN];

	return tt_sha256_file(from, a, NULL, NULL) < 0 ||
	       tt_sha256_file(to, b, NULL, NULL) < 0 || !tt_streq(a, b);
}

static int
update_file(struct key_set *s, const struct update_opts *opts, const char *path,
    const char *from, struct tt_err **err)
{
	int r =
	    opts->dry_run ? differs(s, path, from) : key_put_listed(s, path, from, err);

	if (r > 0)
		printf("%s%s\n", opts->dry_run ? "would update " : "updated ", path);
	return r < 0 ? r : 0;
}

int
usbkey_update(const struct oper *o, const struct update_opts *opts, struct tt_err **err)
{
	tt_auto(free) char *folder = oper_path(o, UPDATE_FOLDER);
	tt_auto(manifest) struct manifest files = { 0 };
	tt_auto(key_set) struct key_set *s = NULL;
	int r;

	if (!tt_path_is_dir(folder))
		return opts->ignore_missing ? 0
					    : tt_err_set(err, -ENOENT, "NotFound",
						  "'%s' is not there: there is nothing "
						  "to bring to the key "
						  "(--ignore-missing accepts that)",
						  folder);
	r = key_tree_hash(folder, NULL, &files, err);
	if (r == 0)
		r = oper_key(o, !opts->dry_run, &s, err);
	for (size_t i = 0; r == 0 && i < files.n; i++) {
		tt_auto(free) char *from = tt_path_join(folder, files.v[i].path);

		if (!tt_after_prefix(files.v[i].path, PROGRAM))
			r = update_file(s, opts, files.v[i].path, from, err);
	}
	for (size_t i = 0; r == 0 && i < files.n; i++) {
		tt_auto(free) char *from = tt_path_join(folder, files.v[i].path);

		if (!tt_after_prefix(files.v[i].path, PROGRAM))
			continue;
		printf("%s%s\n", opts->dry_run ? "would run " : "running ", from);
		if (!opts->dry_run)
			r = run_program(from, s->v[0].where, err);
	}
	return r;
}
