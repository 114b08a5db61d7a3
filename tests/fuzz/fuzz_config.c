// SPDX-License-Identifier: MPL-2.0
/*
 * The config lexer and loader: any bytes parse without a fault, values are text, and what
 * was accepted encodes and parses back to the same value.
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"
#include "platform/lib/conf/encode.h"
#include "platform/lib/conf/loader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_entry(const struct tt_config_entry *e)
{
	size_t len = strlen(e->value);
	tt_auto(free) char *line = tt_xalloc(TT_ENCODE_SPACE(len) + 3);
	tt_auto(findings) struct tt_findings found = { 0 };
	tt_auto(config) struct tt_config *c = NULL;
	ssize_t n;

	if (tt_utf8_check(e->value, len) >= 0 || !tt_conf_key_valid(e->key))
		abort();
	line[0] = 'k';
	line[1] = '=';
	n = tt_conf_encode(e->value, false, line + 2, TT_ENCODE_SPACE(len));
	if (n == -EINVAL && tt_control_find(e->value, len) >= 0)
		return;
	if (n < 0)
		abort();
	tt_config_parse(line, strlen(line), true, &c, &found);
	if (found.n || !tt_streq(tt_config_get(c, "k"), e->value))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	tt_auto(findings) struct tt_findings found = { 0 };
	tt_auto(config) struct tt_config *c = NULL, *args = NULL;

	tt_config_parse((const char *)data, size, true, &c, &found);
	for (size_t i = 0; i < tt_config_count(c) && i < 64; i++)
		check_entry(tt_config_at(c, i));
	for (size_t i = 0; i < found.n; i++) {
		tt_auto(buf) struct tt_buf out = TT_BUF_INIT(1 << 16);

		tt_finding_text(&found.v[i], "config", &out);
		tt_finding_json(&found.v[i], "config", &out);
	}
	tt_config_bootargs((const char *)data, size, &args);
	return 0;
}
