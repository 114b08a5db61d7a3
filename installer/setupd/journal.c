// SPDX-License-Identifier: MPL-2.0
/* The journal's beginning and its age; its shape is setupjson.h's. */
#include "installer/setupd/setupd.h"

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/path.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

static void
set_aside(const char *path)
{
	tt_auto(free) char *bad = tt_xprintf("%s.bad", path);

	(void)rename(path, bad);
}

int
journal_open(const char *path, struct tt_setup **ret, struct tt_err **err)
{
	tt_auto(err) struct tt_err *why = NULL;
	tt_auto(free) char *dir = tt_path_dir(path);
	int r;

	r = tt_setup_load(path, ret, &why);
	if (r == 0) {
		/* a life that ended before its end, or a failure: this is one more attempt */
		if (!(*ret)->complete && ((*ret)->n_stages > 0 || (*ret)->error != NULL))
			(*ret)->attempt++;
		return 0;
	}
	if (r != -ENOENT && r != -EINVAL && r != -EFBIG)
		return tt_err_set(err, r, "JournalUnreadable", "%s", tt_err_message(why));
	if (r != -ENOENT)
		set_aside(
		    path); /* every stage asks its own check, so nothing is done twice */
	r = tt_mkdir_p(dir, 0755, err);
	if (r < 0)
		return r;
	*ret = tt_setup_new("headnode");
	return tt_setup_save(path, *ret, err);
}

long long
journal_age_s(const struct tt_setup *s)
{
	struct tm tm = { 0 };
	long long age;

	if (s->start_time == NULL ||
	    strptime(s->start_time, "%Y-%m-%dT%H:%M:%SZ", &tm) == NULL)
		return 0;
	age = (long long)(tt_now_us() / 1000000) - (long long)timegm(&tm);
	return age > 0 ? age : 0;
}
