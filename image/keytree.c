// SPDX-License-Identifier: MPL-2.0
/*
 * The list of files on the key and its manifest.
 */
#include "image/keytree.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "image/digest.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/buf.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

static struct key_file *
grow(struct keytree *t, const char *path)
{
	t->files = tt_xrealloc(t->files, (t->count + 1) * sizeof(*t->files));
	t->files[t->count] = (struct key_file){ .path = tt_xstrdup(path) };
	return &t->files[t->count++];
}

int
keytree_add_file(struct keytree *t, struct digests *d, const char *path, const char *from,
    struct tt_err **err)
{
	char hex[TT_SHA256_HEX_LEN];
	struct key_file *f;
	uint64_t size;
	int r;

	r = digests_file(d, from, hex, &size, err);
	if (r < 0)
		return tt_err_wrap(err, r, "key file '%s'", path);
	f = grow(t, path);
	f->from = tt_xstrdup(from);
	f->size = size;
	memcpy(f->sha256, hex, sizeof(hex));
	return 0;
}

void
keytree_add_data(struct keytree *t, const char *path, const void *data, size_t len)
{
	struct key_file *f = grow(t, path);

	f->data = tt_xalloc(len + 1);
	if (len > 0)
		memcpy(f->data, data, len);
	f->size = len;
	tt_sha256_hex(f->data, len, f->sha256);
}

int
keytree_add_dir(struct keytree *t, struct digests *d, const char *prefix, const char *dir,
    struct tt_err **err)
{
	tt_auto(strv) char **names = NULL;
	int r = tt_dir_list(dir, &names, err);

	for (size_t i = 0; r >= 0 && i < tt_strv_len(names); i++) {
		tt_auto(free) char *from = tt_path_join(dir, names[i]);
		tt_auto(free) char *path = *prefix == '\0'
					       ? tt_xstrdup(names[i])
					       : tt_path_join(prefix, names[i]);
		struct stat st;

		if (lstat(from, &st) < 0)
			return tt_err_errno(err, -errno, "reading '%s'", from);
		if (S_ISDIR(st.st_mode))
			r = keytree_add_dir(t, d, path, from, err);
		else if (S_ISREG(st.st_mode))
			r = keytree_add_file(t, d, path, from, err);
		else
			r = tt_err_set(err, -EINVAL, "InvalidInput",
			    "'%s' is neither file nor folder: FAT has no links, remove "
			    "it",
			    from);
	}
	return r;
}

bool
keytree_changes(const char *path)
{
	static const char *const names[] = { "config", "config.prev", ".config.new",
		"config.inc/root.authorized_keys", "medium.id", "boot/grub/grubenv",
		KEY_MANIFEST };

	for (size_t i = 0; i < TT_ARRAY_LEN(names); i++)
		if (strcmp(path, names[i]) == 0)
			return true;
	/* signed entries are renamed to choose what boots, by firmware too */
	return tt_after_prefix(path, "private/") != NULL ||
	       tt_after_prefix(path, "EFI/Linux/") != NULL;
}

static int
by_path(const void *a, const void *b)
{
	return strcmp(
	    ((const struct key_file *)a)->path, ((const struct key_file *)b)->path);
}

int
keytree_seal(struct keytree *t, struct tt_err **err)
{
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(64 * TT_MIB);

	qsort(t->files, t->count, sizeof(*t->files), by_path);
	for (size_t i = 0; i < t->count; i++) {
		const struct key_file *f = &t->files[i];

		if (i > 0 && strcmp(t->files[i - 1].path, f->path) == 0)
			return tt_err_set(err, -EEXIST, "DuplicateName",
			    "'%s' is put on the key twice: from '%s' and '%s'", f->path,
			    t->files[i - 1].from ? t->files[i - 1].from : "the build",
			    f->from ? f->from : "the build");
		if (!keytree_changes(f->path))
			tt_buf_addf(&text, "%s  %llu  %s\n", f->sha256,
			    (unsigned long long)f->size, f->path);
	}
	keytree_add_data(t, KEY_MANIFEST, tt_buf_str(&text), text.len);
	qsort(t->files, t->count, sizeof(*t->files), by_path);
	return 0;
}

uint64_t
keytree_bytes(const struct keytree *t)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < t->count; i++)
		sum += t->files[i].size;
	return sum;
}

void
keytree_digest(const struct keytree *t, char hex[TT_SHA256_HEX_LEN])
{
	uint8_t digest[TT_SHA256_SIZE];
	struct tt_sha256 h;

	tt_sha256_init(&h);
	for (size_t i = 0; i < t->count; i++) {
		const struct key_file *f = &t->files[i];

		tt_sha256_add(&h, f->path, strlen(f->path) + 1);
		tt_sha256_add(&h, &f->size, sizeof(f->size));
		tt_sha256_add(&h, f->sha256, sizeof(f->sha256));
	}
	tt_sha256_end(&h, digest);
	tt_hex(digest, sizeof(digest), hex);
}

const struct key_file *
keytree_find(const struct keytree *t, const char *path)
{
	for (size_t i = 0; i < t->count; i++)
		if (strcmp(t->files[i].path, path) == 0)
			return &t->files[i];
	return NULL;
}

void
keytree_release(struct keytree *t)
{
	for (size_t i = 0; i < t->count; i++) {
		free(t->files[i].path);
		free(t->files[i].from);
		free(t->files[i].data);
	}
	free(t->files);
	*t = (struct keytree){ 0 };
}
