// SPDX-License-Identifier: MPL-2.0
/*
 * Is there memory for the root image, and the copy into it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "platform/init/init.h"

/* Beside the image: kernel, systemd, the wizard and the overlay of a first boot. */
#define BESIDE_MIB 150
#define CHUNK      INIT_MIB

static uint64_t
memory_total(void)
{
	char text[512];
	char *p;
	uint64_t kib = 0;

	if (init_read_text("/proc/meminfo", text, sizeof(text)) < 0)
		return 0;
	p = strstr(text, "MemTotal:");
	if (p == NULL)
		return 0;
	for (p += 9; *p == ' '; p++)
		;
	for (; *p >= '0' && *p <= '9'; p++)
		kib = kib * 10 + (uint64_t)(*p - '0');
	return kib * 1024;
}

bool
init_ram_wanted(const struct init_params *p, const struct init_medium *m)
{
	uint64_t have = memory_total() / INIT_MIB;
	uint64_t need = (m->size + INIT_MIB - 1) / INIT_MIB + BESIDE_MIB;

	if (m->network) /* it is in memory already, and may be cut: see verity */
		return false;
	if (p->toram == 0) {
		init_log("running from the medium, as triton.toram=0 says");
		return false;
	}
	if (have >= need)
		return true;
	if (p->toram == 1)
		init_fatal("memory", ENOMEM,
		    "need %llu MiB, have %llu MiB; add memory or boot with "
		    "triton.toram=0",
		    (unsigned long long)need, (unsigned long long)have);
	init_warn(
	    "memory: need %llu MiB, have %llu MiB: running from the medium, keep it in",
	    (unsigned long long)need, (unsigned long long)have);
	return false;
}

/*
 * Past the page cache where the file system can do it (FAT can, ISO 9660 cannot): a third
 * faster, and nothing to drop afterwards.
 */
static int
open_medium(const struct init_medium *m)
{
	int fd = open(m->path, O_RDONLY | O_CLOEXEC | O_DIRECT);

	if (fd < 0)
		fd = open(m->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		init_fatal("copy", errno, "opening %s of %s", m->path, m->device);
	return fd;
}

static void
write_chunk(int to, const char *chunk, size_t len, uint64_t at)
{
	for (size_t done = 0; done < len;) {
		ssize_t w = pwrite(to, chunk + done, len - done, (off_t)(at + done));

		if (w < 0)
			init_fatal("copy", errno, "root image into memory, at %llu MiB",
			    (unsigned long long)(at / INIT_MIB));
		done += (size_t)w;
	}
}

/* A second process that reads while this one writes was tried: no gain. */
static void
copy_all(const struct init_medium *m, int to)
{
	static char chunk[CHUNK] __attribute__((aligned(4096)));
	uint64_t said = init_now_us();
	int from = open_medium(m);

	for (uint64_t at = 0; at < m->size; at += CHUNK) {
		size_t want = m->size - at < CHUNK ? (size_t)(m->size - at) : CHUNK;
		ssize_t n = pread(from, chunk, want, (off_t)at);

		if (n < 0)
			init_fatal("copy", errno,
			    "reading %s of %s at %llu MiB: is the medium still in?",
			    m->path, m->device, (unsigned long long)(at / INIT_MIB));
		if ((size_t)n != want)
			init_fatal("copy", EIO, "%s of %s is shorter than its size says",
			    m->path, m->device);
		(void)posix_fadvise(from, (off_t)at, (off_t)want, POSIX_FADV_DONTNEED);
		write_chunk(to, chunk, want, at);
		if (init_now_us() - said >= 2000000) {
			init_log("copying the root image: %llu %%",
			    (unsigned long long)(at * 100 / m->size));
			said = init_now_us();
		}
	}
	(void)close(from);
}

void
init_ram_copy(struct init_medium *m)
{
	char options[64];
	int to, r;

	init_mkdir(DIR_RAM);
	(void)snprintf(options, sizeof(options), "mode=0700,size=%llu",
	    (unsigned long long)(m->size + INIT_MIB));
	r = init_mount(
	    "root-image", DIR_RAM, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, options);
	if (r < 0)
		init_fatal("copy", r, "tmpfs for the root image");
	to = open(DIR_RAM "/root.img", O_WRONLY | O_CREAT | O_CLOEXEC, 0400);
	if (to < 0)
		init_fatal("copy", errno, "creating the copy in memory");
	copy_all(m, to);
	(void)close(to);
	if (umount2(DIR_MEDIUM, 0) != 0)
		init_warn("medium %s stays mounted: %s", m->device, strerror(errno));
	(void)snprintf(m->path, sizeof(m->path), DIR_RAM "/root.img");
}
