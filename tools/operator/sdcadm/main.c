// SPDX-License-Identifier: MPL-2.0
/*
 * sdcadm: administer the data center from its headnode. Only the table of subcommands is
 * here; another one is another row and another file.
 */
#include "tools/operator/sdcadm/sdcadm.h"

static const struct tt_cmd subs[] = {
	{ .name = "setup", .help = "The setup of this headnode.", .subs = sdcadm_setup },
	{ .name = "platform",
	    .help = "Platforms: install, try, roll back.",
	    .subs = sdcadm_platform },
	{ .name = "boot-from-pool",
	    .help = "Boot from the pool's disks, without the key.",
	    .opts = boot_from_pool_opts,
	    .run = boot_from_pool_run },
	{ .name = NULL },
};

int
main(int argc, char **argv)
{
	static const struct tt_cmd cmd = { .name = "sdcadm",
		.subs = subs,
		.help = "Administer the data center from its headnode." };

	return tt_cli_main(&cmd, argc, argv, NULL);
}
