// SPDX-License-Identifier: MPL-2.0
/*
 * Images in the pool.
 */
#include "platform/machine/instance/image.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/uuid.h"
#include "platform/machine/btrfs.h"
#include "platform/machine/instance/place.h"
#include "platform/machine/instance/root.h"

#define IMPORTS      MACH_ZONES "/.import"
#define MANIFEST_MAX (1 * TT_MIB)

struct mach_import {
	char uuid[TT_UUID_LEN];
	char *dir;  /* /zones/.import/<uuid> */
	int at;     /* the same, open */
	int tree;   /* where the files go */
	int subvol; /* of the image */
	bool layered;
};

/* --- what is there -------------------------------------------------------------------- */

static char *
manifest_path(const char *uuid)
{
	return tt_xprintf(MACH_MANIFESTS "/zones-%s.json", uuid);
}

static int
load(const char *uuid, json_t **ret, struct tt_err **err)
{
	tt_auto(free) char *path = manifest_path(uuid);

	if (!tt_uuid_valid(uuid))
		return tt_err_set(
		    err, -EINVAL, "InvalidUUID", "'%s' is not a UUID", uuid);
	if (!tt_path_exists(path))
		return tt_err_set(err, -ENOENT, "ImageNotInstalled",
		    "image '%s' is not installed; `imgadm import %s` installs it", uuid,
		    uuid);
	return tt_json_load(path, MANIFEST_MAX, ret, err);
}

int
mach_image_get(const char *uuid, json_t **ret, struct tt_err **err)
{
	tt_auto(json) json_t *file = NULL;
	json_t *manifest;
	int r = load(uuid, &file, err);

	if (r < 0)
		return r;
	manifest = json_object_get(file, "manifest");
	if (!json_is_object(manifest))
		return tt_err_set(err, -EBADMSG, "InvalidManifest",
		    "the record of image '%s' holds no manifest", uuid);
	*ret = json_incref(manifest);
	return 0;
}

int
mach_image_list(json_t **ret, struct tt_err **err)
{
	tt_auto(json) json_t *list = json_array();
	tt_auto(strv) char **names = NULL;
	int r;

	if (tt_path_is_dir(MACH_MANIFESTS)) {
		r = tt_dir_list(MACH_MANIFESTS, &names, err);
		if (r < 0)
			return r;
	}
	for (char **n = names; n != NULL && *n != NULL; n++) {
		const char *rest = tt_after_prefix(*n, "zones-");
		tt_auto(free) char *uuid = NULL;
		json_t *file = NULL;

		if (rest == NULL || !tt_ends_with(rest, ".json"))
			continue;
		uuid = tt_xstrndup(rest, strlen(rest) - strlen(".json"));
		r = load(uuid, &file, err);
		if (r < 0)
			return r;
		json_array_append_new(list, file);
	}
	*ret = tt_take(list);
	return 0;
}

int
mach_image_layers(const char *uuid, char ***ret, struct tt_err **err)
{
	tt_auto(strv) char **layers = NULL;
	tt_auto(json) json_t *top = NULL;
	const char *next = uuid;

	while (next != NULL) {
		tt_auto(free) char *path = mach_image_path("img", next);
		json_t *manifest = NULL;
		int r = mach_image_get(next, &manifest, err);

		if (r == 0)
			tt_strv_add(&layers, path);
		if (r == 0 && tt_strv_len(layers) > MACH_LAYERS_MAX)
			r = tt_err_set(err, -ELOOP, "InvalidOrigin",
			    "the origins below image '%s' are more than %u or go round "
			    "in a circle",
			    uuid, MACH_LAYERS_MAX);
		json_decref(top);
		top = manifest;
		if (r < 0)
			return tt_err_wrap(err, r, "layers of image '%s'", uuid);
		next = tt_json_str(top, "origin", NULL);
	}
	*ret = tt_take(layers);
	return 0;
}

/* --- an import ------------------------------------------------------------------------ */

static int
open_dir(const char *path)
{
	const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/*
 * Not durable: one that a power cut brings back has no manifest, and the boot removes it. A
 * read-only subvolume cannot be renamed into another folder.
 */
static int
discard(const char *path)
{
	tt_auto(free) char *parent = tt_path_dir(path);
	tt_auto(close) int fd = open_dir(parent);
	int r;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	r = mach_btrfs_subvol_delete(fd, tt_path_base(path));
	return r == -ENOENT ? 0 : r;
}

/* Left over of an import that a kill or a power cut ended. */
static int
clean(const char *dir)
{
	tt_auto(free) char *img = tt_path_join(dir, "img");
	tt_auto(free) char *seed = tt_path_join(dir, "seed");
	int r = discard(img);

	if (r == 0)
		r = discard(seed);
	if (r == 0 && rmdir(dir) < 0 && errno != ENOENT)
		r = -errno;
	return r;
}

static int
begin(struct mach_import *im, const char *origin)
{
	tt_auto(free) char *seed =
	    origin == NULL ? NULL : mach_image_path("seed", origin);
	tt_auto(close) int from = -1;
	int r = clean(im->dir);

	if (r == 0 && mkdir(im->dir, 0700) < 0)
		r = -errno;
	if (r == 0)
		r = im->at = open_dir(im->dir);
	if (r >= 0 && seed != NULL)
		r = from = open_dir(seed);
	if (r >= 0)
		r = mach_btrfs_subvol_new(im->at, "img", from, false, 0);
	if (r < 0)
		return r;
	im->layered = seed != NULL;
	im->subvol = openat(im->at, "img", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	im->tree = im->subvol < 0 ? -1
				  : openat(im->subvol, im->layered ? "upper" : ".",
					O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return im->tree < 0 ? -errno : 0;
}

int
mach_import_new(
    const char *uuid, const char *origin, struct mach_import **ret, struct tt_err **err)
{
	tt_auto(import) struct mach_import *im = tt_xalloc(sizeof(*im));
	tt_auto(free) char *manifest = manifest_path(uuid);
	int r;

	im->at = im->tree = im->subvol = -1;
	if (!tt_uuid_valid(uuid))
		return tt_err_set(
		    err, -EINVAL, "InvalidUUID", "'%s' is not a UUID", uuid);
	if (tt_path_exists(manifest))
		return tt_err_set(err, -EEXIST, "ImageUuidAlreadyExists",
		    "image '%s' is installed already", uuid);
	(void)tt_strcpy(im->uuid, sizeof(im->uuid), uuid);
	r = tt_mkdir_p(IMPORTS, 0700, err);
	if (r < 0)
		return r;
	im->dir = tt_path_join(IMPORTS, uuid);
	r = begin(im, origin);
	if (r < 0)
		return tt_err_errno(err, r, "preparing the import of image '%s'", uuid);
	*ret = tt_take(im);
	return 0;
}

int
mach_import_dir(const struct mach_import *im)
{
	return im->tree;
}

/* Files without a name take inode numbers, and leave nothing else behind. */
static int
pass_numbers(int seed, ino_t until)
{
	ino_t at = 0;

	while (at < until) {
		tt_auto(close) int fd =
		    openat(seed, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
		struct stat st;

		if (fd < 0 || fstat(fd, &st) < 0)
			return -errno;
		at = st.st_ino;
	}
	return 0;
}

static int
make_folders(int seed, int tree)
{
	static const char *const names[] = { "upper", "work" };
	tt_auto(close) int guard = -1;
	struct stat st;

	if (fstat(tree, &st) < 0)
		return -errno;
	for (size_t i = 0; i < TT_ARRAY_LEN(names); i++)
		if (mkdirat(seed, names[i], 0700) < 0)
			return -errno;
	/* as long as this file is there the counter is kept */
	guard = openat(seed, "guard", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
	if (guard < 0)
		return -errno;
	if (fchownat(seed, "upper", st.st_uid, st.st_gid, 0) < 0 ||
	    fchmodat(seed, "upper", st.st_mode & 07777, 0) < 0)
		return -errno;
	return 0;
}

static int
make_seed(struct mach_import *im)
{
	tt_auto(close) int last =
	    openat(im->subvol, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	tt_auto(close) int seed = -1;
	struct stat st;
	int r;

	if (last < 0 || fstat(last, &st) < 0)
		return -errno;
	r = mach_btrfs_subvol_new(im->at, "seed", -1, false, 0);
	if (r < 0)
		return r;
	seed = openat(im->at, "seed", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (seed < 0)
		return -errno;
	r = pass_numbers(seed, st.st_ino);
	if (r == 0)
		r = make_folders(seed, im->tree);
	return r;
}

/* The layer without what only its making needed. */
static int
finish_tree(struct mach_import *im)
{
	if (im->layered && unlinkat(im->subvol, "work", AT_REMOVEDIR) < 0 &&
	    errno != ENOENT)
		return -errno;
	return 0;
}

static int
move_out(struct mach_import *im, const char *kind)
{
	tt_auto(free) char *from = tt_path_join(im->dir, kind);
	tt_auto(free) char *to = mach_image_path(kind, im->uuid);
	int r = discard(to); /* without a manifest it was nobody's */
	tt_auto(close) int fd = -1;

	if (r == 0 && rename(from, to) < 0)
		r = -errno;
	if (r < 0)
		return r;
	fd = open_dir(to);
	return fd < 0 ? fd : mach_btrfs_readonly(fd, true);
}

static int
publish(struct mach_import *im)
{
	int r = make_seed(im);

	if (r == 0)
		r = finish_tree(im);
	if (r == 0)
		r = move_out(im, "seed");
	if (r == 0)
		r = move_out(im, "img");
	return r < 0 ? r : mach_btrfs_sync(im->at);
}

int
mach_import_publish(struct mach_import *im, const json_t *manifest, struct tt_err **err)
{
	tt_auto(free) char *path = manifest_path(im->uuid);
	tt_auto(json) json_t *file =
	    json_pack("{s:O,s:s}", "manifest", manifest, "zpool", "zones");
	int r = publish(im);

	if (r < 0)
		return tt_err_errno(err, r, "publishing image '%s'", im->uuid);
	r = tt_mkdir_p(MACH_MANIFESTS, 0755, err);
	return r < 0 ? r : tt_json_save(path, file, 0644, err);
}

void
mach_import_free(struct mach_import *im)
{
	if (im == NULL)
		return;
	if (im->tree >= 0)
		close(im->tree);
	if (im->subvol >= 0)
		close(im->subvol);
	if (im->at >= 0) {
		(void)clean(im->dir);
		close(im->at);
	}
	free(im->dir);
	free(im);
}

int
mach_image_delete(const char *uuid, struct tt_err **err)
{
	tt_auto(free) char *manifest = manifest_path(uuid);
	tt_auto(free) char *img = mach_image_path("img", uuid);
	tt_auto(free) char *seed = mach_image_path("seed", uuid);
	int r = 0;

	/* first what makes it an image: the rest is swept at boot */
	if (unlink(manifest) < 0)
		r = -errno;
	if (r == 0)
		r = tt_fsync_dir(MACH_MANIFESTS);
	if (r == 0)
		r = discard(img);
	if (r == 0)
		r = discard(seed);
	return r < 0 ? tt_err_errno(err, r, "deleting image '%s'", uuid) : 0;
}
