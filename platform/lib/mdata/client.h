// SPDX-License-Identifier: MPL-2.0
/*
 * A client of the metadata protocol, as instances have it: negotiates, asks, and asks again
 * without end when no answer comes, each time from the beginning. Only what can never work
 * ends a call with an error.
 */
#pragma once

#include "platform/lib/base/buf.h"
#include "platform/lib/base/err.h"

struct tt_md_client;

enum tt_md_result {
	TT_MD_SUCCESS,
	TT_MD_NOTFOUND,
	TT_MD_FAILURE,     /* out holds the agent's words */
	TT_MD_UNSUPPORTED, /* the agent speaks version 1 only, which cannot do this */
};

/* note  told what goes wrong on the way, in a few words; may be NULL */
struct tt_md_client *tt_md_client_new(void (*note)(const char *text));
void tt_md_client_free(struct tt_md_client *c);
TT_AUTO_DEFINE(md_client, struct tt_md_client *, tt_md_client_free)

/*
 * command  GET, KEYS, PUT or DELETE
 * payload  plain bytes, as the command has them
 * out      the answer's payload; its limit should be TT_MD_ALL_MAX
 * 0 with *ret_result, or a negative errno when the agent cannot be reached for good.
 */
int tt_md_ask(struct tt_md_client *c, const char *command, const void *payload,
    size_t len, struct tt_buf *out, enum tt_md_result *ret_result, struct tt_err **err);
/* PUT, whose payload holds two words of base64. */
int tt_md_put(struct tt_md_client *c, const char *key, const void *value, size_t len,
    struct tt_buf *out, enum tt_md_result *ret_result, struct tt_err **err);
