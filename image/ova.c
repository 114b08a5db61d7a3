// SPDX-License-Identifier: MPL-2.0
/*
 * OVA archives; see ova.h.
 */
#include "image/ova.h"

#include <errno.h>

int
ova_manifest(const struct tarball_file *files, size_t n, struct tt_buf *out)
{
	for (size_t i = 0; i < n; i++) {
		const struct tarball_file *f = &files[i];
		char hex[TT_SHA256_HEX_LEN];

		if (f->sha256 == NULL)
			tt_sha256_hex(f->text, (size_t)f->size, hex);
		(void)tt_buf_addf(out, "SHA256(%s)= %s\n", f->name,
		    f->sha256 == NULL ? hex : f->sha256);
	}
	return out->overflow ? -EMSGSIZE : 0;
}

int
ova_write(const char *path, const struct tarball_file *files, size_t n, int64_t epoch,
    char sha256[TT_SHA256_HEX_LEN], struct tt_err **err)
{
	const struct tarball_opts opts = { .epoch = epoch };

	return tarball_write(path, files, n, &opts, sha256, err);
}
