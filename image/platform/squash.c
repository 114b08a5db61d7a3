// SPDX-License-Identifier: MPL-2.0
/*
 * One thread writes the stream, this one waits for mksquashfs.
 */
#include "image/platform/squash.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "image/phase.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/str.h"

struct stream {
	struct tree *tree;
	int fd;
	int64_t epoch;
	struct tt_err *err;
	int r;
};

/* The packer's death must reach us as EPIPE from write(2), not as a signal. */
static void *
stream_thread(void *arg)
{
	struct stream *s = arg;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	s->r = tree_write_tar(s->tree, s->fd, s->epoch, &s->err);
	close(s->fd);
	return NULL;
}

static int
pack(struct phase *p, int fd, const char *path, unsigned level, int64_t epoch,
    struct tt_err **err)
{
	char time[24], zlevel[12];
	/* mksquashfs 4.5.1 gives the top folder to whoever runs it when it reads a tar, whatever
	 * -root-uid says: outside of root it runs where its user is called 0 */
	const size_t skip = geteuid() == 0 ? 3 : 0;
	/* not sqfstar: that of squashfs-tools 4.5.1 takes the level for the image's name */
	const char *const argv[] = { "unshare", "--user", "--map-root-user", "mksquashfs",
		"-", path, "-tar", "-noappend", "-no-exports", "-mkfs-time", time,
		"-all-time", time, "-comp", "zstd", "-Xcompression-level", zlevel, "-b",
		"1M", "-root-mode", "0755", "-processors", "2", "-no-progress", "-quiet",
		NULL };
	struct tt_proc_opts o = { .timeout_ms = 20 * 60 * 1000, .stdin_fd = fd };

	/* SOURCE_DATE_EPOCH together with these options is a fatal error of sqfstar; the
	 * clean environment of the call has none */
	(void)tt_strf(time, sizeof(time), "%" PRId64, epoch);
	(void)tt_strf(zlevel, sizeof(zlevel), "%u", level);
	return phase_exec(p, argv + skip, &o, err);
}

int
squash_tree(struct phase *p, struct tree *t, const char *path, unsigned level,
    int64_t epoch, struct tt_err **err)
{
	struct stream s = { .tree = t, .epoch = epoch };
	pthread_t thread;
	int fds[2], r;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return tt_err_errno(err, -errno, "making a pipe");
	(void)fcntl(
	    fds[1], F_SETPIPE_SZ, 1 << 20); /* fewer switches; not needed to work */
	s.fd = fds[1];
	r = pthread_create(&thread, NULL, stream_thread, &s);
	if (r != 0) {
		close(fds[0]);
		close(fds[1]);
		return tt_err_errno(err, -r, "starting a thread");
	}
	r = pack(p, fds[0], path, level, epoch, err);
	close(fds[0]);
	pthread_join(thread, NULL);
	/* an EPIPE only says that the packer ended, which r knows better */
	if (s.r < 0 && r == 0)
		r = tt_err_set(err, s.r, tt_err_code(s.err), "%s", tt_err_message(s.err));
	tt_err_free(s.err);
	return r < 0 ? tt_err_wrap(err, r, "packing '%s'", path) : 0;
}
