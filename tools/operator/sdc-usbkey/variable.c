// SPDX-License-Identifier: MPL-2.0
/*
 * Boot variables, judged.
 */
#include "tools/operator/sdc-usbkey/variable.h"

#include <errno.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

#define TRIAL_MAX_S 86400

/* Values of the variables that the menu reads; any other name is the operator's own. */
static const struct {
	const char *name;
	const char *values; /* with commas; NULL = judged below */
} known[] = {
	{ "os_console", "vga,text,graphics,ttya,ttyb,ttyc,ttyd,serial" },
	{ "ipxe", "true,false" },
	{ "smt_enabled", "true,false" },
	{ "medium", "usb,iso,ipxe,coal" },
	{ "boot_state", ",new" },
};

static int
check_platform(
    const struct key_set *s, const char *name, const char *stamp, struct tt_err **err)
{
	tt_auto(free) char *path = tt_xprintf("%s/os/%s/vmlinuz", s->v[0].where, stamp);

	if (key_stamp_valid(stamp) && tt_path_exists(path))
		return 0;
	return tt_err_set(err, -EINVAL, "InvalidArgument",
	    "%s: platform '%s' is not on the boot medium; `sdcadm platform assign` "
	    "brings "
	    "it there",
	    name, stamp);
}

static int
check(const struct key_set *s, const char *name, const char *value, struct tt_err **err)
{
	uint32_t seconds;

	if (tt_streq(name, "platform_version") ||
	    (tt_streq(name, "prev_version") && *value))
		return check_platform(s, name, value, err);
	if (tt_streq(name, "trial_seconds") && *value &&
	    tt_parse_u32(value, 1, TRIAL_MAX_S, &seconds) < 0)
		return tt_err_set(err, -EINVAL, "InvalidArgument",
		    "%s: '%s' is not a number of seconds from 1 to %d", name, value,
		    TRIAL_MAX_S);
	for (size_t i = 0; i < TT_ARRAY_LEN(known); i++) {
		tt_auto(strv) char **values = NULL;

		if (!tt_streq(name, known[i].name))
			continue;
		values = tt_split(known[i].values, ',');
		if (!tt_strv_has(values, value))
			return tt_err_set(err, -EINVAL, "InvalidArgument",
			    "%s: there is no value '%s'; there are: %s", name, value,
			    known[i].values);
	}
	return 0;
}

int
variable_set(
    const struct oper *o, const char *name, const char *value, struct tt_err **err)
{
	tt_auto(grubenv) struct tt_grubenv env = TT_GRUBENV_INIT;
	tt_auto(key_set) struct key_set *s = NULL;
	int r = oper_key(o, true, &s, err);

	if (r == 0)
		r = check(s, name, value, err);
	if (r == 0)
		r = key_env_load(s, &env, err);
	if (r < 0)
		return r;
	if (*value)
		r = tt_grubenv_set(&env, name, value, err);
	else
		(void)tt_grubenv_unset(&env, name);
	return r < 0 ? r : key_env_save(s, &env, err);
}

int
variable_load(const struct oper *o, struct tt_grubenv *ret, struct tt_err **err)
{
	tt_auto(key_set) struct key_set *s = NULL;
	int r = oper_key(o, false, &s, err);

	return r < 0 ? r : key_env_load(s, ret, err);
}
