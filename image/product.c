// SPDX-License-Identifier: MPL-2.0
/*
 * What products have in common: one run, and the steps to the key tree.
 */
#include "image/product.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "image/stage.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/proc.h"

/*
 * Have triton-setup beside this program judge the answers file; the findings go to
 * standard error. Without that program the file is only warned about.
 */
static int
answers_validate(struct build *b, struct tt_err **err)
{
	const char *answers = spec_text(&b->spec, SPEC_ANSWER_FILE);
	char self[4096];
	const ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	tt_auto(free) char *dir = NULL;
	tt_auto(free) char *program = NULL;
	struct tt_proc_opts opts = { .inherit_io = true, .timeout_ms = 30000 };
	int r;

	if (*answers == '\0')
		return 0;
	if (n > 0) {
		self[n] = '\0';
		dir = tt_path_dir(self);
		program = tt_path_join(dir, "triton-setup");
	}
	if (program == NULL || !tt_path_exists(program)) {
		phase_warn(b->run,
		    "'%s' is not checked: there is no triton-setup beside this program",
		    answers);
		return 0;
	}
	r = tt_proc_run(
	    (const char *const[]){ program, "validate", "--strict", answers, NULL },
	    &opts, NULL, err);
	if (r >= 0)
		return 0;
	tt_err_clear(err);
	return tt_err_set(err, -EINVAL, "InvalidAnswers",
	    "answer-file '%s' is refused, see above: correct it or leave answer-file "
	    "unset",
	    answers);
}

static int
check_mode(const struct build *b, struct tt_err **err)
{
	const char *mode = spec_text(&b->spec, SPEC_MODE);

	const char *medium = spec_text(&b->spec, SPEC_MEDIUM);

	if (strcmp(mode, "uki") != 0 || strcmp(medium, "usb") == 0)
		return 0;
	return tt_err_set(err, -EOPNOTSUPP, "NotSupported",
	    "mode=uki with medium=%s: entries signed with your own key fit USB images "
	    "only: "
	    "set mode=signed, or build the product usb",
	    medium);
}

int
product_key(struct build *b, struct keyset *k, struct tt_err **err)
{
	int r;

	r = check_mode(b, err);
	if (r >= 0)
		r = answers_validate(b, err);
	if (r >= 0)
		r = build_root_password(b, err);
	if (r >= 0)
		r = build_platform(b, err);
	if (r >= 0)
		r = bootloader_make(b, &k->l, err);
	if (r >= 0)
		r = stage_key(b, &k->l, &k->t, err);
	return r;
}

void
keyset_release(struct keyset *k)
{
	bootloader_release(&k->l);
	keytree_release(&k->t);
}

int
product_run(const struct product *p, const struct build_opts *o, struct tt_err **err)
{
	const unsigned platform = p->alone              ? 0
				  : o->platform != NULL ? 1
							: PLATFORM_PHASES;
	tt_auto(build) struct build b = { 0 };
	tt_auto(report) struct report report = { .product = p->name };
	struct build_opts opts = *o;
	int r;

	opts.medium = p->medium;
	r = build_start(
	    &b, &opts, platform + p->phases + (o->packed ? p->packing : 0), err);
	if (r >= 0)
		r = p->make(&b, &report, err);
	if (r >= 0)
		r = report_write(&b, &report, err);
	if (r >= 0)
		report_print(&b, &report);
	return r;
}
