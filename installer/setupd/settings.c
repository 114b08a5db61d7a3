// SPDX-License-Identifier: MPL-2.0
/* See settings.h. */
#include "installer/setupd/settings.h"

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/num.h"
#include "platform/lib/conf/loader.h"

void
settings_load(const char *root, struct settings *ret)
{
	struct tt_config_opts opts = { .root = root };
	tt_auto(config) struct tt_config *c = NULL;
	const char *limit;
	uint32_t s;

	ret->timers = true;
	if (tt_config_load(&opts, &c, NULL) < 0)
		return;
	ret->admin_ip = tt_xstrdup_null(tt_config_get(c, "admin_ip"));
	ret->timers = tt_config_bool(c, "show_setup_timers", false);
	ret->stop = tt_config_bool(c, "stop_before_setup", false);
	limit = tt_config_get(c, "zone_setup_timeout");
	if (limit != NULL && tt_parse_u32(limit, 1, 86400, &s) == 0)
		ret->timeout_s = s;
}

void
settings_release(struct settings *s)
{
	free(s->admin_ip);
	s->admin_ip = NULL;
}
