// SPDX-License-Identifier: MPL-2.0
/*
 * node.config: the part of the headnode's config that every compute node gets.
 */
#include <errno.h>
#include <string.h>

#include "installer/setup/tsetup.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/conf/confkeys.h"
#include "platform/lib/conf/encode.h"

static int
put_key(const char *key, const char *value, struct tt_secret *out, struct tt_err **err)
{
	tt_auto(secret) struct tt_secret encoded = { 0 };
	ssize_t n;

	tt_secret_init(&encoded, TT_ENCODE_SPACE(strlen(value)));
	n = tt_conf_encode(value, false, encoded.data, encoded.size + 1);
	if (n < 0)
		return tt_err_set(err, (int)n, "BadValue",
		    "%s: its value cannot be written to node.config: a control character "
		    "or "
		    "no UTF-8",
		    key);
	(void)tt_secret_addf(out, "%s=", key);
	(void)tt_secret_add(out, encoded.data, (size_t)n);
	if (tt_secret_adds(out, "\n") < 0)
		return tt_err_set(err, -E2BIG, "TooLarge", "node.config is too large");
	return 0;
}

int
tsetup_node_config(
    const struct tt_config *config, struct tt_secret *out, struct tt_err **err)
{
	int r;

	tt_secret_wipe(out);
	for (const char *const *k = tt_node_config_keys; *k; k++) {
		tt_auto(free) char *special = tt_xprintf("compute_node_%s", *k);
		const char *value = tt_config_get(config, special);

		if (!value)
			value = tt_config_get(config, *k);
		if (!value)
			continue;
		r = put_key(*k, value, out, err);
		if (r < 0)
			return r;
	}
	return 0;
}
