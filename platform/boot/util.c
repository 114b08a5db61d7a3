// SPDX-License-Identifier: MPL-2.0
/*
 * Small things that several steps need: flags, mounts, tools, the boot medium's disks.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "platform/boot/boot.h"
#include "platform/key/medium.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/proc.h"
#include "platform/lib/base/str.h"

bool
boot_flag(const struct boot *b, const char *name)
{
	const char *v = boot_param(&b->params, name);

	return v && tt_strcaseeq(v, "true");
}

int
boot_load_config(struct tt_config **ret, struct tt_err **err)
{
	static const char *const first[] = { BOOT_KEY "/config", BOOT_CONFIG };

	/* the pool's copy may be that of an earlier boot until the pool step is through */
	for (size_t i = 0; i < TT_ARRAY_LEN(first); i++) {
		struct tt_config_opts o = { .file = first[i] };
		int r = tt_path_exists(first[i]) ? tt_config_load(&o, ret, err) : -ENOENT;

		/* -ENOENT also when the copy step has just unmounted the key */
		if (r != -ENOENT)
			return r;
		if (err)
			tt_err_clear(err);
	}
	return tt_config_load(NULL, ret, err);
}

int
boot_run(struct tt_err **err, const char *prog, ...)
{
	const char *argv[8] = { prog };
	size_t n = 1;
	va_list ap;

	va_start(ap, prog);
	while (n < TT_ARRAY_LEN(argv) - 1 && (argv[n] = va_arg(ap, const char *)))
		n++;
	va_end(ap);
	return tt_proc_run(
	    argv, &(struct tt_proc_opts){ .timeout_ms = 120000 }, NULL, err);
}

bool
boot_mounted(const char *path)
{
	return key_mounted(path);
}

int
boot_mount(const char *what, const char *where, const char *type, unsigned long flags,
    const char *options, struct tt_err **err)
{
	int r;

	if (boot_mounted(where))
		return 0;
	r = tt_mkdir_p(where, 0755, err);
	if (r < 0)
		return r;
	if (mount(what, where, type, flags, options) < 0)
		return tt_err_errno(err, -errno, "mounting %s at %s", what, where);
	return 0;
}

bool
boot_unattended(const struct boot *b)
{
	const char *v = boot_param(&b->params, "triton.unattended");

	return tt_path_exists(BOOT_UNATTENDED) || tt_streq(v, "1") || tt_streq(v, "true");
}
