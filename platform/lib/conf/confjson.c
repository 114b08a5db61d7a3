// SPDX-License-Identifier: MPL-2.0
/*
 * The merged config as one JSON object, and its cache below /run/triton. The cache is two
 * files: the object alone, so that anything may read it, and a key that says which source
 * files (device, inode, size, mtime) and which object it belongs to.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/sha256.h"
#include "platform/lib/base/str.h"
#include "platform/lib/conf/loader_int.h"
#include "platform/lib/conf/secret.h"

/* Escapes make text up to six times as long. */
#define JSON_MAX (8 * TT_CONFIG_MAX_SIZE)

json_t *
tt_config_json(const struct tt_config *c)
{
	json_t *j = json_object();

	for (size_t i = 0; i < tt_config_count(c); i++) {
		const struct tt_config_entry *e = tt_config_at(c, i);

		json_object_set_new(j, e->key, json_string(e->value));
	}
	return j;
}

static void
add_stamp(struct tt_buf *key, const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0) {
		(void)tt_buf_addf(key, "%s absent\n", path);
		return;
	}
	(void)tt_buf_addf(key, "%s %ju:%ju %jd %jd.%09ld\n", path, (uintmax_t)st.st_dev,
	    (uintmax_t)st.st_ino, (intmax_t)st.st_size, (intmax_t)st.st_mtim.tv_sec,
	    st.st_mtim.tv_nsec);
}

/* What the cache must have been made of. */
static char *
cache_key(const struct tt_config_files *files)
{
	tt_auto(buf) struct tt_buf key = TT_BUF_INIT(64 * TT_KIB);

	add_stamp(&key, files->generic);
	add_stamp(&key, files->file);
	return tt_buf_detach(&key);
}

static int
dump_chunk(const char *data, size_t len, void *ctx)
{
	return tt_secret_add(ctx, data, len);
}

/* The cached object when its key is right: 0, else -ENOENT. */
static int
cache_read(const char *path, const char *key, struct tt_secret *out)
{
	tt_auto(buf) struct tt_buf have = TT_BUF_INIT(64 * TT_KIB);
	tt_auto(free) char *key_path = tt_xprintf("%s.key", path);
	char hex[TT_SHA256_HEX_LEN];
	const char *rest;

	if (tt_file_read(key_path, &have, NULL) < 0)
		return -ENOENT;
	rest = tt_after_prefix(tt_buf_str(&have), key);
	if (!rest || tt_secret_read_file(out, path, NULL) < 0)
		return -ENOENT;
	tt_sha256_hex(out->data, out->len, hex);
	return strncmp(rest, hex, sizeof(hex) - 1) == 0 ? 0 : -ENOENT;
}

/* Best effort: without /run (a build machine) there is no cache. */
static void
cache_write(const char *path, const char *key, const struct tt_secret *text)
{
	tt_auto(free) char *key_path = tt_xprintf("%s.key", path);
	tt_auto(free) char *key_text = NULL;
	char hex[TT_SHA256_HEX_LEN];

	tt_sha256_hex(text->data, text->len, hex);
	key_text = tt_xprintf("%s%s\n", key, hex);
	if (tt_file_replace(path, text->data, text->len, 0600, NULL) == 0)
		(void)tt_file_replace(key_path, key_text, strlen(key_text), 0600, NULL);
}

static int
build_json(
    const struct tt_config_files *files, struct tt_secret *out, struct tt_err **err)
{
	tt_auto(config) struct tt_config *c = NULL;
	tt_auto(json) json_t *j = NULL;
	int r;

	r = tt_config_load_files(files, &c, err);
	if (r < 0)
		return r;
	j = tt_config_json(c);
	tt_secret_wipe(out);
	if (json_dump_callback(j, dump_chunk, out, JSON_INDENT(2)) < 0)
		return tt_err_set(err, -EFBIG, "TooLarge", "the config is too large");
	return tt_secret_adds(out, "\n");
}

int
tt_config_json_cached(const struct tt_config_opts *opts, int fd, struct tt_err **err)
{
	const char *root = opts && opts->root ? opts->root : "";
	tt_auto(free) char *path = tt_xprintf("%s/run/triton/config.json", root);
	tt_auto(config_files) struct tt_config_files files = { 0 };
	tt_auto(secret) struct tt_secret text = { 0 };
	tt_auto(free) char *key = NULL;
	int r;

	r = tt_config_locate(opts, &files, err);
	if (r < 0)
		return r;
	tt_secret_init(&text, JSON_MAX);
	key = cache_key(&files);
	if (cache_read(path, key, &text) < 0) {
		r = build_json(&files, &text, err);
		if (r < 0)
			return r;
		cache_write(path, key, &text);
	}
	r = tt_write_all(fd, text.data, text.len);
	return r < 0 ? tt_err_errno(err, r, "writing the config") : 0;
}
