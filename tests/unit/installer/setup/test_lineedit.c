// SPDX-License-Identifier: MPL-2.0
/* The line editor, byte by byte, and the terminal's size report. */
#include "tests/lib/tap.h"

#include "installer/setup/lineedit.h"
#include "installer/setup/term.h"

static struct lineedit le;
static struct tt_buf echo;

static enum lineedit_event
type(const char *bytes)
{
	enum lineedit_event event = LINEEDIT_MORE;

	for (; *bytes != '\0'; bytes++)
		event = lineedit_feed(&le, (uint8_t)*bytes, &echo);
	return event;
}

static void
start(bool secret, bool utf8)
{
	lineedit_init(&le, secret, utf8);
	tt_buf_reset(&echo);
}

static void
test_text(void)
{
	start(false, false);
	TAP_EQ_INT(type("coal-1\r"), LINEEDIT_DONE, "Enter ends a line");
	TAP_EQ_STR(le.text, "coal-1", "with its text");
	TAP_EQ_STR(tt_buf_str(&echo), "coal-1", "which was shown");
	lineedit_clear(&le);
	TAP_EQ_INT(type("\n"), LINEEDIT_MORE, "the LF behind a CR is no second line");
	TAP_EQ_INT(type("\n"), LINEEDIT_DONE, "a LF alone is one");
	start(false, false);
	type("ab\x7f"
	     "c\x08"
	     "d");
	TAP_EQ_STR(le.text, "ad", "both erase keys erase");
	TAP_EQ_STR(
	    tt_buf_str(&echo), "ab\b \bc\b \bd", "and take the character off the screen");
	type("\x7f\x7f\x7f\x7f");
	TAP_EQ_INT(le.len, 0, "there is nothing before the first character");
	type("one two  \x17");
	TAP_EQ_STR(le.text, "one ", "^W erases a word");
	type("x\x15");
	TAP_EQ_STR(le.text, "", "^U erases all");
}

static void
test_keys(void)
{
	start(false, false);
	TAP_EQ_INT(type("abc\x03"), LINEEDIT_INTERRUPT, "^C");
	TAP_EQ_INT(type("\x0c"), LINEEDIT_REDRAW, "^L");
	TAP_EQ_STR(le.text, "abc", "which leave the text to the caller");
	start(false, false);
	type("a\x1b[Ab\x1bOPc\x1b[15~d\x01\x02\x1a");
	TAP_EQ_STR(le.text, "abcd", "cursor, function and other control keys are eaten");
	TAP_EQ_STR(tt_buf_str(&echo), "abcd", "and not shown");
	TAP_EQ_INT(type("\x1b\r"), LINEEDIT_DONE, "Enter counts right behind an Escape");
}

static void
test_utf8(void)
{
	start(false, true);
	type("K\xc3\xb6ln \xe6\x9d\xb1");
	TAP_EQ_STR(le.text, "K\xc3\xb6ln \xe6\x9d\xb1", "UTF-8 is text");
	tt_buf_reset(&echo);
	type("\x7f");
	TAP_EQ_STR(
	    tt_buf_str(&echo), "\b \b\b \b", "a wide character takes two columns off");
	type("\x7f\x7f\x7f\x7f");
	TAP_EQ_STR(le.text, "K", "a character of two bytes goes at once");
	type("\xb1\xff\xc0\xe2\x82x");
	TAP_EQ_STR(le.text, "Kx", "stray, impossible and torn sequences are dropped");
	start(false, false);
	type("K\xc3\xb6ln");
	TAP_EQ_STR(le.text, "Kln", "a console without UTF-8 takes ASCII only");
	TAP_EQ_INT(
	    lineedit_columns("e\xcc\x81", 3), 1, "a combining mark takes no column");
}

static void
test_secret(void)
{
	start(true, true);
	type(" p w\xc3\xb6\x7f");
	TAP_EQ_STR(le.text, " p w", "a secret is edited like any text, blanks too");
	TAP_EQ_INT(echo.len, 0, "and nothing of it is shown");
	lineedit_clear(&le);
	TAP_OK(memcmp(le.text, "\0\0\0\0\0\0", 6) == 0, "clearing wipes the memory");
}

static void
test_keep(void)
{
	start(false, false);
	lineedit_keep(&le, "10.0.0.300");
	type("\x7f\x7f\x7f"
	     "3");
	TAP_EQ_STR(le.text, "10.0.0.3", "the erase key edits a refused answer");
	start(false, false);
	lineedit_keep(&le, "10.0.0.300");
	type("9");
	TAP_EQ_STR(le.text, "9", "another key starts afresh in its place");
	TAP_OK(strncmp(tt_buf_str(&echo), "\b \b\b \b", 6) == 0,
	    "and takes it off the screen");
	start(false, false);
	lineedit_keep(&le, "same");
	TAP_EQ_INT(type("\r"), LINEEDIT_DONE, "Enter gives it once more");
	TAP_EQ_STR(le.text, "same", "unchanged");
}

static void
test_limit(void)
{
	start(false, true);
	for (int i = 0; i < 3 * LINEEDIT_MAX; i++)
		lineedit_feed(&le, i % 3 == 0 ? 0xe6 : i % 3 == 1 ? 0x9d : 0xb1, &echo);
	TAP_OK(le.len <= LINEEDIT_MAX && le.len > LINEEDIT_MAX - 4, "a line is bounded");
	TAP_EQ_INT(le.len % 3, 0, "and never ends inside a character");
}

static void
test_report(void)
{
	static const char in[] = "ab\x1b[A\x1b[24;80Rcd";
	unsigned rows = 0, columns = 0;
	size_t at = 0;

	TAP_EQ_INT(
	    term_parse_report((const uint8_t *)in, sizeof(in) - 1, &at, &rows, &columns),
	    8, "a size report among other bytes");
	TAP_EQ_INT(at, 5, "where it starts");
	TAP_OK(rows == 24 && columns == 80, "what it says");
	TAP_EQ_INT(term_parse_report((const uint8_t *)in, 10, &at, &rows, &columns), 0,
	    "half a report is none yet");
	TAP_EQ_INT(term_parse_report(
		       (const uint8_t *)"\x1b[12345;80R", 11, &at, &rows, &columns),
	    0, "nor are numbers that no terminal has");
}

int
main(void)
{
	tt_buf_init(&echo, 64 * TT_KIB);
	test_text();
	test_keys();
	test_utf8();
	test_secret();
	test_keep();
	test_limit();
	test_report();
	tt_buf_release(&echo);
	return tap_done();
}
