// SPDX-License-Identifier: MPL-2.0
/*
 * Questions, and the way down.
 */
#include "tools/operator/backup/ask.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "platform/lib/base/proc.h"
#include "platform/lib/base/str.h"

bool
ask_yes(const char *question)
{
	char line[64];

	for (;;) {
		const char *text;

		printf("%s [y/n] ", question);
		(void)fflush(stdout);
		if (!fgets(line, sizeof(line), stdin)) {
			putchar('\n');
			return false;
		}
		text = tt_trim(line);
		if (tt_strcaseeq(text, "y") || tt_strcaseeq(text, "yes"))
			return true;
		if (tt_strcaseeq(text, "n") || tt_strcaseeq(text, "no"))
			return false;
	}
}

int
ask_root(const struct oper *o, struct tt_err **err)
{
	if (*o->root || geteuid() == 0)
		return 0;
	return tt_err_set(err, -EPERM, "NotAuthorized", "only root can do this");
}

int
ask_restart(const struct oper *o, bool off, struct tt_err **err)
{
	const char *const argv[] = { "systemctl", "--no-block",
		off ? "poweroff" : "reboot", NULL };
	int r = *o->root ? 0 : tt_proc_run(argv, NULL, NULL, err);

	return r < 0 ? tt_err_wrap(err, r, "restarting; `%s` does it by hand",
			   off ? "poweroff" : "reboot")
		     : 0;
}
