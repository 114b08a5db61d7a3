// SPDX-License-Identifier: MPL-2.0
/*
 * Steps drivers and modules: kernel modules by name. The first loads what later steps would
 * have to wait for, beside the start of systemd; the second, when the setup is through, what
 * instances need, so that nothing is loaded on demand from what a tenant does.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "platform/boot/boot.h"
#include "platform/boot/memory.h"
#include "platform/boot/nics.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/proc.h"
#include "platform/lib/base/str.h"

/* Of the kernel only warnings reach the consoles: people work on them now. */
#define PRINTK "/proc/sys/kernel/printk"
#define QUIET  "4 4 1 7\n"

/* A missing module or device is no failure: the steps say what they lack when they need it. */
static void
load(char *const *argv)
{
	(void)tt_proc_run(
	    (const char *const *)argv, &(struct tt_proc_opts){ 0 }, NULL, NULL);
}

int
boot_drivers(struct boot *b, struct tt_err **err)
{
	static const char *const names[] = { "crc32c_generic", "btrfs", "bridge", "veth",
		"zram" };
	tt_auto(strv) char **argv = NULL, **nics = boot_nics_modaliases();

	memory_reserve(b);
	tt_strv_add(&argv, "modprobe");
	tt_strv_add(&argv, "-qab");
	for (char **n = nics; n && *n; n++)
		tt_strv_add(&argv, *n);
	for (size_t i = 0; i < TT_ARRAY_LEN(names); i++)
		tt_strv_add(&argv, names[i]);
	load(argv);
	return tt_file_write(BOOT_DRIVERS, "", 0, 0644, err);
}

/* Which KVM the processor can carry; the other one complains loudly. NULL = none. */
static const char *
kvm_module(void)
{
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(16 * TT_MIB);

	if (tt_file_read("/proc/cpuinfo", &b, NULL) < 0)
		return NULL;
	if (strstr(tt_buf_str(&b), " vmx "))
		return "kvm_intel";
	return strstr(tt_buf_str(&b), " svm ") ? "kvm_amd" : NULL;
}

int
boot_modules(struct boot *b, struct tt_err **err)
{
	static const char *const names[] = { "8021q", "macvlan", "vxlan", "tun",
		"vhost_net", "vhost_vsock", "overlay", "loop", "bfq", "nf_tables",
		"nf_conntrack_bridge", "nft_meta_bridge", "nft_reject_bridge", "nft_ct",
		"nf_conntrack_netlink", "aesni_intel" };
	tt_auto(strv) char **argv = NULL;
	const char *kvm = kvm_module();

	(void)b;
	(void)err;
	(void)tt_file_write(PRINTK, QUIET, sizeof(QUIET) - 1, 0644, NULL);
	tt_strv_add(&argv, "modprobe");
	tt_strv_add(&argv, "-qa");
	for (size_t i = 0; i < TT_ARRAY_LEN(names); i++)
		tt_strv_add(&argv, names[i]);
	if (kvm)
		tt_strv_add(&argv, kvm);
	load(argv);
	return 0;
}
