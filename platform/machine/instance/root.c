// SPDX-License-Identifier: MPL-2.0
/*
 * Mounting a container's root.
 */
#include "platform/machine/instance/root.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/machine/instance/idmap.h"
#include "platform/machine/instance/place.h"

struct work {
	const struct mach_root *r;
	int userns;
	int stage;   /* the staging folder; names given to overlay are relative to it */
	int fs;      /* the overlay under configuration */
	unsigned up; /* mounts attached below stage */
	struct tt_err **err;
	int result;
};

/* One mapped clone at NAME below the staging folder. */
static int
attach(struct work *w, const char *path, const char *name, bool read_only)
{
	tt_auto(close) int mount = -1;
	int r;

	if (mkdirat(w->stage, name, 0700) < 0 && errno != EEXIST)
		return tt_err_errno(
		    w->err, -errno, "making '%s/%s'", w->r->staging, name);
	r = mach_idmap_clone(path, w->userns, read_only, &mount, w->err);
	return r < 0 ? r : mach_mount_attach(mount, w->stage, name, w->err);
}

static int
set(struct work *w, const char *key, const char *value)
{
	if (fsconfig(w->fs, FSCONFIG_SET_STRING, key, value, 0) < 0)
		return tt_err_errno(w->err, -errno, "overlay option %s=%s", key, value);
	return 0;
}

/* The lowest layer is a plain tree; the files of one that was made upon others lie in `upper`. */
static int
add_layer(struct work *w, unsigned i)
{
	const char *const *layers = w->r->layers;
	char name[16], value[32];
	int r;

	(void)tt_strf(name, sizeof(name), "%u", i);
	(void)tt_strf(
	    value, sizeof(value), "%u%s", i, layers[i + 1] != NULL ? "/upper" : "");
	r = attach(w, layers[i], name, true);
	if (r < 0)
		return r;
	w->up = i + 1;
	return set(w, "lowerdir+", value);
}

static int
configure(struct work *w)
{
	static const char *const options[][2] = {
		{ "upperdir", "u/upper" }, { "workdir", "u/work" },
		{ "redirect_dir", "on" }, /* renaming a folder of the image */
		{ "metacopy", "off" },    /* gains nothing over reflinks */
		{ "index", "off" },       /* would refuse a rolled back upper */
	};
	int r = attach(w, w->r->subvol, "u", false);

	for (unsigned i = 0; r == 0 && w->r->layers[i] != NULL; i++)
		r = i < MACH_LAYERS_MAX ? add_layer(w, i)
					: tt_err_set(w->err, -E2BIG, "TooManyLayers",
					      "'%s': at most %u image layers",
					      w->r->subvol, MACH_LAYERS_MAX);
	for (size_t i = 0; r == 0 && i < TT_ARRAY_LEN(options); i++)
		r = set(w, options[i][0], options[i][1]);
	return r;
}

/* The mount keeps the credentials of who made it: these ids, and what overlay needs with them. */
static int
become(struct work *w)
{
	const uint32_t base = mach_id_base(w->r->slot);
	const uint32_t keep = 1U << CAP_CHOWN | 1U << CAP_DAC_OVERRIDE |
			      1U << CAP_DAC_READ_SEARCH | 1U << CAP_FOWNER |
			      1U << CAP_FSETID | 1U << CAP_SYS_ADMIN | 1U << CAP_MKNOD |
			      1U << CAP_SETFCAP;
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct caps[2] = { { .effective = keep,
	    .permitted = keep } };

	/* without it, leaving fsuid 0 would drop the capabilities on files */
	if (prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP) < 0)
		return -errno;
	(void)setfsgid(base);
	(void)setfsuid(base);
	return syscall(SYS_capset, &head, caps) < 0 ? -errno : 0;
}

/*
 * The whole overlay, in a thread of its own: working folder and credentials are the
 * thread's, and end with it.
 */
static void *
make_overlay(void *arg)
{
	struct work *w = arg;
	int r;

	if (unshare(CLONE_FS) < 0 || fchdir(w->stage) < 0) {
		w->result = tt_err_errno(w->err, -errno, "entering '%s'", w->r->staging);
		return NULL;
	}
	w->result = configure(w);
	if (w->result < 0)
		return NULL;
	r = become(w);
	if (r == 0 && fsconfig(w->fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		r = -errno;
	if (r == 0) {
		r = fsmount(
		    w->fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NODEV | MOUNT_ATTR_NOATIME);
		r = r < 0 ? -errno : r;
	}
	w->result = r < 0 ? tt_err_errno(w->err, r, "making the overlay") : r;
	return NULL;
}

static int
make_in_thread(struct work *w)
{
	pthread_t t;
	int r = pthread_create(&t, NULL, make_overlay, w);

	if (r != 0)
		return tt_err_errno(w->err, -r, "starting a thread");
	(void)pthread_join(t, NULL);
	return w->result;
}

static int
check_writable(const struct mach_root *r, struct tt_err **err)
{
	struct statvfs v;

	if (statvfs(r->target, &v) < 0)
		return tt_err_errno(err, -errno, "looking at '%s'", r->target);
	if (!(v.f_flag & ST_RDONLY))
		return 0;
	(void)umount2(r->target, MNT_DETACH);
	return tt_err_set(err, -EROFS, "ReadOnlyRoot",
	    "the overlay of '%s' came up read-only: its upper folder cannot be written "
	    "as "
	    "id %u",
	    r->subvol, mach_id_base(r->slot));
}

static void
drop_stage(struct work *w)
{
	char name[16];

	for (unsigned i = 0; i <= w->up; i++) {
		tt_auto(free) char *path = NULL;

		(void)tt_strf(name, sizeof(name), i == w->up ? "u" : "%u", i);
		path = tt_path_join(w->r->staging, name);
		(void)umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW);
		(void)rmdir(path);
	}
	(void)rmdir(w->r->staging);
}

static int
mount_overlay(struct work *w)
{
	tt_auto(close) int mount = -1;
	int r;

	r = tt_mkdir_p(w->r->staging, 0700, w->err);
	if (r < 0)
		return r;
	w->stage = open(w->r->staging, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	w->fs = fsopen("overlay", FSOPEN_CLOEXEC);
	if (w->stage < 0 || w->fs < 0)
		return tt_err_errno(
		    w->err, -errno, "preparing the overlay of '%s'", w->r->subvol);
	r = mount = make_in_thread(w);
	if (r >= 0)
		r = mach_mount_attach(mount, AT_FDCWD, w->r->target, w->err);
	return r;
}

static int
mount_tree(struct work *w)
{
	tt_auto(close) int mount = -1;
	int r = mach_idmap_clone(w->r->subvol, w->userns, false, &mount, w->err);

	return r < 0 ? r : mach_mount_attach(mount, AT_FDCWD, w->r->target, w->err);
}

int
mach_root_mount(const struct mach_root *r, struct tt_err **err)
{
	struct work w = { .r = r, .userns = -1, .stage = -1, .fs = -1, .err = err };
	int rc = mach_userns_new(r->slot, &w.userns, err);

	if (rc < 0)
		return rc;
	if (r->layers == NULL) {
		rc = mount_tree(&w);
	} else {
		rc = mount_overlay(&w);
		drop_stage(&w);
	}
	for (size_t i = 0; i < 3; i++) {
		const int fds[] = { w.userns, w.stage, w.fs };

		if (fds[i] >= 0)
			close(fds[i]);
	}
	if (rc < 0)
		return tt_err_wrap(err, rc, "root of '%s'", r->subvol);
	return check_writable(r, err);
}

int
mach_root_umount(const char *target, struct tt_err **err)
{
	if (umount2(target, MNT_DETACH | UMOUNT_NOFOLLOW) < 0 && errno != EINVAL &&
	    errno != ENOENT)
		return tt_err_errno(err, -errno, "unmounting '%s'", target);
	return 0;
}
