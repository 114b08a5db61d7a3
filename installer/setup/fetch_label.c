// SPDX-License-Identifier: MPL-2.0
/*
 * Answers on a partition labelled TRITON-ANS: mounted read-only for as long as the file is
 * read. The stick stays the operator's; nothing is written to it.
 */
#include <errno.h>
#include <string.h>
#include <sys/mount.h>

#include "installer/setup/fetch.h"
#include "installer/setup/tsetup.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/proc.h"
#include "platform/lib/base/str.h"

#define LABEL         "TRITON-ANS"
#define SETTLE_MS     5000
#define MOUNT_OPTIONS (MS_RDONLY | MS_NODEV | MS_NOEXEC | MS_NOSUID)

/* A stick may still be on its way through udev when we come here. */
static bool
find_device(const struct fetch_opts *o, const char *link)
{
	static const char *const settle[] = { "udevadm", "settle", "--timeout=4", NULL };
	const struct tt_proc_opts run = { .timeout_ms = SETTLE_MS };

	if (!tt_path_exists(link) && *o->root == '\0')
		(void)tt_proc_run(settle, &run, NULL, NULL);
	return tt_path_exists(link);
}

static int
mount_any(const char *device, const char *dir, struct tt_err **err)
{
	static const char *const kinds[] = { "vfat", "ext4", "iso9660", "exfat" };
	int r = -EINVAL;

	for (size_t i = 0; i < TT_ARRAY_LEN(kinds); i++) {
		if (mount(device, dir, kinds[i], MOUNT_OPTIONS, NULL) == 0)
			return 0;
		if (errno != EINVAL && errno != ENODEV)
			r = -errno;
	}
	return tt_err_errno(
	    err, r, "mounting the partition labelled " LABEL " ('%s')", device);
}

static int
read_file(const char *path, struct fetch_answers *ret, struct tt_err **err)
{
	if (!tt_path_exists(path))
		return tt_err_set(err, -ENOENT, "NotFound",
		    "the partition labelled " LABEL " holds no answers.json");
	tt_secret_init(&ret->text, TS_ANSWERS_MAX);
	ret->name = tt_xstrdup(LABEL ":answers.json");
	return tt_secret_read_file(&ret->text, path, err);
}

int
fetch_from_label(
    const struct fetch_opts *o, struct fetch_answers *ret, struct tt_err **err)
{
	tt_auto(free) char *link = tt_xprintf("%s/dev/disk/by-label/" LABEL, o->root);
	tt_auto(free) char *dir = tt_xprintf("%s/run/triton/answers-medium", o->root);
	tt_auto(free) char *path = tt_path_join(dir, "answers.json");
	int r;

	if (!find_device(o, link))
		return -ENOENT;
	r = tt_mkdir_p(dir, 0700, err);
	if (r == 0)
		r = mount_any(link, dir, err);
	if (r < 0)
		return r;
	r = read_file(path, ret, err);
	(void)umount2(dir, MNT_DETACH);
	(void)rmdir(dir);
	return r;
}
