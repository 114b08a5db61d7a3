// SPDX-License-Identifier: MPL-2.0
/*
 * sysinfo: the pool (asked of btrfs on /zones) and the disks.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "platform/cmd/sysinfo.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/machine/btrfs.h"
#include "platform/machine/layout.h"

#define POOL "/zones"

struct pool {
	char **disks;   /* kernel names */
	uint64_t bytes; /* of all devices */
};

static void
read_devices(int fd, struct pool *p)
{
	char path[1024], disk[32];
	uint64_t id = 0, bytes = 0;

	while (mach_btrfs_device_next(fd, &id, path, &bytes) == 0) {
		p->bytes += bytes;
		if (mach_disk_of("/sys", tt_path_base(path), disk) == 0 &&
		    !tt_strv_has(p->disks, disk))
			tt_strv_add(&p->disks, disk);
	}
}

/* The marker is the last thing that making a pool writes: its time is the pool's birthday. */
static json_int_t
creation(void)
{
	struct stat st;

	return stat(POOL "/.system_pool", &st) == 0 ? (json_int_t)st.st_mtim.tv_sec : 0;
}

static void
pool_fields(json_t *o, const struct pool *p)
{
	tt_auto(free) char *disks = tt_strv_join(p->disks, ",");
	size_t n = tt_strv_len(p->disks);

	sysinfo_text(o, "Zpool", n ? "zones" : "");
	json_object_set_new(o, "Zpool Encrypted", json_false());
	sysinfo_text(o, "Zpool Disks", disks);
	sysinfo_text(o, "Zpool Profile", n ? mach_profile(n).zpool : "");
	json_object_set_new(o, "Zpool Creation", json_integer(n ? creation() : 0));
	json_object_set_new(
	    o, "Zpool Size in GiB", json_integer((json_int_t)(p->bytes / TT_GIB)));
	json_object_set_new(o, "Zpool Recovery", json_object());
}

void
sysinfo_pool(const struct sysinfo_ctx *x, json_t *o)
{
	tt_auto(free) char *sysfs = tt_xprintf("%s/sys", x->root);
	tt_auto(free) char *marker = tt_xprintf("%s" POOL "/.system_pool", x->root);
	tt_auto(close) int fd = -1;
	tt_auto(disks) struct mach_disks d = { 0 };
	struct pool p = { 0 };
	json_t *disks = json_object();

	if (!*x->root && tt_path_exists(marker))
		fd = open(POOL, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		read_devices(fd, &p);
	if (p.disks)
		tt_strv_sort(p.disks);
	pool_fields(o, &p);
	(void)mach_disks_scan(sysfs, &d, NULL);
	for (size_t i = 0; i < d.n; i++)
		json_object_set_new(disks, d.v[i].name,
		    json_pack(
			"{s:I}", "Size in GB", (json_int_t)(d.v[i].size / 1000000000)));
	json_object_set_new(o, "Disks", disks);
	tt_strv_free(p.disks);
}
