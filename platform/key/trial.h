// SPDX-License-Identifier: MPL-2.0
/*
 * What became of the last platform that was tried: a file on the pool, for people. The boot
 * does not depend on it.
 */
#pragma once

#include "platform/lib/base/err.h"

#define KEY_TRIAL "/var/lib/triton/trial.json"

/* { "platform", "result": "kept" | "lost" | "given up", "reason", "time" }; reason may be NULL. */
int key_trial_note(const char *path, const char *platform, const char *result,
    const char *reason, struct tt_err **err);
/* Why this platform was lost, in words; caller frees; never NULL. */
char *key_trial_reason(const char *path, const char *platform);
