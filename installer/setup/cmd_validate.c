// SPDX-License-Identifier: MPL-2.0
/*
 * triton-setup validate and validate-config: print every finding, exit by the worst.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "installer/setup/cmd.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/str.h"
#include "platform/lib/cli/cli.h"

#define LINE_MAX_BYTES 16384

enum { CLEAN = 0, CANNOT_OPEN = 1, INVALID = 2 };

static void
promote(struct tt_findings *found)
{
	for (size_t i = 0; i < found->n; i++)
		if (found->v[i].severity == TT_WARNING)
			found->v[i].severity = TT_ERROR;
}

void
cmd_print(struct tt_findings *found, const char *name, bool json, bool strict, FILE *to)
{
	tt_findings_sort(found);
	if (strict)
		promote(found);
	for (size_t i = 0; i < found->n; i++) {
		tt_auto(buf) struct tt_buf line = TT_BUF_INIT(LINE_MAX_BYTES);

		if (json)
			tt_finding_json(&found->v[i], name, &line);
		else
			tt_finding_text(&found->v[i], name, &line);
		fprintf(to, "%s\n", tt_buf_str(&line));
	}
	if (found->dropped)
		fprintf(stderr, "%s: %zu more findings are not shown\n", name,
		    found->dropped);
}

/* The whole file, or standard input for "-". */
static int
read_input(const char *path, size_t max, struct tt_secret *out, struct tt_err **err)
{
	ssize_t n;

	tt_secret_init(out, max);
	if (!tt_streq(path, "-"))
		return tt_secret_read_file(out, path, err);
	n = tt_read_all(STDIN_FILENO, out->data, out->size);
	if (n < 0)
		return tt_err_errno(err, (int)n, "reading standard input");
	out->len = (size_t)n;
	out->data[out->len] = '\0';
	return 0;
}

int
cmd_load_nics(const struct cmd_opts *o, struct tsetup *ts, struct tt_err **err)
{
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(64 * TT_KIB);
	tt_auto(nics) struct ts_nics nics = { 0 };
	int r;

	if (!o->nics)
		return 0;
	r = tt_file_read(o->nics, &text, err);
	if (r < 0)
		return r;
	r = ts_nics_parse(o->nics, tt_buf_str(&text), text.len, &nics, err);
	if (r == 0)
		tsetup_set_nics(ts, &nics);
	return r;
}

static int
finish(struct tt_findings *found, const char *name, const struct cmd_opts *o)
{
	size_t errors, warnings;

	cmd_print(found, name, o->json, o->strict, stdout);
	errors = tt_findings_count(found, TT_ERROR);
	warnings = tt_findings_count(found, TT_WARNING);
	if (!o->json && errors + warnings)
		fprintf(stderr, "%s: %zu error%s, %zu warning%s\n", name, errors,
		    errors == 1 ? "" : "s", warnings, warnings == 1 ? "" : "s");
	return errors ? INVALID : CLEAN;
}

/* What is far too large has been opened, and is not valid. */
static int
cannot_read(const char *who, int r, const struct tt_err *err)
{
	(void)tt_cli_fail(who, err);
	return r == -EFBIG ? INVALID : CANNOT_OPEN;
}

int
cmd_validate(int argc, char **argv, void *ctx)
{
	struct cmd_opts *o = ctx;
	tt_auto(findings) struct tt_findings found = { 0 };
	tt_auto(tsetup) struct tsetup *ts = tsetup_new();
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(secret) struct tt_secret text = { 0 };
	const char *name = tt_streq(argv[0], "-") ? "stdin" : argv[0];
	int r;

	(void)argc;
	o->ran = true;
	tsetup_set_coal_image(ts, o->coal_image);
	r = cmd_load_nics(o, ts, &err);
	if (r == 0)
		r = read_input(argv[0], 4 * TS_ANSWERS_MAX, &text, &err);
	if (r < 0)
		return cannot_read("triton-setup validate", r, err);
	if (tsetup_answers_parse(ts, name, text.data, text.len, &found) == 0)
		(void)tsetup_check_all(ts, false, &found);
	return finish(&found, name, o);
}

int
cmd_validate_config(int argc, char **argv, void *ctx)
{
	struct cmd_opts *o = ctx;
	tt_auto(findings) struct tt_findings found = { 0 };
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(secret) struct tt_secret text = { 0 };
	const char *name = tt_streq(argv[0], "-") ? "stdin" : argv[0];
	int r;

	(void)argc;
	o->ran = true;
	r = read_input(argv[0], 2 * TT_CONFIG_MAX_SIZE, &text, &err);
	if (r < 0)
		return cannot_read("triton-setup validate-config", r, err);
	(void)tsetup_check_config(text.data, text.len, &found);
	return finish(&found, name, o);
}
