// SPDX-License-Identifier: MPL-2.0
/*
 * The way from inside an instance to the metadata agent: the unix socket that containers get
 * mounted, else the second serial port of a virtual machine. A serial port is shared with
 * other programs under a lock on the device and put into raw mode.
 *
 * MDATA_SOCKET or MDATA_TTY in the environment name a socket or a port to use instead.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "platform/lib/base/err.h"

struct tt_md_link {
	int fd; /* -1 when closed */
	bool serial;
	/* why the last wait ended without bytes: a word for the user, or NULL */
	const char *why;
};

/*
 * 0; -EAGAIN when the socket is not there yet (try again later); any other is for good, with
 * a sentence. Waits for the lock of a serial port, and for the port to be quiet.
 */
int tt_md_link_open(struct tt_md_link *l, struct tt_err **err);
void tt_md_link_close(struct tt_md_link *l);
/* All bytes, or a negative errno. */
int tt_md_link_write(struct tt_md_link *l, const void *data, size_t len);
/* Bytes read, at least one; or -ETIME, -EPIPE or another negative errno, with why set. */
ssize_t tt_md_link_read(
    struct tt_md_link *l, void *data, size_t len, unsigned timeout_ms);
