// SPDX-License-Identifier: MPL-2.0
/*
 * build-<stamp>.json and the closing lines of a build.
 */
#include "image/report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/digest.h"
#include "image/out.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/buf.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/proc.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"

#define REPORT_MAX (64 * TT_MIB)

/* Below OUT/out; a product may be a folder with files. Borrowed. */
static const char *
item_name(const struct build *b, const struct report_item *item)
{
	const char *below = tt_after_prefix(item->path, b->out_dir);

	return below != NULL && *below == '/' ? below + 1 : tt_path_base(item->path);
}

static json_t *
item_json(const struct build *b, const struct report_item *item)
{
	char hex[TT_SHA256_HEX_LEN];
	struct stat st = { 0 };
	json_t *j;

	(void)stat(item->path, &st);
	j = json_pack(
	    "{s:s,s:I}", "name", item_name(b, item), "size", (json_int_t)st.st_size);
	if (item->sha256 != NULL)
		json_object_set_new(j, "sha256", json_string(item->sha256));
	if (item->extents != NULL) {
		out_data_digest(item->extents, hex);
		json_object_set_new(j, "data_sha256", json_string(hex));
		json_object_set_new(j, "extents", json_deep_copy(item->extents));
	}
	return j;
}

/* First line of `tool --version`, "unknown" when it has none. */
static void
add_tool(json_t *tools, const char *name)
{
	const char *argv[] = { name, "--version", NULL };
	tt_auto(buf) struct tt_buf out = TT_BUF_INIT(64 * TT_KIB);
	struct tt_proc_opts opts = { .out = &out, .timeout_ms = 10000 };
	tt_auto(free) char *line = NULL;

	if (tt_proc_run(argv, &opts, NULL, NULL) >= 0)
		line = tt_xstrndup(tt_buf_str(&out), strcspn(tt_buf_str(&out), "\n"));
	json_object_set_new(tools, name, json_string(line == NULL ? "unknown" : line));
}

static json_t *
inputs_json(struct build *b)
{
	const char *password = spec_text(&b->spec, SPEC_ROOT_PASSWORD);
	char iso[TT_ISO_LEN];
	char lock[TT_SHA256_HEX_LEN] = "";
	json_t *tools = json_object();

	add_tool(tools, "grub-mkimage");
	add_tool(tools, "gcc");
	if (b->platform.lock != NULL)
		(void)digests_file(
		    phase_run_digests(b->run), b->platform.lock, lock, NULL, NULL);
	return json_pack("{s:s,s:s,s:b,s:I,s:s,s:s,s:s*,s:s,s:o,s:o}", "branch",
	    b->branch, "git", b->git, "dirty", b->dirty, "source_date_epoch",
	    (json_int_t)b->epoch, "date", tt_time_iso_s(b->epoch * 1000000, iso), "mode",
	    spec_text(&b->spec, SPEC_MODE), "lock_sha256", *lock == '\0' ? NULL : lock,
	    "root_password",
	    strcmp(password, "none") == 0 || strcmp(password, "generate") == 0 ? password
									       : "given",
	    "tools", tools, "spec", spec_json(&b->spec));
}

/* The file as it is, or an empty one; anything odd only costs the other products' rows. */
static json_t *
load(const struct build *b, const char *path)
{
	json_t *doc = NULL;

	if (tt_path_exists(path) && tt_json_load(path, REPORT_MAX, &doc, NULL) >= 0 &&
	    tt_streq(tt_json_str(doc, "build", ""), b->build_stamp))
		return doc;
	json_decref(doc);
	return json_pack("{s:s,s:{},s:[]}", "build", b->build_stamp, "runs", "outputs");
}

/* Rows of other artefacts that still exist, then ours. */
static json_t *
merged(const struct build *b, const json_t *old, const struct report *r)
{
	json_t *outputs = json_array();
	json_t *row;
	size_t i;

	json_array_foreach(old, i, row)
	{
		const char *name = tt_json_str(row, "name", "");
		tt_auto(free) char *path = tt_path_join(b->out_dir, name);
		bool ours = false;

		for (size_t k = 0; k < r->count; k++)
			ours = ours || tt_streq(item_name(b, &r->items[k]), name);
		if (!ours && tt_path_exists(path))
			json_array_append(outputs, row);
	}
	for (size_t k = 0; k < r->count; k++) {
		row = item_json(b, &r->items[k]);
		json_object_set_new(row, "product", json_string(r->product));
		json_array_append_new(outputs, row);
	}
	return outputs;
}

static int
merge(struct build *b, const char *path, const struct report *r, struct tt_err **err)
{
	tt_auto(json) json_t *doc = load(b, path);
	json_t *runs = json_object_get(doc, "runs");

	if (!json_is_object(runs)) {
		runs = json_object();
		json_object_set_new(doc, "runs", runs);
	}
	json_object_set_new(runs, r->product,
	    json_pack("{s:o,s:o}", "inputs", inputs_json(b), "phases",
		phase_run_report(b->run)));
	json_object_set_new(
	    doc, "outputs", merged(b, json_object_get(doc, "outputs"), r));
	return tt_json_save(path, doc, 0644, err);
}

int
report_write(struct build *b, const struct report *r, struct tt_err **err)
{
	tt_auto(free) char *path = tt_xprintf("%s/build-%s.json", b->out_dir, b->stamp);
	tt_auto(close) int lock = -1;

	if (r->count == 0 || (!r->changed && tt_path_exists(path)))
		return 0;
	/* Two products may end at once: one reads, merges and writes at a time. */
	lock = open(b->out_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (lock < 0 || flock(lock, LOCK_EX) < 0)
		return tt_err_errno(err, -errno, "locking '%s'", b->out_dir);
	return merge(b, path, r, err);
}

void
report_add(
    struct report *r, const char *path, json_t *extents, const char *sha256, bool made)
{
	r->items = tt_xrealloc(r->items, (r->count + 1) * sizeof(*r->items));
	r->items[r->count++] = (struct report_item){ tt_xstrdup(path),
		json_incref(extents), tt_xstrdup_null(sha256) };
	r->changed = r->changed || made;
}

void
report_hint(struct report *r, const char *fmt, ...)
{
	tt_auto(free) char *line = NULL;
	va_list ap;

	va_start(ap, fmt);
	line = tt_xvprintf(fmt, ap);
	va_end(ap);
	tt_strv_add(&r->hints, line);
}

void
report_print(struct build *b, const struct report *r)
{
	for (size_t i = 0; i < r->count; i++) {
		const struct report_item *item = &r->items[i];
		char hex[TT_SHA256_HEX_LEN] = "";
		struct stat st = { 0 };

		(void)stat(item->path, &st);
		if (item->extents != NULL)
			out_data_digest(item->extents, hex);
		phase_say(b->run, "%s  %.1f MB (%.1f MB on disk)  %s %s", item->path,
		    (double)st.st_size / 1e6, (double)st.st_blocks * 512 / 1e6,
		    item->sha256 != NULL ? "sha256" : "data sha256",
		    item->sha256 != NULL ? item->sha256 : hex);
	}
	if (b->answers)
		phase_warn(b->run,
		    "the key holds '%s' WITH THE PASSWORDS in it: whoever has the "
		    "image has them; keep it like a key",
		    spec_text(&b->spec, SPEC_ANSWER_FILE));
	if (b->password_file != NULL)
		phase_say(b->run, "root's password before setup: %s", b->password_file);
	for (size_t i = 0; i < tt_strv_len(r->hints); i++)
		phase_say(b->run, "%s", r->hints[i]);
}

void
report_release(struct report *r)
{
	for (size_t i = 0; i < r->count; i++) {
		free(r->items[i].path);
		free(r->items[i].sha256);
		json_decref(r->items[i].extents);
	}
	free(r->items);
	tt_strv_free(r->hints);
	*r = (struct report){ 0 };
}
