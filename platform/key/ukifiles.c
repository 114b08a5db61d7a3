// SPDX-License-Identifier: MPL-2.0
/*
 * Signed entries to and off a medium, and what a power cut left of them.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/key/repair.h"
#include "platform/key/uki.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

#define EFI_SUFFIX ".efi"
#define PARTIAL    ".part"
#define CERT_MAX   (64 * TT_KIB)
#define TAIL       (64 * TT_KIB) /* a signature stands at the end of a program */

/* The kind of an entry of a platform's folder, "uki/KIND.efi"; caller frees, or NULL. */
static char *
kind_of(const char *path)
{
	const char *name = tt_after_prefix(path, UKI_PART);
	const size_t len = name ? strlen(name) : 0;

	if (len <= strlen(EFI_SUFFIX) || !tt_ends_with(name, EFI_SUFFIX) ||
	    strchr(name, '/'))
		return NULL;
	return tt_xstrndup(name, len - strlen(EFI_SUFFIX));
}

bool
uki_platform(const struct manifest *files)
{
	for (size_t i = 0; i < files->n; i++)
		if (tt_after_prefix(files->v[i].path, UKI_PART))
			return true;
	return false;
}

static const struct uki_entry *
find(const struct uki_entries *e, const char *stamp, const char *kind)
{
	for (size_t i = 0; i < e->n; i++)
		if (!e->v[i].twin && tt_streq(e->v[i].is.stamp, stamp) &&
		    (!kind || tt_streq(e->v[i].is.kind, kind)))
			return &e->v[i];
	return NULL;
}

/* The last bytes of a file. */
static int
tail_of(const char *path, struct tt_buf *ret, struct tt_err **err)
{
	tt_auto(close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	tt_auto(free) char *buf = tt_xalloc(TAIL);
	struct stat st;
	ssize_t n;

	tt_buf_init(ret, TAIL);
	if (fd < 0 || fstat(fd, &st) < 0)
		return tt_err_errno(err, -errno, "reading '%s'", path);
	n = pread(fd, buf, TAIL, st.st_size > (off_t)TAIL ? st.st_size - (off_t)TAIL : 0);
	if (n < 0)
		return tt_err_errno(err, -errno, "reading '%s'", path);
	tt_buf_add(ret, buf, (size_t)n);
	return 0;
}

/* A signature carries its signer's certificate: firmware that trusts another one refuses it. */
static int
check_signer(const char *top, const char *path, struct tt_err **err)
{
	tt_auto(free) char *cert_path = tt_path_join(top, UKI_CERT);
	tt_auto(buf) struct tt_buf cert = TT_BUF_INIT(CERT_MAX);
	tt_auto(buf) struct tt_buf tail = { 0 };
	int r;

	if (!tt_path_exists(cert_path))
		return 0;
	r = tt_file_read(cert_path, &cert, err);
	if (r == 0)
		r = tail_of(path, &tail, err);
	if (r < 0 || (cert.len > 0 && memmem(tt_buf_str(&tail), tail.len,
					  tt_buf_str(&cert), cert.len)))
		return r;
	return tt_err_set(err, -EKEYREJECTED, "NotSigned",
	    "'%s' is not signed with the key of '%s', firmware would refuse it: build "
	    "the platform with the site-key and site-cert of this site",
	    path, cert_path);
}

int
uki_fits(const char *top, const char *dir, const char *stamp,
    const struct manifest *files, struct tt_err **err)
{
	tt_auto(uki_entries) struct uki_entries e = { 0 };
	const bool signed_entries = uki_platform(files);
	int r = 0;

	if (!uki_medium(top)) {
		if (!signed_entries)
			return 0;
		return tt_err_set(err, -EINVAL, "WrongMode",
		    "platform %s is built for keys of mode uki, and here GRUB boots: "
		    "get or build it without mode=uki",
		    stamp);
	}
	if (!signed_entries) {
		r = uki_list(top, &e, err);
		if (r < 0 || find(&e, stamp, NULL))
			return r;
		return tt_err_set(err, -EINVAL, "WrongMode",
		    "platform %s has no signed entries, and nothing else boots here (the "
		    "key is of mode uki): build it with mode=uki and your site-key",
		    stamp);
	}
	for (size_t i = 0; r == 0 && i < files->n; i++) {
		tt_auto(free) char *kind = kind_of(files->v[i].path);
		tt_auto(free) char *path = tt_path_join(dir, files->v[i].path);

		if (kind)
			r = check_signer(top, path, err);
	}
	return r;
}

/* The same entry already: of this size, and with the signature of these bytes. */
static bool
is_there(const char *top, const struct uki_entry *e, const char *from, uint64_t size)
{
	tt_auto(free) char *path = NULL;
	tt_auto(buf) struct tt_buf a = { 0 }, b = { 0 };

	if (!e || e->size != size)
		return false;
	path = tt_xprintf("%s/" UKI_FOLDER "/%s", top, e->file);
	return tail_of(path, &a, NULL) == 0 && tail_of(from, &b, NULL) == 0 &&
	       a.len == b.len && memcmp(tt_buf_str(&a), tt_buf_str(&b), a.len) == 0;
}

static int
pump(const char *from, const char *to, const struct manifest_file *f,
    struct key_progress *p, struct tt_err **err)
{
	tt_auto(close) int in = open(from, O_RDONLY | O_CLOEXEC), out = -1;
	char hex[TT_SHA256_HEX_LEN];
	uint64_t size = 0;
	int r;

	if (in < 0)
		return tt_err_errno(err, -errno, "opening '%s'", from);
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	r = out < 0 ? -errno : key_pump(in, out, hex, &size, p);
	if (r == 0 && fsync(out) < 0)
		r = -errno;
	if (r < 0)
		return tt_err_errno(err, r, "copying '%s' to '%s'", from, to);
	if (f->sha256[0] && (size != f->size || !tt_streq(hex, f->sha256)))
		return tt_err_set(err, -EBADMSG, "PlatformDamaged",
		    "'%s' changed since it was installed: install the platform again",
		    from);
	return 0;
}

/* One entry onto the medium: in place of the old one's name, or under one of no weight. */
static int
add_one(const char *top, const char *from, const struct uki_name *is,
    const struct uki_entry *old, const struct manifest_file *f, struct key_progress *p,
    struct tt_err **err)
{
	tt_auto(free) char *name = old ? tt_xstrdup(old->file) : uki_name_format(is);
	tt_auto(free) char *dir = tt_path_join(top, UKI_FOLDER);
	tt_auto(free) char *to = tt_path_join(dir, name);
	tt_auto(free) char *part = tt_xprintf("%s" PARTIAL, to);
	int r = tt_mkdir_p(dir, 0700, err);

	if (r == 0)
		r = pump(from, part, f, p, err);
	if (r == 0) {
		r = tt_file_move(part, to);
		if (r < 0)
			tt_err_errno(err, r, "putting '%s' in place", to);
	}
	if (r < 0)
		(void)unlink(part);
	return r;
}

int
uki_add(const char *top, const char *dir, const char *stamp, const struct manifest *files,
    struct key_progress *p, struct tt_err **err)
{
	tt_auto(uki_entries) struct uki_entries e = { 0 };
	int r = uki_list(top, &e, err);

	for (size_t i = 0; r == 0 && i < files->n; i++) {
		const struct manifest_file *f = &files->v[i];
		tt_auto(free) char *kind = kind_of(f->path);
		tt_auto(free) char *from = tt_path_join(dir, f->path);
		struct uki_name is = { .rank = UKI_OTHER, .left = UKI_UNCOUNTED };
		const struct uki_entry *old = kind ? find(&e, stamp, kind) : NULL;

		if (!kind || is_there(top, old, from, f->size))
			continue;
		if (tt_strcpy(is.stamp, sizeof(is.stamp), stamp) < 0 ||
		    tt_strcpy(is.kind, sizeof(is.kind), kind) < 0)
			return tt_err_set(err, -EINVAL, "InvalidArchive",
			    "platform %s, file '%s': the name is too long for an entry",
			    stamp, f->path);
		if (tt_streq(kind, UKI_RESCUE))
			is.rank = UKI_RESCUES;
		r = add_one(top, from, &is, old, f, p, err);
	}
	return r;
}

int
uki_remove(const char *top, const char *stamp, struct tt_err **err)
{
	tt_auto(uki_entries) struct uki_entries e = { 0 };
	tt_auto(free) char *dir = tt_path_join(top, UKI_FOLDER);
	int r = uki_list(top, &e, err);

	for (size_t i = 0; r == 0 && i < e.n; i++) {
		tt_auto(free) char *path = tt_path_join(dir, e.v[i].file);

		if (!tt_streq(e.v[i].is.stamp, stamp))
			continue;
		if (unlink(path) < 0)
			r = tt_err_errno(err, -errno, "removing '%s'", path);
	}
	(void)tt_fsync_dir(dir);
	return r;
}

/* First block of a file; 0 when the file system does not say. */
static int
first_block(const char *path)
{
	tt_auto(close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	int block = 0;

	return fd < 0 || ioctl(fd, FIBMAP, &block) < 0 ? 0 : block;
}

/* Two names of one chain of blocks: removing one would take the other's blocks as well. */
static bool
shares(const char *dir, const struct uki_entries *e, size_t twin)
{
	tt_auto(free) char *path = tt_path_join(dir, e->v[twin].file);
	const int block = first_block(path);

	for (size_t i = 0; i < e->n; i++) {
		tt_auto(free) char *other = tt_path_join(dir, e->v[i].file);

		if (i != twin && block != 0 && first_block(other) == block)
			return true;
	}
	return false;
}

static void
clear_up(const char *top, const struct uki_entries *e)
{
	tt_auto(free) char *dir = tt_path_join(top, UKI_FOLDER);
	tt_auto(strv) char **names = NULL;

	(void)tt_dir_list(dir, &names, NULL);
	for (char **n = names; n && *n; n++) {
		tt_auto(free) char *path = tt_path_join(dir, *n);
		struct stat st;

		if (stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
		    (tt_ends_with(*n, PARTIAL) || st.st_size == 0))
			(void)unlink(path);
	}
	for (size_t i = 0; i < e->n; i++) {
		tt_auto(free) char *path = tt_path_join(dir, e->v[i].file);

		if (e->v[i].twin && !shares(dir, e, i))
			(void)unlink(path);
	}
}

/* Whether the copy has an entry of a platform that the medium lost. */
static bool
lacks(const struct uki_entries *e, const char *dir, const char *stamp)
{
	tt_auto(free) char *entries = tt_path_join(dir, UKI_PART);
	tt_auto(strv) char **names = NULL;

	if (!tt_path_is_dir(entries) || tt_dir_list(entries, &names, NULL) < 0)
		return false;
	for (char **n = names; n && *n; n++) {
		tt_auto(free) char *path = tt_path_join(UKI_PART, *n);
		tt_auto(free) char *kind = kind_of(path);

		if (kind && !find(e, stamp, kind))
			return true;
	}
	return false;
}

/* Entries of the platforms on this medium that only the copy has. */
static int
from_copy(const char *top, const char *copy, struct tt_err **err)
{
	tt_auto(key_platforms) struct key_platforms have = { 0 };
	tt_auto(uki_entries) struct uki_entries e = { 0 };
	int r = key_platforms_list(top, &have, err);

	if (r == 0)
		r = uki_list(top, &e, err);
	for (size_t i = 0; r == 0 && i < have.n; i++) {
		tt_auto(free) char *dir = tt_xprintf("%s/os/%s", copy, have.v[i].stamp);
		tt_auto(manifest) struct manifest files = { 0 };

		if (!lacks(&e, dir, have.v[i].stamp))
			continue;
		r = key_platform_files(dir, have.v[i].stamp, &files, err);
		if (r == 0)
			r = uki_add(top, dir, have.v[i].stamp, &files, NULL, err);
	}
	return r;
}

/* The entries of another medium, no more and no less. */
static int
from_medium(const char *top, const char *from, struct tt_err **err)
{
	tt_auto(uki_entries) struct uki_entries want = { 0 }, have = { 0 };
	int r = uki_list(from, &want, err);

	if (r == 0)
		r = uki_list(top, &have, err);
	for (size_t i = 0; r == 0 && i < want.n; i++) {
		const struct uki_entry *w = &want.v[i];
		const struct uki_entry *old = find(&have, w->is.stamp, w->is.kind);
		tt_auto(free) char *path =
		    tt_xprintf("%s/" UKI_FOLDER "/%s", from, w->file);
		struct uki_name is = w->is;

		if (w->twin || is_there(top, old, path, w->size))
			continue;
		is.rank = tt_streq(is.kind, UKI_RESCUE) ? UKI_RESCUES : UKI_OTHER;
		is.left = UKI_UNCOUNTED;
		r = add_one(top, path, &is, old,
		    &(struct manifest_file){ .size = w->size }, NULL, err);
	}
	for (size_t i = 0; r == 0 && i < have.n; i++)
		if (!find(&want, have.v[i].is.stamp, NULL))
			r = uki_remove(top, have.v[i].is.stamp, err);
	return r;
}

int
uki_repair(const char *top, const char *from, const char *copy, struct tt_err **err)
{
	tt_auto(uki_entries) struct uki_entries e = { 0 };
	tt_auto(grubenv) struct tt_grubenv env = TT_GRUBENV_INIT;
	int r = uki_list(top, &e, err);

	if (r < 0)
		return r;
	clear_up(top, &e);
	r = from ? from_medium(top, from, err) : from_copy(top, copy, err);
	/* a change of names that was cut short is finished */
	if (r == 0)
		r = uki_env_load(top, &env, err);
	return r < 0 ? r : uki_env_save(top, &env, err);
}
