// SPDX-License-Identifier: MPL-2.0
/*
 * Between the files of vmadm: sub-commands, their options, and the way to the daemon.
 */
#pragma once

#include <jansson.h>

#include "platform/lib/base/err.h"
#include "platform/lib/cli/cli.h"

extern const struct tt_opt vmadm_create_opts[];
extern const struct tt_opt vmadm_list_opts[];
extern const struct tt_opt vmadm_lookup_opts[];
extern const struct tt_opt vmadm_stop_opts[];
extern const struct tt_opt vmadm_kill_opts[];

int vmadm_create(int argc, char **argv, void *ctx);
int vmadm_update(int argc, char **argv, void *ctx);
int vmadm_validate(int argc, char **argv, void *ctx);
int vmadm_get(int argc, char **argv, void *ctx);
int vmadm_list(int argc, char **argv, void *ctx);
int vmadm_lookup(int argc, char **argv, void *ctx);
int vmadm_start(int argc, char **argv, void *ctx);
int vmadm_stop(int argc, char **argv, void *ctx);
int vmadm_reboot(int argc, char **argv, void *ctx);
int vmadm_kill(int argc, char **argv, void *ctx);
int vmadm_delete(int argc, char **argv, void *ctx);

/* One request; takes it. *ret is a new reference. */
int vmadm_call(json_t *request, json_t **ret, struct tt_err **err);
/* "Invalid or missing UUID for CMD" on standard error and 2, or 0. */
int vmadm_check_uuid(const char *command, const char *uuid);
/* The payload of -f, or of standard input when that is no terminal. New reference. */
int vmadm_payload(json_t **ret, struct tt_err **err);
