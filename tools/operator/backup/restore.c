// SPDX-License-Identifier: MPL-2.0
/*
 * sdc-restore: take this headnode back to a backup. Only the file is put where the boot finds
 * it, the key's private/restore.tgz; the boot uses it before anything runs.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "platform/boot/reset.h"
#include "platform/lib/backup/backup.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/cli/cli.h"
#include "platform/lib/conf/loader.h"
#include "tools/operator/backup/ask.h"

#define ME "sdc-restore"

static const char *root;
static bool all, yes;

static void
progress(void *ctx, uint64_t done, uint64_t total)
{
	oper_progress(done, total, ctx);
}

/* The whole file, before anything is touched. */
static int
check(const char *file, struct tt_backup_manifest *ret, struct tt_err **err)
{
	struct oper_progress p = { .what = "checking the backup" };
	int r = tt_backup_verify(file, progress, &p, ret, err);

	oper_progress_end(&p);
	if (r == 0 && !tt_backup_find(ret, "key/config"))
		r = tt_err_set(err, -EINVAL, "InvalidBackup",
		    "'%s' holds no configuration (key/config)", file);
	return r;
}

static void
show_difference(const char *what, const char *here, const char *there)
{
	if (!tt_streq(here, there))
		printf("  %s: here %s, in the backup %s\n", what, here ? here : "none",
		    there ? there : "none");
}

/* What is said of this headnode and of the one in the backup. */
static int
show(const struct oper *o, const struct key_set *s, const struct tt_backup_manifest *m,
    struct tt_err **err)
{
	const struct tt_backup_member *member = tt_backup_find(m, "key/config");
	tt_auto(free) char *config = tt_path_join(s->v[0].where, "config");
	tt_auto(free) char *name = NULL, *uuid = NULL;
	struct tt_config_opts how = { .file = config };
	tt_auto(config) struct tt_config *c = NULL;
	char hex[TT_SHA256_HEX_LEN];
	int r = tt_config_load(&how, &c, err);

	if (r == 0)
		r = tt_sha256_file(config, hex, NULL, err);
	if (r < 0)
		return r;
	oper_server(o, &name, &uuid);
	printf("Backup of %s, made %s: %zu members, %llu bytes.\n",
	    tt_json_str(m->head, "hostname", "a headnode"),
	    tt_json_str(m->head, "created", "at a time unknown"), m->n,
	    (unsigned long long)m->bytes);
	show_difference("data center", tt_config_get(c, "datacenter_name"),
	    tt_json_str(m->head, "datacenter_name", NULL));
	show_difference("host name", name, tt_json_str(m->head, "hostname", NULL));
	show_difference("server", uuid, tt_json_str(m->head, "server_uuid", NULL));
	printf(
	    "  config: %s\n", tt_streq(hex, member->sha256) ? "the same" : "another one");
	return 0;
}

static bool
confirmed(void)
{
	(void)fputs(
	    all ? "The configuration and the state of the backup take the place of "
		  "those here.\nEvery instance, image and log of this server is "
		  "removed first.\n"
		: "The configuration of the backup takes the place of the one here; "
		  "the pool is not touched.\n",
	    stdout);
	return yes || ask_yes("Restore it and restart?");
}

/* Whole under its name or not there at all. */
static int
put(const struct key_set *s, const char *file, struct tt_err **err)
{
	tt_auto(free) char *dir = tt_path_join(s->v[0].where, "private");
	tt_auto(free) char *to = tt_path_join(dir, "restore.tgz");
	tt_auto(free) char *part = tt_path_join(dir, "restore.part");
	int r = tt_mkdir_p(dir, 0700, err);

	if (r == 0)
		r = tt_file_copy(file, part, 0600, true, err);
	if (r == 0) {
		r = tt_file_move(part, to);
		if (r < 0)
			tt_err_errno(err, r, "renaming '%s'", part);
	}
	if (r < 0)
		(void)unlink(part);
	return r;
}

static int
set_mark(const struct oper *o, struct tt_err **err)
{
	static const char text[] =
	    "The next boot empties this pool and restores a backup.\n";
	tt_auto(free) char *mark = oper_path(o, POOL_RESET_MARK);

	return tt_file_replace(mark, text, strlen(text), 0600, err);
}

/* 1 when all is in place for the boot, 0 when the operator said no. */
static int
restore(const struct oper *o, const char *file, struct tt_err **err)
{
	tt_auto(backup_manifest) struct tt_backup_manifest m = { 0 };
	tt_auto(key_set) struct key_set *s = NULL;
	int r = ask_root(o, err);

	if (r == 0)
		r = oper_headnode(o, err);
	if (r == 0)
		r = check(file, &m, err);
	if (r == 0)
		r = oper_key(o, true, &s, err);
	if (r == 0 && s)
		r = show(o, s, &m, err);
	if (r < 0 || !s)
		return r;
	if (!confirmed())
		return 0;
	r = put(s, file, err);
	if (r == 0 && all)
		r = set_mark(o, err);
	return r < 0 ? r : 1;
}

static int
run(int argc, char **argv, void *ctx)
{
	tt_auto(oper) struct oper o = { 0 };
	tt_auto(err) struct tt_err *err = NULL;
	int r;

	(void)argc;
	(void)ctx;
	oper_init(&o, root);
	r = restore(&o, argv[0], &err);
	if (r == 0) {
		(void)fprintf(stderr, "%s: nothing was changed\n", ME);
		return 1;
	}
	if (r > 0)
		r = ask_restart(&o, false, &err);
	if (r < 0)
		return tt_cli_fail(ME, err);
	printf("The backup is used at the next boot.\n");
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct tt_opt opts[] = {
		{ 'F', "force", TT_OPT_FLAG, &all, NULL,
		    "the state too: empty the pool first" },
		{ 'y', "yes", TT_OPT_FLAG, &yes, NULL, "do not ask" },
		{ 0, "root", TT_OPT_TEXT, &root, "DIR",
		    "put this before every path (tests)" },
		{ 0, NULL, TT_OPT_FLAG, NULL, NULL, NULL },
	};
	static const struct tt_cmd cmd = { .name = ME,
		.args = "FILE",
		.help = "Take this headnode back to a backup, and restart.",
		.opts = opts,
		.run = run,
		.min_args = 1,
		.max_args = 1 };

	return tt_cli_main(&cmd, argc, argv, NULL);
}
