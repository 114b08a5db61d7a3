// SPDX-License-Identifier: MPL-2.0
/* What the headnode's config says about setup itself. */
#pragma once

#include <stdbool.h>

struct settings {
	char *admin_ip;     /* NULL = unknown */
	bool timers;        /* show_setup_timers */
	bool stop;          /* stop_before_setup */
	unsigned timeout_s; /* zone_setup_timeout, 0 = not set */
};

/* A config that cannot be read leaves the defaults; the first stage that needs it says why. */
void settings_load(const char *root, struct settings *ret);
void settings_release(struct settings *s);
