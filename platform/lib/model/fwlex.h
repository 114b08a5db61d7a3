// SPDX-License-Identifier: MPL-2.0
/*
 * Words of the firewall rule language. Private to the parser.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "platform/lib/base/buf.h"

/* The order is that in which a message lists what was expected. */
enum tt_fw_token_kind {
	TT_FWT_FROM,
	TT_FWT_TO,
	TT_FWT_EOF,
	TT_FWT_PRIORITY,
	TT_FWT_OPEN,
	TT_FWT_CLOSE,
	TT_FWT_OR,
	TT_FWT_ALL,
	TT_FWT_VMS,
	TT_FWT_ANY,
	TT_FWT_IP,
	TT_FWT_IP4,
	TT_FWT_SUBNET,
	TT_FWT_CIDR,
	TT_FWT_IP6,
	TT_FWT_VM,
	TT_FWT_WORD,
	TT_FWT_TAG,
	TT_FWT_EQUALS,
	TT_FWT_STRING,
	TT_FWT_BLOCK,
	TT_FWT_ALLOW,
	TT_FWT_TCP,
	TT_FWT_UDP,
	TT_FWT_ICMP,
	TT_FWT_ICMP6,
	TT_FWT_AH,
	TT_FWT_ESP,
	TT_FWT_AND,
	TT_FWT_PORT,
	TT_FWT_PORTS,
	TT_FWT_DASH,
	TT_FWT_COMMA,
	TT_FWT_TYPE,
	TT_FWT_CODE,
	TT_FWT_MAX,
	TT_FWT_NONE = TT_FWT_MAX, /* text that is no word of the language */
};

struct tt_fw_token {
	enum tt_fw_token_kind kind;
	const char *text; /* inside the input; a string's with its quotes */
	size_t len;
};

struct tt_fw_lexer {
	const char *text;
	size_t len;
	size_t at;
	bool any_case; /* keywords and hex digits in any case */
};

/* The next word; at the end TT_FWT_EOF again and again. NONE does not move on. */
struct tt_fw_token tt_fw_lex(struct tt_fw_lexer *lx);
/* As messages list an expected word: "'tag'", "'WORD'". */
const char *tt_fw_token_expected(enum tt_fw_token_kind kind);
/* As messages name a word that was found: "word", "TAG". */
const char *tt_fw_token_found(enum tt_fw_token_kind kind);
/*
 * Undo the escapes of a string's inside (len bytes, which tt_fw_lex accepted).
 * out  has len bytes or more; it never needs more
 * Returns the length, or -EINVAL for an escape that makes no text: \u0000, half a pair.
 */
long tt_fw_unescape(const char *text, size_t len, char *out);
