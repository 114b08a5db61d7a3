// SPDX-License-Identifier: MPL-2.0
/*
 * Installation from a disc or over the network, as part of the copy step: the key goes from
 * there to the boot partitions, and from these to /usbkey like that of any key. After a
 * power cut the next boot the same way finds the configuration on the pool and makes the
 * copies that lack.
 */
#include "platform/boot/install.h"

#include <errno.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "platform/boot/pool.h"
#include "platform/key/install.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"
#include "platform/lib/base/uuid.h"

#define ID          BOOT_POOL "/usbkey/medium.id"
#define PROGRESS_US 2000000

bool
install_on_disc(void)
{
	struct statfs s;

	return boot_mounted(BOOT_KEY) && statfs(BOOT_KEY, &s) == 0 &&
	       s.f_type == ISOFS_SUPER_MAGIC;
}

/* The first copy with this id takes the place of the disc. 1, 0 when there is none. */
static int
mount_copy(
    const struct key_targets *t, const char *id, char **device, struct tt_err **err)
{
	for (size_t i = 0; i < t->n; i++) {
		tt_auto(free) char *esp = tt_xprintf("/dev/%s", t->v[i].esp);
		int r;

		if (!t->v[i].esp[0] || !key_install_done(esp, id))
			continue;
		if (boot_mounted(BOOT_KEY) && umount(BOOT_KEY) < 0)
			return tt_err_errno(err, -errno, "unmounting the disc");
		r = key_mount(esp, "vfat", BOOT_KEY, err);
		if (r < 0)
			return r;
		if (device) {
			free(*device);
			*device = tt_take(esp);
		}
		return 1;
	}
	return 0;
}

int
install_take_copy(struct boot *b, char **device, struct tt_err **err)
{
	tt_auto(key_targets) struct key_targets t = { 0 };
	tt_auto(free) char *id = NULL;
	int r = pool_import(b, err);

	if (r == -ENOENT) {
		tt_err_clear(err);
		return 0;
	}
	if (r == 0)
		id = tt_file_line(ID);
	if (r < 0 || !id)
		return r;
	r = key_targets_find(BOOT_POOL, &t, err);
	if (r == 0)
		r = mount_copy(&t, id, device, err);
	if (r == 1) {
		boot_say("This headnode is installed on its disks: the installation "
			 "medium is not needed, %s is used.",
		    *device);
		boot_did(b, "took the copy on %s", *device);
	}
	return r;
}

void
install_note_disc(const struct boot *b)
{
	tt_auto(strv) char **names = NULL;

	/* only an installation of this kind has had a disc: others need not ask the drives */
	if (!boot_param(&b->params, "triton_installer"))
		return;
	(void)tt_dir_list("/sys/class/block", &names, NULL);
	for (char **n = names; n && *n; n++) {
		tt_auto(free) char *dev = tt_xprintf("/dev/%s", *n);
		struct mach_probe p;

		if (tt_after_prefix(*n, "sr") && mach_probe(dev, &p) == 0 &&
		    tt_streq(p.label, "TRITON"))
			boot_say("This headnode is installed on its disks: the "
				 "installation medium in %s is not needed.",
			    dev);
	}
}

/* The id is on the pool before it is on any copy, so an installation goes on under the same. */
static int
own_id(char **ret, struct tt_err **err)
{
	char uuid[TT_UUID_LEN], line[TT_UUID_LEN + 1];
	int r;

	*ret = tt_file_line(ID);
	if (*ret)
		return 0;
	(void)tt_strf(line, sizeof(line), "%s\n", tt_uuid_new(uuid));
	r = tt_file_replace(ID, line, strlen(line), 0600, err);
	if (r == 0)
		*ret = tt_xstrdup(uuid);
	return r;
}

static void
show(uint64_t done, uint64_t total, void *ctx)
{
	int64_t *last = ctx, now = tt_mono_us();

	if (total == 0 || now - *last < PROGRESS_US)
		return;
	*last = now;
	boot_say("installing the key on the pool's disks: %u %%",
	    (unsigned)(done * 100 / total));
}

/* Whether the key that is mounted is one of the copies. */
static bool
on_copy(const struct key_targets *t)
{
	struct stat where, device;

	if (!boot_mounted(BOOT_KEY) || stat(BOOT_KEY, &where) < 0)
		return false;
	for (size_t i = 0; i < t->n; i++) {
		tt_auto(free) char *esp = tt_xprintf("/dev/%s", t->v[i].esp);

		if (t->v[i].esp[0] && stat(esp, &device) == 0 &&
		    device.st_rdev == where.st_dev)
			return true;
	}
	return false;
}

/*
 * What install_from_... have in common: the tree at source onto the disks, and one of them
 * to /mnt/usbkey. 1, 0 when no disk has room for it. other says what is not needed any more.
 */
static int
install(struct boot *b, const char *source, const struct key_targets *t,
    const char *other, struct tt_err **err)
{
	int64_t last = tt_mono_us();
	struct key_progress progress = { .fn = show, .ctx = &last };
	struct key_install o = {
		.source = source, .over = BOOT_COPY, .progress = &progress
	};
	tt_auto(free) char *id = NULL;
	size_t made = 0;
	int r;

	if (t->usable == 0)
		return 0;
	r = own_id(&id, err);
	o.id = id;
	if (r == 0)
		r = key_install_all(&o, t, &made, err);
	if (r == 0 && !on_copy(t))
		r = mount_copy(t, id, NULL, err);
	if (r < 0)
		return r;
	boot_did(b, "installed the key on %zu of %zu disks", made, t->n);
	boot_say("The key is installed on %zu disk%s. The %s; this machine boots without "
		 "it.",
	    t->usable, t->usable == 1 ? "" : "s", other);
	return 1;
}

int
install_from_disc(struct boot *b, struct tt_err **err)
{
	tt_auto(key_targets) struct key_targets t = { 0 };
	int r;

	if (!b->headnode || !install_on_disc())
		return 0;
	r = key_targets_find(BOOT_POOL, &t, err);
	if (r == 0)
		r = install(b, BOOT_KEY, &t, "installation medium may be taken out", err);
	if (r < 0)
		return tt_err_wrap(err, r, "installing from the disc");
	if (r == 0) {
		boot_say("No disk of the pool has room for the key (it takes 8 GiB and "
			 "more): this machine boots from the disc each time.");
		boot_did(b, "left the key on the disc");
	}
	return 0;
}

int
install_from_net(struct boot *b, struct tt_err **err)
{
	tt_auto(key_targets) struct key_targets t = { 0 };
	int r;

	if (!b->headnode || !tt_path_is_dir(INSTALL_NET_KEY))
		return 0;
	r = key_targets_find(BOOT_POOL, &t, err);
	/* on a copy: the power was lost when there was one, and others may lack it */
	if (r < 0 || (boot_mounted(BOOT_KEY) && !on_copy(&t)))
		return r;
	/* what the wizard has left in memory, for want of a medium */
	if (!boot_mounted(BOOT_KEY) && tt_path_is_dir(BOOT_KEY "/private"))
		r = boot_copy_tree(BOOT_KEY "/private", INSTALL_NET_KEY "/private", err);
	if (r == 0)
		r = install(
		    b, INSTALL_NET_KEY, &t, "network boot may be switched off", err);
	if (r < 0)
		return tt_err_wrap(err, r, "installing what came over the network");
	if (r == 1)
		return 0;
	boot_say("No disk of the pool has room for the key (it takes 8 GiB and more): "
		 "this machine boots from the network each time.");
	boot_did(b, "left the disks as they are");
	return boot_mount(INSTALL_NET_KEY, BOOT_KEY, NULL, MS_BIND, NULL, err);
}

void
install_settle(const struct boot *b)
{
	const char *digest = boot_param(&b->params, "triton.isosha256");
	tt_auto(free) char *line = NULL;

	if (!tt_path_is_dir(INSTALL_NET))
		return;
	line = tt_xprintf("%s\n", digest ? digest : "");
	if (tt_path_is_dir(INSTALL_NET_KEY))
		(void)tt_file_replace(INSTALL_NET_HAVE, line, strlen(line), 0600, NULL);
	(void)tt_remove_tree(INSTALL_NET, NULL);
}
