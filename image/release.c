// SPDX-License-Identifier: MPL-2.0
/*
 * The last product, `release`: of everything that was built with this stamp, the checks
 * that take minutes, the digest of each whole file, and SHA256SUMS (with the site's
 * signature beside it, where there is a key), which comes last: a folder that has it has
 * passed.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/examine.h"
#include "image/gpt.h"
#include "image/product.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/buf.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/proc.h"
#include "platform/lib/base/str.h"
#include "platform/lib/sign/sign.h"

#define REPORT_MAX (64 * TT_MIB)
#define SUMS       "SHA256SUMS"
#define SUMS_MAX   (256 * TT_KIB)
#define TOOL_MS    600000
#define CHUNK      (1 * TT_MIB)

static int
load_outputs(const struct build *b, json_t **ret, struct tt_err **err)
{
	tt_auto(free) char *path = tt_xprintf("%s/build-%s.json", b->out_dir, b->stamp);
	tt_auto(json) json_t *doc = NULL;
	json_t *outputs;
	int r;

	r = tt_json_load(path, REPORT_MAX, &doc, err);
	if (r < 0)
		return tt_err_wrap(err, r,
		    "nothing was built with stamp %s: build the products first",
		    b->stamp);
	outputs = json_object_get(doc, "outputs");
	if (!tt_streq(tt_json_str(doc, "build", ""), b->build_stamp) ||
	    json_array_size(outputs) == 0)
		return tt_err_set(err, -EINVAL, "WrongBuild",
		    "'%s' is not of build %s: build the products first", path,
		    b->build_stamp);
	*ret = json_incref(outputs);
	return 0;
}

/* --- checks -------------------------------------------------------------------------- */

/* The data of the key's partition, as a sparse file of its own. */
static int
copy_partition(const char *image, const json_t *extents, const char *to, uint64_t first,
    uint64_t size, struct tt_err **err)
{
	tt_auto(close) int in = open(image, O_RDONLY | O_CLOEXEC);
	tt_auto(close) int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	const json_t *extent;
	size_t i;

	if (in < 0 || out < 0 || ftruncate(out, (off_t)size) < 0)
		return tt_err_errno(err, -errno, "copying '%s'", image);
	json_array_foreach(extents, i, extent)
	{
		off_t at = (off_t)json_integer_value(json_array_get(extent, 0));
		const off_t end =
		    at + (off_t)json_integer_value(json_array_get(extent, 1));
		off_t to_at = at - (off_t)first;

		while (at >= (off_t)first && at < end && to_at < (off_t)size) {
			const ssize_t n =
			    copy_file_range(in, &at, out, &to_at, (size_t)(end - at), 0);

			if (n <= 0)
				return tt_err_errno(
				    err, n < 0 ? -errno : -EIO, "copying '%s'", image);
		}
	}
	return 0;
}

/* Another reader's word on the file system that our writer made. */
static int
check_fat(struct build *b, struct phase *p, const char *image, const json_t *extents,
    struct tt_err **err)
{
	tt_auto(free) char *part = tt_xprintf("%s/.%s.part", b->out_dir, b->stamp);
	const char *const argv[] = { "fsck.fat", "-n", part, NULL };
	const struct tt_proc_opts opts = { .timeout_ms = TOOL_MS };
	struct stat st;
	int r;

	if (stat(image, &st) < 0)
		return tt_err_errno(err, -errno, "reading '%s'", image);
	r = copy_partition(image, extents, part, GPT_KEY_FIRST * GPT_SECTOR,
	    (uint64_t)st.st_size - (GPT_KEY_FIRST + GPT_ALIGN) * GPT_SECTOR, err);
	if (r >= 0)
		r = phase_exec(p, argv, &opts, err);
	(void)unlink(part);
	return r < 0 ? tt_err_wrap(err, r, "checking the key in '%s'", image) : 0;
}

static int
check_image(struct build *b, struct phase *p, const json_t *row, const char *path,
    struct tt_err **err)
{
	const json_t *extents = json_object_get(row, "extents");
	const struct examine_opts opts = { .extents = extents,
		.sha256 = tt_json_str(row, "sha256", NULL),
		.contents = true };
	tt_auto(json) json_t *info = NULL;
	tt_auto(strv) char **bad = NULL;
	int r;

	r = examine_image(path, &opts, &info, &bad, err);
	if (r < 0)
		return r;
	if (bad != NULL)
		return tt_err_set(err, -EIO, "ImageDamaged",
		    "'%s': %s: remove it and build it again", path, bad[0]);
	return extents != NULL ? check_fat(b, p, path, extents, err) : 0;
}

/* Every block of a verity image against its tree, by the reference program. */
static int
check_verity(const struct build *b, struct phase *p, const char *name,
    const json_t *verity, struct tt_err **err)
{
	const long long blocks = tt_json_int(verity, "blocks", 0);
	tt_auto(free) char *image =
	    tt_xprintf("%s/platform/%s/%s", b->o.out, b->stamp, name);
	tt_auto(free) char *salt =
	    tt_xprintf("--salt=%s", tt_json_str(verity, "salt", "-"));
	tt_auto(free) char *data = tt_xprintf("--data-blocks=%lld", blocks);
	tt_auto(free) char *tree = tt_xprintf("--hash-offset=%lld", blocks * 4096);
	const char *const argv[] = { "veritysetup", "verify", image, image,
		tt_json_str(verity, "roothash", ""), "--no-superblock", salt, data, tree,
		NULL };
	const struct tt_proc_opts opts = { .timeout_ms = TOOL_MS };
	int r = phase_exec(p, argv, &opts, err);

	return r < 0 ? tt_err_wrap(err, r, "checking '%s' against its hash tree", image)
		     : 0;
}

static int
check_platform(const struct build *b, struct phase *p, struct tt_err **err)
{
	tt_auto(free) char *path =
	    tt_xprintf("%s/platform/%s/manifest.json", b->o.out, b->stamp);
	tt_auto(json) json_t *doc = NULL;
	json_t *verity;
	const char *name;
	int r;

	r = tt_json_load(path, REPORT_MAX, &doc, err);
	json_object_foreach(json_object_get(doc, "verity"), name, verity)
	{
		if (r >= 0)
			r = check_verity(b, p, name, verity, err);
	}
	return r;
}

static bool
is_image(const char *name)
{
	return tt_ends_with(name, ".img") || tt_ends_with(name, ".iso");
}

static int
check_all(struct build *b, const json_t *outputs, struct tt_err **err)
{
	struct phase *p =
	    phase_begin(b->run, "check", "every byte, and by other programs");
	unsigned images = 0;
	json_t *row;
	size_t i;
	int r;

	r = phase_lookup(p, err);
	if (r >= 0)
		r = check_platform(b, p, err);
	json_array_foreach(outputs, i, row)
	{
		const char *name = tt_json_str(row, "name", "");
		tt_auto(free) char *path = tt_path_join(b->out_dir, name);

		phase_progress(p, i, json_array_size(outputs));
		if (r < 0 || !is_image(name))
			continue;
		r = check_image(b, p, row, path, err);
		images++;
	}
	return r < 0 ? r
		     : phase_end(p, err, "%u images and the platform are good", images);
}

/* --- digests ------------------------------------------------------------------------- */

static int
digest_file(
    struct phase *p, const char *path, char hex[TT_SHA256_HEX_LEN], struct tt_err **err)
{
	tt_auto(free) uint8_t *block = tt_xalloc(CHUNK);
	tt_auto(close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint8_t digest[TT_SHA256_SIZE];
	struct tt_sha256 h;
	struct stat st;
	uint64_t done = 0;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0)
		return tt_err_errno(err, -errno, "opening '%s'", path);
	tt_sha256_init(&h);
	while ((n = tt_read_all(fd, block, CHUNK)) > 0) {
		tt_sha256_add(&h, block, (size_t)n);
		done += (uint64_t)n;
		phase_progress(p, done, (uint64_t)st.st_size);
	}
	if (n < 0)
		return tt_err_errno(err, (int)n, "reading '%s'", path);
	tt_sha256_end(&h, digest);
	tt_hex(digest, sizeof(digest), hex);
	return 0;
}

/* NAME.sha256 beside the file, and its line for all; a known digest must be the same. */
static int
sum_file(const struct build *b, struct phase *p, const char *name, const char *known,
    struct tt_buf *sums, struct tt_err **err)
{
	tt_auto(free) char *path = tt_path_join(b->out_dir, name);
	tt_auto(free) char *beside = tt_xprintf("%s.sha256", path);
	tt_auto(free) char *line = NULL;
	char hex[TT_SHA256_HEX_LEN];
	int r;

	r = digest_file(p, path, hex, err);
	if (r < 0)
		return r;
	if (known != NULL && !tt_streq(known, hex))
		return tt_err_set(err, -EIO, "DigestMismatch",
		    "'%s' is not what was built: remove it and build it again", path);
	line = tt_xprintf("%s  %s\n", hex, name);
	tt_buf_adds(sums, line);
	return tt_file_replace(beside, line, strlen(line), 0644, err);
}

/* Artefacts of their own; the files of a folder come in its archive. Sorted, tt_strv. */
static char **
names_of(const struct build *b, const json_t *outputs)
{
	char **names = NULL;
	json_t *row;
	size_t i;

	json_array_foreach(outputs, i, row)
	{
		const char *name = tt_json_str(row, "name", "");

		if (strchr(name, '/') == NULL)
			tt_strv_add(&names, name);
	}
	tt_strv_addf(&names, "build-%s.json", b->stamp);
	tt_strv_addf(&names, "sbom-%s.spdx.json", b->stamp);
	tt_strv_sort(names);
	return names;
}

static const char *
known_digest(const json_t *outputs, const char *name)
{
	json_t *row;
	size_t i;

	json_array_foreach(outputs, i, row)
	{
		if (tt_streq(tt_json_str(row, "name", ""), name))
			return tt_json_str(row, "sha256", NULL);
	}
	return NULL;
}

/* The signature comes before what it is of; without a key there is none. */
static int
write_sums(
    struct build *b, const char *path, const struct tt_buf *sums, struct tt_err **err)
{
	tt_auto(free) char *sig_path = tt_xprintf("%s" TT_SIGN_SUFFIX, path);
	tt_auto(buf) struct tt_buf sig = TT_BUF_INIT(SUMS_MAX);
	int r = 0;

	if (b->site_key != NULL) {
		r = sign_data(b->site_key, path, tt_buf_str(sums), sums->len, &sig, err);
		if (r >= 0)
			r = tt_file_replace(
			    sig_path, tt_buf_str(&sig), sig.len, 0644, err);
	}
	return r < 0 ? r : tt_file_replace(path, tt_buf_str(sums), sums->len, 0644, err);
}

static int
sum_all(struct build *b, const json_t *outputs, struct tt_err **err)
{
	tt_auto(free) char *path = tt_path_join(b->out_dir, SUMS);
	tt_auto(buf) struct tt_buf sums = TT_BUF_INIT(SUMS_MAX);
	tt_auto(strv) char **names = names_of(b, outputs);
	struct phase *p = phase_begin(b->run, "digests", "whole files");
	size_t n = 0;
	int r;

	r = phase_lookup(p, err);
	for (char **name = names; r >= 0 && *name != NULL; name++) {
		tt_auto(free) char *file = tt_path_join(b->out_dir, *name);

		if (!tt_path_exists(file))
			continue; /* a bill of materials comes with the USB image only */
		r = sum_file(b, p, *name, known_digest(outputs, *name), &sums, err);
		n++;
	}
	if (r >= 0)
		r = write_sums(b, path, &sums, err);
	return r < 0 ? r
		     : phase_end(p, err, "%zu files in " SUMS "%s", n,
			   b->site_key != NULL ? ", signed" : "");
}

static int
make(struct build *b, struct report *report, struct tt_err **err)
{
	tt_auto(free) char *path = tt_path_join(b->out_dir, SUMS);
	tt_auto(free) char *sig_path = tt_xprintf("%s" TT_SIGN_SUFFIX, path);
	tt_auto(json) json_t *outputs = NULL;
	int r;

	(void)unlink(path);
	(void)unlink(sig_path);
	r = build_site(b, err);
	if (r >= 0)
		r = load_outputs(b, &outputs, err);
	if (r >= 0)
		r = check_all(b, outputs, err);
	if (r >= 0)
		r = sum_all(b, outputs, err);
	if (r >= 0)
		report_hint(report, "released: %s", path);
	return r;
}

const struct product product_release = {
	.name = "release",
	.help = "Check what was built with this stamp and write SHA256SUMS of it.",
	.phases = 2,
	.alone = true,
	.make = make,
};
