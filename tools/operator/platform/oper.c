// SPDX-License-Identifier: MPL-2.0
/*
 * The surroundings of an operator's command.
 */
#include "tools/operator/platform/oper.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"

#define CMDLINE_MAX (64 * TT_KIB)
#define SHOW_US     2000000 /* between two lines; what is quicker shows none */

void
oper_init(struct oper *o, const char *root)
{
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(CMDLINE_MAX);
	tt_auto(free) char *cmdline = NULL;

	*o = (struct oper){ .root = root ? root : "" };
	o->copy = oper_path(o, KEY_COPY);
	cmdline = oper_path(o, "/proc/cmdline");
	if (tt_file_read(cmdline, &text, NULL) >= 0)
		o->running = key_running(tt_buf_str(&text));
}

void
oper_release(struct oper *o)
{
	free(o->copy);
	free(o->running);
	*o = (struct oper){ 0 };
}

char *
oper_path(const struct oper *o, const char *path)
{
	return tt_xprintf("%s%s", o->root, path);
}

int
oper_headnode(const struct oper *o, struct tt_err **err)
{
	tt_auto(free) char *manifest = tt_path_join(o->copy, KEY_MANIFEST);

	if (tt_path_exists(manifest))
		return 0;
	return tt_err_set(err, -ENOENT, "NotHeadnode",
	    "'%s' is not there: this command works on a headnode whose setup has copied "
	    "the key; look at `sdcadm setup status`",
	    manifest);
}

int
oper_key(const struct oper *o, bool write, struct key_set **ret, struct tt_err **err)
{
	tt_auto(free) char *folder = oper_path(o, KEY_MOUNT);
	struct key_opts k = {
		.folder = *o->root ? folder : NULL, .copy = o->copy, .write = write
	};
	int r = key_open(&k, ret, err);

	for (char **m = r == 0 ? (*ret)->missing : NULL; m && *m; m++)
		(void)fprintf(stderr, "warning: a boot medium was left out: %s\n", *m);
	return r;
}

void
oper_server(const struct oper *o, char **ret_name, char **ret_uuid)
{
	tt_auto(free) char *path = oper_path(o, "/sys/class/dmi/id/product_uuid");
	char name[256] = "headnode";

	if (!*o->root)
		(void)gethostname(name, sizeof(name) - 1);
	*ret_name = tt_xstrdup(name);
	*ret_uuid = tt_file_line(path);
	if (!*ret_uuid)
		*ret_uuid = tt_xstrdup("-");
	for (char *c = *ret_uuid; *c; c++)
		*c = (char)tolower((unsigned char)*c);
}

void
oper_progress(uint64_t done, uint64_t total, void *ctx)
{
	struct oper_progress *p = ctx;
	unsigned percent = total ? (unsigned)(done * 100 / total) : 0;
	long long now = tt_mono_us();

	if (p->last_us == 0)
		p->last_us = now;
	if (now - p->last_us < SHOW_US || percent > 100 ||
	    (p->shown && percent == p->last))
		return;
	p->last_us = now;
	p->last = percent;
	if (isatty(STDERR_FILENO))
		(void)fprintf(stderr, "\r%s %u %%", p->what, percent);
	else
		(void)fprintf(stderr, "%s %u %%\n", p->what, percent);
	p->shown = true;
}

void
oper_progress_end(struct oper_progress *p)
{
	if (p->shown && isatty(STDERR_FILENO))
		(void)fprintf(stderr, "\r%s 100 %%\n", p->what);
}
