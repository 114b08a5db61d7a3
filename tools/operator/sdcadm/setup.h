// SPDX-License-Identifier: MPL-2.0
/* What the files behind `sdcadm setup` share. */
#pragma once

#include "platform/lib/base/err.h"
#include "platform/lib/base/json.h"

#define SETUPD_SOCKET "/run/triton/setupd.sock"

/* Exit codes beside 0 (complete) and 1 (failed, or cannot tell). */
#define EXIT_UNDER_WAY 3

/* setup_show.c: the state as a table on standard output. */
void show_status(const json_t *state, bool no_header);
/* "complete", "under way", "has failed" and so on, as a sentence about setup. */
const char *status_sentence(const json_t *state);
/* 0 complete, 1 failed, EXIT_UNDER_WAY. */
int status_code(const json_t *state);

/* setup_follow.c: print what happens until setup is complete or has failed; an exit code. */
int follow_setup(const char *socket);
