// SPDX-License-Identifier: MPL-2.0
/*
 * Two products that are archives: the whole key tree (`boot`), and the platform alone
 * (`platform`), which is what a running headnode is updated from.
 */
#include "image/pack.h"
#include "image/product.h"
#include "image/stage.h"
#include "image/uki.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/buf.h"
#include "platform/lib/base/str.h"
#include "platform/lib/sign/sign.h"

#define SUMS     "SHA256SUMS"
#define SUMS_MAX (64 * TT_KIB)

static int
make_boot(struct build *b, struct report *report, struct tt_err **err)
{
	tt_auto(free) char *path =
	    tt_xprintf("%s/boot-%s.tgz", b->out_dir, b->build_stamp);
	tt_auto(keyset) struct keyset k = { 0 };
	tt_auto(pack) struct pack p = { 0 };
	int r;

	r = product_key(b, &k, err);
	if (r < 0)
		return r;
	pack_tree(&p, "", &k.t);
	return pack_phase(b, &p, "boot", path, report, NULL, err);
}

const struct product product_boot = {
	.name = "boot",
	.help = "Build the archive of the key's files.",
	.phases = PRODUCT_KEY_PHASES + 1,
	.make = make_boot,
};

/* Digests of the platform's files under their names in it, and the site's signature of them. */
static int
add_sums(struct build *b, struct keytree *t, struct tt_err **err)
{
	tt_auto(free) char *path = tt_xprintf("os/%s/" SUMS, b->stamp);
	tt_auto(free) char *sig_path = tt_xprintf("%s" TT_SIGN_SUFFIX, path);
	tt_auto(free) char *prefix = tt_xprintf("os/%s/", b->stamp);
	tt_auto(buf) struct tt_buf sig = TT_BUF_INIT(SUMS_MAX);
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(SUMS_MAX);
	int r;

	for (size_t i = 0; i < t->count; i++)
		tt_buf_addf(&text, "%s  %s\n", t->files[i].sha256,
		    tt_after_prefix(t->files[i].path, prefix));
	keytree_add_data(t, path, tt_buf_str(&text), text.len);
	if (b->site_key == NULL)
		return 0;
	r = sign_data(b->site_key, path, tt_buf_str(&text), text.len, &sig, err);
	if (r >= 0)
		keytree_add_data(t, sig_path, tt_buf_str(&sig), sig.len);
	return r;
}

static int
make_platform(struct build *b, struct report *report, struct tt_err **err)
{
	tt_auto(free) char *path = tt_xprintf("%s/platform-%s.tgz", b->out_dir, b->stamp);
	tt_auto(keytree) struct keytree t = { 0 };
	tt_auto(pack) struct pack p = { 0 };
	int r;

	r = build_root_password(b, err);
	if (r >= 0)
		r = build_platform(b, err);
	if (r >= 0)
		r = stage_platform(b, &t, err);
	if (r >= 0)
		r = uki_stage_platform(b, &t, err);
	if (r >= 0)
		r = add_sums(b, &t, err);
	if (r < 0)
		return r;
	pack_tree(&p, "", &t);
	r = pack_phase(b, &p, "platform-tgz", path, report, NULL, err);
	if (r < 0)
		return r;
	report_hint(report, "platform: %s", b->platform.dir);
	report_hint(report, "update a headnode: sdcadm platform install %s", path);
	return 0;
}

const struct product product_platform = {
	.name = "platform",
	.help = "Build only the live platform, and the archive to update with.",
	.phases = 1,
	.make = make_platform,
};
