// SPDX-License-Identifier: MPL-2.0
/*
 * Encoder and parser of DNS messages. Names inside a message are skipped, never followed:
 * a compression pointer ends a name, so no loop can be built.
 */
#include "installer/setup/checks_dnsmsg.h"

#include <errno.h>
#include <string.h>

#include "platform/lib/base/net.h"
#include "platform/lib/base/str.h"

#define HEADER_SIZE 12

static void
add_u16(struct tt_buf *out, unsigned value)
{
	tt_buf_addc(out, (char)(value >> 8));
	tt_buf_addc(out, (char)(value & 0xff));
}

static int
add_name(struct tt_buf *out, const char *name)
{
	if (strlen(name) > 253)
		return -EINVAL;
	while (*name != '\0') {
		size_t n = strcspn(name, ".");

		if (n == 0 || n > 63)
			return -EINVAL;
		tt_buf_addc(out, (char)n);
		tt_buf_add(out, name, n);
		name += n;
		if (*name == '.')
			name++;
	}
	return tt_buf_addc(out, '\0');
}

int
dnsmsg_query(struct tt_buf *out, uint16_t id, const char *name, uint16_t type)
{
	int r;

	add_u16(out, id);
	add_u16(out, 0x0100); /* a query, recursion wanted */
	add_u16(out, 1);      /* one question, nothing else */
	add_u16(out, 0);
	add_u16(out, 0);
	add_u16(out, 0);
	r = add_name(out, name);
	if (r < 0)
		return r;
	add_u16(out, type);
	add_u16(out, 1); /* class IN */
	return out->overflow ? -EMSGSIZE : 0;
}

struct reader {
	const uint8_t *p;
	size_t left;
};

static bool
skip(struct reader *in, size_t n)
{
	if (in->left < n)
		return false;
	in->p += n;
	in->left -= n;
	return true;
}

static bool
take_u16(struct reader *in, unsigned *ret)
{
	if (in->left < 2)
		return false;
	*ret = (unsigned)in->p[0] << 8 | in->p[1];
	return skip(in, 2);
}

static bool
skip_name(struct reader *in)
{
	while (in->left > 0) {
		uint8_t n = in->p[0];

		if (n == 0)
			return skip(in, 1);
		if ((n & 0xc0) == 0xc0)
			return skip(in, 2);
		if ((n & 0xc0) != 0 || !skip(in, 1U + n))
			return false;
	}
	return false;
}

/* One resource record; an address is counted and the first one kept. */
static bool
take_record(struct reader *in, struct dnsmsg_reply *ret)
{
	unsigned type, class, size;
	uint32_t ip;

	if (!skip_name(in) || !take_u16(in, &type) || !take_u16(in, &class))
		return false;
	if (!skip(in, 4) || !take_u16(in, &size) || in->left < size)
		return false;
	if (type == DNSMSG_A && class == 1 && size == 4 && ret->addresses++ == 0) {
		ip = (uint32_t)in->p[0] << 24 | (uint32_t)in->p[1] << 16;
		ip |= (uint32_t)in->p[2] << 8 | in->p[3];
		tt_ip4_fmt(ip, ret->first);
	}
	return skip(in, size);
}

int
dnsmsg_parse(const uint8_t *msg, size_t len, uint16_t id, struct dnsmsg_reply *ret)
{
	struct reader in = { .p = msg, .left = len };
	struct dnsmsg_reply reply = { 0 };
	unsigned got_id, flags, questions, answers;

	if (len < HEADER_SIZE)
		return -EBADMSG;
	(void)take_u16(&in, &got_id);
	(void)take_u16(&in, &flags);
	(void)take_u16(&in, &questions);
	(void)take_u16(&in, &answers);
	(void)skip(&in, 4);
	if (got_id != id || !(flags & 0x8000))
		return -ENOMSG;
	reply.rcode = flags & 0xf;
	for (; questions > 0; questions--)
		if (!skip_name(&in) || !skip(&in, 4))
			return -EBADMSG;
	for (; answers > 0; answers--)
		if (!take_record(&in, &reply))
			return -EBADMSG;
	*ret = reply;
	return 0;
}
