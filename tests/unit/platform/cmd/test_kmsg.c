// SPDX-License-Identifier: MPL-2.0
/*
 * Kernel log records as console lines.
 */
#include "platform/cmd/kmsg.h"
#include "tests/lib/tap.h"

static char out[KMSG_LINE_MAX];

static int
line(const char *rec)
{
	out[0] = '\0';
	return kmsg_line(rec, strlen(rec), 7, out);
}

int
main(void)
{
	static char longest[4096];

	(void)line("6,339,5140900,-;NET: Registered protocol family 10\n");
	TAP_EQ_STR(
	    out, "[    5.140900] NET: Registered protocol family 10\r\n", "record");
	(void)line("30,340,5690716,-,caller=T1;udevd[80]: starting\n SUBSYSTEM=x\n");
	TAP_EQ_STR(out, "[    5.690716] udevd[80]: starting\r\n",
	    "facility, further fields and device lines");
	(void)line("4,1,0,-;a\\x09b\\x5cc\\xc3\\xa9\n");
	TAP_EQ_STR(out, "[    0.000000] a\tb\\c\xc3\xa9\r\n", "escapes that come back");
	(void)line("4,1,0,-;\\x1b[2J\\x0\n");
	TAP_EQ_STR(out, "[    0.000000] \\x1b[2J\\x0\r\n", "escapes that stay");
	TAP_EQ_INT(line("7,1,0,-;debug\n"), 0, "debug is left out");
	TAP_EQ_INT(line("15,1,0,-;user debug\n"), 0, "of any facility");
	TAP_EQ_INT(line(""), -1, "nothing");
	TAP_EQ_INT(line("6,1,2"), -1, "no text");
	TAP_EQ_INT(line("6,1,2,-"), -1, "no semicolon");
	TAP_EQ_INT(line("x,1,2,-;a"), -1, "no priority");
	memset(longest, 'x', sizeof(longest) - 1);
	memcpy(longest, "6,1,2,-;", 8);
	TAP_OK(line(longest) < KMSG_LINE_MAX, "a long record is cut");
	TAP_OK(out[strlen(out) - 1] == '\n', "and still a line");
	return tap_done();
}
