// SPDX-License-Identifier: MPL-2.0
/*
 * The chain of mode signed, link by link as firmware and shim follow it.
 */
#include "image/chain.h"

#include <errno.h>
#include <string.h>

#include "image/pe.h"
#include "image/sign.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"

/*
 * "Microsoft Corporation UEFI CA 2011" (the same in Debian's package ovmf, as a machine's db
 * has it) and "Microsoft UEFI CA 2023"; both stand in the signatures of Debian's shim 16.1.
 */
static const char *const microsoft[] = {
	"48e99b991f57fc52f76149599bff0a58c47154229b9f8d603ac40d3500248507",
	"f6124e34125bee3fe6d79a574eaa7b91c0e7bd9d929c1a321178efd611dad901",
	NULL,
};

/* "Debian Secure Boot CA", from the section .vendor_cert of Debian's shim. */
#define DEBIAN "079646974bce09b1f04da67bd722d1fb0947ae4c4010bccdbba52d5b23cbf1a2"

struct link {
	char *data; /* of the program, which pe borrows */
	struct pe pe;
};

static void
tt_auto_link(struct link *l)
{
	free(l->data);
}

static void
finding(char ***bad, struct tt_err **err)
{
	tt_strv_add(bad, tt_err_message(*err));
	tt_err_clear(err);
}

static int
open_link(
    const char *path, chain_load *load, void *ctx, struct link *l, struct tt_err **err)
{
	size_t len = 0;
	int r = load(ctx, path, &l->data, &len, err);

	if (r >= 0)
		r = pe_parse(path, (const uint8_t *)l->data, len, &l->pe, err);
	return r;
}

/* Whom shim lets sign: it must be Debian, or GRUB and kernel are refused or not Debian's. */
static int
vendor(const struct link *shim, const uint8_t **ret, size_t *ret_len, struct tt_err **err)
{
	char hex[TT_SHA256_HEX_LEN];

	if (pe_vendor_cert(&shim->pe, ret, ret_len) < 0)
		return tt_err_set(err, -EBADMSG, "SignatureInvalid",
		    "'" CHAIN_SHIM "' is no shim: it holds no certificate for what it "
		    "starts");
	tt_sha256_hex(*ret, *ret_len, hex);
	if (tt_streq(hex, DEBIAN))
		return 0;
	return tt_err_set(err, -EBADMSG, "SignatureInvalid",
	    "'" CHAIN_SHIM "' is a shim for another distribution: it starts what the "
	    "certificate with SHA-256 %s signs, Debian's has " DEBIAN,
	    hex);
}

static bool
is_link(const char *path)
{
	return !tt_streq(path, CHAIN_SHIM) &&
	       (tt_after_prefix(path, "EFI/BOOT/") != NULL ||
		   (tt_after_prefix(path, "os/") != NULL &&
		       tt_ends_with(path, "/vmlinuz")));
}

void
chain_examine(
    char *const *paths, chain_load *load, void *ctx, json_t *signers, char ***ret_bad)
{
	tt_auto(link) struct link shim = { 0 };
	tt_auto(free) char *first = NULL;
	tt_auto(err) struct tt_err *err = NULL;
	const uint8_t *ca = NULL;
	size_t ca_len = 0;

	if (open_link(CHAIN_SHIM, load, ctx, &shim, &err) < 0) {
		finding(ret_bad, &err);
		return;
	}
	if (sign_check_pinned(CHAIN_SHIM, &shim.pe, microsoft, &first, &err) < 0)
		finding(ret_bad, &err);
	else
		json_object_set_new(signers, CHAIN_SHIM, json_string(first));
	if (vendor(&shim, &ca, &ca_len, &err) < 0) {
		finding(ret_bad, &err);
		return;
	}
	for (; paths != NULL && *paths != NULL; paths++) {
		tt_auto(link) struct link l = { 0 };
		tt_auto(free) char *signer = NULL;

		if (!is_link(*paths))
			continue;
		if (open_link(*paths, load, ctx, &l, &err) < 0 ||
		    sign_check_program(*paths, &l.pe, ca, ca_len, &signer, &err) < 0)
			finding(ret_bad, &err);
		else
			json_object_set_new(signers, *paths, json_string(signer));
	}
}
