// SPDX-License-Identifier: MPL-2.0
/*
 * Which disks a new pool may take. A disk that holds anything is never taken silently: an
 * operator is asked on every console; without one it is left alone, unless the answers
 * (destroy_pools) or the command line (destroy_zpools=true) allow it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>

#include "platform/boot/nics.h"
#include "platform/boot/pool.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"

#define ASK_S       600
#define UDEV_WAIT_S 30

struct choice {
	struct mach_disks all;     /* every disk of the machine */
	struct mach_disks blank;   /* usable as they are */
	struct mach_disks foreign; /* usable when they may be wiped */
	struct tt_buf
	    list; /* a line for each disk: what it is and why it is not usable */
};

static void
choice_release(struct choice *c)
{
	mach_disks_free(&c->all);
	mach_disks_free(&c->blank);
	mach_disks_free(&c->foreign);
	tt_buf_release(&c->list);
}

static void
add(struct mach_disks *d, const struct mach_disk *k)
{
	d->v = tt_xrealloc(d->v, (d->n + 1) * sizeof(*d->v));
	d->v[d->n++] = *k;
}

/* A partition that pool_create made and never finished with: ours, and its pool is not whole. */
static bool
half_made(const char *sysfs, const char *part)
{
	tt_auto(free) char *name = mach_part_label(sysfs, part);
	tt_auto(free) char *dev = tt_xprintf("/dev/%s", part);
	struct mach_probe p;

	if (!tt_after_prefix(name, "triton-"))
		return false;
	if (!tt_streq(name, POOL_PART))
		return true;
	if (mach_probe(dev, &p) < 0)
		return false;
	return !p.type[0] ||
	       (tt_streq(p.type, "btrfs") && tt_streq(p.label, POOL_LABEL_NEW));
}

enum pool_disk_use
pool_judge(const char *sysfs, const struct mach_disk *d, char what[256])
{
	tt_auto(free) char *dev = tt_xprintf("/dev/%s", d->name);
	tt_auto(strv) char **parts = NULL;
	struct mach_probe p;
	size_t ours = 0, n;

	what[0] = '\0';
	if (mach_probe(dev, &p) < 0) {
		(void)tt_strcpy(what, 256, "cannot be read");
		return POOL_DISK_FOREIGN;
	}
	if (p.type[0] || p.several) {
		(void)snprintf(what, 256, "holds %s%s%.200s",
		    p.several ? "several file systems" : p.type, p.label[0] ? " " : "",
		    p.label);
		return POOL_DISK_FOREIGN;
	}
	if (!p.pttype[0] || mach_parts(sysfs, d->name, &parts, NULL) < 0 || !parts)
		return POOL_DISK_BLANK;
	n = tt_strv_len(parts);
	for (size_t i = 0; i < n; i++) {
		tt_auto(free) char *part = tt_xprintf("/dev/%s", parts[i]);

		if (half_made(sysfs, parts[i]))
			ours++;
		else if (!what[0] && mach_probe(part, &p) == 0 && p.type[0])
			(void)snprintf(what, 256, "holds %s%s%.200s on %s", p.type,
			    p.label[0] ? " " : "", p.label, parts[i]);
	}
	if (ours == n) {
		what[0] = '\0';
		return POOL_DISK_BLANK;
	}
	if (!what[0])
		(void)snprintf(what, 256, "has %zu partition%s", n, n == 1 ? "" : "s");
	return POOL_DISK_FOREIGN;
}

/* Why a disk is out of the question, NULL when it is not. */
static const char *
unfit(const struct mach_disk *d, char **media)
{
	if (tt_strv_has(media, d->name))
		return "boot medium";
	if (d->removable)
		return "removable";
	if (d->readonly)
		return "read-only";
	return d->size < 2 * TT_GIB ? "smaller than 2 GiB" : NULL;
}

static int
look(struct choice *c, struct tt_err **err)
{
	tt_auto(strv) char **media = NULL;
	char what[256], line[200];
	int r;

	*c = (struct choice){ .list = TT_BUF_INIT(256 * TT_KIB) };
	r = mach_media_disks("/sys", BOOT_BOOTDEV, &media, err);
	if (r == 0)
		r = mach_disks_scan("/sys", &c->all, err);
	for (size_t i = 0; r == 0 && i < c->all.n; i++) {
		const struct mach_disk *d = &c->all.v[i];
		const char *why = unfit(d, media);

		if (why) {
			(void)tt_buf_addf(&c->list, "  %s: %s\n",
			    mach_disk_text(d, line, sizeof(line)), why);
			continue;
		}
		if (pool_judge("/sys", d, what) == POOL_DISK_BLANK)
			add(&c->blank, d);
		else
			add(&c->foreign, d);
		(void)tt_buf_addf(&c->list, "  %s: %s\n",
		    mach_disk_text(d, line, sizeof(line)), what[0] ? what : "empty");
	}
	return r;
}

/* The number of disks changed: somebody plugged one in. */
static int
disks_changed(void *ctx)
{
	struct mach_disks now = { 0 };
	size_t n = *(const size_t *)ctx;
	bool changed = mach_disks_scan("/sys", &now, NULL) == 0 && now.n != n;

	mach_disks_free(&now);
	return changed ? 'r' : 0;
}

static void
power_off(void)
{
	(void)boot_run(NULL, "systemctl", "--no-block", "poweroff", NULL);
}

/* No disk at all. 1 = look again. */
static int
no_disks(const struct boot *b, const struct choice *c, struct tt_err **err)
{
	size_t n = c->all.n;
	int key;

	boot_say("no usable disks found. The pool needs a fixed disk of 2 GiB or more. "
		 "Detected:\n%s",
	    c->list.len ? tt_buf_str(&c->list) : "  no disk at all\n");
	key = boot_ask("Add a disk (it is seen by itself), or: [r] look again  [l] go on "
		       "to the login  "
		       "[p] power off ",
	    "rlp", boot_unattended(b) ? 60 : ASK_S, disks_changed, &n);
	if (key == 'r')
		return 1;
	if (key == 'p')
		power_off();
	return tt_err_set(err, -ENODEV, "NoDisks",
	    "no usable disks found: add a fixed disk and restart, or run systemctl "
	    "restart triton-pool");
}

static int
refused(const struct choice *c, struct tt_err **err)
{
	return tt_err_set(err, -EEXIST, "ForeignPool",
	    "disk %s and %zu more hold data and nobody allowed to wipe them: set "
	    "destroy_pools in the "
	    "answers, or boot with destroy_zpools=true, or empty them",
	    c->foreign.v[0].name, c->foreign.n - 1);
}

/* Disks that hold something: 1 = look again, 0 = *ret_wipe says whether they are taken too. */
static int
ask_foreign(
    const struct boot *b, const struct choice *c, bool *ret_wipe, struct tt_err **err)
{
	size_t n = c->all.n;
	int key;

	*ret_wipe = false;
	boot_say("Disks of this machine:\n%s", tt_buf_str(&c->list));
	if (boot_flag(b, "destroy_zpools") || tt_path_exists(BOOT_DESTROY)) {
		*ret_wipe = true;
		return 0;
	}
	if (boot_unattended(b)) {
		if (c->blank.n == 0)
			return refused(c, err);
		boot_say("Disks that hold data are left alone; the pool takes the empty "
			 "ones.");
		return 0;
	}
	key = boot_ask(
	    c->blank.n
		? "Some disks hold data. [e] use the empty disks only  [w] WIPE ALL of "
		  "them  [r] look again  [l] go on to the login  [p] power off "
		: "All disks hold data. [w] WIPE ALL of them  [r] look again  [l] go on "
		  "to "
		  "the login  [p] power off ",
	    c->blank.n ? "ewrlp" : "wrlp", ASK_S, disks_changed, &n);
	if (key == 'w' && boot_ask("Everything on these disks is lost. Wipe them? [y/n] ",
			      "yn", 60, NULL, NULL) != 'y')
		return 1;
	if (key == 'r')
		return 1;
	if (key == 'p')
		power_off();
	*ret_wipe = key == 'w';
	return key == 'w' || key == 'e' ? 0 : refused(c, err);
}

static void
take_foreign(struct boot *b, struct choice *c)
{
	for (size_t i = 0; i < c->foreign.n; i++) {
		boot_say("wiping disk %s", c->foreign.v[i].name);
		boot_did(b, "wiped %s", c->foreign.v[i].name);
		add(&c->blank, &c->foreign.v[i]);
	}
}

/* One round: 1 = look again, 0 = made, negative = given up. */
static int
attempt(struct boot *b, struct tt_err **err)
{
	struct choice c;
	bool wipe = false;
	int r = look(&c, err);

	if (r == 0 && c.blank.n + c.foreign.n == 0)
		r = no_disks(b, &c, err);
	else if (r == 0 && c.foreign.n > 0)
		r = ask_foreign(b, &c, &wipe, err);
	if (r == 0 && wipe)
		take_foreign(b, &c);
	if (r == 0)
		r = pool_create(b, &c.blank, err);
	choice_release(&c);
	return r;
}

int
pool_make(struct boot *b, struct tt_err **err)
{
	int r;

	/* a disk that is still being found must not be missing in the pool for ever */
	boot_storage_wait(UDEV_WAIT_S);
	do
		r = attempt(b, err);
	while (r == 1);
	return r;
}
