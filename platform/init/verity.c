// SPDX-License-Identifier: MPL-2.0
/*
 * The dm-verity device over the root image, made with the device mapper's ioctls. The tree
 * has no superblock: it starts at the block behind the data. Table format: the kernel's
 * Documentation/admin-guide/device-mapper/verity.rst.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "platform/init/init.h"

#define NAME      "triton-root"
#define BLOCK     4096ULL
#define PER_BLOCK 128ULL /* SHA-256 digests in a block */
#define TABLE_MAX 2048

struct request {
	struct dm_ioctl head;
	struct dm_target_spec target;
	char parameters[TABLE_MAX];
};

static int control = -1;

static void
dm_call(unsigned long call, struct request *rq, const char *what)
{
	struct dm_ioctl *h = &rq->head;

	h->version[0] = DM_VERSION_MAJOR;
	h->data_size = sizeof(*rq);
	h->data_start = offsetof(struct request, target);
	memcpy(h->name, NAME, sizeof(NAME));
	if (ioctl(control, call, rq) != 0)
		init_fatal("verity", errno, "%s", what);
}

/* Bytes that data and tree have together: a download cut short is seen before the first read. */
static uint64_t
bytes_with_tree(uint64_t blocks)
{
	uint64_t total = blocks, level = blocks;

	do {
		level = (level + PER_BLOCK - 1) / PER_BLOCK;
		total += level;
	} while (level > 1);
	return total * BLOCK;
}

static void
load_table(const struct init_params *p, const char *device, const char *option)
{
	struct request rq = { .head.target_count = 1, .head.flags = DM_READONLY_FLAG };
	int n;

	rq.target.length = p->blocks * (BLOCK / 512);
	memcpy(rq.target.target_type, "verity", sizeof("verity"));
	n = snprintf(rq.parameters, sizeof(rq.parameters),
	    "1 %s %s %llu %llu %llu %llu sha256 %s %s%s", device, device, BLOCK, BLOCK,
	    (unsigned long long)p->blocks, (unsigned long long)p->blocks, p->roothash,
	    p->salt, option);
	if (n < 0 || (size_t)n >= sizeof(rq.parameters))
		init_fatal("verity", E2BIG, "table of the root image");
	dm_call(DM_TABLE_LOAD, &rq,
	    "loading the table: do triton.roothash, .salt and .blocks belong to this "
	    "image?");
	memset(&rq, 0, sizeof(rq));
	dm_call(DM_DEV_SUSPEND, &rq, "activating the device");
}

/* devtmpfs has made /dev/dm-N by the time the ioctl returns. */
static void
create(char *ret, size_t ret_size)
{
	struct request rq = { .head.flags = DM_READONLY_FLAG };

	dm_call(DM_DEV_CREATE, &rq, "creating the device");
	(void)snprintf(ret, ret_size, "/dev/dm-%u", minor((dev_t)rq.head.dev));
}

/* Every block once, with a table under which a bad one is an error and not a restart. */
static void
read_through(const char *device)
{
	static char chunk[INIT_MIB];
	uint64_t done = 0;
	ssize_t n;
	int fd = open(device, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		init_fatal("verity", errno, "%s", device);
	while ((n = read(fd, chunk, sizeof(chunk))) > 0) {
		done += (uint64_t)n;
		(void)posix_fadvise(fd, 0, (off_t)done, POSIX_FADV_DONTNEED);
	}
	if (n < 0)
		init_fatal("verity", errno,
		    "the root image came damaged over the network, at %llu KiB; load it "
		    "again "
		    "(too little memory for it also looks like this)",
		    (unsigned long long)(done / 1024));
	(void)close(fd);
}

static void
check_size(const struct init_params *p, const struct init_medium *m)
{
	uint64_t need = bytes_with_tree(p->blocks);

	if (m->size < need)
		init_fatal("verity", EIO,
		    "root image has %llu bytes, data and hash tree need %llu",
		    (unsigned long long)m->size, (unsigned long long)need);
}

enum init_verity
init_verity_open(const struct init_params *p, const struct init_medium *m,
    const char *device, char *ret, size_t ret_size)
{
	if (p->verity_bad)
		init_fatal("verity", EINVAL,
		    "triton.roothash, .salt and .blocks must be given together and well "
		    "formed");
	if (!p->verity) {
		init_warn(
		    "no root hash on the command line: the root image is not checked");
		(void)snprintf(ret, ret_size, "%s", device);
		return INIT_VERITY_NONE;
	}
	check_size(p, m);
	control = open("/dev/mapper/control", O_RDWR | O_CLOEXEC);
	if (control < 0)
		init_fatal("verity", errno,
		    "/dev/mapper/control: is dm_verity in the initramfs?");
	create(ret, ret_size);
	if (m->network) {
		load_table(p, device, "");
		read_through(ret);
	}
	if (p->rescue)
		init_warn("rescue: damaged blocks of the root image are not refused");
	load_table(
	    p, device, p->rescue ? " 1 ignore_corruption" : " 1 restart_on_corruption");
	(void)close(control);
	return p->rescue ? INIT_VERITY_IGNORE : INIT_VERITY_ON;
}

const char *
init_verity_name(enum init_verity v)
{
	static const char *const names[] = { "none", "restart_on_corruption",
		"ignore_corruption" };

	return names[v];
}
