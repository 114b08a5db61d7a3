// SPDX-License-Identifier: MPL-2.0
/*
 * triton-netinstall: the key tree of a network bundle into a folder of the pool. Progress
 * goes to standard error, a line every other second, for triton-boot to show on every
 * console; so does the message of a failure, behind the program's name.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/sha256.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"
#include "platform/lib/cli/cli.h"
#include "platform/lib/fetch/dhcp.h"
#include "platform/lib/fetch/fetch.h"
#include "platform/netinstall/tree.h"
#include "platform/netinstall/url.h"

#define NAME        "triton-netinstall"
#define SIZE_MAX_   (64 * TT_GIB)
#define ROOM_COPIES 3       /* packed, unpacked, and what the copy of the key takes */
#define FETCH_MS    7200000 /* one try; a line that stalls ends sooner */
#define TRIES       5
#define PROGRESS_US 2000000

struct job {
	const char *url, *sha256, *size, *link, *mac; /* options as given */
	const char *dir;
	char *clean_url, *archive, *fresh, *done;
	uint64_t bytes; /* of the archive */
	const char *doing;
	int64_t last_us;
};

static void
tt_auto_job(struct job *j)
{
	free(j->clean_url);
	free(j->archive);
	free(j->fresh);
	free(j->done);
}

static void
show(struct job *j, uint64_t done)
{
	int64_t now = tt_mono_us();

	if (now - j->last_us < PROGRESS_US)
		return;
	j->last_us = now;
	(void)fprintf(stderr, "%s the key tree: %u %% of %llu MiB\n", j->doing,
	    (unsigned)(done * 100 / j->bytes), (unsigned long long)(j->bytes / TT_MIB));
}

static int
on_fetch(uint64_t done, uint64_t total, unsigned attempt, void *ctx)
{
	struct job *j = ctx;

	(void)total;
	j->doing = attempt > 1 ? "fetching again" : "fetching";
	show(j, done);
	return 0;
}

static void
on_unpack(uint64_t done, void *ctx)
{
	show(ctx, done);
}

/* Beside the archive there must be room for what is in it, and for the pool's own copy. */
static int
check_room(const struct job *j, struct tt_err **err)
{
	struct statvfs v;

	if (statvfs(j->dir, &v) < 0)
		return tt_err_errno(err, -errno, "looking at '%s'", j->dir);
	if ((uint64_t)v.f_bavail * v.f_frsize >= ROOM_COPIES * j->bytes)
		return 0;
	return tt_err_set(err, -ENOSPC, "NoRoom",
	    "the pool has %llu MiB free, installing the key tree takes %llu: free some "
	    "space and run triton-boot fetch",
	    (unsigned long long)((uint64_t)v.f_bavail * v.f_frsize / TT_MIB),
	    (unsigned long long)(ROOM_COPIES * j->bytes / TT_MIB));
}

/* One that an earlier run has fetched: it got its name when its digest was right. */
static bool
have_archive(const struct job *j)
{
	char hex[TT_SHA256_HEX_LEN];
	struct stat st;

	return stat(j->archive, &st) == 0 && (uint64_t)st.st_size == j->bytes &&
	       tt_sha256_file(j->archive, hex, NULL, NULL) == 0 &&
	       tt_strcaseeq(hex, j->sha256);
}

/* Through the networks of the machine, or with an address of its own on the boot NIC. */
static int
fetch(struct job *j, struct tt_err **err)
{
	struct tt_dhcp dhcp = { .beside = true };
	struct tt_fetch_opts o = { .timeout_ms = FETCH_MS,
		.tries = TRIES,
		.max_bytes = j->bytes,
		.body_sha256 = j->sha256,
		.interface = j->link,
		.progress = on_fetch,
		.ctx = j };
	int r = 0;

	if (have_archive(j))
		return 0;
	r = check_room(j, err);
	if (r == 0 && j->link) {
		(void)fprintf(stderr, "asking for an address by DHCP on %s\n", j->link);
		r = tt_dhcp_up(j->link, j->mac ? j->mac : "", &dhcp, err);
	}
	if (r == 0)
		(void)fprintf(stderr, "fetching %s\n", j->clean_url);
	if (r == 0)
		r = tt_fetch_file(j->clean_url, &o, j->archive, 0600, NULL, err);
	tt_dhcp_down(&dhcp);
	return r;
}

/* Unpacked under another name, on the disks, then under its own. */
static int
unpack(struct job *j, struct tt_err **err)
{
	tt_auto(close) int fd = -1;
	int r = tt_remove_tree(j->fresh, err);

	j->doing = "unpacking";
	if (r == 0)
		r = tree_unpack(j->archive, j->fresh, on_unpack, j, err);
	if (r == 0)
		r = tree_check(j->fresh, err);
	if (r < 0) {
		(void)tt_remove_tree(j->fresh, NULL);
		/* another try needs another archive */
		if (r == -EINVAL)
			(void)unlink(j->archive);
		return r;
	}
	fd = open(j->fresh, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || syncfs(fd) < 0)
		return tt_err_errno(err, -errno, "writing '%s' to the disks", j->fresh);
	if (rename(j->fresh, j->done) < 0)
		return tt_err_errno(err, -errno, "putting '%s' in place", j->done);
	(void)tt_fsync_dir(j->dir);
	(void)unlink(j->archive);
	return 0;
}

static int
take_options(struct job *j, struct tt_err **err)
{
	uint8_t digest[TT_SHA256_SIZE];

	if (!j->url || !j->sha256 || !j->size)
		return tt_err_set(err, -EINVAL, "InvalidArgument",
		    "--url, --sha256 and --size must be given: the kernel command line "
		    "has them as triton_isourl, triton.isosha256 and triton.isosize");
	if (tt_unhex(j->sha256, digest, sizeof(digest)) < 0)
		return tt_err_set(err, -EINVAL, "InvalidArgument",
		    "triton.isosha256 '%.80s' is not 64 hex digits: take the boot script "
		    "of the bundle as it is",
		    j->sha256);
	if (tt_parse_u64(j->size, 1, SIZE_MAX_, &j->bytes) < 0)
		return tt_err_set(err, -EINVAL, "InvalidArgument",
		    "triton.isosize '%.80s' is no size in bytes: take the boot script of "
		    "the bundle as it is",
		    j->size);
	return netinstall_url(j->url, &j->clean_url, err);
}

static int
install(struct job *j, struct tt_err **err)
{
	tt_auto(close) int lock = -1;
	int r = take_options(j, err);

	if (r == 0)
		r = tt_mkdir_p(j->dir, 0700, err);
	if (r < 0)
		return r;
	lock = open(j->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (lock < 0)
		return tt_err_errno(err, -errno, "opening '%s'", j->dir);
	if (flock(lock, LOCK_EX | LOCK_NB) < 0)
		return tt_err_set(err, -EBUSY, "InstallBusy",
		    "another run of " NAME " holds '%s': wait for it", j->dir);
	if (tt_path_is_dir(j->done))
		return 0;
	r = fetch(j, err);
	return r == 0 ? unpack(j, err) : r;
}

static int
run(int argc, char **argv, void *ctx)
{
	tt_auto(err) struct tt_err *err = NULL;
	struct job *j = ctx;

	(void)argc;
	j->dir = argv[0];
	j->archive = tt_path_join(j->dir, "fulliso.tgz");
	j->fresh = tt_path_join(j->dir, "key.new");
	j->done = tt_path_join(j->dir, "key");
	j->last_us = tt_mono_us();
	return install(j, &err) < 0 ? tt_cli_fail(NAME, err) : 0;
}

int
main(int argc, char **argv)
{
	tt_auto(job) struct job j = { 0 };
	const struct tt_opt opts[] = {
		{ 0, "url", TT_OPT_TEXT, &j.url, "URL", "of the key tree, fulliso.tgz" },
		{ 0, "sha256", TT_OPT_TEXT, &j.sha256, "HEX", "its digest" },
		{ 0, "size", TT_OPT_TEXT, &j.size, "BYTES", "its size" },
		{ 0, "link", TT_OPT_TEXT, &j.link, "NAME",
		    "fetch over this link, with an address by DHCP for that time" },
		{ 0, "mac", TT_OPT_TEXT, &j.mac, "MAC", "of that link" },
		{ 0 },
	};
	const struct tt_cmd cmd = {
		.name = NAME,
		.args = "FOLDER",
		.help = "Bring the key tree of a network bundle into a folder.",
		.opts = opts,
		.run = run,
		.min_args = 1,
		.max_args = 1,
	};

	return tt_cli_main(&cmd, argc, argv, &j);
}
