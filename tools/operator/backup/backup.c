// SPDX-License-Identifier: MPL-2.0
/*
 * sdc-backup: the configuration of this headnode and its state on the pool as one file.
 *
 * Instances, images, logs and whatever the image or setup makes anew are left out.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/proc.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"
#include "platform/lib/cli/cli.h"
#include "platform/lib/conf/loader.h"
#include "platform/machine/btrfs.h"
#include "tools/operator/backup/ask.h"
#include "tools/operator/backup/collect.h"
#include "tools/operator/backup/freeze.h"

#define ME           "sdc-backup"
#define FOLDER       "/zones/backups"
#define HOOK_WAIT_MS 3600000

static const char *root, *output;

struct job {
	struct oper o;
	struct collect c;
	struct freeze f;
	struct key_set *key; /* held open while its files are read */
	char *hooks;         /* work folder of the services' dumps */
	size_t left_out;
	struct oper_progress p;
};

static void
job_release(struct job *j)
{
	if (j->hooks)
		(void)tt_remove_tree(j->hooks, NULL);
	free(j->hooks);
	key_close(j->key);
	freeze_end(&j->f);
	collect_release(&j->c);
	oper_release(&j->o);
}

static inline void
tt_auto_job(struct job *j)
{
	job_release(j);
}

/* The names below a place, closed by NULL. */
static int
add_all(struct job *j, const char *prefix, const char *const *names, struct tt_err **err)
{
	int r = 0;

	for (; r == 0 && *names; names++)
		r = collect_tree(&j->c, prefix, *names, &j->left_out, err);
	return r;
}

static int
add_key(struct job *j, struct tt_err **err)
{
	static const char *const names[] = { "config", "config.inc", KEY_GRUBENV, NULL };
	tt_auto(free) char *config = NULL;
	int r = oper_key(&j->o, false, &j->key, err);

	if (r < 0)
		return tt_err_wrap(err, r, "reading the configuration off the key");
	config = tt_path_join(j->key->v[0].where, "config");
	if (!tt_path_exists(config))
		return tt_err_set(err, -ENOENT, "ConfigNotFound",
		    "the key %s has no config: this is no configured headnode",
		    j->key->v[0].device);
	collect_place(&j->c, "key/", j->key->v[0].where);
	return add_all(j, "key/", names, err);
}

/* /opt is the operator's but for our own tools, which setup brings. */
static int
add_opt(struct job *j, const char *dir, struct tt_err **err)
{
	static const char *const ours[] = { "smartdc/config", "smartdc/etc", NULL };
	tt_auto(strv) char **names = NULL;
	int r = tt_dir_list(dir, &names, err);

	for (char **n = names; r == 0 && n && *n; n++)
		if (!tt_streq(*n, "smartdc"))
			r = collect_tree(&j->c, "opt/", *n, &j->left_out, err);
	return r < 0 ? r : add_all(j, "opt/", ours, err);
}

static int
add_pool(struct job *j, struct tt_err **err)
{
	static const char *const var[] = { "ssh", "lib/setup.json", "fw", "imgadm",
		"sdcadm", "spool/cron", NULL };
	static const char *const all[] = { ".", NULL };
	static const char *const volume[] = { "var", "opt", "config" };
	int r = freeze_begin(&j->f, &j->o, err);

	for (size_t i = 0; r == 0 && i < TT_ARRAY_LEN(volume); i++) {
		tt_auto(free) char *prefix = tt_xprintf("%s/", volume[i]), *dir = NULL;

		r = freeze_add(&j->f, &j->o, volume[i], &dir, err);
		if (r < 0)
			return r;
		collect_place(&j->c, prefix, dir);
		if (tt_streq(volume[i], "opt"))
			r = add_opt(j, dir, err);
		else
			r = add_all(j, prefix, i == 0 ? var : all, err);
	}
	return r;
}

/* A service's own dump: zones/NAME/backup of the key's copy writes into its folder. */
static int
run_hook(struct job *j, const char *name, const char *program, struct tt_err **err)
{
	tt_auto(free) char *dir = tt_path_join(j->hooks, name);
	const char *const argv[] = { program, dir, NULL };
	struct tt_proc_opts how = { .dir = dir, .timeout_ms = HOOK_WAIT_MS };
	int r = tt_mkdir_p(dir, 0700, err);

	if (r < 0)
		return r;
	(void)fprintf(stderr, "%s: asking service %s for its data\n", ME, name);
	r = tt_proc_run(argv, &how, NULL, err);
	return r < 0 ? tt_err_wrap(err, r, "backing up service '%s'", name) : 0;
}

static int
add_services(struct job *j, struct tt_err **err)
{
	static const char *const all[] = { ".", NULL };
	tt_auto(free) char *dir = tt_path_join(j->o.copy, "zones");
	tt_auto(strv) char **names = NULL;
	int r = 0;

	j->hooks = j->f.dir ? tt_path_join(j->f.dir, "services")
			    : oper_path(&j->o, "/backup.services");
	if (tt_path_is_dir(dir))
		r = tt_dir_list(dir, &names, err);
	for (char **n = names; r == 0 && n && *n; n++) {
		tt_auto(free) char *program = tt_xprintf("%s/%s/backup", dir, *n);

		if (access(program, X_OK) == 0)
			r = run_hook(j, *n, program, err);
	}
	if (r < 0)
		return r;
	collect_place(&j->c, "services/", j->hooks);
	return add_all(j, "services/", all, err);
}

/* Names of the pool's subvolumes, for who looks at the file later. */
static json_t *
datasets(const struct job *j)
{
	tt_auto(free) char *pool = oper_path(&j->o, "/zones");
	tt_auto(strv) char **names = NULL;
	json_t *list = json_array();

	if (tt_dir_list(pool, &names, NULL) < 0)
		return list;
	for (char **n = names; n && *n; n++) {
		tt_auto(free) char *path = tt_path_join(pool, *n);

		if (mach_btrfs_is_subvol(path))
			json_array_append_new(list, json_sprintf("zones/%s", *n));
	}
	return list;
}

static int
describe(struct job *j, struct tt_err **err)
{
	tt_auto(free) char *file = tt_path_join(j->key->v[0].where, "config");
	tt_auto(free) char *version = tt_path_join(j->o.copy, "version"), *line = NULL,
			   *name = NULL, *uuid = NULL;
	struct tt_config_opts how = { .file = file };
	tt_auto(config) struct tt_config *c = NULL;
	char created[TT_ISO_LEN];
	int r = tt_config_load(&how, &c, err);

	if (r < 0)
		return r;
	oper_server(&j->o, &name, &uuid);
	line = tt_file_line(version);
	j->c.manifest.head = json_pack("{s:s, s:i, s:s, s:s, s:s?, s:s, s:s?, s:s?, s:o}",
	    "kind", TT_BACKUP_KIND, "v", TT_BACKUP_VERSION, "created",
	    tt_time_iso_s(tt_now_us(), created), "hostname", name, "datacenter_name",
	    tt_config_get(c, "datacenter_name"), "server_uuid", uuid, "platform",
	    j->o.running, "version", line, "datasets", datasets(j));
	return 0;
}

static int
open_member(void *ctx, const struct tt_backup_member *m, struct tt_err **err)
{
	struct job *j = ctx;

	return collect_open(&j->c, m, err);
}

static void
progress(void *ctx, uint64_t done, uint64_t total)
{
	struct job *j = ctx;

	oper_progress(done, total, &j->p);
}

/* The whole file under another name, on the disk, and then its own. */
static int
write_out(struct job *j, const char *path, struct tt_err **err)
{
	tt_auto(free) char *part = tt_xprintf("%s.part", path), *dir = tt_path_dir(path);
	tt_auto(close) int fd = -1;
	int r;

	(void)unlink(part);
	fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return tt_err_errno(err, -errno, "creating '%s'", part);
	j->p.what = "writing the backup";
	r = tt_backup_write(fd, &j->c.manifest, open_member, progress, j, err);
	oper_progress_end(&j->p);
	if (r == 0 && (fsync(fd) < 0 || rename(part, path) < 0))
		r = tt_err_errno(err, -errno, "finishing '%s'", path);
	if (r == 0)
		return tt_fsync_dir(dir);
	(void)unlink(part);
	return r;
}

/* backup-YYYY-MM-DD-HH-MM-SS.tgz in the pool's folder of backups. */
static int
choose_path(const struct oper *o, char **ret, struct tt_err **err)
{
	tt_auto(free) char *dir = oper_path(o, FOLDER);
	char t[TT_ISO_LEN];
	int r = tt_mkdir_p(dir, 0700, err);

	if (r < 0)
		return r;
	tt_time_iso_s(tt_now_us(), t);
	*ret = tt_xprintf(
	    "%s/backup-%.10s-%.2s-%.2s-%.2s.tgz", dir, t, t + 11, t + 14, t + 17);
	return 0;
}

static int
backup(struct job *j, const char *path, struct tt_err **err)
{
	int r = ask_root(&j->o, err);

	if (r == 0)
		r = oper_headnode(&j->o, err);
	if (r == 0)
		r = add_key(j, err);
	if (r == 0)
		r = describe(j, err);
	if (r == 0)
		r = add_pool(j, err);
	if (r == 0)
		r = add_services(j, err);
	if (r == 0)
		r = tt_backup_sort(&j->c.manifest, err);
	return r < 0 ? r : write_out(j, path, err);
}

static int
run(int argc, char **argv, void *ctx)
{
	tt_auto(job) struct job j = { 0 };
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(free) char *path = output ? tt_xstrdup(output) : NULL;
	int r = 0;

	(void)argc;
	(void)argv;
	(void)ctx;
	oper_init(&j.o, root);
	if (!path)
		r = choose_path(&j.o, &path, &err);
	if (r == 0)
		r = backup(&j, path, &err);
	if (r < 0)
		return tt_cli_fail(ME, err);
	if (j.left_out > 0)
		(void)fprintf(stderr,
		    "%s: %zu names were left out: sockets, devices, or names that are "
		    "too long\n",
		    ME, j.left_out);
	printf("%s: %zu members, %llu bytes unpacked\n", path, j.c.manifest.n,
	    (unsigned long long)j.c.manifest.bytes);
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct tt_opt opts[] = {
		{ 'o', "output", TT_OPT_TEXT, &output, "FILE",
		    "write it there instead of " FOLDER },
		{ 0, "root", TT_OPT_TEXT, &root, "DIR",
		    "put this before every path (tests)" },
		{ 0, NULL, TT_OPT_FLAG, NULL, NULL, NULL },
	};
	static const struct tt_cmd cmd = { .name = ME,
		.help = "Back the configuration and the state of this headnode up.",
		.opts = opts,
		.run = run };

	return tt_cli_main(&cmd, argc, argv, NULL);
}
