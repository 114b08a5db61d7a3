// SPDX-License-Identifier: MPL-2.0
/*
 * What the files of init share: the log, the record of stages, the steps. One process, one
 * thread; the module loader is a child. Includes nothing outside this folder.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/init/cmdline.h"
#include "platform/init/probe.h"

#define INIT_MIB      (1024ULL * 1024)
#define INIT_ARRAY(a) (sizeof(a) / sizeof((a)[0]))
#define INIT_POLL_MS  50
#define INIT_REBOOT_S 60

/* Mount points in the initramfs; they stay hidden below the new root. */
#define DIR_MEDIUM "/run/triton/medium"
#define DIR_RAM    "/ram"
#define DIR_LOWER  "/lower"
#define DIR_RW     "/rw"
#define DIR_NEW    "/new"

/* log.c: one record of the kernel log each, by one write(2): buffered writers lose them. */
void init_log_open(void);
void init_log(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void init_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Log a step and note its start in init.json. name must be a constant. */
void init_stage(const char *name, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* "FATAL step: text of err (detail)", then the debug shell or a reboot. */
_Noreturn void init_fatal(const char *step, int err, const char *detail, ...)
    __attribute__((format(printf, 3, 4)));
/* Seconds and microseconds since the kernel started its clock. */
uint64_t init_now_us(void);
/* Whether a failure opens a shell. */
void init_log_set_debug(bool debug);

struct init_stage_time {
	const char *name;
	uint64_t start_us;
};
/* Stages so far; borrowed. */
const struct init_stage_time *init_stages(size_t *ret_n);

/* util.c */
void init_sleep_ms(unsigned ms);
void init_mkdir(const char *path);
/* Whole small file as text without its last line end; -errno on failure. */
int init_read_text(const char *path, char *out, size_t out_size);
int init_write_text(const char *path, const char *text, int mode);
/* 0 or -errno. */
int init_mount(const char *what, const char *where, const char *type, unsigned long flags,
    const char *options);

/* shell.c: line commands on /dev/console; returns when the person says reboot. */
void init_shell(void);

/* modules.c */
/* Start the children that load what /modules.list names. */
void init_modules_start(void);
/* Wait for those that no storage driver is connected with: most file systems, loop, verity. */
void init_modules_join_rest(void);
/* Wait for all; harmless when called again. */
void init_modules_join(void);

/* medium.c: where root.img comes from. */
struct init_medium {
	char device[64]; /* "/dev/sda2", or "none" after a network boot */
	char fstype[16]; /* "vfat", "iso9660", "none" */
	char label[PROBE_LABEL_LEN];
	char path[512]; /* of root.img as we can open it now */
	uint64_t size;  /* of root.img in bytes */
	bool network;
	bool by_marker;     /* found by .joyliveusb, its label was another one */
	char others[4][64]; /* further media that could have been taken */
	size_t n_others;
};
void init_medium_find(const struct init_params *p, struct init_medium *ret);
/* Running from the medium: make it possible to mount it a second time, for writing. */
void init_medium_keep(const struct init_medium *m);
/* "sda 8053 MB, sda2 8052 MB vfat label X, ..." of all block devices seen. */
void init_medium_list(char *out, size_t out_size);

/* secure.c: firmware and kernel state, as text for the log and init.json. */
struct init_secure {
	char boot[16];     /* "enabled", "disabled", "bios" */
	char lockdown[24]; /* "none", "integrity", "confidentiality", "unknown" */
};
void init_secure_read(struct init_secure *ret);

/* ram.c: memory check and copy. After it path names the image to use. */
bool init_ram_wanted(const struct init_params *p, const struct init_medium *m);
void init_ram_copy(struct init_medium *m);

/* loop.c: read-only loop device over a file; ret is its path. */
void init_loop_attach(const char *file, char *ret, size_t ret_size);

/* verity.c */
enum init_verity {
	INIT_VERITY_NONE,   /* no hash on the command line */
	INIT_VERITY_ON,     /* a bad block restarts the machine */
	INIT_VERITY_IGNORE, /* rescue: a bad block is logged only */
};
enum init_verity init_verity_open(const struct init_params *p,
    const struct init_medium *m, const char *device, char *ret, size_t ret_size);
const char *init_verity_name(enum init_verity v);

/* handover.c: /system/boot/answers.json and tinkerbell.json of the initramfs to the new root. */
void init_hand_over(void);

/* root.c: overlay, machine-id, records for the system that follows, switch of the root. */
void init_root_mount(const struct init_params *p, const char *device);
void init_root_machine_id(void);
void init_root_record(const struct init_medium *m, const struct init_secure *s,
    enum init_verity v, bool in_ram);
_Noreturn void init_root_switch(const struct init_params *p, char **argv);
