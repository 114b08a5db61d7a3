// SPDX-License-Identifier: MPL-2.0
/*
 * What the steps of triton-boot share: the context of one run, the journal, the consoles,
 * and the steps themselves. Everything below /run/triton is named here.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "platform/boot/params.h"
#include "platform/lib/base/err.h"
#include "platform/lib/conf/loader.h"

#define BOOT_RUN         "/run/triton"
#define BOOT_JOURNAL     BOOT_RUN "/boot.json"
#define BOOT_BOOTDEV     BOOT_RUN "/bootdev"
#define BOOT_NEED_CONFIG BOOT_RUN "/need-config" /* exists: the wizard has to run */
#define BOOT_CONFIGURED                                                                  \
	BOOT_RUN "/configured" /* exists: root's password is set, ssh may start */
#define BOOT_DESTROY                                                                     \
	BOOT_RUN "/destroy_pools" /* exists: the answers allow to wipe foreign disks */
#define BOOT_UNATTENDED BOOT_RUN "/unattended" /* exists: nobody is there to ask */
#define BOOT_DRIVERS    BOOT_RUN "/drivers"    /* exists: the drivers step is through */
#define BOOT_CONFIG     BOOT_RUN "/config"     /* config of a read-only medium */
#define BOOT_TTYS       BOOT_RUN "/tty" /* one empty file for each usable console */
#define BOOT_NICTAGS    BOOT_RUN "/nictags.json"
#define BOOT_SYSINFO    BOOT_RUN "/sysinfo.json" /* cache of sysinfo */
#define BOOT_KEY        "/mnt/usbkey"
#define BOOT_POOL       "/zones"
#define BOOT_COPY       "/usbkey"

struct boot {
	struct boot_params params;
	bool headnode;
	bool noimport;
	const char *step; /* its name */
	char **did;       /* what had to be done, for the journal (tt_strv) */
	bool skipped;
	bool restored; /* the pool that was made got its state from a backup */
};

/* Steps: 0 or negative errno. Each is safe to repeat. */
int boot_drivers(struct boot *b, struct tt_err **err);
int boot_key(struct boot *b, struct tt_err **err);
int boot_pool(struct boot *b, struct tt_err **err);
int boot_fetch(struct boot *b, struct tt_err **err);
int boot_copy(struct boot *b, struct tt_err **err);
int boot_modules(struct boot *b, struct tt_err **err);
int boot_verify(struct boot *b, struct tt_err **err);
int boot_var(struct boot *b, struct tt_err **err);
int boot_identity(struct boot *b, struct tt_err **err);
int boot_config(struct boot *b, struct tt_err **err);
int boot_network(struct boot *b, struct tt_err **err);
int boot_hostkeys(struct boot *b, struct tt_err **err);
int boot_health(struct boot *b, struct tt_err **err);
int boot_rescue(struct boot *b, struct tt_err **err);
int boot_stop(struct boot *b, struct tt_err **err);

/* For the journal's `did`, and as a line on standard output (the system journal). */
void boot_did(struct boot *b, const char *fmt, ...) TT_PRINTF(2, 3);
/* The step's record: at its start with end_us 0, at its end with the result. */
void boot_journal(const struct boot *b, int64_t start_us, int64_t start_mono_us,
    bool ended, int result, const struct tt_err *e);

/* One line on every console and in the system journal. */
void boot_say(const char *fmt, ...) TT_PRINTF(1, 2);
/* The reference's work line: the text, then later its result behind it. */
void boot_work(const char *fmt, ...) TT_PRINTF(1, 2);
void boot_work_end(const char *result);
/*
 * Ask on every console at once until one of keys (lower case) is typed; Enter counts as
 * '\n' when it is among them. ready, when given, is called twice a second and ends the
 * waiting with its non-zero value. Returns the key, ready's value, or 0 when deadline_s passed.
 */
int boot_ask(const char *prompt, const char *keys, unsigned deadline_s,
    int (*ready)(void *ctx), void *ctx);
/* List the consoles that exist below BOOT_TTYS; once a boot. */
int boot_consoles(const struct boot_params *p, struct tt_err **err);

/* The merged configuration: the key's while it is mounted, since it is the authority. */
int boot_load_config(struct tt_config **ret, struct tt_err **err);
/* A parameter that is there and true. */
bool boot_flag(const struct boot *b, const char *name);
/* Run a program with up to six arguments, the last NULL; its failure is an error that names it. */
int boot_run(struct tt_err **err, const char *prog, ...) __attribute__((sentinel));
/* Whether a file system is mounted at exactly this path. */
bool boot_mounted(const char *path);
/* mount(2) of what is not mounted there yet; makes the folder. */
int boot_mount(const char *what, const char *where, const char *type, unsigned long flags,
    const char *options, struct tt_err **err);

/*
 * Copy a tree: folders, files, links with owner, mode and time. What is in place already is
 * written again. Sockets and devices are left out.
 */
int boot_copy_tree(const char *from, const char *to, struct tt_err **err);

/* Whether nobody is there to ask: the answers or the command line said so. */
bool boot_unattended(const struct boot *b);
