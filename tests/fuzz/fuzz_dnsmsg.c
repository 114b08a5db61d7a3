// SPDX-License-Identifier: MPL-2.0
/* A name server's answer: the first two bytes are the id that was asked with. */
#include <stdlib.h>

#include "installer/setup/checks_dnsmsg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dnsmsg_reply reply = { 0 };
	uint16_t id;

	if (size < 2)
		return 0;
	id = (uint16_t)(data[0] << 8 | data[1]);
	if (dnsmsg_parse(data, size, id, &reply) == 0 && reply.addresses > 0 &&
	    reply.first[0] == '\0')
		abort();
	return 0;
}
