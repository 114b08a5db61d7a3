// SPDX-License-Identifier: MPL-2.0
/*
 * Start and end QEMU. It is a daemon of its own with a pid file; we only ever signal the
 * process that this file names and whose command line names the file.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/proc.h"
#include "platform/lib/base/random.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"
#include "tools/dev/run.h"

#define EXTERNAL_MAC "00:50:56:3d:a7:95"
#define ADMIN_MAC    "00:50:56:34:60:4c"
#define STOP_WAIT_MS 5000

/* A port that is free now; QEMU takes it a moment later. */
static int
free_port(uint16_t *ret, struct tt_err **err)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sa);
	tt_auto(close) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0 ||
	    getsockname(fd, (struct sockaddr *)&sa, &len) != 0)
		return tt_err_errno(err, -errno, "looking for a free loopback port");
	*ret = ntohs(sa.sin_port);
	return 0;
}

static void
add_machine(char ***argv, const struct run_options *o, const struct run_machine *m)
{
	uint8_t id[16];
	char hex[33];

	tt_strv_add(argv, "qemu-system-x86_64");
	/* always emulated: a figure or a fault must not depend on the host's /dev/kvm */
	tt_strv_addf(argv, "-accel");
	tt_strv_add(argv, "tcg");
	tt_strv_add(argv, "-cpu");
	tt_strv_add(argv, "max");
	tt_strv_add(argv, "-machine");
	tt_strv_add(argv, tt_streq(o->firmware, "uefi") ? "q35" : "pc");
	tt_strv_add(argv, "-nodefaults");
	tt_strv_add(argv, "-smp");
	tt_strv_addf(argv, "%u", o->n_cpus);
	tt_strv_add(argv, "-m");
	tt_strv_addf(argv, "%u", o->memory_mib);
	tt_strv_add(argv, "-vga");
	tt_strv_add(argv, "std");
	tt_strv_add(argv, "-display");
	tt_strv_add(
	    argv, tt_streq(o->display, "vnc") ? "vnc=127.0.0.1:0,to=99" : o->display);
	tt_random(id, sizeof(id));
	id[6] = (uint8_t)((id[6] & 0x0f) | 0x40);
	id[8] = (uint8_t)((id[8] & 0x3f) | 0x80);
	tt_hex(id, sizeof(id), hex);
	tt_strv_add(argv, "-smbios");
	tt_strv_addf(argv, "type=1,uuid=%.8s-%.4s-%.4s-%.4s-%s%s%s", hex, hex + 8,
	    hex + 12, hex + 16, hex + 20, o->product != NULL ? ",product=" : "",
	    o->product != NULL ? o->product : "");
	if (tt_streq(o->firmware, "uefi")) {
		tt_strv_add(argv, "-drive");
		tt_strv_add(argv, "if=pflash,unit=0,format=raw,readonly=on,"
				  "file=/usr/share/OVMF/OVMF_CODE_4M.fd");
		tt_strv_add(argv, "-drive");
		tt_strv_addf(
		    argv, "if=pflash,unit=1,format=raw,file=%s/efivars.fd", m->dir);
	}
}

/* The key and the answers are removable sticks: the pool takes fixed disks only. */
static void
add_disks(char ***argv, const struct run_options *o, const struct run_machine *m)
{
	tt_strv_add(argv, "-device");
	tt_strv_add(argv, "qemu-xhci,id=xhci");
	tt_strv_add(argv, "-drive");
	if (o->write_image)
		tt_strv_addf(argv, "if=none,id=key,format=raw,file=%s", o->image);
	else
		tt_strv_addf(
		    argv, "if=none,id=key,format=qcow2,file=%s/key.qcow2", m->dir);
	tt_strv_add(argv, "-device");
	tt_strv_add(argv, "usb-storage,bus=xhci.0,drive=key,removable=on,bootindex=0");
	for (uint32_t i = 0; i < o->n_disks; i++) {
		tt_strv_add(argv, "-drive");
		tt_strv_addf(argv,
		    "if=none,id=disk%u,format=qcow2,discard=unmap,file=%s/disk%u.qcow2",
		    i, m->dir, i);
		tt_strv_add(argv, "-device");
		tt_strv_addf(argv, "virtio-blk-pci,drive=disk%u,serial=TRITON%u", i, i);
	}
	if (o->answers != NULL) {
		tt_strv_add(argv, "-drive");
		tt_strv_addf(argv,
		    "if=none,id=answers,format=raw,readonly=on,file=%s/answers.img",
		    m->dir);
		tt_strv_add(argv, "-device");
		tt_strv_add(argv, "usb-storage,bus=xhci.0,drive=answers,removable=on");
	}
}

/*
 * CoaL's networks, on QEMU's user-mode stack: nothing on the host is set up or reached but
 * the two loopback ports. External comes first in PCI order, as VMware's ethernet0 does.
 */
static void
add_networks(char ***argv, const struct run_options *o, const struct run_machine *m)
{
	const char *restricted = o->open_network ? "off" : "on";

	tt_strv_add(argv, "-netdev");
	tt_strv_addf(argv,
	    "user,id=external,ipv6=off,restrict=%s,net=10.88.88.0/24,host=10.88.88.2,"
	    "dns=10.88.88.254,dhcpstart=10.88.88.220",
	    restricted);
	tt_strv_add(argv, "-netdev");
	tt_strv_addf(argv,
	    "user,id=admin,ipv6=off,restrict=%s,net=10.99.99.0/24,host=10.99.99.254,"
	    "dns=10.99.99.3,dhcpstart=10.99.99.240,"
	    "hostfwd=tcp:127.0.0.1:%u-10.99.99.7:22,hostfwd=tcp:127.0.0.1:%u-10.99.99.7:"
	    "8010",
	    restricted, m->ssh_port, m->http_port);
	tt_strv_add(argv, "-device");
	tt_strv_addf(
	    argv, "%s,netdev=external,mac=" EXTERNAL_MAC ",romfile=,addr=0x10", o->nic);
	tt_strv_add(argv, "-device");
	tt_strv_addf(
	    argv, "%s,netdev=admin,mac=" ADMIN_MAC ",romfile=,addr=0x11", o->nic);
}

/* What a console says is kept in NAME.log, whether anyone listens or not. */
static void
add_consoles(char ***argv, const struct run_machine *m)
{
	static const char *const names[] = { "ttyS0", "ttyS1" };

	for (size_t i = 0; i < TT_ARRAY_LEN(names); i++) {
		tt_strv_add(argv, "-chardev");
		tt_strv_addf(argv,
		    "socket,id=%s,path=%s/%s.sock,server=on,wait=off,logfile=%s/%s.log,"
		    "logappend=off",
		    names[i], m->dir, names[i], m->dir, names[i]);
		tt_strv_add(argv, "-serial");
		tt_strv_addf(argv, "chardev:%s", names[i]);
	}
	tt_strv_add(argv, "-qmp");
	tt_strv_addf(argv, "unix:%s/qmp.sock,server=on,wait=off", m->dir);
	tt_strv_add(argv, "-pidfile");
	tt_strv_addf(argv, "%s/qemu.pid", m->dir);
	tt_strv_add(argv, "-daemonize");
}

int
run_machine_start(const struct run_options *o, struct run_machine *m, struct tt_err **err)
{
	tt_auto(strv) char **argv = NULL;
	int r;

	r = free_port(&m->ssh_port, err);
	if (r == 0)
		r = free_port(&m->http_port, err);
	if (r < 0)
		return r;
	add_machine(&argv, o, m);
	add_disks(&argv, o, m);
	add_networks(&argv, o, m);
	add_consoles(&argv, m);
	/* our own environment: a window needs DISPLAY and its kin */
	r = tt_proc_run((const char *const *)argv,
	    &(struct tt_proc_opts){ .env = (const char *const *)environ }, NULL, err);
	if (r < 0)
		return tt_err_wrap(err, r, "starting the machine");
	m->pid = run_machine_pid(m->dir);
	if (m->pid == 0)
		return tt_err_set(
		    err, -ESRCH, NULL, "the machine ended as soon as it started");
	return 0;
}

pid_t
run_machine_pid(const char *dir)
{
	tt_auto(free) char *file = tt_xprintf("%s/qemu.pid", dir);
	tt_auto(free) char *line = tt_file_line(file), *path = NULL;
	tt_auto(buf) struct tt_buf cmdline = TT_BUF_INIT(64 * TT_KIB);
	uint32_t pid;

	if (line == NULL || tt_parse_u32(line, 2, 1 << 30, &pid) < 0)
		return 0;
	path = tt_xprintf("/proc/%u/cmdline", pid);
	if (tt_file_read(path, &cmdline, NULL) < 0)
		return 0;
	/* numbers are used again: only a process that was started with this very file */
	if (cmdline.len == 0 ||
	    memmem(cmdline.data, cmdline.len, file, strlen(file)) == NULL)
		return 0;
	return (pid_t)pid;
}

void
run_machine_stop(struct run_machine *m)
{
	int64_t until = tt_mono_us() + STOP_WAIT_MS * 1000LL;

	m->pid = run_machine_pid(m->dir);
	if (m->pid > 0)
		(void)kill(m->pid, SIGTERM);
	while (run_machine_pid(m->dir) != 0 && tt_mono_us() < until)
		tt_sleep_ms(20);
	m->pid = run_machine_pid(m->dir);
	if (m->pid > 0)
		(void)kill(m->pid, SIGKILL);
	m->pid = 0;
}

int
run_machine_console(
    const struct run_machine *m, const char *name, int *ret_fd, struct tt_err **err)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	tt_auto(close) int fd = -1;

	if (tt_strf(sa.sun_path, sizeof(sa.sun_path), "%s/%s.sock", m->dir, name) < 0)
		return tt_err_set(err, -ENAMETOOLONG, NULL,
		    "'%s' is too long for a socket path; use a shorter --dir", m->dir);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0)
		return tt_err_errno(
		    err, -errno, "console '%s' of the machine", sa.sun_path);
	*ret_fd = tt_take_fd(fd);
	return 0;
}
