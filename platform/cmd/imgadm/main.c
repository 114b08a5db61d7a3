// SPDX-License-Identifier: MPL-2.0
/*
 * imgadm: images in this node's pool.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/sha256.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"
#include "platform/lib/cli/cli.h"
#include "platform/lib/ipc/ipc.h"
#include "platform/machine/instance/image.h"
#include "platform/machine/instance/untar.h"

#define SOCKET       "/run/triton/vmadmd.sock"
#define MANIFEST_MAX (1 * TT_MIB)
#define SHOW_US      200000

static const char *manifest_file, *image_file;
static bool json, no_header;

static const struct tt_opt install_opts[] = {
	{ 'm', "manifest", TT_OPT_TEXT, &manifest_file, "FILE", "the image's manifest" },
	{ 'f', "file", TT_OPT_TEXT, &image_file, "FILE", "the image's file, a tar" },
	{ 0 },
};

static const struct tt_opt list_opts[] = {
	{ 'j', "json", TT_OPT_FLAG, &json, NULL, "JSON" },
	{ 'H', "no-header", TT_OPT_FLAG, &no_header, NULL, "no line of names" },
	{ 0 },
};

/* --- install --------------------------------------------------------------------------- */

struct bar {
	uint64_t total;
	int64_t last_us;
};

static void
advance(uint64_t done, void *ctx)
{
	struct bar *b = ctx;
	const int64_t now = tt_mono_us();

	if (b->total == 0 || now - b->last_us < SHOW_US || !isatty(2))
		return;
	b->last_us = now;
	(void)fprintf(stderr, "\runpacking %3u %%", (unsigned)(done * 100 / b->total));
}

/* Size and digest of the manifest's first file must be those of the file that is there. */
static int
check_file(const json_t *manifest, uint64_t size, struct tt_err **err)
{
	const json_t *file = json_array_get(json_object_get(manifest, "files"), 0);
	const char *want = tt_json_str(file, "sha256", NULL);
	const long long want_size = tt_json_int(file, "size", -1);
	char hex[TT_SHA256_HEX_LEN];
	int r;

	if (want_size >= 0 && (uint64_t)want_size != size)
		return tt_err_set(err, -EBADMSG, "InvalidFile",
		    "'%s' has %llu bytes, its manifest says %lld", image_file,
		    (unsigned long long)size, want_size);
	if (want == NULL)
		return 0;
	r = tt_sha256_file(image_file, hex, NULL, err);
	if (r == 0 && !tt_strcaseeq(hex, want))
		r = tt_err_set(err, -EBADMSG, "InvalidFile",
		    "'%s' has SHA-256 %s, its manifest says %s", image_file, hex, want);
	return r;
}

static int
unpack(const json_t *manifest, int fd, uint64_t size, struct tt_err **err)
{
	const char *uuid = tt_json_str(manifest, "uuid", "");
	const char *origin = tt_json_str(manifest, "origin", NULL);
	tt_auto(import) struct mach_import *im = NULL;
	struct bar bar = { .total = size };
	struct mach_untar u = {
		.layer = origin != NULL, .progress = advance, .ctx = &bar
	};
	int r = mach_import_new(uuid, origin, &im, err);

	if (r < 0)
		return r;
	u.dir = mach_import_dir(im);
	r = mach_untar(&u, fd, err);
	if (bar.last_us != 0)
		(void)fputs("\r\033[K", stderr);
	if (u.dropped > 0)
		(void)fprintf(stderr,
		    "warning: %llu device nodes or attributes of the kernel's own were "
		    "left out\n",
		    (unsigned long long)u.dropped);
	return r < 0 ? r : mach_import_publish(im, manifest, err);
}

static int
install(struct tt_err **err, char **ret_uuid)
{
	tt_auto(json) json_t *manifest = NULL;
	tt_auto(close) int fd = -1;
	struct stat st;
	int r;

	if (manifest_file == NULL || image_file == NULL)
		return tt_err_set(err, -EINVAL, "InvalidArgument",
		    "name manifest and file: imgadm install -m MANIFEST -f FILE");
	r = tt_json_load(manifest_file, MANIFEST_MAX, &manifest, err);
	if (r < 0)
		return r;
	fd = open(image_file, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return tt_err_errno(err, -errno, "opening '%s'", image_file);
	r = check_file(manifest, (uint64_t)st.st_size, err);
	if (r == 0)
		r = unpack(manifest, fd, (uint64_t)st.st_size, err);
	*ret_uuid = tt_xstrdup(tt_json_str(manifest, "uuid", ""));
	return r;
}

static int
run_install(int argc, char **argv, void *ctx)
{
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(free) char *uuid = NULL;

	(void)argc;
	(void)argv;
	(void)ctx;
	if (install(&err, &uuid) < 0)
		return tt_cli_fail("imgadm install", err);
	printf("Installed image %s\n", uuid);
	return 0;
}

/* --- what is there --------------------------------------------------------------------- */

static void
print_row(const json_t *m)
{
	const char *published = tt_json_str(m, "published_at", "-");

	printf("%-36s  %-20s  %-12s  %-8s  %.10s\n", tt_json_str(m, "uuid", "-"),
	    tt_json_str(m, "name", "-"), tt_json_str(m, "version", "-"),
	    tt_json_str(m, "os", "-"), published);
}

static int
run_list(int argc, char **argv, void *ctx)
{
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(json) json_t *list = NULL;
	size_t i;
	json_t *v;

	(void)argc;
	(void)argv;
	(void)ctx;
	if (mach_image_list(&list, &err) < 0)
		return tt_cli_fail("imgadm list", err);
	if (json) {
		(void)json_dumpf(list, stdout, JSON_INDENT(2));
		(void)putchar('\n');
		return 0;
	}
	if (!no_header)
		printf("%-36s  %-20s  %-12s  %-8s  %s\n", "UUID", "NAME", "VERSION", "OS",
		    "PUBLISHED");
	json_array_foreach(list, i, v)
	{
		print_row(json_object_get(v, "manifest"));
	}
	return 0;
}

static int
run_get(int argc, char **argv, void *ctx)
{
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(json) json_t *manifest = NULL;
	tt_auto(json) json_t *record = NULL;
	const int r = mach_image_get(argv[0], &manifest, &err);

	(void)argc;
	(void)ctx;
	if (r < 0) {
		(void)tt_cli_fail("imgadm get", err);
		return r == -ENOENT ? 3 : 1;
	}
	record = json_pack("{s:O,s:s}", "manifest", manifest, "zpool", "zones");
	(void)json_dumpf(record, stdout, JSON_INDENT(2));
	(void)putchar('\n');
	return 0;
}

/* Only who knows all instances can tell that none needs it. */
static int
run_delete(int argc, char **argv, void *ctx)
{
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(ipc) struct tt_ipc *c = NULL;
	tt_auto(json) json_t *result = NULL;
	tt_auto(json) json_t *rq =
	    json_pack("{s:s,s:s}", "op", "image-delete", "uuid", argv[0]);
	int r = tt_ipc_connect(SOCKET, &c, &err);

	(void)argc;
	(void)ctx;
	if (r == 0)
		r = tt_ipc_call(c, rq, NULL, NULL, &result, &err);
	if (r < 0) {
		(void)tt_cli_fail("imgadm delete", err);
		return tt_streq(tt_err_code(err), "ImageNotInstalled") ? 3 : 1;
	}
	printf("Deleted image %s\n", argv[0]);
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct tt_cmd commands[] = {
		{ .name = "install",
		    .opts = install_opts,
		    .run = run_install,
		    .help = "Take in an image of a manifest and a file." },
		{ .name = "list",
		    .opts = list_opts,
		    .run = run_list,
		    .help = "Print a table of the installed images." },
		{ .name = "get",
		    .args = "UUID",
		    .run = run_get,
		    .min_args = 1,
		    .max_args = 1,
		    .help = "Print what is known of an image." },
		{ .name = "delete",
		    .args = "UUID",
		    .run = run_delete,
		    .min_args = 1,
		    .max_args = 1,
		    .help = "Remove an image that nothing needs." },
		{ 0 },
	};
	static const struct tt_cmd imgadm = { .name = "imgadm",
		.help = "Manage the images in this node's pool.",
		.subs = commands };

	return tt_cli_main(&imgadm, argc, argv, NULL);
}
