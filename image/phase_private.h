// SPDX-License-Identifier: MPL-2.0
/*
 * What phase.c and phase_ui.c share.
 */
#pragma once

#include "image/phase.h"

struct phase_run {
	char *cache;
	struct digests *digests;
	struct phase **phases;
	size_t count;
	unsigned total;
	bool json, offline, quiet, terminal;
	bool open_line; /* a phase line without its end stands on the terminal */
	int log_fd;
};

struct phase {
	struct phase_run *run;
	char *name, *note, *key, *dir, *reason, *result;
	json_t *inputs, *facts;
	char **outputs;
	unsigned number;
	bool hit, ended;
	bool temporary; /* dir is ours to remove */
	int lock_fd;
	int64_t start_us, start_cpu_us, wall_us, cpu_us;
	int64_t shown_us; /* last percent */
};

int phase_ui_open_log(
    struct phase_run *run, const char *dir, const char *stamp, struct tt_err **err);
void phase_ui_start(struct phase *p);
void phase_ui_end(struct phase *p);
void phase_ui_failed(struct phase *p);
