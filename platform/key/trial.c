// SPDX-License-Identifier: MPL-2.0
/*
 * The note of the last trial.
 */
#include "platform/key/trial.h"

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"

#define NOTE_MAX (64 * TT_KIB)

int
key_trial_note(const char *path, const char *platform, const char *result,
    const char *reason, struct tt_err **err)
{
	char iso[TT_ISO_LEN];
	tt_auto(json) json_t *o = json_pack("{s:s,s:s,s:s?,s:s}", "platform", platform,
	    "result", result, "reason", reason, "time", tt_time_iso(tt_now_us(), iso));
	tt_auto(free) char *dir = tt_path_dir(path);
	int r = tt_mkdir_p(dir, 0755, err);

	return r < 0 ? r : tt_json_save(path, o, 0644, err);
}

char *
key_trial_reason(const char *path, const char *platform)
{
	tt_auto(json) json_t *o = NULL;
	const char *reason = NULL;

	if (tt_json_load(path, NOTE_MAX, &o, NULL) == 0 &&
	    tt_streq(tt_json_str(o, "platform", NULL), platform))
		reason = tt_json_str(o, "reason", NULL);
	return tt_xstrdup(reason ? reason
				 : "it stopped before its health was judged: a panic, a "
				   "hang, a kernel that would not load, or the power");
}
