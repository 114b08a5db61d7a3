// SPDX-License-Identifier: MPL-2.0
/*
 * Step copy: the key's files on the pool, by usb_key.manifest. Small files are hashed while
 * they are copied; the large ones (the images, which verity checks wherever they are used)
 * are listed in .unverified for the verify step, so that nobody waits for their digests.
 * The marker .copied names the version and the manifest's digest; it is removed before the
 * first change and written when everything is on the disk. private/ is never copied; config
 * and config.inc come with the pool step.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "platform/boot/boot.h"
#include "platform/boot/copy.h"
#include "platform/boot/install.h"
#include "platform/key/copymark.h"
#include "platform/key/manifest.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"

#define MANIFEST    "/usb_key.manifest"
#define MARKER      COPY_MARKER
#define LARGE       (4 * TT_MIB)
#define CHUNK       TT_MIB
#define PROGRESS_US 2000000

struct progress {
	uint64_t total, done;
	int64_t last_us;
};

static bool
wanted(const char *path)
{
	return !tt_after_prefix(path, "private/") &&
	       !tt_after_prefix(path, "config.inc/") && !tt_streq(path, "config");
}

static void
report(struct progress *p, size_t more)
{
	int64_t now = tt_mono_us();

	p->done += more;
	if (now - p->last_us < PROGRESS_US || p->total == 0)
		return;
	p->last_us = now;
	boot_say("copying the key to %s: %u %%", BOOT_COPY,
	    (unsigned)(p->done * 100 / p->total));
}

/* Copy the bytes, hashed when h is given; what was read is not kept in memory. */
static int
pump(int in, int out, struct tt_sha256 *h, struct progress *p)
{
	tt_auto(free) char *buf = tt_xalloc(CHUNK);
	off_t at = 0;

	for (;;) {
		ssize_t n = tt_read_all(in, buf, CHUNK);
		int r;

		if (n < 0)
			return (int)n;
		if (h)
			tt_sha256_add(h, buf, (size_t)n);
		r = tt_write_all(out, buf, (size_t)n);
		if (r < 0)
			return r;
		(void)posix_fadvise(in, at, n, POSIX_FADV_DONTNEED);
		at += n;
		report(p, (size_t)n);
		if ((size_t)n < CHUNK)
			return 0;
	}
}

/*
 * The root image that this machine runs from is in memory behind a loop device, checked by
 * verity: reading it there spares the slow medium. -1 when f is another file.
 */
static int
open_running(const struct boot *b, const struct manifest_file *f)
{
	const char *root = boot_param(&b->params, "triton.root");
	tt_auto(strv) char **names = NULL;

	if (!root || *root != '/' || !tt_streq(root + 1, f->path))
		return -1;
	(void)tt_dir_list("/sys/block", &names, NULL);
	for (char **n = names; n && *n; n++) {
		tt_auto(free) char *size = tt_xprintf("/sys/block/%s/size", *n);
		tt_auto(free) char *backing =
		    tt_xprintf("/sys/block/%s/loop/backing_file", *n);
		tt_auto(free) char *sectors = tt_file_line(size),
				   *file = tt_file_line(backing);
		tt_auto(free) char *dev = tt_xprintf("/dev/%s", *n);
		uint64_t count = 0;

		if (file && strstr(file, "root.img") && sectors &&
		    tt_parse_u64(sectors, 0, UINT64_MAX, &count) == 0 &&
		    count * 512 == f->size)
			return open(dev, O_RDONLY | O_CLOEXEC);
	}
	return -1;
}

static int
check(const struct manifest_file *f, struct tt_sha256 *h, struct tt_err **err)
{
	uint8_t digest[TT_SHA256_SIZE];
	char hex[TT_SHA256_HEX_LEN];

	tt_sha256_end(h, digest);
	tt_hex(digest, sizeof(digest), hex);
	if (tt_streq(hex, f->sha256))
		return 0;
	return tt_err_set(err, -EBADMSG, "KeyDamaged",
	    "'%s' on the key is damaged (its digest is not that of the manifest): write "
	    "the image to the key again",
	    f->path);
}

static int
size_check(const struct manifest_file *f, int fd, struct tt_err **err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return tt_err_errno(err, -errno, "looking at the copy of '%s'", f->path);
	if ((uint64_t)st.st_size == f->size)
		return 0;
	return tt_err_set(err, -EBADMSG, "KeyDamaged",
	    "'%s' on the key is damaged (%llu bytes, the manifest says %llu): write the "
	    "image to the key again",
	    f->path, (unsigned long long)st.st_size, (unsigned long long)f->size);
}

static int
copy_one(const struct boot *b, const struct manifest_file *f, struct progress *p,
    struct tt_err **err)
{
	tt_auto(free) char *from = tt_path_join(BOOT_KEY, f->path);
	tt_auto(free) char *to = tt_path_join(BOOT_COPY, f->path);
	tt_auto(free) char *part = tt_xprintf("%s.part", to);
	tt_auto(free) char *dir = tt_path_dir(to);
	tt_auto(close) int in = open_running(b, f), out = -1;
	struct tt_sha256 h;
	int r;

	if (in < 0)
		in = open(from, O_RDONLY | O_CLOEXEC);
	if (in < 0)
		return tt_err_errno(err, -errno, "reading '%s' of the key", f->path);
	r = tt_mkdir_p(dir, 0755, err);
	if (r < 0)
		return r;
	out = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (out < 0)
		return tt_err_errno(err, -errno, "making '%s'", part);
	tt_sha256_init(&h);
	r = pump(in, out, f->size < LARGE ? &h : NULL, p);
	if (r < 0)
		return tt_err_errno(err, r, "copying '%s' to '%s'", from, part);
	r = f->size < LARGE ? check(f, &h, err) : size_check(f, out, err);
	if (r < 0)
		(void)unlink(part);
	else if (rename(part, to) < 0)
		r = tt_err_errno(err, -errno, "putting '%s' in place", to);
	return r;
}

/* Already there from a copy that was finished, with the same digest. */
static bool
have(const struct manifest *old, const struct manifest_file *f)
{
	const struct manifest_file *o = manifest_find(old, f->path);
	tt_auto(free) char *to = tt_path_join(BOOT_COPY, f->path);
	struct stat st;

	return o && o->size == f->size && tt_streq(o->sha256, f->sha256) &&
	       stat(to, &st) == 0 && S_ISREG(st.st_mode) &&
	       (uint64_t)st.st_size == f->size;
}

static int
copy_all(struct boot *b, const struct manifest *m, const struct manifest *old,
    struct tt_err **err)
{
	struct progress p = { .last_us = tt_mono_us() };
	tt_auto(free) bool *skip = tt_xcalloc(m->n, sizeof(*skip));
	tt_auto(buf) struct tt_buf later = TT_BUF_INIT(MANIFEST_MAX);
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; i < m->n; i++) {
		skip[i] = !wanted(m->v[i].path) || have(old, &m->v[i]);
		if (!skip[i])
			p.total += m->v[i].size;
	}
	for (size_t i = 0; r == 0 && i < m->n; i++) {
		if (skip[i])
			continue;
		r = copy_one(b, &m->v[i], &p, err);
		n++;
		if (m->v[i].size >= LARGE)
			(void)tt_buf_addf(&later, "%s  %llu  %s\n", m->v[i].sha256,
			    (unsigned long long)m->v[i].size, m->v[i].path);
	}
	if (r == 0 && later.len > 0)
		r = tt_file_write(
		    COPY_UNVERIFIED, tt_buf_str(&later), later.len, 0600, err);
	/* files of the old key that the new one does not have */
	for (size_t i = 0; r == 0 && i < old->n; i++) {
		tt_auto(free) char *path = tt_path_join(BOOT_COPY, old->v[i].path);

		if (wanted(old->v[i].path) && !manifest_find(m, old->v[i].path))
			(void)unlink(path);
	}
	if (r == 0)
		boot_did(
		    b, "copied %zu files, %llu bytes", n, (unsigned long long)p.done);
	return r;
}

static int
load(const char *path, struct tt_buf *text, struct manifest *m, struct tt_err **err)
{
	int r = tt_file_read(path, text, err);

	return r < 0 ? r : manifest_parse(path, tt_buf_str(text), text->len, m, err);
}

static int
sync_copy(struct tt_err **err)
{
	tt_auto(close) int fd = open(BOOT_COPY, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || syncfs(fd) < 0)
		return tt_err_errno(err, -errno, "writing %s to the disks", BOOT_COPY);
	return 0;
}

/* Marker away, files, their own manifest, all on the disk, marker back. */
static int
copy_key(struct boot *b, const struct tt_buf *text, const struct manifest *m,
    const char *marker, struct tt_err **err)
{
	tt_auto(buf) struct tt_buf old_text = TT_BUF_INIT(MANIFEST_MAX);
	tt_auto(manifest) struct manifest old = { 0 };
	int r;

	/* without a marker what is there cannot be trusted, whatever its manifest says */
	if (tt_path_exists(MARKER) && load(BOOT_COPY MANIFEST, &old_text, &old, NULL) < 0)
		manifest_release(&old);
	if (unlink(MARKER) == 0)
		(void)tt_fsync_dir(BOOT_COPY);
	r = copy_all(b, m, &old, err);
	if (r == 0)
		r = tt_file_write(
		    BOOT_COPY MANIFEST, tt_buf_str(text), text->len, 0444, err);
	if (r == 0)
		r = sync_copy(err);
	if (r == 0)
		r = tt_file_replace(MARKER, marker, strlen(marker), 0444, err);
	return r;
}

/* Nothing reads the key after this; it may be pulled out. */
static void
leave(void)
{
	if (boot_mounted(BOOT_KEY))
		(void)umount(BOOT_KEY);
}

int
boot_copy(struct boot *b, struct tt_err **err)
{
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(MANIFEST_MAX);
	tt_auto(free) char *was = tt_file_line(MARKER), *marker = NULL;
	tt_auto(manifest) struct manifest m = { 0 };
	tt_auto(err) struct tt_err *bad = NULL;
	int r;

	r = install_from_net(b, err);
	if (r < 0)
		return r;
	if (!b->headnode || !boot_mounted(BOOT_KEY)) {
		b->skipped = true;
		return 0;
	}
	r = install_from_disc(b, err);
	if (r < 0)
		return r;
	r = load(BOOT_KEY MANIFEST, &text, &m, &bad);
	if (r < 0 && was) {
		boot_say(
		    "The key's manifest is damaged (%s); the copy in %s stays as it is.",
		    tt_err_message(bad), BOOT_COPY);
		boot_did(b, "kept the copy: the manifest is damaged");
		leave();
		return 0;
	}
	if (r < 0)
		return tt_err_set(err, r, "KeyDamaged",
		    "%s: write the image to the key again", tt_err_message(bad));
	marker = key_copied_text(BOOT_KEY, tt_buf_str(&text), text.len);
	if (!tt_streq(was, marker))
		r = copy_key(b, &text, &m, marker, err);
	if (r == 0) {
		leave();
		install_settle(b);
	}
	return r;
}
