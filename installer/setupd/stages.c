// SPDX-License-Identifier: MPL-2.0
/*
 * The stages of a headnode's setup, in the order of their needs: a row may need rows above
 * it. Rows whose needs are met run at the same time, as many as the machine has CPUs.
 */
#include "installer/setupd/stages.h"

const struct stage setup_stages[] = {
	{
	    .name = "prepare",
	    .title = "preparing for setup... ",
	    .check = prepare_check,
	    .timeout_s = 5, /* the boot steps have ended: nothing to wait for */
	    .tries = 1,
	    .expect_s = 2,
	},
	{
	    .name = "node_config",
	    .title = "writing config for compute nodes... ",
	    .needs = { "prepare" },
	    .check = node_config_check,
	    .run = node_config_run,
	    .timeout_s = 20,
	    .expect_s = 2,
	    .always = true, /* follows the headnode's config */
	},
	{
	    .name = "gz_tools",
	    .title = "installing tools... ",
	    .needs = { "prepare" },
	    .check = tools_check,
	    .run = tools_run,
	    .timeout_s = 20,
	    .expect_s = 2,
	    .always = true, /* another platform may bring others */
	},
	{
	    .name = "firewall_rules",
	    .title = "adding default firewall rules... ",
	    .needs = { "prepare" },
	    .check = firewall_check,
	    .run = firewall_run,
	    .timeout_s = 20,
	    .expect_s = 2,
	    .always = true,
	},
	{
	    .name = "os_latest",
	    .needs = { "prepare" },
	    .check = os_latest_check,
	    .run = os_latest_run,
	    .timeout_s = 20,
	    .expect_s = 2,
	    .always = true,
	},
	{
	    .name = "network",
	    .title = "waiting for the admin network... ",
	    .needs = { "prepare" },
	    .check = network_check,
	    .timeout_s = 60,
	    .expect_s = 10,
	},
	{
	    .name = "dns_preflight",
	    .title = "asking for our names in public DNS... ",
	    .needs = { "network" },
	    .check = dns_check,
	    .timeout_s = 20,
	    .tries = 1,
	    .optional = true,
	},
	{
	    .name = "clock",
	    .title = "waiting for the time service... ",
	    .needs = { "network" },
	    .check = clock_check,
	    .timeout_s = 30,
	    .expect_s = 10,
	    .tries = 1,
	    .optional = true, /* the clock is put right in the background */
	},
	{
	    .name = "ssh",
	    .title = "waiting for SSH on the admin network... ",
	    .needs = { "network" },
	    .check = ssh_check,
	    .timeout_s = 90,
	    .expect_s = 20,
	},
	{ .name = NULL },
};
