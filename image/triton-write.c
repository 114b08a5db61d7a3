// SPDX-License-Identifier: MPL-2.0
/*
 * triton-write: put an image on a stick. Looks before it writes (mounted, removable, large
 * enough), skips the image's holes, and reads back what it wrote. Knows nothing of what is
 * in the image.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "image/writedev.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/time.h"
#include "platform/lib/cli/cli.h"

#define NAME  "triton-write"
#define CHUNK (4 * TT_MIB)
#define TABLE (1 * TT_MIB) /* zeroed at both ends: no old partition table stays */
#define ALIGN 4096ULL
/* Zeros up to here are written as well: they may be empty parts of an allocation table. */
#define HEAD (16 * TT_MIB)

static struct {
	bool force, no_verify;
} options;

struct job {
	const char *image, *device;
	int in, out;
	uint64_t size, device_size;
	uint64_t data; /* bytes of the image that are not holes */
	uint64_t done;
	uint8_t *a, *b; /* CHUNK bytes each, aligned */
	int64_t shown_us;
	bool terminal;
};

typedef int job_piece(struct job *j, uint64_t at, size_t len, struct tt_err **err);

static void
progress(struct job *j, const char *what)
{
	const int64_t now = tt_mono_us();
	const unsigned percent = j->data == 0 ? 100 : (unsigned)(j->done * 100 / j->data);

	if (now - j->shown_us < (j->terminal ? 200000 : 5000000) && j->done < j->data)
		return;
	j->shown_us = now;
	fprintf(stderr, "%s%s: %s %u%% of %.1f MB%s", j->terminal ? "\r" : "", NAME, what,
	    percent, (double)j->data / 1e6, j->terminal && j->done < j->data ? "" : "\n");
}

static int
read_at(int fd, const char *name, void *buf, size_t len, uint64_t at, struct tt_err **err)
{
	uint8_t *p = buf;
	size_t done = 0;

	while (done < len) {
		const ssize_t n = pread(fd, p + done, len - done, (off_t)(at + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return tt_err_errno(err, n < 0 ? -errno : -EIO,
			    "reading '%s' at byte %" PRIu64, name, at + done);
		done += (size_t)n;
	}
	return 0;
}

static int
write_at(struct job *j, const void *buf, size_t len, uint64_t at, struct tt_err **err)
{
	const uint8_t *p = buf;
	size_t done = 0;

	while (done < len) {
		const ssize_t n =
		    pwrite(j->out, p + done, len - done, (off_t)(at + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return tt_err_errno(err, n < 0 ? -errno : -EIO,
			    "writing '%s' at byte %" PRIu64, j->device, at + done);
		done += (size_t)n;
	}
	return 0;
}

/* The next run of bytes to write from *at on; false at the end. */
static bool
next_data(const struct job *j, uint64_t *at, uint64_t *ret_end)
{
	off_t start, end;

	if (*at < HEAD) {
		*ret_end = j->size < HEAD ? j->size : HEAD;
		return *at < j->size;
	}
	start = lseek(j->in, (off_t)*at, SEEK_DATA);
	if (start < 0 && errno == ENXIO)
		return false;
	if (start < 0)
		start = (off_t)*at; /* a file system that knows no holes */
	end = lseek(j->in, start, SEEK_HOLE);
	*at = (uint64_t)start;
	*ret_end = end <= start || (uint64_t)end > j->size ? j->size : (uint64_t)end;
	return true;
}

/* Call for each piece of at most CHUNK bytes that is not a hole. */
static int
each_piece(struct job *j, job_piece *piece, const char *what, struct tt_err **err)
{
	uint64_t at = 0;
	int r = 0;

	j->done = 0;
	while (r >= 0 && at < j->size) {
		uint64_t end;

		if (!next_data(j, &at, &end))
			break;
		while (r >= 0 && at < end) {
			const uint64_t left = end - at;
			const size_t len = left < CHUNK ? (size_t)left : (size_t)CHUNK;

			r = piece(j, at, len, err);
			at += len;
			j->done += len;
			if (what != NULL)
				progress(j, what);
		}
	}
	return r;
}

static int
piece_count(
    struct job *j, uint64_t at TT_UNUSED, size_t len, struct tt_err **err TT_UNUSED)
{
	j->data += len;
	return 0;
}

static int
piece_copy(struct job *j, uint64_t at, size_t len, struct tt_err **err)
{
	const int r = read_at(j->in, j->image, j->a, len, at, err);

	return r < 0 ? r : write_at(j, j->a, len, at, err);
}

static int
piece_compare(struct job *j, uint64_t at, size_t len, struct tt_err **err)
{
	int r = read_at(j->in, j->image, j->a, len, at, err);

	if (r >= 0)
		r = read_at(j->out, j->device, j->b, len, at, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < len; i++)
		if (j->a[i] != j->b[i])
			return tt_err_set(err, -EIO, "DeviceDamaged",
			    "byte %" PRIu64
			    " of '%s' came back different: the device is broken or "
			    "smaller than it says, use another one",
			    at + i, j->device);
	return 0;
}

/* Both ends, so that neither an old table nor an old backup of one is found. */
static int
clear_tables(struct job *j, struct tt_err **err)
{
	const uint64_t last = j->device_size - TABLE;
	int r;

	memset(j->a, 0, TABLE);
	r = write_at(j, j->a, TABLE, 0, err);
	if (r >= 0)
		r = write_at(j, j->a, TABLE, last - last % ALIGN, err);
	return r;
}

static int
open_image(struct job *j, struct tt_err **err)
{
	struct stat st;

	j->in = open(j->image, O_RDONLY | O_CLOEXEC);
	if (j->in < 0 || fstat(j->in, &st) < 0)
		return tt_err_errno(err, -errno, "opening the image '%s'", j->image);
	if (!S_ISREG(st.st_mode) || st.st_size < (off_t)(4 * TT_MIB))
		return tt_err_set(err, -EINVAL, "InvalidImage",
		    "'%s' is no image: it must be a file of at least 4 MiB", j->image);
	j->size = (uint64_t)st.st_size;
	return each_piece(j, piece_count, NULL, err);
}

static int
open_device(struct job *j, struct tt_err **err)
{
	struct writedev dev;
	int r;

	r = writedev_look(j->device, "/", &dev, err);
	if (r >= 0)
		r = writedev_allow(&dev, j->size, options.force, err);
	if (r < 0)
		return r;
	j->device_size = dev.size;
	/* O_EXCL: the kernel refuses while anything else holds the disk */
	j->out = open(j->device, O_RDWR | O_EXCL | O_CLOEXEC);
	if (j->out < 0)
		return tt_err_errno(err, -errno, "opening '%s'", j->device);
	fprintf(stderr, "%s: %s: %s, %.1f GB\n", NAME, j->device, dev.model,
	    (double)dev.size / 1e9);
	return 0;
}

static int
compare(struct job *j, struct tt_err **err)
{
	if (options.no_verify)
		return 0;
	/* what is read back must come from the device, not from our own cache */
	(void)ioctl(j->out, BLKFLSBUF, 0);
	(void)posix_fadvise(j->out, 0, 0, POSIX_FADV_DONTNEED);
	return each_piece(j, piece_compare, "compared", err);
}

static int
work(struct job *j, struct tt_err **err)
{
	int r;

	r = open_image(j, err);
	if (r >= 0)
		r = open_device(j, err);
	if (r >= 0)
		r = clear_tables(j, err);
	if (r >= 0)
		r = each_piece(j, piece_copy, "written", err);
	if (r < 0)
		return r;
	if (fsync(j->out) < 0)
		return tt_err_errno(err, -errno, "flushing '%s'", j->device);
	r = compare(j, err);
	if (r < 0)
		return r;
	(void)ioctl(j->out, BLKRRPART, 0); /* a file or a busy disk keeps its old view */
	return 0;
}

static int
run(int argc TT_UNUSED, char **argv, void *ctx TT_UNUSED)
{
	struct job j = { .image = argv[0], .device = argv[1], .in = -1, .out = -1 };
	tt_auto(err) struct tt_err *err = NULL;
	int r;

	j.terminal = isatty(STDERR_FILENO) == 1;
	j.a = tt_xalloc(CHUNK);
	j.b = tt_xalloc(CHUNK);
	r = work(&j, &err);
	free(j.a);
	free(j.b);
	if (j.in >= 0)
		close(j.in);
	if (j.out >= 0)
		close(j.out);
	if (r < 0)
		return tt_cli_fail(NAME, err);
	fprintf(stderr, "%s: done, %s can be unplugged\n", NAME, j.device);
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct tt_opt opts[] = {
		{ 'f', "force", TT_OPT_FLAG, &options.force, NULL,
		    "write to a disk that is not removable, or to a file" },
		{ 0, "no-verify", TT_OPT_FLAG, &options.no_verify, NULL,
		    "do not read back and compare" },
		{ 0 },
	};
	const struct tt_cmd top = { .name = NAME,
		.args = "IMAGE DEVICE",
		.help = "Write an image to a USB stick and check it.",
		.opts = opts,
		.run = run,
		.min_args = 2,
		.max_args = 2 };

	return tt_cli_main(&top, argc, argv, NULL);
}
