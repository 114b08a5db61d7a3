// SPDX-License-Identifier: MPL-2.0
/*
 * A firewall rule; the first byte chooses the language version. What is accepted must have a
 * canonical text that is accepted too and stays as it is.
 */
#include "platform/lib/model/fwrule.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	tt_auto(fw_rule) struct tt_fw_rule *rule = NULL, *again = NULL;
	tt_auto(buf) struct tt_buf first = TT_BUF_INIT(8 * TT_FW_TEXT_MAX);
	tt_auto(buf) struct tt_buf second = TT_BUF_INIT(8 * TT_FW_TEXT_MAX);
	tt_auto(err) struct tt_err *err = NULL;
	struct tt_fw_opts opts = { 0 };

	if (size < 1)
		return 0;
	opts.version = data[0] % 6;
	opts.strict_mask = data[0] & 128;
	if (tt_fw_rule_parse((const char *)data + 1, size - 1, &opts, &rule, &err) < 0)
		return 0;
	if (tt_fw_rule_text(rule, &first) < 0)
		__builtin_trap();
	if (first.len > TT_FW_TEXT_MAX)
		return 0;
	opts.version = opts.version == 0 ? 0 : TT_FW_V4;
	if (tt_fw_rule_parse(first.data, first.len, &opts, &again, NULL) < 0 ||
	    tt_fw_rule_text(again, &second) < 0 || strcmp(first.data, second.data) != 0)
		__builtin_trap();
	return 0;
}
