// SPDX-License-Identifier: MPL-2.0
/*
 * Parsers of a platform's manifest.json, SHA256SUMS and boot.cfg.
 */
#include "platform/key/platmanifest.h"

#include <errno.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

#define ROOTHASH_KEY "set triton_roothash="
#define NAME_MAX_LEN 200

void
platform_manifest_release(struct platform_manifest *m)
{
	free(m->stamp);
	free(m->kernel);
	free(m->roothash);
	manifest_release(&m->files);
	*m = (struct platform_manifest){ 0 };
}

/* Lower-case form of exactly 64 hex digits. */
static int
take_digest(const char *text, char out[TT_SHA256_HEX_LEN])
{
	uint8_t digest[TT_SHA256_SIZE];
	int r = text ? tt_unhex(text, digest, sizeof(digest)) : -EINVAL;

	if (r == 0)
		tt_hex(digest, sizeof(digest), out);
	return r;
}

static int
add_json_file(const char *name, struct manifest *m, const char *path, const json_t *row,
    struct tt_err **err)
{
	json_t *size = json_object_get(row, "size");
	char hex[TT_SHA256_HEX_LEN];

	if (strlen(path) > NAME_MAX_LEN || tt_path_bad(path))
		return tt_err_set(err, -EINVAL, "InvalidManifest",
		    "%s: file '%.200s': the name is too long or leaves the folder", name,
		    path);
	if (take_digest(tt_json_str(row, "sha256", NULL), hex) < 0 ||
	    !json_is_integer(size) || json_integer_value(size) < 0)
		return tt_err_set(err, -EINVAL, "InvalidManifest",
		    "%s: file '%s' has no size, or no sha256 of 64 hex digits", name,
		    path);
	if (m->n >= MANIFEST_FILES_MAX)
		return tt_err_set(
		    err, -EINVAL, "InvalidManifest", "%s: too many files", name);
	manifest_add(m, path, (uint64_t)json_integer_value(size), hex);
	return 0;
}

int
platform_manifest_parse(const char *name, const char *text, size_t len,
    struct platform_manifest *ret, struct tt_err **err)
{
	tt_auto(platform_manifest) struct platform_manifest m = { 0 };
	tt_auto(json) json_t *o = NULL;
	const char *path;
	json_t *row, *root;
	int r = tt_json_parse(name, text, len, &o, err);

	if (r < 0)
		return r;
	if (tt_json_int(o, "version", 0) != 1)
		return tt_err_set(err, -EINVAL, "InvalidManifest",
		    "%s: this program reads version 1 only", name);
	root = json_object_get(json_object_get(o, "verity"), "root.img");
	m.stamp = tt_xstrdup_null(tt_json_str(o, "stamp", NULL));
	m.kernel = tt_xstrdup(tt_json_str(o, "kernel", ""));
	m.roothash = tt_xstrdup_null(tt_json_str(root, "roothash", NULL));
	if (!m.stamp || !m.roothash)
		return tt_err_set(err, -EINVAL, "InvalidManifest",
		    "%s: it names no stamp, or no root hash", name);
	json_object_foreach(json_object_get(o, "files"), path, row)
	{
		r = add_json_file(name, &m.files, path, row, err);
		if (r < 0)
			return r;
	}
	if (m.files.n == 0)
		return tt_err_set(
		    err, -EINVAL, "InvalidManifest", "%s: it lists no files", name);
	*ret = m;
	m = (struct platform_manifest){ 0 };
	return 0;
}

/* One line in place; NULL or what is wrong with it. */
static const char *
take_sum(char *line, const char *stamp, struct manifest *m)
{
	tt_auto(free) char *own = tt_xprintf("os/%s/", stamp);
	char hex[TT_SHA256_HEX_LEN];
	const char *path, *rest;

	if (strlen(line) < TT_SHA256_HEX_LEN + 2 || line[TT_SHA256_HEX_LEN - 1] != ' ')
		return "it is not a digest, two characters and a name";
	line[TT_SHA256_HEX_LEN - 1] = '\0';
	path = line + TT_SHA256_HEX_LEN;
	if (take_digest(line, hex) < 0)
		return "the digest is not 64 hex digits";
	if (*path != ' ' && *path != '*')
		return "there are no two characters before the name";
	path++;
	rest = tt_after_prefix(path, own);
	if (!rest)
		rest = tt_after_prefix(path, "./");
	if (rest)
		path = rest;
	if (strlen(path) > NAME_MAX_LEN || tt_path_bad(path))
		return "the name is too long or leaves the folder";
	if (manifest_find(m, path) || m->n >= MANIFEST_FILES_MAX)
		return "the name stands twice, or is one too many";
	manifest_add(m, path, 0, hex);
	return NULL;
}

int
platform_sums_parse(const char *name, const char *text, size_t len, const char *stamp,
    struct manifest *ret, struct tt_err **err)
{
	tt_auto(manifest) struct manifest m = { 0 };
	size_t number = 0;

	for (size_t i = 0; i < len;) {
		const char *eol = memchr(text + i, '\n', len - i);
		size_t n = eol ? (size_t)(eol - (text + i)) : len - i;
		tt_auto(free) char *line = tt_xstrndup(text + i, n);
		const char *why =
		    strlen(line) == n ? take_sum(line, stamp, &m) : "it holds a NUL byte";

		number++;
		if (why)
			return tt_err_set(err, -EINVAL, "InvalidManifest",
			    "%s: line %zu: %s", name, number, why);
		i += n + 1;
	}
	if (m.n == 0)
		return tt_err_set(
		    err, -EINVAL, "InvalidManifest", "%s: it is empty", name);
	*ret = m;
	m = (struct manifest){ 0 };
	return 0;
}

char *
platform_bootcfg_roothash(const char *text, size_t len)
{
	tt_auto(free) char *copy = tt_xstrndup(text, len);
	tt_auto(strv) char **lines = tt_split(copy, '\n');

	for (char **l = lines; l && *l; l++) {
		const char *value = tt_after_prefix(*l, ROOTHASH_KEY);

		if (value)
			return tt_xstrdup(value);
	}
	return NULL;
}
