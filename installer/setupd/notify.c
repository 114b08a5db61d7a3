// SPDX-License-Identifier: MPL-2.0
/* sd_notify(3) in one datagram, without its library. */
#include "installer/setupd/setupd.h"

#include "platform/lib/base/str.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

void
notify_manager(const char *text)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	tt_auto(close) int fd = -1;
	size_t len;

	if (path == NULL || tt_strcpy(sa.sun_path, sizeof(sa.sun_path), path) < 0)
		return;
	len = offsetof(struct sockaddr_un, sun_path) + strlen(path);
	if (sa.sun_path[0] == '@')
		sa.sun_path[0] = '\0'; /* abstract socket */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0)
		(void)sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&sa,
		    (socklen_t)len);
}
