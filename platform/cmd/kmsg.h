// SPDX-License-Identifier: MPL-2.0
/*
 * One record of /dev/kmsg as a console line. Works on memory alone.
 * Format: the kernel's Documentation/ABI/testing/dev-kmsg:
 * "PRIORITY,SEQUENCE,MICROSECONDS,FLAGS[,...];TEXT\n KEY=VALUE\n", bytes that do not print
 * and the backslash written as \xNN.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define KMSG_LINE_MAX 1100

/*
 * rec, len   the record as read(2) gave it
 * loglevel   records of this severity and less urgent ones are left out, as the kernel
 *            leaves them out on its own consoles
 * out        KMSG_LINE_MAX bytes; gets "[    1.234567] text\r\n"
 * Returns the length of the line, 0 when it is left out, -1 when rec is no record.
 */
int kmsg_line(const char *rec, size_t len, unsigned loglevel, char *out);
