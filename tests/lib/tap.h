// SPDX-License-Identifier: MPL-2.0
/*
 * Test Anything Protocol for C tests: each check prints one line; tap_done() prints the
 * plan and gives the exit status. Checks count over all threads of one process.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int tap_count, tap_failed;

__attribute__((format(printf, 2, 3), unused)) static bool
tap_result(bool ok, const char *fmt, ...)
{
	va_list ap;

	tap_count++;
	tap_failed += !ok;
	printf("%sok %d - ", ok ? "" : "not ", tap_count);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	return ok;
}

__attribute__((format(printf, 1, 2), unused)) static void
tap_note(const char *fmt, ...)
{
	va_list ap;

	fputs("# ", stdout);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

/* TAP_OK(cond, "what", ...): what must be true. */
#define TAP_OK(cond, ...)                                                                \
	do {                                                                             \
		if (!tap_result((cond), __VA_ARGS__))                                    \
			tap_note("%s:%d: %s", __FILE__, __LINE__, #cond);                \
	} while (0)

#define TAP_EQ_STR(got, want, ...)                                                       \
	do {                                                                             \
		const char *tap_g_ = (got), *tap_w_ = (want);                            \
		bool tap_same_ =                                                         \
		    tap_g_ != NULL && tap_w_ != NULL && !strcmp(tap_g_, tap_w_);         \
		if (!tap_result(tap_same_ || tap_g_ == tap_w_, __VA_ARGS__)) {           \
			tap_note("%s:%d: got  '%s'", __FILE__, __LINE__,                 \
			    tap_g_ ? tap_g_ : "(null)");                                 \
			tap_note("%s:%d: want '%s'", __FILE__, __LINE__,                 \
			    tap_w_ ? tap_w_ : "(null)");                                 \
		}                                                                        \
	} while (0)

#define TAP_EQ_INT(got, want, ...)                                                       \
	do {                                                                             \
		long long tap_g_ = (long long)(got), tap_w_ = (long long)(want);         \
		if (!tap_result(tap_g_ == tap_w_, __VA_ARGS__))                          \
			tap_note("%s:%d: got %lld, want %lld", __FILE__, __LINE__,       \
			    tap_g_, tap_w_);                                             \
	} while (0)

/* Last line of main: `return tap_done();`. A test without a check fails. */
__attribute__((unused)) static int
tap_done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed > 0 || tap_count == 0;
}
