// SPDX-License-Identifier: MPL-2.0
/*
 * OUT/<stamp>/: the phases' results under their final names, and the three small text
 * files that describe them. A file that is there already with the right digest stays.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "image/digest.h"
#include "image/platform/job.h"
#include "image/platform/verity.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

struct output {
	struct job *job;
	struct digests *digests;
	json_t *files; /* name: {size, sha256} */
};

static int
add_file(struct output *o, const char *name, const char *path, struct tt_err **err)
{
	char hex[TT_SHA256_HEX_LEN];
	uint64_t size;
	int r = digests_file(o->digests, path, hex, &size, err);

	if (r == 0)
		json_object_set_new(o->files, name,
		    json_pack("{s:I,s:s}", "size", (json_int_t)size, "sha256", hex));
	return r;
}

/* Copy under a temporary name, then rename: the final name is whole or not there. */
static int
place(struct output *o, const struct phase *p, const char *name, struct tt_err **err)
{
	tt_auto(free) char *from = phase_path(p, name);
	tt_auto(free) char *to = tt_path_join(o->job->out->dir, name);
	tt_auto(free) char *tmp = tt_xprintf("%s.new", to);
	char want[TT_SHA256_HEX_LEN], have[TT_SHA256_HEX_LEN] = "";
	int r = digests_file(o->digests, from, want, NULL, err);

	if (r < 0)
		return r;
	if (tt_path_exists(to))
		(void)digests_file(o->digests, to, have, NULL, NULL);
	if (!tt_streq(want, have)) {
		r = tt_file_copy(from, tmp, 0644, false, err);
		if (r == 0 && rename(tmp, to) < 0)
			r = tt_err_errno(err, -errno, "renaming '%s'", tmp);
	}
	return r == 0 ? add_file(o, name, to, err) : r;
}

static int
place_text(struct output *o, const char *name, const char *text, struct tt_err **err)
{
	tt_auto(free) char *to = tt_path_join(o->job->out->dir, name);
	tt_auto(buf) struct tt_buf old = TT_BUF_INIT(64 * TT_KIB);
	int r = 0;

	if (tt_file_read(to, &old, NULL) < 0 || !tt_streq(tt_buf_str(&old), text))
		r = tt_file_replace(to, text, strlen(text), 0644, err);
	return r == 0 ? add_file(o, name, to, err) : r;
}

static int
place_texts(struct output *o, struct tt_err **err)
{
	const struct platform_verity *v = &o->job->out->root;
	tt_auto(free) char *verity = verity_text(v);
	tt_auto(free) char *boot =
	    tt_xprintf("set triton_roothash=%s\nset triton_salt=%s\n"
		       "set triton_blocks=%" PRIu64 "\n",
		v->root_hash, v->salt, v->blocks);
	int r = place_text(o, "root.verity", verity, err);

	return r == 0 ? place_text(o, "boot.cfg", boot, err) : r;
}

static json_t *
verity_json(const struct platform_verity *v)
{
	return json_pack("{s:s,s:s,s:I}", "roothash", v->root_hash, "salt", v->salt,
	    "blocks", (json_int_t)v->blocks);
}

static json_t *
packages_json(const struct lock *lock)
{
	json_t *list = json_array();

	for (size_t i = 0; i < lock->count; i++) {
		const struct lock_pkg *p = &lock->pkgs[i];

		json_array_append_new(list,
		    json_pack("{s:s,s:s,s:s,s:s}", "role", lock_role_name(p->role),
			"name", p->name, "version", p->version, "sha256", p->sha256));
	}
	return list;
}

static int
place_manifest(struct output *o, struct tt_err **err)
{
	const struct platform_out *out = o->job->out;
	tt_auto(json) json_t *m = json_pack("{s:i,s:s,s:s,s:O,s:{s:o,s:o},s:o}",
	    "version", 1, "stamp", o->job->spec->stamp, "kernel", out->kernel_version,
	    "files", o->files, "verity", "root.img", verity_json(&out->root), "hvm.img",
	    verity_json(&out->hvm), "packages", packages_json(&o->job->lock));
	tt_auto(free) char *text = m == NULL ? NULL : json_dumps(m, JSON_INDENT(2));
	tt_auto(free) char *lines = tt_xprintf("%s\n", text == NULL ? "" : text);

	if (text == NULL)
		return tt_err_set(err, -ENOMEM, NULL, "making manifest.json");
	tt_sha256_hex(lines, strlen(lines), o->job->out->key);
	return place_text(o, "manifest.json", lines, err);
}

int
output_write(struct job *j, struct tt_err **err)
{
	tt_auto(json) json_t *files = json_object();
	struct output o = {
		.job = j, .digests = phase_run_digests(j->run), .files = files
	};
	tt_auto(close) int lock = -1;
	int r = tt_mkdir_p(j->out->dir, 0755, err);

	/* Two products of one stamp may end up here at once. */
	if (r == 0)
		lock = open(j->out->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r == 0 && (lock < 0 || flock(lock, LOCK_EX) < 0))
		r = tt_err_errno(err, -errno, "locking it");
	if (r == 0)
		r = place(&o, j->kernel, "vmlinuz", err);
	if (r == 0)
		r = place(&o, j->initramfs, "initrd", err);
	if (r == 0)
		r = place(&o, j->root, "root.img", err);
	if (r == 0)
		r = place(&o, j->hvm, "hvm.img", err);
	if (r == 0)
		r = place_texts(&o, err);
	if (r == 0)
		r = place_manifest(&o, err);
	return r < 0 ? tt_err_wrap(err, r, "writing '%s'", j->out->dir) : 0;
}
