// SPDX-License-Identifier: MPL-2.0
/*
 * PID 1 of the initramfs: the list of steps from an empty machine to the system's own init
 * on a checked root file system. README.md has the contract.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/init/init.h"

static void
mount_kernel_systems(void)
{
	static const struct {
		const char *type, *where, *options;
		unsigned long flags;
	} systems[] = {
		{ "proc", "/proc", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC },
		{ "sysfs", "/sys", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC },
		{ "devtmpfs", "/dev", "mode=0755", MS_NOSUID },
		{ "tmpfs", "/run", "mode=0755,size=20%,nr_inodes=800k",
		    MS_NOSUID | MS_NODEV },
	};
	int r;

	(void)umask(022);
	for (size_t i = 0; i < INIT_ARRAY(systems); i++) {
		init_mkdir(systems[i].where);
		r = init_mount(systems[i].type, systems[i].where, systems[i].type,
		    systems[i].flags, systems[i].options);
		if (r < 0 && r != -EBUSY)
			init_fatal(
			    "mount", r, "%s on %s", systems[i].type, systems[i].where);
	}
	init_mkdir("/run/triton");
}

static void
read_parameters(struct init_params *p)
{
	static char text[4096];
	int r = init_read_text("/proc/cmdline", text, sizeof(text));

	if (r < 0)
		init_fatal("cmdline", r, "/proc/cmdline");
	init_params_parse(text, strlen(text), p);
	init_log_set_debug(p->debug);
	for (size_t i = 0; i < p->n_complaints; i++)
		init_warn("%s", p->complaints[i]);
}

static bool
bring_into_ram(const struct init_params *p, struct init_medium *m)
{
	bool wanted;

	init_stage("memory", "checking memory");
	wanted = init_ram_wanted(p, m);
	if (wanted) {
		init_stage("copy", "copying the root image, %llu MiB",
		    (unsigned long long)(m->size / INIT_MIB));
		init_ram_copy(m);
	} else if (!m->network) {
		init_medium_keep(m);
	}
	return wanted || m->network;
}

int
main(int argc, char **argv)
{
	struct init_params params;
	struct init_medium medium;
	struct init_secure secure;
	enum init_verity verity;
	char loop[32], root[32];
	bool in_ram;

	(void)argc;
	mount_kernel_systems();
	init_log_open();
	init_stage("start", "started");
	read_parameters(&params);
	init_stage("modules", "loading modules");
	init_modules_start();
	init_stage("medium", "looking for the medium labelled %s", params.label);
	init_medium_find(&params, &medium);
	init_log("medium %s (%s%s%s)", medium.device, medium.fstype,
	    medium.label[0] ? " " : "", medium.label);
	init_secure_read(&secure);
	init_stage("secure", "secure boot %s, lockdown %s", secure.boot, secure.lockdown);
	in_ram = bring_into_ram(&params, &medium);
	init_stage("loop", "attaching the root image");
	init_loop_attach(medium.path, loop, sizeof(loop));
	init_stage("verity", "checking the root image");
	verity = init_verity_open(&params, &medium, loop, root, sizeof(root));
	init_root_mount(&params, root);
	init_modules_join();
	init_root_machine_id();
	init_hand_over();
	init_root_record(&medium, &secure, verity, in_ram);
	init_root_switch(&params, argv);
}
