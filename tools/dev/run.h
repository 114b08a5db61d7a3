// SPDX-License-Identifier: MPL-2.0
/*
 * The machine of `make run`: what the files of triton-run share.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "platform/lib/base/err.h"

struct run_options {
	const char *image;    /* raw image of the key */
	const char *dir;      /* where the machine's files go */
	const char *answers;  /* "coal", a file, or NULL: the wizard asks */
	const char *firmware; /* "bios", "uefi" */
	const char *product;  /* DMI product name; NULL = the emulator's own */
	const char *nic;      /* QEMU model */
	const char *display;  /* "none", "gtk", "sdl", "vnc" */
	const char *memory, *cpus, *disks, *disk_size, *timeout; /* as given */
	uint32_t memory_mib, n_cpus, n_disks, timeout_s;
	uint64_t disk_bytes;
	bool keep;         /* leave it running */
	bool write_image;  /* no overlay: the guest writes the image itself */
	bool open_network; /* guests may reach beyond the machine */
};

struct run_machine {
	char *dir; /* absolute */
	pid_t pid; /* of QEMU, 0 when it does not run */
	uint16_t ssh_port, http_port;
};

/* run_files.c */
/* "DIR/NAME"; caller frees. */
char *run_path(const struct run_machine *m, const char *name);
/* Key overlay, data disks, answers drive, ssh key; all fresh. */
int run_files_make(
    const struct run_options *o, const struct run_machine *m, struct tt_err **err);
/* build/run/{ssh,console,stop}. */
int run_scripts_write(const struct run_machine *m, struct tt_err **err);

/* run_machine.c */
int run_machine_start(
    const struct run_options *o, struct run_machine *m, struct tt_err **err);
/* The QEMU that the folder's pid file names, 0 when none runs. */
pid_t run_machine_pid(const char *dir);
/* End it and wait until it is gone. */
void run_machine_stop(struct run_machine *m);
/* Connected stream socket of "ttyS0" or "ttyS1". */
int run_machine_console(
    const struct run_machine *m, const char *name, int *ret_fd, struct tt_err **err);

/* run_term.c: the terminal becomes the console until Ctrl-] or its end. */
int run_term_attach(int console, struct tt_err **err);

/*
 * From now on SIGINT, SIGTERM and SIGHUP end run_auto() instead of the process. To be called
 * before the machine is started: a signal in between must not leave it behind.
 */
void run_catch_signals(void);

/* run_auto.c: progress to stdout until setup is complete (0), failed or late (1). */
int run_auto(const struct run_options *o, const struct run_machine *m);
