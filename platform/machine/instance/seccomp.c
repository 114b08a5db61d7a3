// SPDX-License-Identifier: MPL-2.0
/*
 * The system call filter.
 */
#include "platform/machine/instance/seccomp.h"

#include <assert.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/base64.h"
#include "platform/lib/base/macro.h"

#define X32_BIT    0x40000000U
#define LAST_KNOWN 462U /* mseal, linux 6.10; each was looked at */
#define NEW_SPACES                                                                       \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |   \
	    CLONE_NEWPID | CLONE_NEWNET)

/* Of the node, whoever asks: the clock, modules, raw hardware, the kernel's own insides. */
static const uint16_t of_the_node[] = { SYS_acct, SYS_bpf, SYS_clock_adjtime,
	SYS_clock_settime, SYS_settimeofday, SYS_adjtimex, SYS_init_module,
	SYS_finit_module, SYS_delete_module, SYS_create_module, SYS_query_module,
	SYS_get_kernel_syms, SYS_ioperm, SYS_iopl, SYS_kexec_load, SYS_kexec_file_load,
	SYS_lookup_dcookie, SYS_nfsservctl, SYS_open_by_handle_at, SYS_perf_event_open,
	SYS_quotactl, SYS_quotactl_fd, SYS_swapon, SYS_swapoff, SYS_sysfs, SYS__sysctl,
	SYS_syslog, SYS_userfaultfd, SYS_ustat, SYS_uselib, SYS_vhangup,
	SYS_fanotify_init, SYS_kcmp, SYS_move_pages, SYS_migrate_pages };

/* Answered as if the kernel had none, so that programs take their other way. */
static const uint16_t not_there[] = { SYS_io_uring_setup, SYS_io_uring_enter,
	SYS_io_uring_register };

/* Of a whole system, in its own namespace. */
static const uint16_t of_a_system[] = { SYS_mount, SYS_umount2, SYS_pivot_root,
	SYS_open_tree, SYS_move_mount, SYS_fsopen, SYS_fsconfig, SYS_fsmount, SYS_fspick,
	SYS_mount_setattr, SYS_setns, SYS_reboot, SYS_keyctl, SYS_add_key,
	SYS_request_key };

struct program {
	struct sock_filter *at;
	size_t n;
};

static void
add(struct program *p, uint16_t code, uint8_t yes, uint8_t no, uint32_t k)
{
	assert(p->n < MACH_SECCOMP_MAX);
	p->at[p->n++] = (struct sock_filter){ .code = code, .jt = yes, .jf = no, .k = k };
}

static void
load(struct program *p, size_t offset)
{
	add(p, BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)offset);
}

/* Answer when the test on the loaded word holds; go on otherwise. */
static void
answer_if(struct program *p, uint16_t test, uint32_t k, uint32_t answer)
{
	add(p, BPF_JMP | BPF_K | test, 0, 1, k);
	add(p, BPF_RET | BPF_K, 0, 0, answer);
}

static void
answer_all(struct program *p, const uint16_t *calls, size_t n, uint32_t answer)
{
	for (size_t i = 0; i < n; i++)
		answer_if(p, BPF_JEQ, calls[i], answer);
}

/* A call whose first argument decides; ends the program for that call. */
static void
judge_argument(
    struct program *p, uint32_t call, uint16_t test, uint32_t k, uint32_t answer)
{
	add(p, BPF_JMP | BPF_K | BPF_JEQ, 0, 4, call);
	load(p, offsetof(struct seccomp_data, args[0])); /* low half: little endian */
	answer_if(p, test, k, answer);
	add(p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
}

size_t
mach_seccomp_program(bool system, struct sock_filter out[MACH_SECCOMP_MAX])
{
	const uint32_t none = SECCOMP_RET_ERRNO | ENOSYS, no = SECCOMP_RET_ERRNO | EPERM;
	struct program p = { .at = out };

	load(&p, offsetof(struct seccomp_data, arch));
	add(&p, BPF_JMP | BPF_K | BPF_JEQ, 1, 0, AUDIT_ARCH_X86_64);
	add(&p, BPF_RET | BPF_K, 0, 0, none);
	load(&p, offsetof(struct seccomp_data, nr));
	answer_if(&p, BPF_JGE, X32_BIT, none);
	answer_if(&p, BPF_JGT, LAST_KNOWN, none);
	answer_all(&p, of_the_node, TT_ARRAY_LEN(of_the_node), no);
	answer_all(&p, not_there, TT_ARRAY_LEN(not_there), none);
	if (!system) {
		answer_all(&p, of_a_system, TT_ARRAY_LEN(of_a_system), no);
		/* libc tries clone3 first and takes clone, whose flags can be seen, after ENOSYS */
		answer_if(&p, BPF_JEQ, SYS_clone3, none);
		judge_argument(&p, SYS_clone, BPF_JSET, NEW_SPACES, no);
		judge_argument(&p, SYS_unshare, BPF_JSET, NEW_SPACES | CLONE_NEWTIME, no);
	}
	judge_argument(&p, SYS_socket, BPF_JEQ, AF_VSOCK, no);
	add(&p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
	return p.n;
}

char *
mach_seccomp_text(bool system)
{
	struct sock_filter program[MACH_SECCOMP_MAX];
	const size_t size = mach_seccomp_program(system, program) * sizeof(program[0]);
	char *text = tt_xalloc(TT_BASE64_LEN(size) + 1);

	tt_base64_encode(program, size, text);
	return text;
}
