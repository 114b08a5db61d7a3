// SPDX-License-Identifier: MPL-2.0
/*
 * triton-boot STEP...: runs one or more steps of the boot and keeps their record. The units
 * that call it, and the order, are in the README.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "platform/boot/boot.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"
#include "platform/lib/cli/cli.h"

typedef int step_fn(struct boot *b, struct tt_err **err);

static int
run_step(struct boot *b, const char *name, step_fn *fn)
{
	int64_t now = tt_now_us(), mono = tt_mono_us();
	tt_auto(err) struct tt_err *err = NULL;
	int r;

	b->step = name;
	b->skipped = false;
	boot_journal(b, now, mono, false, 0, NULL);
	r = fn(b, &err);
	boot_journal(b, now, mono, true, r, err);
	if (r < 0)
		boot_say("triton-boot: %s: %s", name, tt_err_message(err));
	tt_strv_free(b->did);
	b->did = NULL;
	return r < 0 ? 1 : 0;
}

#define STEP(step)                                                                       \
	static int run_##step(int argc, char **argv, void *ctx)                          \
	{                                                                                \
		(void)argc;                                                              \
		(void)argv;                                                              \
		return run_step(ctx, #step, boot_##step);                                \
	}

STEP(drivers)
STEP(key)
STEP(pool)
STEP(fetch)
STEP(copy)
STEP(verify)
STEP(modules)
STEP(var)
STEP(identity)
STEP(config)
STEP(network)
STEP(hostkeys)
STEP(health)
STEP(rescue)
STEP(stop)

static const struct tt_cmd steps[] = {
	{ .name = "drivers",
	    .run = run_drivers,
	    .help = "Load the drivers that the steps wait for." },
	{ .name = "key",
	    .run = run_key,
	    .help = "Find the boot medium, mount it, recover its config." },
	{ .name = "pool",
	    .run = run_pool,
	    .help = "Import or make the pool and mount it." },
	{ .name = "fetch",
	    .run = run_fetch,
	    .help = "Booted over the network: bring the key tree to the pool." },
	{ .name = "copy",
	    .run = run_copy,
	    .help = "Copy the boot medium to /usbkey by digest." },
	{ .name = "verify",
	    .run = run_verify,
	    .help = "Check the large files that copy left for later." },
	{ .name = "modules",
	    .run = run_modules,
	    .help = "Quiet the consoles and load the modules of instances." },
	{ .name = "var", .run = run_var, .help = "Put the persistent /var to use." },
	{ .name = "identity", .run = run_identity, .help = "Set the host name." },
	{ .name = "config",
	    .run = run_config,
	    .help = "Set root's password and keys, time servers." },
	{ .name = "network",
	    .run = run_network,
	    .help = "Make the networks of the NIC tags." },
	{ .name = "hostkeys",
	    .run = run_hostkeys,
	    .help = "Make the ssh host keys that are missing." },
	{ .name = "health",
	    .run = run_health,
	    .help = "Judge a platform that boots on trial, or name one given up." },
	{ .name = "rescue",
	    .run = run_rescue,
	    .help = "Take root's password from the medium." },
	{ .name = "stop",
	    .run = run_stop,
	    .help = "Save what the next boot wants, at shutdown." },
	{ 0 },
};

static const struct tt_cmd root = {
	.name = "triton-boot",
	.args = "STEP",
	.help = "Run one step of the boot; every step may be repeated.",
	.subs = steps,
};

int
main(int argc, char **argv)
{
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(16 * TT_KIB);
	struct boot b = { 0 };
	int rc;

	/* what is made here is for root unless a step says otherwise */
	(void)umask(022);
	(void)tt_file_read("/proc/cmdline", &text, NULL);
	boot_params_parse(tt_buf_str(&text), text.len, &b.params);
	b.headnode = boot_flag(&b, "headnode");
	b.noimport = boot_flag(&b, "noimport");
	rc = tt_cli_main(&root, argc, argv, &b);
	boot_params_release(&b.params);
	return rc;
}
