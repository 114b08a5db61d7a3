// SPDX-License-Identifier: MPL-2.0
/*
 * triton-run: boot the image in an emulated machine with CoaL's networks. With a terminal
 * the wizard is in it; without one, or with answers, the machine sets itself up and the
 * exit status says how it went.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/cli/cli.h"
#include "tools/dev/run.h"

static struct run_options options = {
	.dir = "build/run",
	.firmware = "bios",
	.nic = "e1000",
	.display = "none",
	.memory = "1024",
	.cpus = "2",
	.disks = "1",
	.disk_size = "16g",
	.timeout = "900",
};

static const struct tt_opt boot_opts[] = {
	{ 'a', "answers", TT_OPT_TEXT, &options.answers, "FILE",
	    "set up unattended with these answers; 'coal' for CoaL's" },
	{ 0, "cpus", TT_OPT_TEXT, &options.cpus, "N", "processors (2)" },
	{ 0, "dir", TT_OPT_TEXT, &options.dir, "DIR",
	    "files of the machine (build/run)" },
	{ 0, "disk-size", TT_OPT_TEXT, &options.disk_size, "SIZE",
	    "of each data disk (16g)" },
	{ 0, "disks", TT_OPT_TEXT, &options.disks, "N", "data disks, 0 to 16 (1)" },
	{ 0, "display", TT_OPT_TEXT, &options.display, "KIND",
	    "none, gtk, sdl or vnc (none)" },
	{ 0, "firmware", TT_OPT_TEXT, &options.firmware, "KIND", "bios or uefi (bios)" },
	{ 'k', "keep", TT_OPT_FLAG, &options.keep, NULL, "leave the machine running" },
	{ 'm', "memory", TT_OPT_TEXT, &options.memory, "MIB", "memory (1024)" },
	{ 0, "nic", TT_OPT_TEXT, &options.nic, "MODEL",
	    "e1000 or virtio-net-pci (e1000)" },
	{ 0, "open-network", TT_OPT_FLAG, &options.open_network, NULL,
	    "let the guest reach beyond this machine" },
	{ 0, "product", TT_OPT_TEXT, &options.product, "NAME",
	    "DMI product name, such as 'VMware Virtual Platform'" },
	{ 0, "timeout", TT_OPT_TEXT, &options.timeout, "S",
	    "limit of an unattended run (900)" },
	{ 0, "write-image", TT_OPT_FLAG, &options.write_image, NULL,
	    "let the guest change IMAGE itself" },
	{ 0 },
};

static int
one_of(const char *value, const char *option, const char *const *known, size_t n,
    struct tt_err **err)
{
	tt_auto(strv) char **names = NULL;
	tt_auto(free) char *list = NULL;

	for (size_t i = 0; i < n; i++) {
		if (tt_streq(value, known[i]))
			return 0;
		tt_strv_add(&names, known[i]);
	}
	list = tt_strv_join(names, ", ");
	return tt_err_set(
	    err, -EINVAL, "InvalidArgument", "--%s '%s': use %s", option, value, list);
}

static int
number(const char *value, const char *option, uint32_t min, uint32_t max, uint32_t *ret,
    struct tt_err **err)
{
	if (tt_parse_u32(value, min, max, ret) < 0)
		return tt_err_set(err, -EINVAL, "InvalidArgument",
		    "--%s '%s': a number from %u to %u", option, value, min, max);
	return 0;
}

static int
check_options(struct run_options *o, struct tt_err **err)
{
	static const char *const firmwares[] = { "bios", "uefi" };
	static const char *const displays[] = { "none", "gtk", "sdl", "vnc" };
	static const char *const nics[] = { "e1000", "virtio-net-pci", "e1000e",
		"vmxnet3" };
	int r;

	if (tt_streq(o->nic, "virtio"))
		o->nic = "virtio-net-pci";
	r = one_of(o->firmware, "firmware", firmwares, 2, err);
	if (r == 0)
		r = one_of(o->display, "display", displays, 4, err);
	if (r == 0)
		r = one_of(o->nic, "nic", nics, 4, err);
	if (r == 0)
		r = number(o->memory, "memory", 128, 1 << 20, &o->memory_mib, err);
	if (r == 0)
		r = number(o->cpus, "cpus", 1, 64, &o->n_cpus, err);
	if (r == 0)
		r = number(o->disks, "disks", 0, 16, &o->n_disks, err);
	if (r == 0)
		r = number(o->timeout, "timeout", 1, 86400, &o->timeout_s, err);
	if (r == 0 && tt_parse_size(o->disk_size, &o->disk_bytes) < 0)
		return tt_err_set(err, -EINVAL, "InvalidArgument",
		    "--disk-size '%s': a size such as 16g", o->disk_size);
	if (r == 0 && o->product != NULL && strchr(o->product, ',') != NULL)
		return tt_err_set(err, -EINVAL, "InvalidArgument",
		    "--product '%s': no comma", o->product);
	return r;
}

static int
prepare(struct run_options *o, struct run_machine *m, struct tt_err **err)
{
	int r = check_options(o, err);

	if (r < 0)
		return r;
	r = tt_mkdir_p(o->dir, 0755, err);
	if (r < 0)
		return r;
	m->dir = realpath(o->dir, NULL);
	if (m->dir == NULL || strchr(m->dir, ',') != NULL || strchr(m->dir, '\'') != NULL)
		return tt_err_set(err, -EINVAL, "InvalidArgument",
		    "folder '%s': a path without commas and quotes", o->dir);
	m->pid = run_machine_pid(m->dir);
	if (m->pid != 0)
		return tt_err_set(err, -EBUSY, "InvalidArgument",
		    "a machine is still running (process %d); %s/stop ends it", m->pid,
		    o->dir);
	r = run_files_make(o, m, err);
	if (r == 0)
		r = run_machine_start(o, m, err);
	if (r == 0)
		r = run_scripts_write(m, err);
	return r;
}

static int
interactive(const struct run_machine *m, struct tt_err **err)
{
	tt_auto(close) int console = -1;
	int r = run_machine_console(m, "ttyS0", &console, err);

	if (r < 0)
		return r;
	(void)printf("This is the first serial port of the machine; Ctrl-] leaves.\n");
	(void)fflush(stdout);
	return run_term_attach(console, err);
}

static void
tell_how_to_go_on(const struct run_options *o, const struct run_machine *m)
{
	(void)printf("The machine keeps running (process %d):\n"
		     "  %s/ssh [COMMAND...]   a shell or one command in it\n"
		     "  %s/console            its first serial port, Ctrl-] leaves\n"
		     "  %s/stop               switch it off\n"
		     "  http://127.0.0.1:%u/setup   how setup goes\n",
	    m->pid, o->dir, o->dir, o->dir, m->http_port);
}

static int
boot(int argc TT_UNUSED, char **argv, void *ctx TT_UNUSED)
{
	tt_auto(err) struct tt_err *err = NULL;
	struct run_options *o = &options;
	struct run_machine m = { 0 };
	int status = 0;

	o->image = argv[0];
	if (o->answers == NULL && !isatty(STDIN_FILENO))
		o->answers = "coal";
	run_catch_signals();
	if (prepare(o, &m, &err) < 0)
		status = tt_cli_fail("triton-run", err);
	else if (o->answers != NULL)
		status = run_auto(o, &m);
	else if (interactive(&m, &err) < 0)
		status = tt_cli_fail("triton-run", err);
	if (m.dir != NULL && m.pid != 0 && err == NULL) {
		if (o->keep)
			tell_how_to_go_on(o, &m);
		else
			run_machine_stop(&m);
	} else if (m.dir != NULL && err != NULL && tt_err_status(err) != -EBUSY) {
		run_machine_stop(&m);
	}
	free(m.dir);
	return status;
}

static int
console(int argc TT_UNUSED, char **argv, void *ctx TT_UNUSED)
{
	tt_auto(err) struct tt_err *err = NULL;
	struct run_machine m = { .dir = argv[0] };

	if (run_machine_pid(argv[0]) == 0)
		(void)tt_err_set(&err, -ESRCH, NULL, "no machine runs in '%s'", argv[0]);
	else
		(void)interactive(&m, &err);
	return err != NULL ? tt_cli_fail("triton-run", err) : 0;
}

static int
stop(int argc TT_UNUSED, char **argv, void *ctx TT_UNUSED)
{
	struct run_machine m = { .dir = argv[0] };

	run_machine_stop(&m);
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct tt_cmd subs[] = {
		{ .name = "boot",
		    .args = "IMAGE",
		    .opts = boot_opts,
		    .run = boot,
		    .min_args = 1,
		    .max_args = 1,
		    .help = "Boot a key image and set the machine up." },
		{ .name = "console",
		    .args = "DIR",
		    .run = console,
		    .min_args = 1,
		    .max_args = 1,
		    .help = "Attach this terminal to the first serial port." },
		{ .name = "stop",
		    .args = "DIR",
		    .run = stop,
		    .min_args = 1,
		    .max_args = 1,
		    .help = "End the machine of a folder." },
		{ 0 },
	};
	static const struct tt_cmd cmd = { .name = "triton-run",
		.subs = subs,
		.help = "Run the image in an emulated machine." };

	return tt_cli_main(&cmd, argc, argv, NULL);
}
