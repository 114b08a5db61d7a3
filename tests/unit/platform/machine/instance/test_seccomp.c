// SPDX-License-Identifier: MPL-2.0
/*
 * The system call filter, by the kernel: a child lives under it and reports what it may do.
 */
#include "platform/machine/instance/seccomp.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "platform/lib/base/base64.h"
#include "platform/lib/base/macro.h"
#include "tests/lib/tap.h"

struct probe {
	const char *name;
	long call, a, b;
	int one,
	    system; /* errno for one program and for a whole system; 0 = the call is made */
};

/* Arguments that the kernel itself refuses otherwise: EPERM and ENOSYS are the filter's. */
static const struct probe probes[] = {
	{ "getpid", SYS_getpid, 0, 0, 0, 0 },
	{ "unshare of a user namespace", SYS_unshare, CLONE_NEWUSER, 0, EPERM, -1 },
	{ "unshare of files", SYS_unshare, CLONE_FILES, 0, 0, 0 },
	{ "clone3", SYS_clone3, 0, 0, ENOSYS, EINVAL },
	{ "setns", SYS_setns, -1, 0, EPERM, EBADF },
	{ "umount2", SYS_umount2, 0, 0, EPERM, EFAULT },
	{ "keyctl", SYS_keyctl, 9999, 0, EPERM, EOPNOTSUPP },
	{ "io_uring_setup", SYS_io_uring_setup, 0, 0, ENOSYS, ENOSYS },
	{ "open_by_handle_at", SYS_open_by_handle_at, -1, 0, EPERM, EPERM },
	{ "bpf", SYS_bpf, 9999, 0, EPERM, EPERM },
	{ "delete_module", SYS_delete_module, 0, 0, EPERM, EPERM },
	{ "a call of the future", 463, 0, 0, ENOSYS, ENOSYS },
	{ "an x32 call", 0x40000000 + SYS_getpid, 0, 0, ENOSYS, ENOSYS },
	{ "a vsock", SYS_socket, AF_VSOCK, SOCK_STREAM, EPERM, EPERM },
	{ "a unix socket", SYS_socket, AF_UNIX, SOCK_STREAM, 0, 0 },
};

/* Exit status: the errno, 0 when the call was made. */
static int
try(const struct probe *p, bool system)
{
	struct sock_filter filter[MACH_SECCOMP_MAX];
	const struct sock_fprog prog = {
		.len = (unsigned short)mach_seccomp_program(system, filter),
		.filter = filter,
	};
	int status = 0;
	const pid_t pid = fork();

	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) < 0)
			_exit(250);
		_exit(syscall(p->call, p->a, p->b, 0, 0, 0) < 0 ? errno : 0);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 251;
}

int
main(void)
{
	tt_auto(free) char *text = mach_seccomp_text(false);
	struct sock_filter filter[MACH_SECCOMP_MAX];
	const size_t n = mach_seccomp_program(false, filter);

	for (size_t i = 0; i < TT_ARRAY_LEN(probes); i++) {
		const struct probe *p = &probes[i];
		const int got = try(p, true);

		TAP_EQ_INT(try(p, false), p->one, "one program: %s", p->name);
		if (p->system >= 0)
			TAP_EQ_INT(got, p->system, "a system: %s", p->name);
		else
			TAP_OK(got < 250, "a system: %s is left to the kernel", p->name);
	}
	TAP_EQ_INT(strlen(text), TT_BASE64_LEN(n * sizeof(filter[0])), "as text");
	return tap_done();
}
