// SPDX-License-Identifier: MPL-2.0
/* See link.h. Paths are those of the instances' side: SmartOS zones, containers, COM2. */
#include "platform/lib/mdata/link.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

#define SERIAL_PORT "/dev/ttyS1"
#define QUIET_MS    100
#define DRAIN_MAX   (16 * TT_MIB) /* a port that never is quiet */
#define WRITE_MS    60000

static const char *const folders[] = { "/.zonecontrol", "/native/.zonecontrol",
	"/var/run/smartdc" };

/* The socket to use, or NULL: this is no container. Caller frees. */
static char *
socket_path(void)
{
	const char *named = getenv("MDATA_SOCKET");

	if (named != NULL || getenv("MDATA_TTY") != NULL)
		return tt_xstrdup_null(named);
	for (size_t i = 0; i < TT_ARRAY_LEN(folders); i++)
		if (tt_path_is_dir(folders[i]))
			return tt_path_join(folders[i], "metadata.sock");
	return NULL;
}

static int
open_socket(struct tt_md_link *l, const char *path, struct tt_err **err)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	tt_auto(close) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return tt_err_errno(err, -errno, "Could not make a socket");
	if (tt_strcpy(sa.sun_path, sizeof(sa.sun_path), path) < 0)
		return tt_err_set(
		    err, -EINVAL, NULL, "The path of '%s' is too long.", path);
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0) {
		if ((errno == EACCES || errno == EPERM) && geteuid() != 0)
			return tt_err_set(err, -EACCES, NULL,
			    "Could not open socket '%s': only root may.", path);
		return -EAGAIN;
	}
	l->fd = tt_take_fd(fd);
	l->serial = false;
	return 0;
}

/* Whoever talks on the port now goes first. */
static int
lock_port(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	while (fcntl(fd, F_SETLKW, &lock) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

static int
make_raw(int fd)
{
	struct termios t;

	if (tcgetattr(fd, &t) < 0)
		return -errno;
	cfmakeraw(&t);
	t.c_cflag |= CLOCAL | CREAD;
	t.c_cc[VMIN] = 0;
	t.c_cc[VTIME] = 1;
	return tcsetattr(fd, TCSAFLUSH, &t) < 0 ? -errno : 0;
}

static int
open_port(struct tt_md_link *l, const char *path, struct tt_err **err)
{
	tt_auto(close) int fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct tt_md_link port = { .fd = fd, .serial = true };
	char noise[512];
	int r;

	if (fd < 0)
		return tt_err_set(err, -errno, NULL, "Could not open serial device.");
	r = lock_port(fd);
	if (r < 0)
		return tt_err_errno(err, r, "Could not lock serial device '%s'", path);
	r = make_raw(fd);
	if (r < 0)
		return tt_err_errno(err, r, "Could not set serial device '%s'", path);
	for (size_t n = 0; n < DRAIN_MAX;) {
		ssize_t more = tt_md_link_read(&port, noise, sizeof(noise), QUIET_MS);

		if (more < 0)
			break;
		n += (size_t)more;
	}
	l->fd = tt_take_fd(fd);
	l->serial = true;
	return 0;
}

int
tt_md_link_open(struct tt_md_link *l, struct tt_err **err)
{
	tt_auto(free) char *path = socket_path();
	const char *tty = getenv("MDATA_TTY");

	l->why = NULL;
	if (path != NULL)
		return open_socket(l, path, err);
	return open_port(l, tty != NULL ? tty : SERIAL_PORT, err);
}

void
tt_md_link_close(struct tt_md_link *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}

int
tt_md_link_write(struct tt_md_link *l, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		struct pollfd want = { .fd = l->fd, .events = POLLOUT };
		ssize_t n;

		if (poll(&want, 1, WRITE_MS) == 0)
			return -ETIME;
		n = l->serial ? write(l->fd, p, len) : send(l->fd, p, len, MSG_NOSIGNAL);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return -errno;
		p += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

ssize_t
tt_md_link_read(struct tt_md_link *l, void *data, size_t len, unsigned timeout_ms)
{
	struct pollfd want = { .fd = l->fd, .events = POLLIN };
	ssize_t n;
	int r;

	do
		r = poll(&want, 1, (int)timeout_ms);
	while (r < 0 && errno == EINTR);
	if (r <= 0) {
		l->why = "plat_recv timeout";
		return r < 0 ? -errno : -ETIME;
	}
	if ((want.revents & POLLIN) != 0) {
		n = read(l->fd, data, len);
		if (n > 0)
			return n;
	}
	l->why = (want.revents & POLLERR) != 0 ? "POLLERR" : "POLLHUP";
	return -EPIPE;
}
