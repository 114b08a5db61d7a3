// SPDX-License-Identifier: MPL-2.0
/*
 * Encoder and parser of SNTP messages.
 */
#include "installer/setup/checks_ntpmsg.h"

#include <errno.h>
#include <string.h>

#define SECONDS_1900_TO_1970 2208988800LL
#define SECONDS_PER_ERA      4294967296LL

enum {
	AT_STRATUM = 1,
	AT_ORIGINATE = 24, /* the client's transmit time, returned */
	AT_TRANSMIT = 40,
};

static uint64_t
get_u64(const uint8_t *p)
{
	uint64_t value = 0;

	for (int i = 0; i < 8; i++)
		value = value << 8 | p[i];
	return value;
}

void
ntpmsg_query(uint8_t out[NTPMSG_SIZE], uint64_t nonce)
{
	memset(out, 0, NTPMSG_SIZE);
	out[0] = 4 << 3 | 3; /* version 4, client */
	for (int i = 0; i < 8; i++)
		out[AT_TRANSMIT + i] = (uint8_t)(nonce >> (56 - 8 * i));
}

int
ntpmsg_parse(const uint8_t *msg, size_t len, uint64_t nonce, int64_t *ret_us)
{
	uint64_t stamp;
	int64_t seconds;

	if (len < NTPMSG_SIZE)
		return -EBADMSG;
	if ((msg[0] & 7) != 4 || get_u64(msg + AT_ORIGINATE) != nonce)
		return -ENOMSG;
	stamp = get_u64(msg + AT_TRANSMIT);
	/* Leap 3 is "not synchronized", stratum 0 a refusal. */
	if (msg[0] >> 6 == 3 || msg[AT_STRATUM] == 0 || stamp == 0)
		return -EAGAIN;
	seconds = (int64_t)(stamp >> 32);
	/* The count starts over in 2036: RFC 4330 section 3. */
	if (!(stamp >> 63))
		seconds += SECONDS_PER_ERA;
	*ret_us = (seconds - SECONDS_1900_TO_1970) * 1000000 +
		  (int64_t)((stamp & 0xffffffff) * 1000000 >> 32);
	return 0;
}
