// SPDX-License-Identifier: MPL-2.0
/* Settings of daemons: defaults, ranges, nested names, unknown keys, printing. */
#include <errno.h>
#include <string.h>

#include "platform/lib/base/file.h"
#include "platform/lib/base/str.h"
#include "platform/lib/conf/jsonconf.h"
#include "tests/lib/tap.h"

struct settings {
	char *host;
	char *token;
	int64_t port;
	bool debug;
	char **peers;
};

#define FIELD(n) offsetof(struct settings, n)

static const struct tt_conf_field table[] = {
	{ "listen.host", TT_CONF_TEXT, FIELD(host), "localhost", 1, 64, false,
	    "address" },
	{ "listen.port", TT_CONF_INT, FIELD(port), "80", 1, 65535, false, "port" },
	{ "debug", TT_CONF_BOOL, FIELD(debug), "false", 0, 0, false, "more logs" },
	{ "peers", TT_CONF_LIST, FIELD(peers), "", 0, 0, false, "others" },
	{ "token", TT_CONF_TEXT, FIELD(token), NULL, 0, 0, true, "secret" },
	{ 0 },
};

static const char path[] = "/tmp/tt-jsonconf.json";

static int
load(const char *text, struct settings *s, struct tt_findings *found, struct tt_err **err)
{
	if (tt_file_write(path, text, strlen(text), 0600, NULL) < 0)
		abort();
	return tt_conf_load(path, table, s, found, err);
}

static void
test_good(void)
{
	tt_auto(findings) struct tt_findings found = { 0 };
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(json) json_t *j = NULL;
	struct settings s = { 0 };

	TAP_EQ_INT(load("{\"listen\": {\"port\": 8080, \"hots\": 1}, \"token\": \"t\","
			"\"peers\": [\"a\", \"b\"], \"debgu\": true}",
		       &s, &found, &err),
	    0, "loads: %s", tt_err_message(err));
	TAP_EQ_STR(s.host, "localhost", "a default");
	TAP_EQ_INT(s.port, 8080, "a nested number");
	TAP_EQ_INT(tt_strv_len(s.peers), 2, "a list");
	TAP_EQ_INT(found.n, 2, "two unknown keys");
	TAP_OK(tt_findings_find(&found, "W_UNKNOWN", "listen.hots"), "a nested one");
	TAP_OK(found.n > 1 && strstr(found.v[1].text, "debug"), "with the nearest name");
	j = tt_conf_print(table, &s);
	TAP_EQ_STR(tt_json_str(j, "token", ""), "***", "secrets do not print");
	TAP_EQ_INT(tt_json_int(j, "listen.port", 0), 8080, "values do");
	tt_conf_free(table, &s);
}

static void
test_bad(void)
{
	static const char *const bad[] = { "{\"token\": 1}", "{}",
		"{\"token\":\"t\",\"listen\":{\"port\":0}}",
		"{\"token\":\"t\",\"debug\":\"yes\"}", "{\"token\":\"t\",\"peers\":[1]}",
		"[]", "{\"token\":\"t\",\"listen\":{\"host\":\"\"}}" };

	for (size_t i = 0; i < TT_ARRAY_LEN(bad); i++) {
		tt_auto(err) struct tt_err *err = NULL;
		struct settings s = { 0 };

		TAP_EQ_INT(load(bad[i], &s, NULL, &err), -EINVAL, "%s", bad[i]);
		TAP_OK(strstr(tt_err_message(err), path), "names the file: %s",
		    tt_err_message(err));
		tt_conf_free(table, &s);
	}
}

int
main(void)
{
	test_good();
	test_bad();
	(void)unlink(path);
	return tap_done();
}
