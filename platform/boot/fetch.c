// SPDX-License-Identifier: MPL-2.0
/*
 * Step fetch: a machine that was booted over the network, and whose disks have no key yet,
 * has the key tree brought to the pool; the copy step installs it. What fails here is said,
 * and the boot goes on: the machine runs, boots from the network again, and tries again.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "platform/boot/boot.h"
#include "platform/boot/install.h"
#include "platform/boot/nics.h"
#include "platform/key/install.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/net.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/proc.h"
#include "platform/lib/base/str.h"
#include "platform/machine/link.h"

#define PROGRAM  "/usr/lib/triton/triton-netinstall"
#define FETCH_MS 9000000 /* of the whole program; a line that stalls ends sooner */
#define NIC_S    5

/* Booted over the network: no medium, and nothing has taken its place. */
static bool
from_network(const struct boot *b)
{
	tt_auto(free) char *device = tt_file_line(BOOT_BOOTDEV);

	return b->headnode && !boot_mounted(BOOT_KEY) &&
	       tt_streq(device, "device=none") &&
	       tt_streq(boot_param(&b->params, "triton_installer"), "ipxe");
}

/*
 * Nothing to bring: it lies there and waits for its installation, or no disk has room for a
 * key and the pool's copy is of this bundle.
 */
static int
needless(const struct boot *b, struct tt_err **err)
{
	const char *digest = boot_param(&b->params, "triton.isosha256");
	tt_auto(free) char *have = tt_file_line(INSTALL_NET_HAVE);
	tt_auto(key_targets) struct key_targets t = { 0 };
	int r;

	if (tt_path_is_dir(INSTALL_NET_KEY))
		return 1;
	if (!digest || !tt_streq(have, digest))
		return 0;
	r = key_targets_find(BOOT_POOL, &t, err);
	return r < 0 ? r : t.usable == 0;
}

/*
 * The link that the machine was loaded over, when none of its networks is on it: there the
 * server is known to be. NULL otherwise. Caller frees.
 */
static char *
own_link(const char *mac)
{
	tt_auto(free) char *link = mac ? boot_nic_name(mac, NIC_S) : NULL;
	tt_auto(free) char *master = NULL;
	tt_auto(nl) struct mach_nl *nl = NULL;

	if (!link)
		return NULL;
	master = tt_xprintf("/sys/class/net/%s/master", link);
	if (tt_path_exists(master) || mach_nl_open(&nl, NULL) < 0 ||
	    mach_link_set(nl, link, &(struct mach_link_set){ .up = true }, NULL) < 0)
		return NULL;
	return tt_take(link);
}

/* The loader's form: hardware type 01, then the MAC with hyphens. */
static const char *
boot_mac(const struct boot *b, char mac[TT_MAC_LEN])
{
	const char *bootif = boot_param(&b->params, "BOOTIF");
	const char *text = bootif ? tt_after_prefix(bootif, "01-") : NULL;

	return text && tt_mac_parse(text, mac) == 0 ? mac : NULL;
}

static void
on_line(const char *line, void *ctx)
{
	(void)ctx;
	/* its failure is this step's, and said as that */
	if (!tt_after_prefix(line, "triton-netinstall:"))
		boot_say("%s", line);
}

static int
run(const struct boot *b, struct tt_err **err)
{
	static const char *const names[] = { "--url", "triton_isourl", "--sha256",
		"triton.isosha256", "--size", "triton.isosize", NULL };
	const struct tt_proc_opts how = { .timeout_ms = FETCH_MS,
		.on_err_line = on_line };
	tt_auto(strv) char **args = NULL;
	char buf[TT_MAC_LEN];
	const char *mac = boot_mac(b, buf);
	tt_auto(free) char *link = own_link(mac);

	tt_strv_add(&args, PROGRAM);
	for (size_t i = 0; names[i]; i += 2) {
		const char *value = boot_param(&b->params, names[i + 1]);

		if (!value)
			return tt_err_set(err, -EINVAL, "InvalidArgument",
			    "the kernel command line lacks %s=: boot with the script of "
			    "the network bundle as it is",
			    names[i + 1]);
		tt_strv_addf(&args, "%s=%s", names[i], value);
	}
	if (link) {
		tt_strv_addf(&args, "--link=%s", link);
		tt_strv_addf(&args, "--mac=%s", mac);
	}
	tt_strv_add(&args, INSTALL_NET);
	return tt_proc_run((const char *const *)args, &how, NULL, err);
}

int
boot_fetch(struct boot *b, struct tt_err **err)
{
	int r = from_network(b) ? needless(b, err) : 1;

	if (r < 0)
		return r;
	if (r == 1) {
		b->skipped = true;
		return 0;
	}
	r = run(b, err);
	if (r < 0)
		return tt_err_wrap(err, r,
		    "the key did not come over the network: the machine runs without it "
		    "and tries "
		    "again when it is next booted this way, or by `triton-boot fetch` "
		    "and "
		    "`triton-boot copy`");
	boot_did(b, "brought the key tree over the network");
	return 0;
}
