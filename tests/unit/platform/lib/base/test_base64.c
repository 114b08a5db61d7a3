// SPDX-License-Identifier: MPL-2.0
/*
 * Base64: the vectors of RFC 4648 section 10, every length, and what must be refused.
 */
#include "platform/lib/base/base64.h"

#include <errno.h>
#include <string.h>

#include "platform/lib/base/random.h"
#include "tests/lib/tap.h"

int
main(void)
{
	static const char *const pairs[][2] = { { "", "" }, { "f", "Zg==" },
		{ "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" } };
	static const char *const bad[] = { "Z", "Zg",
		"Zg=", "Zh==", "Zm9=", "Z===", "====", "Zm=v", "Zg==Zg==", "Zm9v\n",
		"Zm 9", "Zm9-", "Zm9\x80" };
	char text[TT_BASE64_LEN(300) + 1];
	char data[300], back[300];
	unsigned wrong = 0;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		const char *plain = pairs[i][0], *coded = pairs[i][1];
		ssize_t n;

		tt_base64_encode(plain, strlen(plain), text);
		TAP_EQ_STR(text, coded, "'%s' encoded", plain);
		n = tt_base64_decode(coded, strlen(coded), back);
		TAP_OK(n == (ssize_t)strlen(plain) &&
			   memcmp(back, plain, strlen(plain)) == 0,
		    "'%s' decoded", coded);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		TAP_EQ_INT(tt_base64_decode(bad[i], strlen(bad[i]), back), -EINVAL,
		    "bad text %zu is refused", i);
	tt_random_seed("base64");
	for (size_t len = 0; len <= sizeof(data); len++) {
		ssize_t n;

		tt_random(data, len);
		tt_base64_encode(data, len, text);
		n = tt_base64_decode(text, strlen(text), text); /* in place */
		wrong += n != (ssize_t)len || memcmp(text, data, len) != 0;
	}
	TAP_EQ_INT(wrong, 0, "every length up to 300 comes back");
	return tap_done();
}
