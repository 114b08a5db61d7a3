// SPDX-License-Identifier: MPL-2.0
/*
 * Reader of a server-sent event stream (WHATWG HTML 9.2.6), fed in pieces as they come from
 * the network. Bounded: a message over SSE_MAX is dropped whole.
 */
#pragma once

#include <stdbool.h>

#include "platform/lib/base/buf.h"

#define SSE_MAX (4 * 1024 * 1024)

struct sse {
	struct tt_buf line; /* the line that is still coming */
	struct tt_buf data; /* data lines of the present message, joined by LF */
	char event[64];     /* its name, "message" when none was given */
	bool has_data, skip_lf;
	/* A whole message; a non-zero answer ends the feeding. */
	int (*message)(const char *event, const char *data, void *ctx);
	void *ctx;
};

void sse_init(struct sse *s,
    int (*message)(const char *event, const char *data, void *ctx), void *ctx);
void sse_release(struct sse *s);
/* 0, or what message() answered. */
int sse_feed(struct sse *s, const char *bytes, size_t len);
