// SPDX-License-Identifier: MPL-2.0
/*
 * Swap: zram first, then the swap partitions of the pool's disks with equal priority. All of
 * it is a help, so nothing here stops a boot.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/swap.h>
#include <sys/sysinfo.h>

#include "platform/boot/pool.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/random.h"
#include "platform/lib/base/str.h"

#define PAGE 4096

/*
 * "0.25x" = a multiple of RAM rounded up to GiB, "4g" = GiB; anything else counts as the
 * default 0.25x. Never below 2 GiB.
 */
static uint64_t
requested_bytes(const char *s, uint64_t ram)
{
	uint64_t whole = 0, hundredths = 25, bytes;
	const char *dot = s ? strchr(s, '.') : NULL;
	size_t len = s ? strlen(s) : 0;

	if (len > 1 && (s[len - 1] == 'g' || s[len - 1] == 'G')) {
		tt_auto(free) char *n = tt_xstrndup(s, len - 1);

		if (tt_parse_u64(n, 0, 1 << 20, &whole) == 0)
			return whole < 2 ? 2 * TT_GIB : whole * TT_GIB;
	}
	if (len > 1 && (s[len - 1] == 'x' || s[len - 1] == 'X')) {
		tt_auto(free) char *n = tt_xstrndup(s, dot ? (size_t)(dot - s) : len - 1);
		tt_auto(free) char *f =
		    dot ? tt_xstrndup(dot + 1, len - 2 - (size_t)(dot - s)) : NULL;
		uint64_t part = 0;

		if (tt_parse_u64(n, 0, 64, &whole) == 0 &&
		    (!f || (strlen(f) <= 2 && tt_parse_u64(f, 0, 99, &part) == 0)))
			hundredths =
			    whole * 100 + (f && strlen(f) == 1 ? part * 10 : part);
	}
	bytes = ram / 100 * hundredths;
	bytes = (bytes + TT_GIB - 1) / TT_GIB * TT_GIB;
	return bytes < 2 * TT_GIB ? 2 * TT_GIB : bytes;
}

uint64_t
pool_swap_share(const char *requested, uint64_t ram, uint64_t pool, size_t n)
{
	uint64_t bytes = requested_bytes(requested, ram);

	if (bytes > ram)
		bytes = ram;
	if (bytes > pool / 10)
		bytes = pool / 10;
	return n ? bytes / n / TT_MIB : 0;
}

/* Version 1 swap header (linux/swap.h, union swap_header): what mkswap writes. */
int
pool_swap_format(int fd, uint64_t bytes)
{
	uint8_t page[PAGE] = { 0 };
	uint32_t info[3] = { 1, (uint32_t)(bytes / PAGE - 1), 0 };

	if (bytes < (uint64_t)10 * PAGE)
		return -ENOSPC;
	memcpy(page + 1024, info, sizeof(info));
	tt_random(page + 1024 + sizeof(info), 16);
	memcpy(page + PAGE - 10, "SWAPSPACE2", 10);
	if (pwrite(fd, page, sizeof(page), 0) != (ssize_t)sizeof(page))
		return errno ? -errno : -EIO;
	return fsync(fd) < 0 ? -errno : 0;
}

static bool
is_on(const char *device)
{
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(64 * TT_KIB);
	tt_auto(free) char *word = tt_xprintf("%s ", device);

	return tt_file_read("/proc/swaps", &b, NULL) == 0 && strstr(tt_buf_str(&b), word);
}

static int
turn_on(const char *device, int priority)
{
	int flags =
	    SWAP_FLAG_PREFER | ((priority << SWAP_FLAG_PRIO_SHIFT) & SWAP_FLAG_PRIO_MASK);

	return swapon(device, flags) < 0 ? -errno : 0;
}

static int
zram_on(void)
{
	tt_auto(close) int fd = -1;
	struct sysinfo s;
	uint64_t bytes;
	char text[32];
	int r;

	if (is_on("/dev/zram0"))
		return 0;
	if (!tt_path_exists("/dev/zram0"))
		(void)boot_run(NULL, "modprobe", "-q", "zram", NULL);
	if (sysinfo(&s) < 0)
		return -errno;
	bytes = (uint64_t)s.totalram * s.mem_unit / 2 / PAGE * PAGE;
	(void)tt_strf(text, sizeof(text), "%llu", (unsigned long long)bytes);
	r = tt_file_write("/sys/block/zram0/disksize", text, strlen(text), 0644, NULL);
	if (r < 0)
		return r;
	fd = open("/dev/zram0", O_RDWR | O_CLOEXEC);
	r = fd < 0 ? -errno : pool_swap_format(fd, bytes);
	return r < 0 ? r : turn_on("/dev/zram0", POOL_ZRAM_PRIO);
}

/* Swap partitions are known by their GPT name. */
static bool
is_swap_part(const char *part)
{
	tt_auto(free) char *path = tt_xprintf("/sys/class/block/%s/uevent", part);
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(16 * TT_KIB);

	return tt_file_read(path, &b, NULL) == 0 &&
	       strstr(tt_buf_str(&b), "\nPARTNAME=" POOL_PART_SWAP "\n");
}

static int
part_on(const char *dev)
{
	struct mach_probe p;

	if (is_on(dev))
		return 0;
	if (mach_probe(dev, &p) < 0 || !tt_streq(p.type, "swap"))
		return -EINVAL;
	return turn_on(dev, POOL_SWAP_PRIO);
}

void
pool_swap(struct boot *b)
{
	tt_auto(strv) char **names = NULL;
	int r = zram_on();

	if (r < 0)
		boot_did(b, "no zram: %s", strerror(-r));
	if (tt_dir_list("/sys/class/block", &names, NULL) < 0)
		return;
	for (char **n = names; n && *n; n++) {
		tt_auto(free) char *dev = tt_xprintf("/dev/%s", *n);

		if (!is_swap_part(*n))
			continue;
		r = part_on(dev);
		if (r < 0)
			boot_did(b, "no swap on %s: %s", dev, strerror(-r));
	}
}
