// SPDX-License-Identifier: MPL-2.0
/*
 * The set of boot media: found by the id that the pool remembers, held under a lock.
 */
#include "platform/key/medium.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "platform/key/repair.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"
#include "platform/machine/disk.h"

#define LOCK     KEY_RUN "/lock"
#define PROBE    KEY_RUN "/probe"
#define LABEL    "TRITON"
#define LOCK_S   60
#define LOCK_MS  200
#define SLOT_LEN 64

static int
take_lock(struct key_set *s, const char *path, unsigned wait_s, struct tt_err **err)
{
	int64_t end = tt_mono_us() + (int64_t)(wait_s ? wait_s : LOCK_S) * 1000000;

	s->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (s->lock < 0)
		return tt_err_errno(err, -errno, "opening '%s'", path);
	while (flock(s->lock, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return tt_err_errno(err, -errno, "locking '%s'", path);
		if (tt_mono_us() >= end)
			return tt_err_set(err, -EBUSY, "KeyBusy",
			    "another program works on the boot medium (it holds '%s'): "
			    "wait for it, or look with `fuser -v %s`",
			    path, path);
		tt_sleep_ms(LOCK_MS);
	}
	return 0;
}

static struct key_medium *
add(struct key_set *s, const char *device, const char *where)
{
	s->v = tt_xrealloc(s->v, (s->n + 1) * sizeof(*s->v));
	s->v[s->n] =
	    (struct key_medium){ tt_xstrdup(device), tt_xstrdup(where), false, false };
	return &s->v[s->n++];
}

/* The device whose file system is mounted at a path. */
static bool
is_mounted_device(const char *where, const char *device)
{
	struct stat m, d;

	return stat(where, &m) == 0 && stat(device, &d) == 0 && S_ISBLK(d.st_mode) &&
	       m.st_dev == d.st_rdev;
}

/* Id of the key on a device, looked up without leaving it mounted; NULL when it is no key. */
static char *
id_of(const char *device, const char *fstype)
{
	tt_auto(free) char *line = NULL;

	if (key_mounted(KEY_MOUNT) && is_mounted_device(KEY_MOUNT, device))
		line = tt_file_line(KEY_MOUNT "/" KEY_ID);
	else if (key_mount(device, fstype, PROBE, NULL) < 0)
		return NULL;
	else {
		line = tt_file_line(PROBE "/" KEY_ID);
		(void)umount(PROBE);
	}
	return line ? tt_take(line) : tt_xstrdup("");
}

/* Kinds of devices that are slow to ask, or lie on a medium themselves. */
static bool
never_a_medium(const char *name)
{
	static const char *const kinds[] = { "loop", "ram", "dm-", "md", "fd", "sr",
		"zram" };

	for (size_t i = 0; i < TT_ARRAY_LEN(kinds); i++)
		if (tt_after_prefix(name, kinds[i]))
			return true;
	return false;
}

/* Partitions that may be a medium of ours, besides those that are listed already. */
static char **
candidates(char *const *first)
{
	tt_auto(strv) char **names = NULL;
	char **out = NULL;

	for (char *const *f = first; f && *f; f++)
		tt_strv_add(&out, *f);
	(void)tt_dir_list("/sys/class/block", &names, NULL);
	for (char **n = names; n && *n && tt_strv_len(out) < KEY_MAX; n++) {
		tt_auto(free) char *dev = tt_xprintf("/dev/%s", *n);
		struct mach_probe p;

		if (tt_strv_has(out, dev) || never_a_medium(*n))
			continue;
		if (mach_probe(dev, &p) == 0 && tt_streq(p.type, "vfat") &&
		    tt_streq(p.label, LABEL))
			tt_strv_add(&out, dev);
	}
	return out;
}

/*
 * Devices of the set, the booted one first. The id is the pool's, or that of the booted
 * medium when the pool has none yet.
 */
static int
find(struct key_set *s, char ***ret, char **ret_fstype, struct tt_err **err)
{
	tt_auto(strv) char **boot = key_bootdev(KEY_BOOTDEV, "device");
	tt_auto(strv) char **fs = key_bootdev(KEY_BOOTDEV, "fstype");
	tt_auto(free) char *idfile = tt_path_join(s->copy, KEY_ID);
	tt_auto(strv) char **devices = candidates(boot);
	const char *fstype = fs ? fs[0] : "vfat";

	s->id = tt_file_line(idfile);
	for (char **d = devices; d && *d; d++) {
		bool booted = boot && tt_streq(*d, boot[0]);
		tt_auto(free) char *id = id_of(*d, booted ? fstype : "vfat");

		if (!id)
			continue;
		if (!s->id && booted)
			s->id = tt_xstrdup(id);
		if (tt_streq(id, s->id) && (*id || booted)) {
			if (!*ret)
				*ret_fstype = tt_xstrdup(booted ? fstype : "vfat");
			tt_strv_add(ret, *d);
		}
	}
	if (*ret)
		return 0;
	return tt_err_set(err, -ENODEV, "KeyMissing",
	    "no boot medium of this machine is there (its id is %s): put the key back",
	    s->id ? s->id : "not known");
}

static int
make_writable(struct key_medium *m, struct tt_err **err)
{
	int r = key_remount_at(m->where, true, err);

	if (r == -EROFS || r == -EACCES) {
		if (err)
			tt_err_clear(err);
		return tt_err_set(err, -EROFS, "KeyReadOnly",
		    "the boot medium %s cannot be written: it is a disc, or a switch on "
		    "it "
		    "is set",
		    m->device);
	}
	if (r == 0)
		m->was_ro = true;
	return r;
}

static int
attach(struct key_set *s, const char *device, const char *fstype, const char *where,
    struct tt_err **err)
{
	struct key_medium *m;
	int r;

	if (key_mounted(where) && is_mounted_device(where, device)) {
		m = add(s, device, where);
	} else {
		if (s->write && tt_streq(fstype, "vfat"))
			(void)key_check_fat(device, NULL);
		r = key_mount(device, fstype, where, err);
		if (r < 0)
			return r;
		m = add(s, device, where);
		m->ours = true;
	}
	if (!s->write)
		return 0;
	if (!tt_streq(fstype, "vfat"))
		return tt_err_set(err, -EROFS, "KeyReadOnly",
		    "the boot medium %s is a disc: it cannot be written", device);
	return make_writable(m, err);
}

/* The first must be there; another one that cannot be written is noted and left out. */
static int
attach_all(struct key_set *s, char **devices, const char *fstype, struct tt_err **err)
{
	int r = attach(s, devices[0], fstype, KEY_MOUNT, err);

	for (size_t i = 1; r == 0 && s->write && devices[i]; i++) {
		tt_auto(err) struct tt_err *bad = NULL;
		char slot[SLOT_LEN];
		size_t had = s->n;

		(void)tt_strf(slot, sizeof(slot), KEY_RUN "/%zu", i);
		if (attach(s, devices[i], "vfat", slot, &bad) == 0)
			continue;
		tt_strv_addf(&s->missing, "%s: %s", devices[i], tt_err_message(bad));
		if (s->n > had) {
			s->n--;
			(void)umount(s->v[s->n].where);
			free(s->v[s->n].device);
			free(s->v[s->n].where);
		}
	}
	return r;
}

static int
open_devices(struct key_set *s, const struct key_opts *o, struct tt_err **err)
{
	tt_auto(strv) char **devices = NULL;
	tt_auto(free) char *fstype = NULL;
	int r = tt_mkdir_p(KEY_RUN, 0700, err);

	if (r == 0)
		r = take_lock(s, LOCK, o->wait_s, err);
	if (r == 0)
		r = find(s, &devices, &fstype, err);
	if (r == 0 && devices)
		r = attach_all(s, devices, fstype, err);
	if (r == 0 && o->keep)
		s->v[0].ours = s->v[0].was_ro = false;
	return r;
}

static int
open_folder(struct key_set *s, const struct key_opts *o, struct tt_err **err)
{
	tt_auto(free) char *lock = tt_xprintf("%s.lock", o->folder);
	tt_auto(free) char *marker = tt_path_join(o->folder, KEY_MARKER);
	tt_auto(free) char *idfile = tt_path_join(o->folder, KEY_ID);
	int r;

	if (!tt_path_exists(marker))
		return tt_err_set(err, -ENODEV, "KeyMissing",
		    "'%s' is no key: it has no %s", o->folder, KEY_MARKER);
	r = take_lock(s, lock, o->wait_s, err);
	if (r < 0)
		return r;
	(void)add(s, o->folder, o->folder);
	s->id = tt_file_line(idfile);
	return 0;
}

int
key_open(const struct key_opts *o, struct key_set **ret, struct tt_err **err)
{
	tt_auto(key_set) struct key_set *s = tt_xalloc(sizeof(*s));
	int r;

	s->lock = -1;
	s->write = o->write;
	s->copy = tt_xstrdup(o->copy ? o->copy : KEY_COPY);
	r = o->folder ? open_folder(s, o, err) : open_devices(s, o, err);
	if (r == 0 && s->write)
		r = key_repair(s, err);
	if (r < 0)
		return r;
	*ret = tt_take(s);
	return 0;
}

int
key_sync(const struct key_set *s, struct tt_err **err)
{
	for (size_t i = 0; i < s->n; i++) {
		tt_auto(close) int fd =
		    open(s->v[i].where, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (fd < 0 || syncfs(fd) < 0)
			return tt_err_errno(
			    err, -errno, "writing to the boot medium %s", s->v[i].device);
	}
	return 0;
}

void
key_close(struct key_set *s)
{
	if (!s)
		return;
	if (s->write)
		(void)key_sync(s, NULL);
	while (s->n > 0) {
		struct key_medium *m = &s->v[--s->n];

		if (m->ours)
			(void)umount(m->where);
		else if (m->was_ro)
			(void)key_remount_at(m->where, false, NULL);
		free(m->device);
		free(m->where);
	}
	if (s->lock >= 0)
		close(s->lock);
	tt_strv_free(s->missing);
	free(s->v);
	free(s->id);
	free(s->copy);
	free(s);
}

int
key_put(struct key_set *s, const char *path, const void *data, size_t len,
    struct tt_err **err)
{
	for (size_t i = 0; i < s->n; i++) {
		tt_auto(free) char *to = tt_path_join(s->v[i].where, path);
		tt_auto(free) char *dir = tt_path_dir(to);
		int r;

		if (!data) {
			if (unlink(to) < 0 && errno != ENOENT)
				return tt_err_errno(err, -errno, "removing '%s'", to);
			(void)tt_fsync_dir(dir);
			continue;
		}
		r = tt_mkdir_p(dir, 0700, err);
		if (r == 0)
			r = tt_file_replace(to, data, len, 0600, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int
key_unmount(const struct key_opts *o, struct tt_err **err)
{
	struct key_opts write = *o;
	tt_auto(key_set) struct key_set *s = NULL;
	int r;

	if (o->folder || !key_mounted(KEY_MOUNT))
		return 0;
	write.write = true;
	write.keep = true;
	/* opening for writing carries what was changed by hand to the other media */
	r = key_open(&write, &s, err);
	if (r == -EROFS) {
		if (err)
			tt_err_clear(err);
		r = 0;
	}
	if (r == 0 && umount(KEY_MOUNT) < 0)
		r = tt_err_errno(err, -errno,
		    "unmounting %s (who uses it: `fuser -vm %s`)", KEY_MOUNT, KEY_MOUNT);
	return r;
}
