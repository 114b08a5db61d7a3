// SPDX-License-Identifier: MPL-2.0
/* The URL that the boot script made: dot parts go, and what is no URL is refused in words. */
#include <errno.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"
#include "platform/netinstall/url.h"
#include "tests/lib/tap.h"

static void
test_good(void)
{
	static const char *const good[][2] = {
		{ "http://10.0.0.1/triton-installer.ipxe/../fulliso.tgz",
		    "http://10.0.0.1/fulliso.tgz" },
		{ "https://boot.example.com:8443/a/b/x.ipxe/../fulliso.tgz",
		    "https://boot.example.com:8443/a/b/fulliso.tgz" },
		{ "http://h/a/./b/../../c", "http://h/c" },
		{ "http://h/../../c", "http://h/c" },
		{ "http://h/a/b/..", "http://h/a/" },
		{ "http://h/a/..b/.c/...", "http://h/a/..b/.c/..." },
		{ "http://h//a//b", "http://h//a//b" },
		{ "http://h/a/../b?x=/../y", "http://h/b?x=/../y" },
		{ "http://[fd00::1]:8080/base/fulliso.tgz",
		    "http://[fd00::1]:8080/base/fulliso.tgz" },
	};

	for (size_t i = 0; i < TT_ARRAY_LEN(good); i++) {
		tt_auto(err) struct tt_err *err = NULL;
		tt_auto(free) char *url = NULL;

		TAP_EQ_INT(netinstall_url(good[i][0], &url, &err), 0, "%s", good[i][0]);
		TAP_EQ_STR(url, good[i][1], "without its dots");
	}
}

static void
test_bad(void)
{
	static const char *const bad[] = { "", "triton-installer.ipxe/../fulliso.tgz",
		"tftp://10.0.0.1/fulliso.tgz", "http://", "http:///fulliso.tgz",
		"http://h", "http://h/", "http://h?x", "http://h/a b", "http://h/a\n" };

	for (size_t i = 0; i < TT_ARRAY_LEN(bad); i++) {
		tt_auto(err) struct tt_err *err = NULL;
		tt_auto(free) char *url = NULL;

		TAP_OK(netinstall_url(bad[i], &url, &err) == -EINVAL && !url,
		    "refused: %s", tt_err_message(err));
		TAP_OK(strstr(tt_err_message(err), "base-url"), "with what to do");
	}
}

int
main(void)
{
	test_good();
	test_bad();
	return tap_done();
}
