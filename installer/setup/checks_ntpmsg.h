// SPDX-License-Identifier: MPL-2.0
/*
 * SNTP messages: the client's question and the time in the server's answer.
 * Wire format: RFC 4330 section 4. Bytes only; fuzzer: tests/fuzz/fuzz_ntpmsg.c.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define NTPMSG_SIZE 48

/* A version 4 client question; nonce comes back in the answer and tells it from a forged one. */
void ntpmsg_query(uint8_t out[NTPMSG_SIZE], uint64_t nonce);
/*
 * The server's clock in microseconds since 1970.
 * -ENOMSG not an answer to nonce; -EBADMSG too short; -EAGAIN the server has no time itself.
 */
int ntpmsg_parse(const uint8_t *msg, size_t len, uint64_t nonce, int64_t *ret_us);
