// SPDX-License-Identifier: MPL-2.0
/*
 * Physical NICs and storage controllers as sysfs and udev's own state show them.
 */
#include "platform/boot/nics.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "platform/boot/boot.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/net.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"

#define NET     "/sys/class/net"
#define PCI     "/sys/bus/pci/devices"
#define QUEUE   "/run/udev/queue" /* there while udev has events to work on */
#define RECORDS "/run/udev/data"  /* there since its first one was through */
#define POLL_MS 100
#define QUIET_MS                                                                         \
	2000 /* an event may still be on its way to udev when its queue is empty */
#define PCI_STORAGE "0x01" /* class codes start with the kind of controller */
#define PCI_NET     "0x02"

/* Resolved sysfs paths of the devices behind all links. */
static char **
devices(void)
{
	tt_auto(strv) char **names = NULL;
	char **out = NULL;

	(void)tt_dir_list(NET, &names, NULL);
	for (char **n = names; n && *n; n++) {
		tt_auto(free) char *path = tt_xprintf(NET "/%s/device", *n);
		char real[PATH_MAX];

		if (realpath(path, real))
			tt_strv_add(&out, real);
	}
	return out;
}

/* A virtio NIC's link hangs below its PCI device, that of other cards on it. */
static bool
has_link(const char *pci, char **links)
{
	for (char **l = links; l && *l; l++) {
		const char *rest = tt_after_prefix(*l, pci);

		if (rest && (*rest == '\0' || *rest == '/'))
			return true;
	}
	return false;
}

bool
boot_udev_done(const char *record)
{
	bool initialized = false;

	for (const char *line = record; line != NULL;) {
		initialized |= tt_after_prefix(line, "I:") != NULL;
		if (tt_after_prefix(line, "E:ID_RENAMING=1") != NULL)
			return false;
		line = strchr(line, '\n');
		line = line == NULL ? NULL : line + 1;
	}
	return initialized;
}

/* Whether udev is done with a link, its renaming included. */
static bool
settled(const char *name)
{
	tt_auto(free) char *path = tt_xprintf(NET "/%s/ifindex", name);
	tt_auto(free) char *index = tt_file_line(path);
	tt_auto(free) char *record = tt_xprintf(RECORDS "/n%s", index ? index : "-");
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(64 * TT_KIB);

	return tt_file_read(record, &text, NULL) == 0 &&
	       boot_udev_done(tt_buf_str(&text));
}

/* Every physical link has the name that it will keep. */
static bool
all_settled(void)
{
	tt_auto(strv) char **names = NULL;

	(void)tt_dir_list(NET, &names, NULL);
	for (char **n = names; n && *n; n++) {
		tt_auto(free) char *dev = tt_xprintf(NET "/%s/device", *n);

		if (tt_path_exists(dev) && !settled(*n))
			return false;
	}
	return true;
}

static bool
all_linked(void)
{
	tt_auto(strv) char **cards = NULL, **links = devices();

	(void)tt_dir_list(PCI, &cards, NULL);
	for (char **c = cards; c && *c; c++) {
		tt_auto(free) char *path = tt_xprintf(PCI "/%s", *c);
		tt_auto(free) char *file = tt_xprintf("%s/class", path);
		tt_auto(free) char *class = tt_file_line(file);
		char real[PATH_MAX];

		if (class && tt_after_prefix(class, PCI_NET) && realpath(path, real) &&
		    !has_link(real, links))
			return false;
	}
	return true;
}

/* Waits end when hardware has had its time: at the deadline, or when all is quiet. */
struct patience {
	int64_t end,
	    quiet; /* monotonic us; quiet = since when nobody worked, 0 = somebody does */
};

static struct patience
patience(unsigned deadline_s)
{
	return (struct patience){ .end = tt_mono_us() + (int64_t)deadline_s * 1000000 };
}

/* Sleep a moment; false when waiting on makes no sense. */
static bool
more(struct patience *p)
{
	int64_t now = tt_mono_us();

	/* early in a boot udev has nothing to do because it has not begun */
	if (tt_path_exists(QUEUE) || !tt_path_exists(BOOT_DRIVERS) ||
	    !tt_path_exists(RECORDS))
		p->quiet = 0;
	else if (p->quiet == 0)
		p->quiet = now;
	if (now >= p->end || (p->quiet != 0 && now - p->quiet >= QUIET_MS * 1000))
		return false;
	tt_sleep_ms(POLL_MS);
	return true;
}

void
boot_nics_wait(unsigned deadline_s)
{
	struct patience p = patience(deadline_s);

	while (!(all_linked() && all_settled()) && more(&p))
		;
}

/* The link with this MAC, whatever its name is now. */
static char *
find(const char *mac)
{
	tt_auto(strv) char **names = NULL;

	(void)tt_dir_list(NET, &names, NULL);
	for (char **n = names; n && *n; n++) {
		tt_auto(free) char *dev = tt_xprintf(NET "/%s/device", *n);
		tt_auto(free) char *path = tt_xprintf(NET "/%s/address", *n);
		tt_auto(free) char *address =
		    tt_path_exists(dev) ? tt_file_line(path) : NULL;
		char norm[TT_MAC_LEN];

		if (address && tt_mac_parse(address, norm) == 0 && tt_streq(norm, mac))
			return tt_xstrdup(*n);
	}
	return NULL;
}

char *
boot_nic_name(const char *mac, unsigned deadline_s)
{
	struct patience p = patience(deadline_s);

	for (;;) {
		tt_auto(free) char *name = find(mac);

		if ((name && settled(name)) || !more(&p))
			return tt_take(name);
	}
}

char *
boot_nics_present(void)
{
	tt_auto(strv) char **names = NULL, **out = NULL;

	(void)tt_dir_list(NET, &names, NULL);
	for (char **n = names; n && *n; n++) {
		tt_auto(free) char *dev = tt_xprintf(NET "/%s/device", *n);
		tt_auto(free) char *path = tt_xprintf(NET "/%s/address", *n);
		tt_auto(free) char *address =
		    tt_path_exists(dev) ? tt_file_line(path) : NULL;

		if (address)
			tt_strv_addf(&out, "%s %s", *n, address);
	}
	return out ? tt_strv_join(out, ", ") : tt_xstrdup("none");
}

static bool
all_driven(const char *class_prefix)
{
	tt_auto(strv) char **cards = NULL;

	(void)tt_dir_list(PCI, &cards, NULL);
	for (char **c = cards; c && *c; c++) {
		tt_auto(free) char *file = tt_xprintf(PCI "/%s/class", *c);
		tt_auto(free) char *driver = tt_xprintf(PCI "/%s/driver", *c);
		tt_auto(free) char *class = tt_file_line(file);

		if (class && tt_after_prefix(class, class_prefix) &&
		    !tt_path_exists(driver))
			return false;
	}
	return true;
}

void
boot_storage_wait(unsigned deadline_s)
{
	struct patience p = patience(deadline_s);

	while (!all_driven(PCI_STORAGE) && more(&p))
		;
}

char **
boot_nics_modaliases(void)
{
	tt_auto(strv) char **cards = NULL;
	char **out = NULL;

	(void)tt_dir_list(PCI, &cards, NULL);
	for (char **c = cards; c && *c; c++) {
		tt_auto(free) char *class_file = tt_xprintf(PCI "/%s/class", *c);
		tt_auto(free) char *alias_file = tt_xprintf(PCI "/%s/modalias", *c);
		tt_auto(free) char *driver = tt_xprintf(PCI "/%s/driver", *c);
		tt_auto(free) char *class = tt_file_line(class_file);
		tt_auto(free) char *alias = tt_file_line(alias_file);

		if (class && alias && tt_after_prefix(class, PCI_NET) &&
		    !tt_path_exists(driver) && !tt_strv_has(out, alias))
			tt_strv_add(&out, alias);
	}
	return out;
}
