// SPDX-License-Identifier: MPL-2.0
/*
 * One disk's copy of the key: file system, files, read-back, loaders, marker, in this order.
 */
#include "platform/key/install.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "platform/key/env.h"
#include "platform/key/install_disk.h"
#include "platform/key/ukiname.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/proc.h"
#include "platform/lib/base/str.h"

#define WHERE   KEY_RUN "/install"
#define MKFS_MS 120000
#define EFI     "EFI/"

/* Files that no manifest lists. A name that ends in '/' stands for what is in the folder. */
static const char *const unlisted[] = { KEY_MANIFEST, KEY_GRUBENV, "config",
	"config.prev", "config.inc/root.authorized_keys", "private/", UKI_FILES };

/* Where a file of the copy comes from; caller frees. */
static char *
origin(const struct key_install *o, const char *path)
{
	char *from;

	if (o->over &&
	    (tt_streq(path, "config") || tt_after_prefix(path, "config.inc/"))) {
		from = tt_path_join(o->over, path);
		if (tt_path_exists(from))
			return from;
		free(from);
	}
	return tt_path_join(o->source, path);
}

static void
add_unlisted(const struct key_install *o, const char *path, struct manifest *m)
{
	tt_auto(free) char *from = origin(o, path);
	struct stat st;

	/* its digest becomes known while it is copied */
	if (!manifest_find(m, path) && stat(from, &st) == 0 && S_ISREG(st.st_mode))
		manifest_add(m, path, (uint64_t)st.st_size, "");
}

static int
list(const struct key_install *o, struct manifest *m, struct tt_err **err)
{
	tt_auto(free) char *path = tt_path_join(o->source, KEY_MANIFEST);
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(MANIFEST_MAX);
	int r = tt_file_read(path, &text, err);

	if (r == 0)
		r = manifest_parse(path, tt_buf_str(&text), text.len, m, err);
	for (size_t i = 0; r == 0 && i < TT_ARRAY_LEN(unlisted); i++) {
		tt_auto(free) char *dir = tt_path_join(o->source, unlisted[i]);
		tt_auto(strv) char **names = NULL;

		if (!tt_ends_with(unlisted[i], "/")) {
			add_unlisted(o, unlisted[i], m);
			continue;
		}
		(void)tt_dir_list(dir, &names, NULL);
		for (char **n = names; n && *n; n++) {
			tt_auto(free) char *file = tt_xprintf("%s%s", unlisted[i], *n);

			add_unlisted(o, file, m);
		}
	}
	manifest_drop_path(m, KEY_MARKER);
	manifest_drop_path(m, KEY_ID);
	return r;
}

static int
copy_one(const struct key_install *o, struct manifest_file *f, struct tt_err **err)
{
	tt_auto(free) char *from = origin(o, f->path);
	tt_auto(free) char *to = tt_path_join(WHERE, f->path);
	tt_auto(free) char *dir = tt_path_dir(to);
	tt_auto(close) int in = open(from, O_RDONLY | O_CLOEXEC), out = -1;
	char hex[TT_SHA256_HEX_LEN];
	uint64_t size = 0;
	int r;

	if (in < 0)
		return tt_err_errno(err, -errno, "reading '%s'", from);
	r = tt_mkdir_p(dir, 0700, err);
	if (r < 0)
		return r;
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	r = out < 0 ? -errno : key_pump(in, out, hex, &size, o->progress);
	if (r < 0)
		return tt_err_errno(err, r, "copying '%s' to the boot partition", from);
	if (!f->sha256[0])
		(void)tt_strcpy(f->sha256, sizeof(f->sha256), hex);
	if (tt_streq(hex, f->sha256))
		return 0;
	return tt_err_set(err, -EBADMSG, "KeyDamaged",
	    "'%s' is damaged (its digest is not that of the manifest): write the medium "
	    "again",
	    from);
}

/* From the disk, not from memory: the file system was unmounted in between. */
static int
read_back(const struct key_install *o, const struct manifest_file *f, struct tt_err **err)
{
	tt_auto(free) char *path = tt_path_join(WHERE, f->path);
	tt_auto(close) int in = open(path, O_RDONLY | O_CLOEXEC);
	char hex[TT_SHA256_HEX_LEN];
	uint64_t size = 0;
	int r = in < 0 ? -errno : key_pump(in, -1, hex, &size, o->progress);

	if (r < 0)
		return tt_err_errno(err, r, "reading '%s' back", f->path);
	if (tt_streq(hex, f->sha256))
		return 0;
	return tt_err_set(err, -EBADMSG, "KeyDamaged",
	    "'%s' reads back differently from the boot partition: the disk is failing, "
	    "replace it",
	    f->path);
}

static int
attach(const char *esp, bool rw, struct tt_err **err)
{
	unsigned long flags = MS_NOATIME | MS_NODEV | MS_NOSUID | MS_NOEXEC;

	if (mount(esp, WHERE, "vfat", rw ? flags : flags | MS_RDONLY, "umask=077,utf8") <
	    0)
		return tt_err_errno(err, -errno, "mounting %s", esp);
	return 0;
}

/* Everything on the disk, then away: what is read afterwards comes from there. */
static int
detach(struct tt_err **err)
{
	tt_auto(close) int fd = open(WHERE, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = fd < 0 || syncfs(fd) < 0 ? -errno : 0;

	tt_auto_close(&fd);
	fd = -1;
	if (umount(WHERE) < 0 && r == 0)
		r = -errno;
	return r < 0 ? tt_err_errno(err, r, "finishing the boot partition") : 0;
}

static bool
is_efi(const struct manifest_file *f)
{
	return tt_after_prefix(f->path, EFI) != NULL;
}

/* One pass over the files on the mounted partition. */
static int
pass(const struct key_install *o, struct manifest *m, bool efi, bool check,
    struct tt_err **err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < m->n; i++) {
		if (!check && is_efi(&m->v[i]) == efi)
			r = copy_one(o, &m->v[i], err);
		else if (check && is_efi(&m->v[i]) == efi)
			r = read_back(o, &m->v[i], err);
	}
	return r;
}

static int
put_small(const char *name, const char *text, struct tt_err **err)
{
	tt_auto(free) char *path = tt_path_join(WHERE, name);

	return tt_file_replace(path, text, strlen(text), 0600, err);
}

/* Mount, do the passes, unmount. what: 0 = files, 1 = read them back, 2 = loader and marker */
static int
round_trip(const struct key_install *o, const char *esp, struct manifest *m, int what,
    struct tt_err **err)
{
	tt_auto(free) char *id = tt_xprintf("%s\n", o->id);
	int r = attach(esp, what != 1, err);
	int end;

	if (r < 0)
		return r;
	r = pass(o, m, what == 2, what == 1, err);
	if (r == 0 && what == 0)
		r = put_small(KEY_ID, id, err);
	if (r == 0 && what == 2)
		r = pass(o, m, true, true, err);
	if (r == 0 && what == 2)
		r = put_small(KEY_MARKER, "", err);
	end = detach(r == 0 ? err : NULL);
	return r < 0 ? r : end;
}

static int
make_fs(const char *esp, struct tt_err **err)
{
	const char *const argv[] = { "mkfs.fat", "-F", "32", "-n", "TRITON", esp, NULL };
	int r = tt_mkdir_p(WHERE, 0700, err);

	if (r == 0)
		r = tt_proc_run(
		    argv, &(struct tt_proc_opts){ .timeout_ms = MKFS_MS }, NULL, err);
	return r < 0 ? tt_err_wrap(err, r, "making the file system of %s", esp) : 0;
}

bool
key_install_done(const char *esp, const char *id)
{
	tt_auto(free) char *have = NULL;

	if (key_mount(esp, "vfat", WHERE, NULL) < 0)
		return false;
	have = tt_file_line(WHERE "/" KEY_ID);
	(void)umount(WHERE);
	return id && tt_streq(have, id);
}

int
key_install_disk(
    const struct key_install *o, const struct key_target *t, struct tt_err **err)
{
	tt_auto(free) char *esp = tt_xprintf("/dev/%s", t->esp);
	tt_auto(manifest) struct manifest m = { 0 };
	int r = list(o, &m, err);

	if (r == 0)
		r = install_disk_pass_on(t, err);
	if (r == 0)
		r = make_fs(esp, err);
	for (int what = 0; r == 0 && what < 3; what++)
		r = round_trip(o, esp, &m, what, err);
	if (r == 0)
		r = install_disk_loader(t, o->source, err);
	return r < 0 ? tt_err_wrap(err, r, "installing the key on disk %s", t->disk) : 0;
}

/* A medium of the open set is mounted and whole; others are looked at. */
static bool
is_done(const struct key_install *o, const char *esp)
{
	for (size_t i = 0; o->set && i < o->set->n; i++)
		if (tt_streq(o->set->v[i].device, esp))
			return true;
	return key_install_done(esp, o->id);
}

/* What the copies still to be made amount to: written once, read back once. */
static uint64_t
amount(const struct key_install *o, size_t copies, struct tt_err **err)
{
	tt_auto(manifest) struct manifest m = { 0 };
	uint64_t bytes = 0;

	if (list(o, &m, err) < 0)
		return 0;
	for (size_t i = 0; i < m.n; i++)
		bytes += 2 * m.v[i].size;
	return bytes * copies;
}

int
key_install_all(const struct key_install *o, const struct key_targets *t, size_t *ret_new,
    struct tt_err **err)
{
	tt_auto(free) bool *todo = tt_xcalloc(t->n + 1, sizeof(*todo));
	size_t copies = 0;
	int r = 0;

	if (t->usable == 0)
		return tt_err_set(err, -ENOSPC, "NoBootPartition",
		    "no disk of the pool has boot partitions (disks below 8 GiB get "
		    "none): the machine goes on needing its boot medium");
	for (size_t i = 0; i < t->n; i++) {
		tt_auto(free) char *esp = tt_xprintf("/dev/%s", t->v[i].esp);

		todo[i] = t->v[i].esp[0] && !is_done(o, esp);
		copies += todo[i];
	}
	if (o->progress)
		o->progress->total = amount(o, copies, NULL);
	for (size_t i = 0; r == 0 && i < t->n; i++)
		if (todo[i])
			r = key_install_disk(o, &t->v[i], err);
	if (r == 0)
		*ret_new = copies;
	return r;
}
