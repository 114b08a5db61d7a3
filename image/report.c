// SPDX-License-Identifier: MPL-2.0
/*
 * build-<stamp>.json and the closing lines of a build.
 */
#include "image/report.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "image/digest.h"
#include "image/out.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/buf.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/proc.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"

static json_t *
item_json(const struct report_item *item)
{
	char hex[TT_SHA256_HEX_LEN];
	struct stat st = { 0 };
	json_t *j;

	(void)stat(item->path, &st);
	j = json_pack("{s:s,s:I}", "name", tt_path_base(item->path), "size",
	    (json_int_t)st.st_size);
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

int
report_write(
    struct build *b, const struct report_item *items, size_t n, struct tt_err **err)
{
	tt_auto(free) char *path = tt_xprintf("%s/build-%s.json", b->out_dir, b->stamp);
	tt_auto(json) json_t *doc = NULL;
	json_t *outputs = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(outputs, item_json(&items[i]));
	doc = json_pack("{s:s,s:o,s:o,s:o}", "build", b->build_stamp, "inputs",
	    inputs_json(b), "outputs", outputs, "phases", phase_run_report(b->run));
	return tt_json_save(path, doc, 0644, err);
}

void
report_print(struct build *b, const struct report_item *items, size_t n)
{
	char hex[TT_SHA256_HEX_LEN] = "";

	for (size_t i = 0; i < n; i++) {
		struct stat st = { 0 };

		(void)stat(items[i].path, &st);
		if (items[i].extents != NULL)
			out_data_digest(items[i].extents, hex);
		phase_say(b->run, "%s  %.1f MB (%.1f MB on disk)  %s %s", items[i].path,
		    (double)st.st_size / 1e6, (double)st.st_blocks * 512 / 1e6,
		    items[i].sha256 != NULL ? "sha256" : "data sha256",
		    items[i].sha256 != NULL ? items[i].sha256 : hex);
	}
	if (*spec_text(&b->spec, SPEC_ANSWER_FILE) != '\0')
		phase_warn(b->run,
		    "the image holds '%s' WITH THE PASSWORDS in it: whoever has the "
		    "image has them; keep it like a key",
		    spec_text(&b->spec, SPEC_ANSWER_FILE));
	if (b->password_file != NULL)
		phase_say(b->run, "root's password before setup: %s", b->password_file);
	if (n > 0) {
		phase_say(b->run, "write it to a stick: triton-write %s /dev/sdX",
		    items[0].path);
		phase_say(b->run,
		    "boot it in an emulator: qemu-system-x86_64 -m 1G -snapshot "
		    "-drive file=%s,format=raw,if=virtio -serial mon:stdio",
		    items[0].path);
	}
}
