// SPDX-License-Identifier: MPL-2.0
/*
 * What the firmware and the kernel say about Secure Boot and lockdown. Reads only.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "platform/init/init.h"

#define EFIVARS  "/sys/firmware/efi/efivars"
#define SECURITY "/sys/kernel/security"
/* UEFI specification 2.10, 3.3: four bytes of attributes, then one byte 0 or 1. */
#define SECURE_BOOT EFIVARS "/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

static void
read_boot(char *out, size_t out_size)
{
	unsigned char data[5] = { 0 };
	ssize_t n = -1;
	int fd;

	if (access("/sys/firmware/efi", F_OK) != 0) {
		(void)snprintf(out, out_size, "bios");
		return;
	}
	(void)init_mount("efivarfs", EFIVARS, "efivarfs",
	    MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY, NULL);
	fd = open(SECURE_BOOT, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, data, sizeof(data));
		(void)close(fd);
	}
	(void)umount2(EFIVARS, 0); /* systemd mounts it as it likes it */
	(void)snprintf(
	    out, out_size, "%s", n == 5 && data[4] == 1 ? "enabled" : "disabled");
}

/* "none [integrity] confidentiality": the one in brackets holds. */
static void
read_lockdown(char *out, size_t out_size)
{
	char text[96];
	char *from, *to;

	(void)snprintf(out, out_size, "unknown");
	(void)init_mount(
	    "securityfs", SECURITY, "securityfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	if (init_read_text(SECURITY "/lockdown", text, sizeof(text)) == 0 &&
	    (from = strchr(text, '[')) != NULL && (to = strchr(from, ']')) != NULL) {
		*to = '\0';
		(void)snprintf(out, out_size, "%s", from + 1);
	}
	(void)umount2(SECURITY, 0);
}

void
init_secure_read(struct init_secure *ret)
{
	read_boot(ret->boot, sizeof(ret->boot));
	read_lockdown(ret->lockdown, sizeof(ret->lockdown));
}
