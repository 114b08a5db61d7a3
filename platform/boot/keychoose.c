// SPDX-License-Identifier: MPL-2.0
/*
 * Two keys in one machine. The config belongs to the medium that was booted: another key is
 * looked at only when it has a config too, and then the id that the pool remembers decides.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "platform/boot/key.h"
#include "platform/boot/pool.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

#define OTHER     BOOT_RUN "/other"
#define ASK_S     600
#define OTHER_MAX 8

struct medium {
	char *device;
	char *id; /* NULL when it has none */
};

/* Copies of the booted medium carry its id: they are no other key. */
static size_t
with_config(char **devices, struct medium m[OTHER_MAX])
{
	tt_auto(free) char *own = tt_file_line(BOOT_KEY "/medium.id");
	size_t n = 0;

	for (char **d = devices; d && *d && n < OTHER_MAX; d++) {
		if (key_mount(*d, "vfat", OTHER, NULL) < 0)
			continue;
		if (tt_path_exists(OTHER "/config")) {
			char *id = tt_file_line(OTHER "/medium.id");

			if (own && tt_streq(id, own))
				free(id);
			else
				m[n++] = (struct medium){ tt_xstrdup(*d), id };
		}
		(void)umount(OTHER);
	}
	return n;
}

/* The id in the pool, when there is a pool. */
static char *
known_id(struct boot *b)
{
	if (pool_import(b, NULL) < 0)
		return NULL;
	return tt_file_line(BOOT_POOL "/usbkey/medium.id");
}

static int
ask(const char *device, const struct medium *m, size_t n)
{
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(4096);
	char keys[OTHER_MAX + 2] = "1\n";

	(void)tt_buf_addf(&text,
	    "\nTwo keys in this machine hold a config, and this machine knows "
	    "neither.\n  1  %s (booted from it)\n",
	    device);
	for (size_t i = 0; i < n; i++) {
		(void)tt_buf_addf(&text, "  %zu  %s\n", i + 2, m[i].device);
		keys[i + 1] = (char)('2' + i);
		keys[i + 2] = '\0';
	}
	(void)tt_buf_addf(&text, "Which one is this headnode's? [1] ");
	return boot_ask(tt_buf_str(&text), keys, ASK_S, NULL, NULL);
}

/* Index of the medium to take instead, or -1 for the boot medium. */
static int
choose(struct boot *b, const char *device, const struct medium *m, size_t n)
{
	tt_auto(free) char *known = known_id(b);
	tt_auto(free) char *own = tt_file_line(BOOT_KEY "/medium.id");
	int key;

	if (known && tt_streq(known, own))
		return -1;
	for (size_t i = 0; known && i < n; i++)
		if (tt_streq(known, m[i].id))
			return (int)i;
	if (boot_unattended(b)) {
		boot_say("Another key in this machine holds a config too; the one on %s "
			 "is taken.",
		    device);
		return -1;
	}
	key = ask(device, m, n);
	return key >= '2' && key < '2' + (int)n ? key - '2' : -1;
}

int
key_choose(struct boot *b, char **device, struct tt_err **err)
{
	/* media that could have been booted as well */
	tt_auto(strv) char **devices = key_bootdev(BOOT_BOOTDEV, "other");
	struct medium m[OTHER_MAX] = { 0 };
	size_t n;
	int take = -1, r = 0;

	if (!devices || !tt_path_exists(BOOT_KEY "/config"))
		return 0;
	n = with_config(devices, m);
	if (n > 0)
		take = choose(b, *device, m, n);
	if (take >= 0) {
		(void)umount(BOOT_KEY);
		r = key_mount(m[take].device, "vfat", BOOT_KEY, err);
		free(*device);
		*device = tt_xstrdup(m[take].device);
		boot_did(b, "took the key on %s instead of the booted one", *device);
	}
	for (size_t i = 0; i < n; i++) {
		free(m[i].device);
		free(m[i].id);
	}
	return r;
}
