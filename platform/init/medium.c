// SPDX-License-Identifier: MPL-2.0
/*
 * Find the medium: look at every block device each 50 ms until one carries the label, the
 * marker file and the root image; after a while be content without the label. What a
 * device is comes from probe.c.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/cdrom.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/init/init.h"

#define DEVICES_MAX 128
#define MARKER      ".joyliveusb"
/* From then on a medium with another label is taken too: waiting longer helps nobody. */
#define MARKER_PASS_MS 10000

enum verdict {
	VERDICT_UNREAD,
	VERDICT_OTHER,   /* no file system a medium can have */
	VERDICT_FS,      /* FAT or ISO, not yet mounted */
	VERDICT_REFUSED, /* mounted, and no medium of this image */
};

struct device {
	char name[32];
	uint64_t sectors;
	struct probe probe;
	enum verdict verdict;
};

static struct device devices[DEVICES_MAX];
static size_t n_devices;

static uint64_t
device_sectors(const char *name)
{
	char path[96], text[32];
	uint64_t v = 0;

	(void)snprintf(path, sizeof(path), "/sys/class/block/%.31s/size", name);
	if (init_read_text(path, text, sizeof(text)) < 0)
		return 0;
	for (const char *p = text; *p >= '0' && *p <= '9'; p++)
		v = v * 10 + (uint64_t)(*p - '0');
	return v;
}

static struct device *
device_slot(const char *name)
{
	for (size_t i = 0; i < n_devices; i++)
		if (strcmp(devices[i].name, name) == 0)
			return &devices[i];
	if (n_devices == DEVICES_MAX || strlen(name) >= sizeof(devices[0].name))
		return NULL;
	memset(&devices[n_devices], 0, sizeof(devices[0]));
	memcpy(devices[n_devices].name, name, strlen(name) + 1);
	return &devices[n_devices++];
}

/* Virtual devices carry no medium, and asking a floppy takes seconds. */
static bool
skipped(const char *name)
{
	static const char *const kinds[] = { "loop", "ram", "dm-", "zram", "md", "fd",
		"nbd", "." };

	for (size_t i = 0; i < INIT_ARRAY(kinds); i++)
		if (strncmp(name, kinds[i], strlen(kinds[i])) == 0)
			return true;
	return false;
}

/* Reading an empty drive fills the console with errors: ask first. */
static bool
drive_is_empty(const struct device *d, int fd)
{
	return strncmp(d->name, "sr", 2) == 0 &&
	       ioctl(fd, CDROM_DRIVE_STATUS, CDSL_CURRENT) != CDS_DISC_OK;
}

static void
read_device(struct device *d)
{
	static uint8_t data[PROBE_BYTES];
	char path[48];
	size_t n = 0;
	ssize_t got;
	int fd;

	(void)snprintf(path, sizeof(path), "/dev/%.31s", d->name);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return; /* its node is not there yet: asked again */
	if (drive_is_empty(d, fd)) {
		(void)close(fd);
		return;
	}
	while (n < sizeof(data) && (got = read(fd, data + n, sizeof(data) - n)) > 0)
		n += (size_t)got;
	(void)close(fd);
	if (n == 0)
		return;
	probe_superblock(data, n, &d->probe);
	d->verdict = d->probe.kind == PROBE_NONE ? VERDICT_OTHER : VERDICT_FS;
}

static void
scan(void)
{
	DIR *dir = opendir("/sys/class/block");
	struct dirent *e;

	if (dir == NULL)
		return;
	while ((e = readdir(dir)) != NULL) {
		struct device *d;
		uint64_t sectors;

		if (skipped(e->d_name) || (d = device_slot(e->d_name)) == NULL)
			continue;
		sectors = device_sectors(d->name);
		if (sectors != d->sectors) {
			d->sectors = sectors; /* a disc was put in: all we knew is void */
			d->verdict = VERDICT_UNREAD;
		}
		if (d->verdict == VERDICT_UNREAD && sectors > 0)
			read_device(d);
	}
	(void)closedir(dir);
}

void
init_medium_list(char *out, size_t out_size)
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < n_devices && n < out_size; i++) {
		static const char *const kinds[] = { "", " FAT", " ISO 9660" };
		const struct device *d = &devices[i];
		int m;

		m = snprintf(out + n, out_size - n, "%s%s %llu MB%s%s%s%s", n ? ", " : "",
		    d->name, (unsigned long long)(d->sectors / 2048),
		    kinds[d->probe.kind], d->probe.label[0] ? " '" : "", d->probe.label,
		    d->probe.label[0] ? "'" : "");
		n += (size_t)m;
	}
	if (n == 0)
		(void)snprintf(out, out_size, "none");
}

static int
mount_device(const struct device *d)
{
	const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
	char path[48];

	(void)snprintf(path, sizeof(path), "/dev/%.31s", d->name);
	if (d->probe.kind == PROBE_ISO)
		return init_mount(path, DIR_MEDIUM, "iso9660", flags | MS_RDONLY, NULL);
	return init_mount(path, DIR_MEDIUM, "vfat", flags | MS_RDONLY, "umask=077");
}

/* Mount and look for the marker and the image. Mounted on success only. */
static bool
examine(struct device *d, const char *root, struct init_medium *ret)
{
	char path[512];
	struct stat st;
	int r;

	init_modules_join_rest();
	r = mount_device(d);
	if (r == -ENODEV) { /* isofs hangs together with the drives */
		init_modules_join();
		r = mount_device(d);
	}
	if (r < 0) {
		init_warn("%s '%s': cannot be mounted: %s", d->name, d->probe.label,
		    strerror(-r));
		d->verdict = VERDICT_REFUSED;
		return false;
	}
	if (access(DIR_MEDIUM "/" MARKER, F_OK) != 0) {
		init_warn(
		    "%s '%s': no marker %s, not a key", d->name, d->probe.label, MARKER);
		goto refuse;
	}
	(void)snprintf(path, sizeof(path), DIR_MEDIUM "/%s", root + (root[0] == '/'));
	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode)) {
		init_warn("%s '%s': is a key, but %s is not on it", d->name,
		    d->probe.label, root);
		goto refuse;
	}
	(void)snprintf(ret->device, sizeof(ret->device), "/dev/%.31s", d->name);
	(void)snprintf(ret->fstype, sizeof(ret->fstype), "%s",
	    d->probe.kind == PROBE_ISO ? "iso9660" : "vfat");
	(void)snprintf(ret->label, sizeof(ret->label), "%s", d->probe.label);
	(void)snprintf(ret->path, sizeof(ret->path), "%s", path);
	ret->size = (uint64_t)st.st_size;
	return true;
refuse:
	d->verdict = VERDICT_REFUSED;
	(void)umount2(DIR_MEDIUM, 0);
	return false;
}

/* A disc image on a stick is found twice: as the disk, and as its first partition. */
static bool
same_stick(const struct device *a, const struct device *b)
{
	const size_t n =
	    strlen(a->name) < strlen(b->name) ? strlen(a->name) : strlen(b->name);
	const char *rest = strlen(a->name) > n ? a->name + n : b->name + n;

	return a->probe.kind == PROBE_ISO && b->probe.kind == PROBE_ISO &&
	       strncmp(a->name, b->name, n) == 0 &&
	       (strcmp(rest, "1") == 0 || strcmp(rest, "p1") == 0);
}

/*
 * A second key in the machine: which of them owns the pool is for triton-boot to say, it
 * can read the pool. Any of them has the same checked root image.
 */
static void
note_others(
    const struct init_params *p, const struct device *taken, struct init_medium *ret)
{
	for (size_t i = 0; i < n_devices; i++) {
		const struct device *d = &devices[i];

		if (d == taken || d->verdict != VERDICT_FS || same_stick(d, taken) ||
		    strcmp(d->probe.label, p->label) != 0)
			continue;
		init_warn("second medium labelled %s: /dev/%s", p->label, d->name);
		if (ret->n_others < INIT_ARRAY(ret->others))
			(void)snprintf(ret->others[ret->n_others++],
			    sizeof(ret->others[0]), "/dev/%.31s", d->name);
	}
}

static bool
try_devices(const struct init_params *p, bool any_label, struct init_medium *ret)
{
	for (size_t i = 0; i < n_devices; i++) {
		struct device *d = &devices[i];

		if (d->verdict != VERDICT_FS)
			continue;
		if (!any_label && strcmp(d->probe.label, p->label) != 0)
			continue;
		if (!examine(d, p->root, ret))
			continue;
		ret->by_marker = strcmp(d->probe.label, p->label) != 0;
		note_others(p, d, ret);
		return true;
	}
	return false;
}

/* Firmware or iPXE has put the image into the initramfs. */
static bool
from_network(struct init_medium *ret)
{
	struct stat st;

	if (stat("/root.img", &st) != 0)
		return false;
	ret->network = true;
	ret->size = (uint64_t)st.st_size;
	(void)snprintf(ret->device, sizeof(ret->device), "none");
	(void)snprintf(ret->fstype, sizeof(ret->fstype), "none");
	(void)snprintf(ret->path, sizeof(ret->path), "/root.img");
	init_modules_join();
	return true;
}

static _Noreturn void
give_up(const struct init_params *p)
{
	char list[600];

	init_medium_list(list, sizeof(list));
	init_fatal("medium", ENODEV,
	    "no FAT or ISO file system with %s and %s, label %s, in %u s; devices seen: "
	    "%s",
	    MARKER, p->root, p->label, p->wait_s, list);
}

void
init_medium_find(const struct init_params *p, struct init_medium *ret)
{
	uint64_t start = init_now_us(), said = start;

	memset(ret, 0, sizeof(*ret));
	if (from_network(ret))
		return;
	if (p->root[0] == '\0')
		init_fatal("medium", EINVAL,
		    "triton.root is not on the kernel command line: boot from the menu");
	init_mkdir(DIR_MEDIUM);
	for (;;) {
		uint64_t now = init_now_us(), waited_ms = (now - start) / 1000;
		bool last = waited_ms >= (uint64_t)p->wait_s * 1000;

		scan();
		if (try_devices(p, false, ret))
			return;
		if ((last || waited_ms >= MARKER_PASS_MS) && try_devices(p, true, ret)) {
			init_warn("medium %s has the label '%s' instead of %s",
			    ret->device, ret->label, p->label);
			return;
		}
		if (last)
			give_up(p);
		if (now - said >= 5000000) {
			init_log("waiting for the medium labelled %s, %llu of %u s",
			    p->label, (unsigned long long)(waited_ms / 1000), p->wait_s);
			said = now;
		}
		init_sleep_ms(INIT_POLL_MS);
	}
}

void
init_medium_keep(const struct init_medium *m)
{
	const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_REMOUNT;

	if (strcmp(m->fstype, "vfat") != 0)
		return;
	/*
	 * triton-boot mounts the same device for writing. The kernel refuses that while the
	 * file system itself is read-only, so only this mount of it stays so.
	 */
	if (mount(NULL, DIR_MEDIUM, NULL, flags, "umask=077") != 0 ||
	    mount(NULL, DIR_MEDIUM, NULL, flags | MS_BIND | MS_RDONLY, NULL) != 0)
		init_warn(
		    "%s can be mounted read-only only: %s", m->device, strerror(errno));
}
