// SPDX-License-Identifier: MPL-2.0
/*
 * Root's password of the image that nobody has configured yet: none, a given one, or a
 * generated one. The crypt text goes into the root image (verity covers it there), the
 * password itself only into root.password.<stamp> beside the outputs and, for the person
 * who holds the key, on the key's private folder.
 */
#include <crypt.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "image/build.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/random.h"
#include "platform/lib/base/sha256.h"
#include "platform/lib/base/str.h"

#define GENERATED_LEN 12

static void
generate(char out[GENERATED_LEN + 1])
{
	/* 57 characters that nobody confuses on a screen */
	static const char set[] =
	    "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
	size_t n = 0;

	while (n < GENERATED_LEN) {
		uint8_t v;

		tt_random(&v, 1);
		if (v < 256 / (sizeof(set) - 1) * (sizeof(set) - 1)) /* no bias */
			out[n++] = set[v % (sizeof(set) - 1)];
	}
	out[n] = '\0';
}

/* The one of an earlier run of the same stamp, so that the root image stays as it is. */
static bool
earlier(const char *path, char out[GENERATED_LEN + 1])
{
	tt_auto(free) char *line = tt_file_line(path);

	return line != NULL && tt_strcpy(out, GENERATED_LEN + 1, line) == 0 &&
	       strlen(out) == GENERATED_LEN;
}

/*
 * yescrypt. The salt follows from the stamp, so that two builds agree; it is public
 * anyway and differs from build to build.
 */
static int
hash(struct build *b, const char *password, struct tt_err **err)
{
	uint8_t digest[TT_SHA256_SIZE];
	char salt[CRYPT_GENSALT_OUTPUT_SIZE];
	tt_auto(free) struct crypt_data *data = tt_xalloc(sizeof(*data));
	tt_auto(free) char *seed = tt_xprintf("root password of %s", b->stamp);
	const char *text;

	tt_sha256(seed, strlen(seed), digest);
	if (crypt_gensalt_rn("$y$", 0, (const char *)digest, 16, salt, sizeof(salt)) ==
	    NULL)
		return tt_err_errno(err, -errno, "making a yescrypt salt");
	text = crypt_rn(password, salt, data, sizeof(*data));
	if (text == NULL)
		return tt_err_errno(err, -errno, "hashing root's password");
	b->root_hash = tt_xstrdup(text);
	return 0;
}

int
build_root_password(struct build *b, struct tt_err **err)
{
	const char *wanted = spec_text(&b->spec, SPEC_ROOT_PASSWORD);
	tt_auto(free) char *name = tt_xprintf("root.password.%s", b->stamp);
	tt_auto(free) char *path = tt_path_join(b->out_dir, name);
	tt_auto(free) char *line = NULL;
	char made[GENERATED_LEN + 1];
	int r;

	if (strcmp(wanted, "none") == 0)
		return 0;
	if (strcmp(wanted, "generate") == 0) {
		if (!earlier(path, made))
			generate(made);
		wanted = made;
	}
	r = hash(b, wanted, err);
	if (r < 0)
		return r;
	line = tt_xprintf("%s\n", wanted);
	r = tt_file_replace(path, line, strlen(line), 0600, err);
	if (r >= 0)
		b->password_file = tt_take(path);
	return r;
}
