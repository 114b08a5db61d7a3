// SPDX-License-Identifier: MPL-2.0
/*
 * The line editor's state machine. Editing happens at the end of the line only: the one
 * movement every terminal understands is the backspace.
 */
#include "installer/setup/lineedit.h"

#include <string.h>

#include "platform/lib/base/str.h"

enum {
	KEY_CTRL_C = 0x03,
	KEY_CTRL_H = 0x08,
	KEY_CTRL_L = 0x0c,
	KEY_CTRL_U = 0x15,
	KEY_CTRL_W = 0x17,
	KEY_ESC = 0x1b,
	KEY_DEL = 0x7f,
};

void
lineedit_init(struct lineedit *le, bool secret, bool utf8)
{
	memset(le, 0, sizeof(*le));
	le->secret = secret;
	le->utf8 = utf8;
}

void
lineedit_clear(struct lineedit *le)
{
	explicit_bzero(le->text, sizeof(le->text));
	le->len = 0;
	le->partial = 0;
	le->escape = 0;
	le->kept = false;
}

void
lineedit_keep(struct lineedit *le, const char *text)
{
	lineedit_clear(le);
	if (tt_strcpy(le->text, sizeof(le->text), text) < 0)
		return;
	le->len = strlen(le->text);
	le->kept = le->len > 0;
}

/* Two columns for the East Asian wide blocks and emoji, none for combining marks. */
static unsigned
code_columns(uint32_t code)
{
	static const struct {
		uint32_t first, last;
		unsigned columns;
	} odd[] = {
		{ 0x0300, 0x036f, 0 },
		{ 0x1100, 0x115f, 2 },
		{ 0x200b, 0x200f, 0 },
		{ 0x2e80, 0xa4cf, 2 },
		{ 0xac00, 0xd7a3, 2 },
		{ 0xf900, 0xfaff, 2 },
		{ 0xfe30, 0xfe6f, 2 },
		{ 0xff00, 0xff60, 2 },
		{ 0xffe0, 0xffe6, 2 },
		{ 0x1f300, 0x1faff, 2 },
		{ 0x20000, 0x3fffd, 2 },
	};

	for (size_t i = 0; i < TT_ARRAY_LEN(odd); i++)
		if (code >= odd[i].first && code <= odd[i].last)
			return odd[i].columns;
	return 1;
}

/* The code point that starts at s, whose sequence is complete. */
static uint32_t
decode(const char *s, size_t len)
{
	const uint8_t *u = (const uint8_t *)s;
	uint32_t code;

	if (u[0] < 0x80)
		return u[0];
	code = u[0] & (u[0] >= 0xf0 ? 0x07U : u[0] >= 0xe0 ? 0x0fU : 0x1fU);
	for (size_t i = 1; i < len && (u[i] & 0xc0) == 0x80; i++)
		code = code << 6 | (u[i] & 0x3fU);
	return code;
}

unsigned
lineedit_columns(const char *text, size_t len)
{
	unsigned columns = 0;

	for (size_t i = 0; i < len; i++)
		if (((uint8_t)text[i] & 0xc0) != 0x80)
			columns += code_columns(decode(text + i, len - i));
	return columns;
}

/* Start of the last character. */
static size_t
last_char(const struct lineedit *le)
{
	size_t at = le->len;

	while (at > 0 && ((uint8_t)le->text[--at] & 0xc0) == 0x80)
		;
	return at;
}

static void
erase_char(struct lineedit *le, struct tt_buf *echo)
{
	size_t at = last_char(le);
	unsigned columns = lineedit_columns(le->text + at, le->len - at);

	memset(le->text + at, 0, le->len - at);
	le->len = at;
	le->partial = 0;
	while (!le->secret && columns-- > 0)
		tt_buf_adds(echo, "\b \b");
}

static void
erase_all(struct lineedit *le, struct tt_buf *echo)
{
	while (le->len > 0)
		erase_char(le, echo);
}

static void
erase_word(struct lineedit *le, struct tt_buf *echo)
{
	while (le->len > 0 && le->text[le->len - 1] == ' ')
		erase_char(le, echo);
	while (le->len > 0 && le->text[le->len - 1] != ' ')
		erase_char(le, echo);
}

/* Bytes that must follow this lead byte; -1 when it cannot start a character here. */
static int
utf8_follow(const struct lineedit *le, uint8_t byte)
{
	if (byte < 0x80)
		return 0;
	if (!le->utf8)
		return -1;
	if (byte >= 0xc2 && byte <= 0xdf)
		return 1;
	if (byte >= 0xe0 && byte <= 0xef)
		return 2;
	return byte >= 0xf0 && byte <= 0xf4 ? 3 : -1;
}

static void
add_byte(struct lineedit *le, uint8_t byte, struct tt_buf *echo)
{
	bool follows = (byte & 0xc0) == 0x80;
	int more = utf8_follow(le, byte);
	size_t at;

	if (follows ? le->partial == 0 : more < 0)
		return;
	if (!follows && le->len + (size_t)more >= LINEEDIT_MAX)
		return;
	if (!follows && le->partial > 0)
		erase_char(le, echo); /* the character before was cut short */
	le->text[le->len++] = (char)byte;
	le->partial = follows ? le->partial - 1 : (uint8_t)more;
	if (!le->secret)
		tt_buf_addc(echo, (char)byte);
	/* Overlong forms and surrogates show only when the character is whole. */
	at = last_char(le);
	if (le->partial == 0 && tt_utf8_check(le->text + at, le->len - at) >= 0)
		erase_char(le, echo);
}

/* Arrow and function keys send ESC [ ... letter or ESC O letter: eaten whole. */
static bool
in_escape(struct lineedit *le, uint8_t byte)
{
	if (le->escape == 0)
		return false;
	if (le->escape == 1)
		le->escape = byte == '[' || byte == 'O' ? 2 : 0;
	else if (byte >= 0x40 && byte <= 0x7e)
		le->escape = 0;
	else if (byte < 0x20 || byte > 0x7e)
		le->escape = 0;
	return byte >= 0x20 && byte < KEY_DEL;
}

static enum lineedit_event
control_key(struct lineedit *le, uint8_t byte, struct tt_buf *echo)
{
	le->kept = false;
	switch (byte) {
	case '\r':
	case '\n':
		if (le->partial > 0)
			erase_char(le, echo);
		return LINEEDIT_DONE;
	case KEY_CTRL_C:
		return LINEEDIT_INTERRUPT;
	case KEY_CTRL_L:
		return LINEEDIT_REDRAW;
	case KEY_CTRL_H:
	case KEY_DEL:
		if (le->len > 0)
			erase_char(le, echo);
		break;
	case KEY_CTRL_U:
		erase_all(le, echo);
		break;
	case KEY_CTRL_W:
		erase_word(le, echo);
		break;
	case KEY_ESC:
		le->escape = 1;
		break;
	}
	return LINEEDIT_MORE;
}

enum lineedit_event
lineedit_feed(struct lineedit *le, uint8_t byte, struct tt_buf *echo)
{
	bool lf_of_pair = byte == '\n' && le->after_cr;

	le->after_cr = byte == '\r';
	if (lf_of_pair || byte == 0 || in_escape(le, byte))
		return LINEEDIT_MORE;
	if (byte < 0x20 || byte == KEY_DEL)
		return control_key(le, byte, echo);
	if (le->kept)
		erase_all(le, echo);
	le->kept = false;
	add_byte(le, byte, echo);
	return LINEEDIT_MORE;
}
