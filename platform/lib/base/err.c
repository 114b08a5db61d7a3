// SPDX-License-Identifier: MPL-2.0
/* See err.h. */
#include "platform/lib/base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "platform/lib/base/alloc.h"

struct tt_err {
	int status;
	char *code;
	char *message;
};

/* Takes message. */
static void
replace(struct tt_err **err, int r, const char *code, char *message)
{
	tt_err_free(*err);
	*err = tt_xalloc(sizeof(**err));
	(*err)->status = r;
	(*err)->code = tt_xstrdup(code != NULL ? code : "InternalError");
	(*err)->message = message;
}

int
tt_err_set(struct tt_err **err, int r, const char *code, const char *fmt, ...)
{
	va_list ap;

	if (err == NULL)
		return r;
	va_start(ap, fmt);
	replace(err, r, code, tt_xvprintf(fmt, ap));
	va_end(ap);
	return r;
}

int
tt_err_wrap(struct tt_err **err, int r, const char *fmt, ...)
{
	tt_auto(free) char *doing = NULL;
	tt_auto(free) char *code = NULL;
	const char *cause;
	va_list ap;

	if (err == NULL)
		return r;
	va_start(ap, fmt);
	doing = tt_xvprintf(fmt, ap);
	va_end(ap);
	cause = *err != NULL ? (*err)->message : strerror(-r);
	code = *err != NULL ? tt_xstrdup((*err)->code) : NULL;
	replace(err, r, code, tt_xprintf("%s: %s", doing, cause));
	return r;
}

int
tt_err_errno(struct tt_err **err, int r, const char *fmt, ...)
{
	tt_auto(free) char *doing = NULL;
	va_list ap;

	if (err == NULL)
		return r;
	va_start(ap, fmt);
	doing = tt_xvprintf(fmt, ap);
	va_end(ap);
	replace(err, r, NULL, tt_xprintf("%s: %s", doing, strerror(-r)));
	return r;
}

const char *
tt_err_message(const struct tt_err *err)
{
	return err != NULL ? err->message : "no error";
}

const char *
tt_err_code(const struct tt_err *err)
{
	return err != NULL ? err->code : "InternalError";
}

int
tt_err_status(const struct tt_err *err)
{
	return err != NULL ? err->status : 0;
}

void
tt_err_free(struct tt_err *err)
{
	if (err == NULL)
		return;
	free(err->code);
	free(err->message);
	free(err);
}

void
tt_err_clear(struct tt_err **err)
{
	tt_err_free(*err);
	*err = NULL;
}
