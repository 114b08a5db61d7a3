// SPDX-License-Identifier: MPL-2.0
/*
 * Steps var, hostkeys and stop: what systemd would have done with /var early and late in its
 * life, had /var been there; its own units for it are masked.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "platform/boot/boot.h"
#include "platform/boot/pool.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/proc.h"
#include "platform/lib/base/str.h"

#define SYSTEMD "/lib/systemd/"

/* A tool that may be missing or may fail without harm to the boot: said, not fatal. */
static void
try(struct boot *b, const char *prog, const char *a1, const char *a2)
{
	tt_auto(err) struct tt_err *err = NULL;

	if (boot_run(&err, prog, a1, a2, NULL) < 0)
		boot_did(b, "%s", tt_err_message(err));
}

int
boot_var(struct boot *b, struct tt_err **err)
{
	int r = boot_run(err, "systemd-tmpfiles", "--create", "--prefix=/var", NULL);

	if (r < 0 && !tt_path_is_dir("/var/log"))
		return tt_err_wrap(err, r, "making the folders of /var");
	tt_err_clear(err);
	try(b, SYSTEMD "systemd-random-seed", "load", NULL);
	try(b, SYSTEMD "systemd-update-utmp", "reboot", NULL);
	return boot_run(err, "journalctl", "--flush", NULL);
}

static int
make_key(struct boot *b, const char *type, struct tt_err **err)
{
	tt_auto(free) char *path = tt_xprintf("/var/ssh/ssh_host_%s_key", type);
	tt_auto(free) char *pub = tt_xprintf("%s.pub", path);
	tt_auto(free) char *fresh = tt_xprintf("%s.new", path);
	tt_auto(free) char *fresh_pub = tt_xprintf("%s.pub", fresh);
	const char *argv[] = { "ssh-keygen", "-q", "-N", "", "-t", type, "-f", fresh,
		NULL };
	int r;

	if (tt_path_exists(path) && tt_path_exists(pub))
		return 0;
	(void)unlink(fresh);
	(void)unlink(fresh_pub);
	r = tt_proc_run(argv, &(struct tt_proc_opts){ .timeout_ms = 120000 }, NULL, err);
	if (r < 0)
		return tt_err_wrap(err, r, "making the %s host key", type);
	/* complete and on the disk before it has its name; the secret part comes last */
	sync();
	if (rename(fresh_pub, pub) < 0 || rename(fresh, path) < 0)
		return tt_err_errno(err, -errno, "putting '%s' in place", path);
	boot_did(b, "made the %s host key", type);
	return tt_fsync_dir("/var/ssh");
}

int
boot_hostkeys(struct boot *b, struct tt_err **err)
{
	int r = tt_mkdir_p("/var/ssh", 0700, err);

	if (r == 0)
		r = make_key(b, "ed25519", err);
	if (r == 0)
		r = make_key(b, "ecdsa", err);
	return r;
}

int
boot_stop(struct boot *b, struct tt_err **err)
{
	(void)err;
	try(b, SYSTEMD "systemd-update-utmp", "shutdown", NULL);
	try(b, SYSTEMD "systemd-random-seed", "save", NULL);
	try(b, "journalctl", "--smart-relinquish-var", NULL);
	return 0;
}
