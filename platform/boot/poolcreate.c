// SPDX-License-Identifier: MPL-2.0
/*
 * Making the pool: partitions on each disk, btrfs over them, its contents, and last its name.
 * A power cut at any point before the name leaves disks that pool_judge calls blank.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "platform/boot/pool.h"
#include "platform/boot/restore.h"
#include "platform/key/install_disk.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/proc.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"
#include "platform/lib/conf/setupjson.h"
#include "platform/machine/btrfs.h"
#include "platform/machine/layout.h"

#define MIB_OF(bytes) ((bytes) / TT_MIB)
#define ESP_MIB       1024
#define ESP_MIN_DISK  (8 * TT_GIB)
#define NODE_WAIT_MS  5000

/* GPT partition types: systemd's discoverable partitions, and GRUB's manual for the first. */
#define TYPE_BIOS  "21686148-6449-6E6F-744E-656564454649"
#define TYPE_ESP   "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
#define TYPE_SWAP  "0657FD6D-A4AB-43C4-84E5-0933C84B4F4F"
#define TYPE_LINUX "0FC63DAF-8483-4772-8E79-3D69D8477DE4"

struct plan {
	uint64_t swap_mib; /* on each disk, 0 = none */
	unsigned n_parts;  /* the pool's is the last */
};

static uint64_t
ram_bytes(void)
{
	struct sysinfo s;

	return sysinfo(&s) < 0 ? 0 : (uint64_t)s.totalram * s.mem_unit;
}

static struct plan
plan_disk(const struct mach_disk *d, uint64_t swap_mib)
{
	unsigned n = 2;

	if (d->size >= ESP_MIN_DISK)
		n++;
	if (swap_mib > 0)
		n++;
	return (struct plan){ swap_mib, n };
}

static int
partition(const struct mach_disk *d, const struct plan *p, struct tt_err **err)
{
	tt_auto(free) char *dev = tt_xprintf("/dev/%s", d->name);
	tt_auto(buf) struct tt_buf s = TT_BUF_INIT(4096);
	const char *argv[] = { "sfdisk", "--quiet", "--lock=no", "--wipe", "always",
		"--wipe-partitions", "always", dev, NULL };
	int r;

	(void)tt_buf_adds(&s, "label: gpt\n");
	(void)tt_buf_addf(
	    &s, "start=1MiB, size=1MiB, type=%s, name=%s\n", TYPE_BIOS, MACH_PART_BIOS);
	if (d->size >= ESP_MIN_DISK)
		(void)tt_buf_addf(&s, "size=%dMiB, type=%s, name=%s\n", ESP_MIB, TYPE_ESP,
		    MACH_PART_ESP);
	if (p->swap_mib)
		(void)tt_buf_addf(&s, "size=%lluMiB, type=%s, name=%s\n",
		    (unsigned long long)p->swap_mib, TYPE_SWAP, POOL_PART_SWAP);
	(void)tt_buf_addf(&s, "type=%s, name=%s\n", TYPE_LINUX, POOL_PART);
	r = tt_proc_run(argv,
	    &(struct tt_proc_opts){ .input = tt_buf_str(&s), .input_len = s.len }, NULL,
	    err);
	return r < 0 ? tt_err_wrap(err, r, "partitioning disk %s", d->name) : 0;
}

/* A disk of the pool may come before the key in the firmware's order: it has nothing to boot. */
static int
pass_on(const struct mach_disk *d, struct tt_err **err)
{
	struct key_target t = { 0 };

	(void)tt_strcpy(t.disk, sizeof(t.disk), d->name);
	return install_disk_pass_on(&t, err);
}

/* Old signatures on what were partitions a moment ago would show through in the new ones. */
static int
wipe(const struct mach_disk *d, struct tt_err **err)
{
	tt_auto(strv) char **parts = NULL, **argv = NULL;
	int r = mach_parts("/sys", d->name, &parts, err);

	if (r < 0 || !parts)
		return r;
	tt_strv_add(&argv, "wipefs");
	tt_strv_add(&argv, "-qaf");
	for (char **p = parts; *p; p++)
		tt_strv_addf(&argv, "/dev/%s", *p);
	r = tt_proc_run(
	    (const char *const *)argv, &(struct tt_proc_opts){ 0 }, NULL, err);
	return r < 0 ? tt_err_wrap(err, r, "wiping disk %s", d->name) : 0;
}

static int
wait_node(const char *dev, struct tt_err **err)
{
	for (int ms = 0; ms < NODE_WAIT_MS; ms += 20) {
		if (tt_path_exists(dev))
			return 0;
		tt_sleep_ms(20);
	}
	return tt_err_set(err, -ENODEV, "NotFound",
	    "partition %s did not appear within %d s", dev, NODE_WAIT_MS / 1000);
}

static int
make_swap_area(const struct mach_disk *d, const struct plan *p, struct tt_err **err)
{
	tt_auto(free) char *dev = NULL;
	tt_auto(close) int fd = -1;
	char name[40];
	int r;

	if (!p->swap_mib)
		return 0;
	mach_part_name(d->name, p->n_parts - 1, name);
	dev = tt_xprintf("/dev/%s", name);
	r = wait_node(dev, err);
	if (r < 0)
		return r;
	fd = open(dev, O_RDWR | O_CLOEXEC);
	r = fd < 0 ? -errno : pool_swap_format(fd, p->swap_mib * TT_MIB);
	return r < 0 ? tt_err_errno(err, r, "preparing swap on %s", dev) : 0;
}

static int
mkfs(const struct mach_disks *disks, const struct plan *plans, struct tt_err **err)
{
	struct mach_profile pr = mach_profile(disks->n);
	tt_auto(strv) char **argv = NULL;
	int r;

	for (const char *const *w = (const char *const[]){ "mkfs.btrfs", "-q", "-f", "-K",
		 "-L", POOL_LABEL_NEW, "-d", pr.data, "-m", pr.metadata, NULL };
	     *w; w++)
		tt_strv_add(&argv, *w);
	for (size_t i = 0; i < pr.members; i++) {
		tt_auto(free) char *dev = NULL;
		char name[40];

		mach_part_name(disks->v[i].name, plans[i].n_parts, name);
		dev = tt_xprintf("/dev/%s", name);
		r = wait_node(dev, err);
		if (r < 0)
			return r;
		tt_strv_add(&argv, dev);
	}
	r = tt_proc_run((const char *const *)argv,
	    &(struct tt_proc_opts){ .timeout_ms = 300000 }, NULL, err);
	return r < 0 ? tt_err_wrap(err, r, "making the pool") : 0;
}

static int
mount_new(const struct mach_disks *disks, const struct plan *plans, struct tt_err **err)
{
	struct mach_profile pr = mach_profile(disks->n);
	char name[40], dev[64];
	int r = tt_mkdir_p(BOOT_POOL, 0755, err);

	for (size_t i = 0; r == 0 && i < pr.members; i++) {
		mach_part_name(disks->v[i].name, plans[i].n_parts, name);
		(void)tt_strf(dev, sizeof(dev), "/dev/%s", name);
		r = mach_btrfs_scan(dev);
		if (r < 0)
			return tt_err_errno(err, r, "announcing %s", dev);
	}
	if (r == 0 && mount(dev, BOOT_POOL, "btrfs", MS_NOATIME, "subvolid=5") < 0)
		r = tt_err_errno(err, -errno, "mounting the new pool on %s", dev);
	return r;
}

/* The rest of an odd number of disks: its policy is to wait for a broken one's place. */
static int
note_spare(const struct mach_disks *disks, struct tt_err **err)
{
	struct mach_profile pr = mach_profile(disks->n);
	tt_auto(json) json_t *o = NULL, *names = json_array();

	if (pr.members == disks->n)
		return 0;
	for (size_t i = pr.members; i < disks->n; i++)
		json_array_append_new(names, json_string(disks->v[i].name));
	o = json_pack("{s:s, s:O}", "policy", "hot-spare", "disks", names);
	return tt_json_save(BOOT_POOL "/.spares.json", o, 0644, err);
}

int
pool_write_setup(struct tt_setup *s, struct tt_err **err)
{
	int r = tt_mkdir_p(BOOT_POOL "/var/lib", 0755, err);

	tt_setup_see(s, "zpool_created");
	tt_setup_see(s, "datasets_setup");
	tt_setup_see(s, "swap_created");
	tt_setup_see(s, "filesystems_setup");
	if (r == 0)
		r = tt_setup_save(BOOT_POOL "/var/lib/setup.json", s, err);
	return r;
}

/* Everything inside; the marker, all of it on the disks, and then the name. */
static int
fill(struct boot *b, const struct mach_disks *disks, struct tt_setup *s,
    struct tt_err **err)
{
	tt_auto(close) int fd = open(BOOT_POOL, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = fd < 0 ? -errno : mach_btrfs_quota(fd);

	if (r < 0)
		return tt_err_errno(err, r, "turning on quotas of the pool");
	r = pool_datasets(b, true, err);
	if (r == 0)
		r = note_spare(disks, err);
	if (r == 0)
		r = pool_write_setup(s, err);
	if (r == 0 && b->headnode)
		r = restore_pool(b, err);
	if (r == 0)
		r = tt_file_write(POOL_MARKER, "", 0, 0444, err);
	if (r < 0)
		return r;
	r = mach_btrfs_sync(fd);
	if (r == 0)
		r = mach_btrfs_label_set(fd, POOL_LABEL);
	if (r == 0)
		r = mach_btrfs_sync(fd);
	return r < 0 ? tt_err_errno(err, r, "finishing the pool") : 0;
}

static uint64_t
swap_share(struct boot *b, const struct mach_disks *disks)
{
	tt_auto(config) struct tt_config *c = NULL;
	const char *want = boot_param(&b->params, "swap");
	uint64_t total = 0;

	for (size_t i = 0; i < disks->n; i++)
		total += disks->v[i].size;
	if (!want && boot_load_config(&c, NULL) == 0)
		want = tt_config_get(c, "swap");
	return pool_swap_share(want, ram_bytes(), total, disks->n);
}

static int
create(struct boot *b, const struct mach_disks *disks, struct plan *plans,
    struct tt_err **err)
{
	tt_auto(setup) struct tt_setup *s =
	    tt_setup_new(b->headnode ? "headnode" : "computenode");
	uint64_t share = swap_share(b, disks);
	int r = 0;

	for (size_t i = 0; r == 0 && i < disks->n; i++) {
		plans[i] = plan_disk(&disks->v[i], share);
		r = wipe(&disks->v[i], err);
		if (r == 0)
			r = partition(&disks->v[i], &plans[i], err);
		if (r == 0)
			r = pass_on(&disks->v[i], err);
		if (r == 0)
			r = make_swap_area(&disks->v[i], &plans[i], err);
	}
	if (r == 0)
		r = mkfs(disks, plans, err);
	if (r == 0)
		r = mount_new(disks, plans, err);
	if (r < 0)
		return r;
	r = fill(b, disks, s, err);
	if (r < 0)
		(void)umount(BOOT_POOL);
	return r;
}

static void
warn_small(const struct mach_disks *disks)
{
	uint64_t ram = ram_bytes(), total = 0;

	for (size_t i = 0; i < disks->n; i++)
		total += disks->v[i].size;
	if (ram < 32 * TT_GIB && total < 2 * ram)
		boot_say("Note: the disks hold %llu MiB, less than twice the memory "
			 "(%llu MiB).",
		    (unsigned long long)MIB_OF(total), (unsigned long long)MIB_OF(ram));
}

int
pool_create(struct boot *b, const struct mach_disks *disks, struct tt_err **err)
{
	tt_auto(free) struct plan *plans = tt_xcalloc(disks->n, sizeof(*plans));
	tt_auto(free) int *locks = tt_xcalloc(disks->n, sizeof(*locks));
	int r;

	warn_small(disks);
	boot_work("creating pool: zones");
	/* udev reads a disk's partitions anew when it changes and takes them away for a moment,
	 * but leaves a locked disk alone */
	for (size_t i = 0; i < disks->n; i++) {
		tt_auto(free) char *dev = tt_xprintf("/dev/%s", disks->v[i].name);

		locks[i] = open(dev, O_RDONLY | O_CLOEXEC);
		if (locks[i] >= 0)
			(void)flock(locks[i], LOCK_EX);
	}
	r = create(b, disks, plans, err);
	for (size_t i = 0; i < disks->n; i++)
		if (locks[i] >= 0)
			close(locks[i]);
	boot_work_end(r < 0 ? "failed" : "done");
	if (r == 0)
		boot_did(b, "made the pool over %zu disk%s", disks->n,
		    disks->n == 1 ? "" : "s");
	return r;
}
