// SPDX-License-Identifier: MPL-2.0
/*
 * What a firewall rule costs: parse, judge, canonical text. Reads rules, one a line, from
 * standard input and goes through them for a second of CPU time; prints microseconds a rule.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "platform/lib/base/str.h"
#include "platform/lib/model/fwrule.h"

static double
cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int
judge(const char *text, struct tt_buf *out)
{
	static const struct tt_fw_opts opts = { .strict_mask = true };
	tt_auto(fw_rule) struct tt_fw_rule *rule = NULL;
	tt_auto(err) struct tt_err *err = NULL;

	tt_buf_reset(out);
	if (tt_fw_rule_parse(text, strlen(text), &opts, &rule, &err) < 0) {
		fprintf(stderr, "bench-fwrule: '%s': %s\n", text, tt_err_message(err));
		return -1;
	}
	return tt_fw_rule_text(rule, out);
}

int
main(void)
{
	tt_auto(strv) char **rules = NULL;
	tt_auto(buf) struct tt_buf out = TT_BUF_INIT(TT_FW_TEXT_MAX);
	char line[4096];
	size_t n, done = 0;
	double start;

	while (fgets(line, sizeof(line), stdin) != NULL)
		tt_strv_add(&rules, tt_trim(line));
	n = tt_strv_len(rules);
	if (rules == NULL)
		return 2;
	start = cpu_seconds();
	while (cpu_seconds() - start < 1)
		for (size_t i = 0; i < 100 * n; i++, done++)
			if (judge(rules[i % n], &out) < 0)
				return 1;
	printf("%.3f\n", (cpu_seconds() - start) * 1e6 / (double)done);
	return 0;
}
