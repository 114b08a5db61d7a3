// SPDX-License-Identifier: MPL-2.0
/*
 * sdcadm boot-from-pool: the key on the boot partitions of the pool's disks, so that this
 * headnode boots without it.
 */
#include <errno.h>
#include <stdio.h>

#include "platform/key/install.h"
#include "platform/lib/base/str.h"
#include "tools/operator/platform/oper.h"
#include "tools/operator/sdcadm/sdcadm.h"

#define POOL "/zones"

static bool json;

static int
install(
    const struct key_set *s, size_t *ret_new, struct key_targets *t, struct tt_err **err)
{
	struct oper_progress p = { .what = "installing the key on the pool's disks" };
	struct key_progress progress = { .fn = oper_progress, .ctx = &p };
	const struct key_install o = {
		.source = s->v[0].where,
		.id = s->id,
		.set = s,
		.progress = &progress,
	};
	int r;

	if (!s->id || !*s->id)
		return tt_err_set(err, -EINVAL, "KeyWithoutId",
		    "the boot medium %s has no medium.id: boot from it once",
		    s->v[0].device);
	r = key_targets_find(POOL, t, err);
	if (r == 0)
		r = key_install_all(&o, t, ret_new, err);
	oper_progress_end(&p);
	return r;
}

static void
report(const struct key_targets *t, size_t made)
{
	if (json) {
		printf("{\"copies\":%zu,\"new\":%zu}\n", t->usable, made);
		return;
	}
	for (size_t i = 0; i < t->n; i++)
		if (!t->v[i].esp[0])
			printf("disk %s has no boot partition (disks below 8 GiB get "
			       "none): it cannot be booted from\n",
			    t->v[i].disk);
	printf("%zu of %zu disks of the pool boot this headnode, %zu of them since now: "
	       "the key may be pulled out\n",
	    t->usable, t->n, made);
}

int
boot_from_pool_run(int argc, char **argv, void *ctx)
{
	tt_auto(oper) struct oper o = { 0 };
	tt_auto(key_set) struct key_set *s = NULL;
	tt_auto(key_targets) struct key_targets t = { 0 };
	tt_auto(err) struct tt_err *err = NULL;
	size_t made = 0;
	int r;

	(void)argc;
	(void)argv;
	(void)ctx;
	oper_init(&o, NULL);
	r = oper_headnode(&o, &err);
	if (r == 0)
		r = oper_key(&o, true, &s, &err);
	if (r == 0)
		r = install(s, &made, &t, &err);
	if (r < 0)
		return tt_cli_fail("sdcadm boot-from-pool", err);
	report(&t, made);
	return 0;
}

const struct tt_opt boot_from_pool_opts[] = {
	{ 'j', "json", TT_OPT_FLAG, &json, NULL, "JSON" },
	{ 0 },
};
