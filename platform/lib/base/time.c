// SPDX-License-Identifier: MPL-2.0
/* See time.h. */
#include "platform/lib/base/time.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

static int64_t fake_us = -1;

static int64_t
clock_us(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t
tt_now_us(void)
{
	return fake_us >= 0 ? fake_us : clock_us(CLOCK_REALTIME);
}

int64_t
tt_mono_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}

void
tt_time_fake(int64_t now_us)
{
	fake_us = now_us;
}

/* Years 0 to 9999, so that the texts keep their lengths. */
static struct tm
broken_down(int64_t us)
{
	time_t t = us / 1000000;
	struct tm tm;

	if (us < 0 || t > 253402300799)
		t = 0;
	gmtime_r(&t, &tm);
	return tm;
}

char *
tt_time_iso(int64_t us, char *out)
{
	struct tm tm = broken_down(us);
	size_t n = strftime(out, TT_ISO_LEN, "%Y-%m-%dT%H:%M:%S", &tm);

	snprintf(out + n, TT_ISO_LEN - n, ".%03uZ", (unsigned)(us / 1000 % 1000) % 1000);
	return out;
}

char *
tt_time_iso_s(int64_t us, char *out)
{
	struct tm tm = broken_down(us);

	strftime(out, TT_ISO_LEN, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return out;
}

char *
tt_time_stamp(int64_t us, char *out)
{
	struct tm tm = broken_down(us);

	strftime(out, TT_STAMP_LEN, "%Y%m%dT%H%M%SZ", &tm);
	return out;
}

void
tt_sleep_ms(unsigned ms)
{
	struct timespec ts = { .tv_sec = ms / 1000,
		.tv_nsec = (long)(ms % 1000) * 1000000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, &ts) == EINTR)
		continue;
}
