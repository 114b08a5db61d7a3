// SPDX-License-Identifier: MPL-2.0
/*
 * The one error type. A fallible call returns a negative errno and, where the caller gave
 * a place for it, leaves a struct tt_err there: an API code, a message that names the
 * object, the rule and the next step, and the chain of causes.
 *
 * Owner: whoever holds the pointer; declare it as `tt_auto(err) struct tt_err *err = NULL;`.
 * A call that succeeds never touches *err. Passing err == NULL is allowed everywhere.
 */
#pragma once

#include "platform/lib/base/macro.h"

struct tt_err;

/*
 * Set *err and return r (a negative errno), so that a caller can write
 * `return tt_err_set(err, -ENOENT, "ResourceNotFound", "nic '%s' not found", mac);`.
 * code  CamelCase API code ("InvalidArgument"); NULL means "InternalError"
 */
int tt_err_set(struct tt_err **err, int r, const char *code, const char *fmt, ...)
    TT_PRINTF(4, 5);

/*
 * Put what the caller was doing in front of the message that is there; keeps the code.
 * With no message yet (a leaf that returned only an errno) the text of r becomes the cause.
 * Returns r.
 */
int tt_err_wrap(struct tt_err **err, int r, const char *fmt, ...) TT_PRINTF(3, 4);

/* "opening '/x': No such file or directory": fmt plus the text of errno value -r. Returns r. */
int tt_err_errno(struct tt_err **err, int r, const char *fmt, ...) TT_PRINTF(3, 4);

/* Whole message, outermost first, parts joined by ": ". "no error" for NULL. Borrowed. */
const char *tt_err_message(const struct tt_err *err);
/* API code, "InternalError" for NULL. Borrowed. */
const char *tt_err_code(const struct tt_err *err);
/* The negative errno, 0 for NULL. */
int tt_err_status(const struct tt_err *err);

void tt_err_free(struct tt_err *err);
/* Free *err and make it NULL, to use the same variable again. */
void tt_err_clear(struct tt_err **err);
TT_AUTO_DEFINE(err, struct tt_err *, tt_err_free)
