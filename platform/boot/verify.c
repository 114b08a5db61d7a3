// SPDX-License-Identifier: MPL-2.0
/*
 * Step verify: the digests of the large files that copy left for later, in its own time. A
 * file that is wrong goes, and with it the marker, so that the next boot copies it again.
 */
#include <errno.h>
#include <stdio.h>

#include "platform/boot/copy.h"
#include "platform/key/manifest.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

static int
verify_one(const struct manifest_file *f, struct tt_err **err)
{
	tt_auto(free) char *path = tt_path_join(BOOT_COPY, f->path);
	char hex[TT_SHA256_HEX_LEN];
	int r = tt_sha256_file(path, hex, NULL, err);

	if (r < 0)
		return r;
	if (tt_streq(hex, f->sha256))
		return 0;
	(void)unlink(COPY_MARKER);
	(void)tt_fsync_dir(BOOT_COPY);
	(void)unlink(path);
	return tt_err_set(err, -EBADMSG, "KeyDamaged",
	    "the copy of '%s' is damaged, so the key may be: the next boot copies it "
	    "again; when it is damaged then too, write the image to the key again",
	    f->path);
}

int
boot_verify(struct boot *b, struct tt_err **err)
{
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(MANIFEST_MAX);
	tt_auto(manifest) struct manifest m = { 0 };
	int r = tt_file_read(COPY_UNVERIFIED, &text, err);

	if (r == -ENOENT) {
		tt_err_clear(err);
		b->skipped = true;
		return 0;
	}
	if (r == 0)
		r = manifest_parse(COPY_UNVERIFIED, tt_buf_str(&text), text.len, &m, err);
	for (size_t i = 0; r == 0 && i < m.n; i++)
		r = verify_one(&m.v[i], err);
	if (r < 0)
		return r;
	boot_did(b, "checked %zu files, %llu bytes", m.n, (unsigned long long)m.bytes);
	if (unlink(COPY_UNVERIFIED) < 0)
		return tt_err_errno(err, -errno, "removing '%s'", COPY_UNVERIFIED);
	return 0;
}
