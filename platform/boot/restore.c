// SPDX-License-Identifier: MPL-2.0
/*
 * Putting a backup to use while nothing is running yet.
 */
#include "platform/boot/restore.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/boot/key.h"
#include "platform/boot/pool.h"
#include "platform/key/env.h"
#include "platform/lib/backup/backup.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"
#include "platform/lib/conf/loader.h"

#define PRIVATE     BOOT_KEY "/private"
#define ARCHIVE     PRIVATE "/restore.tgz"
#define WORK        BOOT_RUN "/restore"
#define PROGRESS_US 2000000

static void
report(void *ctx, uint64_t done, uint64_t total)
{
	int64_t *last = ctx, now = tt_mono_us();

	if (now - *last < PROGRESS_US || total == 0)
		return;
	*last = now;
	boot_say("checking the backup: %u %%", (unsigned)(done * 100 / total));
}

static int
put_aside(const char *suffix)
{
	tt_auto(free) char *to = tt_xprintf("%s%s", ARCHIVE, suffix);

	return tt_file_move(ARCHIVE, to);
}

/* The file is no use: 0 when that is said and the boot goes on without it. */
static int
refuse(struct tt_err **err)
{
	int r;

	boot_say("private/restore.tgz cannot be used (%s): it is renamed to "
		 "restore.tgz.bad and nothing is restored.",
	    tt_err_message(err ? *err : NULL));
	tt_err_clear(err);
	r = put_aside(".bad");
	return r < 0 ? tt_err_errno(err, r, "renaming '%s'", ARCHIVE) : 0;
}

/* All of it is read before anything of it is used. 1 when it is good, 0 when not. */
static int
check(struct tt_err **err)
{
	tt_auto(backup_manifest) struct tt_backup_manifest m = { 0 };
	int64_t last = tt_mono_us();
	int r = tt_backup_verify(ARCHIVE, report, &last, &m, err);

	if (r == 0 && !tt_backup_find(&m, "key/config"))
		r = tt_err_set(err, -EBADMSG, "InvalidBackup", "it has no key/config");
	if (r == 0) {
		boot_say("Restoring from the backup of %s (%s), made %s.",
		    tt_json_str(m.head, "hostname", "a headnode"),
		    tt_json_str(m.head, "datacenter_name", "no name"),
		    tt_json_str(m.head, "created", "at a time unknown"));
		return 1;
	}
	return r == -EBADMSG || r == -EINVAL ? refuse(err) : r;
}

static int
put_includes(struct tt_err **err)
{
	tt_auto(strv) char **names = NULL;
	int r;

	if (!tt_path_is_dir(WORK "/config.inc"))
		return 0;
	r = tt_dir_list(WORK "/config.inc", &names, err);
	if (r == 0)
		r = tt_mkdir_p(BOOT_KEY "/config.inc", 0700, err);
	for (char **n = names; r == 0 && n && *n; n++) {
		tt_auto(free) char *from = tt_path_join(WORK "/config.inc", *n);
		tt_auto(free) char *to = tt_path_join(BOOT_KEY "/config.inc", *n);
		struct stat st;

		if (lstat(from, &st) == 0 && S_ISREG(st.st_mode))
			r = pool_bring(from, to, err);
	}
	return r;
}

/* What an operator has set; which platform boots is the new key's own matter. */
static int
put_variables(struct tt_err **err)
{
	static const char *const names[] = { "os_console", "smt_enabled", "ipxe" };
	tt_auto(grubenv) struct tt_grubenv old = TT_GRUBENV_INIT, now = TT_GRUBENV_INIT;
	int r;

	if (tt_grubenv_load(WORK "/" KEY_GRUBENV, &old, NULL) < 0 ||
	    !tt_path_exists(BOOT_KEY "/" KEY_GRUBENV))
		return 0;
	r = tt_grubenv_load(BOOT_KEY "/" KEY_GRUBENV, &now, err);
	for (size_t i = 0; r == 0 && i < TT_ARRAY_LEN(names); i++) {
		const char *value = tt_grubenv_get(&old, names[i]);

		if (value)
			r = tt_grubenv_set(&now, names[i], value, err);
	}
	return r < 0 ? r : tt_grubenv_save(BOOT_KEY "/" KEY_GRUBENV, &now, err);
}

/* The backup's config is one that every later step can read. */
static int
check_config(struct tt_err **err)
{
	struct tt_config_opts o = { .file = WORK "/config" };
	tt_auto(config) struct tt_config *c = NULL;

	return tt_config_load(&o, &c, err);
}

/* The config last: with it the key is a headnode's. */
static int
put_config(struct tt_err **err)
{
	int r = put_includes(err);

	if (r == 0)
		r = put_variables(err);
	/* one that was half written would be taken for a newer one */
	if (r == 0 && unlink(BOOT_KEY "/.config.new") < 0 && errno != ENOENT)
		r = tt_err_errno(err, -errno, "removing the unfinished config");
	return r < 0 ? r : pool_bring(WORK "/config", BOOT_KEY "/config", err);
}

static int
use(struct boot *b, struct tt_err **err)
{
	static const struct tt_backup_place places[] = { { "key/", WORK } };
	int r = tt_mkdir_p(WORK, 0700, err);

	if (r == 0)
		r = tt_backup_extract(
		    ARCHIVE, places, TT_ARRAY_LEN(places), NULL, NULL, err);
	if (r == 0 && check_config(err) < 0)
		return refuse(err);
	if (r == 0)
		r = put_config(err);
	if (r == 0) {
		boot_did(b, "restored the configuration");
		boot_say("The configuration is restored.");
	}
	return r;
}

int
restore_key(struct boot *b, struct tt_err **err)
{
	int r;

	if (!tt_path_exists(ARCHIVE))
		return 0;
	r = key_remount(true, err);
	if (r == -EROFS || r == -EACCES) {
		tt_err_clear(err);
		boot_say("private/restore.tgz is not used: the key cannot be written.");
		return 0;
	}
	if (r == 0)
		r = check(err);
	if (r > 0)
		r = use(b, err);
	(void)tt_remove_tree(WORK, NULL);
	return r;
}

int
restore_pool(struct boot *b, struct tt_err **err)
{
	static const struct tt_backup_place places[] = {
		{ "var/", BOOT_POOL "/var" },
		{ "opt/", BOOT_POOL "/opt" },
		{ "config/", BOOT_POOL "/config" },
		{ "services/", BOOT_POOL "/backups/services" },
	};
	int r;

	if (!tt_path_exists(ARCHIVE))
		return 0;
	r = tt_mkdir_p(BOOT_POOL "/backups", 0700, err);
	if (r == 0)
		r = tt_backup_extract(
		    ARCHIVE, places, TT_ARRAY_LEN(places), NULL, NULL, err);
	if (r < 0)
		return tt_err_wrap(err, r, "restoring the pool's state");
	b->restored = true;
	boot_did(b, "restored the pool's state");
	return 0;
}

void
restore_done(struct boot *b)
{
	int r;

	if (!tt_path_exists(ARCHIVE))
		return;
	r = key_remount(true, NULL);
	if (r == 0)
		r = put_aside(".done");
	(void)key_remount(false, NULL);
	boot_say("%s", b->restored
			   ? "The pool's state is restored."
			   : "The pool was there already: its state is not touched.");
	if (r < 0)
		boot_say("private/restore.tgz could not be renamed (%s): rename it by "
			 "hand.",
		    strerror(-r));
}
