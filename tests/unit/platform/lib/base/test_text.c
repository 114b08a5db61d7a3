// SPDX-License-Identifier: MPL-2.0
/* buf, str, num, err: text in and out of memory. */
#include <errno.h>
#include <stdint.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/buf.h"
#include "platform/lib/base/err.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/str.h"
#include "tests/lib/tap.h"

static void
test_buf(void)
{
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(10);
	tt_auto(free) char *text = NULL;

	TAP_EQ_STR(tt_buf_str(&b), "", "an empty buffer is an empty text");
	TAP_EQ_INT(tt_buf_adds(&b, "12345"), 0, "five of ten bytes fit");
	TAP_EQ_INT(tt_buf_addf(&b, "%05d", 42), 0, "exactly ten fit");
	TAP_EQ_INT(tt_buf_addc(&b, 'x'), -EMSGSIZE, "the eleventh does not");
	TAP_EQ_STR(tt_buf_str(&b), "1234500042", "what was there stays");
	TAP_OK(b.overflow, "and the buffer remembers");
	TAP_EQ_INT(tt_buf_add(&b, "", 0), -EMSGSIZE, "every later add is refused");
	tt_buf_reset(&b);
	TAP_EQ_INT(tt_buf_adds(&b, "again"), 0, "until it is reset");
	text = tt_buf_detach(&b);
	TAP_EQ_STR(text, "again", "detach hands the text over");
	TAP_EQ_INT(b.len, 0, "and leaves the buffer empty");
}

static void
test_numbers(void)
{
	static const struct {
		const char *text;
		int want;
	} u32[] = {
		{ "0", 0 },
		{ "4294967295", 0 },
		{ "4294967296", -ERANGE },
		{ "", -EINVAL },
		{ " 1", -EINVAL },
		{ "1 ", -EINVAL },
		{ "+1", -EINVAL },
		{ "-1", -EINVAL },
		{ "0x10", -EINVAL },
		{ "99999999999999999999999", -ERANGE },
	};
	uint32_t v = 7;
	uint64_t size = 0;
	int64_t i = 0;
	bool b = false;

	for (size_t k = 0; k < TT_ARRAY_LEN(u32); k++)
		TAP_EQ_INT(tt_parse_u32(u32[k].text, 0, UINT32_MAX, &v), u32[k].want,
		    "u32 '%s'", u32[k].text);
	v = 7;
	TAP_EQ_INT(tt_parse_u32("12", 0, 11, &v), -ERANGE, "u32 over its limit");
	TAP_EQ_INT(v, 7, "the output is untouched on failure");
	TAP_EQ_INT(tt_parse_i64("-9223372036854775808", INT64_MIN, INT64_MAX, &i), 0,
	    "least i64");
	TAP_OK(i == INT64_MIN, "least i64 is right");
	TAP_EQ_INT(tt_parse_i64("9223372036854775808", INT64_MIN, INT64_MAX, &i), -ERANGE,
	    "one past the largest i64");
	TAP_OK(tt_parse_bool("YES", &b) == 0 && b, "YES is true");
	TAP_EQ_INT(tt_parse_bool("maybe", &b), -EINVAL, "maybe is no boolean");
	TAP_OK(tt_parse_size("8gb", &size) == 0 && size == 8 * TT_GIB, "8gb");
	TAP_OK(tt_parse_size("64KiB", &size) == 0 && size == 64 * TT_KIB, "64KiB");
	TAP_OK(tt_parse_size("17", &size) == 0 && size == 17, "17");
	TAP_EQ_INT(tt_parse_size("8x", &size), -EINVAL, "8x is no size");
	TAP_EQ_INT(tt_parse_size("8gx", &size), -EINVAL, "8gx is no size");
	TAP_EQ_INT(tt_parse_size("99999999999t", &size), -ERANGE, "a size past 64 bits");
}

static void
test_utf8(void)
{
	TAP_EQ_INT(tt_utf8_check("gr\xc3\xbc\xc3\x9f", 6), -1, "two-byte characters");
	TAP_EQ_INT(tt_utf8_check("\xf0\x9f\x90\xa7", 4), -1, "a four-byte character");
	TAP_EQ_INT(tt_utf8_check("a\xc3", 2), 1, "a character cut short");
	TAP_EQ_INT(tt_utf8_check("\xc0\xaf", 2), 0, "an overlong slash");
	TAP_EQ_INT(tt_utf8_check("\xed\xa0\x80", 3), 0, "a surrogate");
	TAP_EQ_INT(tt_utf8_check("\xf4\x90\x80\x80", 4), 0, "past U+10FFFF");
	TAP_EQ_INT(tt_control_find("ab\tc", 4), 2, "a tab is a control character");
	TAP_EQ_INT(tt_control_find("\xc2\x85", 2), 0, "so is U+0085");
	TAP_EQ_INT(tt_control_find("\xc2\xa0", 2), -1, "a no-break space is not");
	TAP_EQ_INT(tt_utf8_len("gr\xc3\xbc\xc3\x9f"), 4, "length in characters");
}

static void
test_words(void)
{
	static const char *const names[] = { "admin_ip", "admin_nic", "admin_netmask" };
	tt_auto(strv) char **v = tt_split("a, b,,c ", ',');
	tt_auto(free) char *joined = tt_strv_join(v, "|");
	char space[] = "  x y\r\n", small[4];

	TAP_EQ_STR(joined, "a|b||c", "split keeps empty parts and trims all");
	TAP_EQ_STR(tt_trim(space), "x y", "trim");
	TAP_EQ_INT(
	    tt_strcpy(small, sizeof(small), "four"), -E2BIG, "copy that does not fit");
	TAP_EQ_STR(small, "", "leaves nothing behind");
	TAP_EQ_STR(
	    tt_nearest("admin_ipp", names, 3, 2), "admin_ip", "nearest of three names");
	TAP_EQ_STR(
	    tt_nearest("amdin_nic", names, 3, 2), "admin_nic", "swapped neighbours");
	TAP_OK(tt_nearest("gateway", names, 3, 2) == NULL, "nothing near");
	TAP_EQ_INT(tt_edit_distance("kitten", "sitting"), 3, "the classic distance");
}

static int
fail_deep(struct tt_err **err)
{
	return tt_err_errno(err, -ENOENT, "opening '%s'", "/x");
}

static void
test_err(void)
{
	tt_auto(err) struct tt_err *err = NULL;

	TAP_EQ_INT(tt_err_wrap(&err, fail_deep(&err), "loading config"), -ENOENT,
	    "wrap returns r");
	TAP_EQ_STR(tt_err_message(err),
	    "loading config: opening '/x': No such file or directory",
	    "the chain reads outermost first");
	tt_err_set(&err, -EINVAL, "InvalidArgument", "no");
	TAP_EQ_STR(
	    tt_err_code(err), "InvalidArgument", "a second set replaces the first");
	tt_err_wrap(&err, -EINVAL, "why");
	TAP_EQ_STR(tt_err_code(err), "InvalidArgument", "wrapping keeps the code");
	TAP_EQ_INT(
	    tt_err_set(NULL, -EIO, NULL, "dropped"), -EIO, "no place for it is fine");
}

int
main(void)
{
	test_buf();
	test_numbers();
	test_utf8();
	test_words();
	test_err();
	return tap_done();
}
