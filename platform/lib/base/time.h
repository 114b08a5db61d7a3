// SPDX-License-Identifier: MPL-2.0
/*
 * Wall clock and monotonic clock in microseconds, and their texts. UTC only.
 * Tests replace the wall clock with tt_time_fake().
 */
#pragma once

#include <stdint.h>

#define TT_ISO_LEN   25 /* "2026-01-02T03:04:05.678Z" and NUL */
#define TT_STAMP_LEN 17 /* "20260102T030405Z" and NUL */

int64_t tt_now_us(void);
int64_t tt_mono_us(void);
/* A fixed wall clock from now on; a negative value gives the real one back. */
void tt_time_fake(int64_t now_us);

/* With milliseconds; out has TT_ISO_LEN bytes; returns out. */
char *tt_time_iso(int64_t us, char *out);
/* Seconds only, "2026-01-02T03:04:05Z". */
char *tt_time_iso_s(int64_t us, char *out);
/* Platform stamp form; out has TT_STAMP_LEN bytes. */
char *tt_time_stamp(int64_t us, char *out);
/* Sleep, restarted after signals. */
void tt_sleep_ms(unsigned ms);
