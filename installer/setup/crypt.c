// SPDX-License-Identifier: MPL-2.0
/*
 * Password hashes by crypt(3). Salts come from our random source, so that a seed makes
 * them reproducible.
 */
#include <crypt.h>
#include <errno.h>
#include <string.h>

#include "installer/setup/tsetup.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/random.h"
#include "platform/lib/base/str.h"

#define SALT_BYTES 16 /* 128 bits */
#define OUT_SIZE   384

/* yescrypt with the library's default cost: $y$j9T$ and 22 characters of salt. */
static int
yescrypt_setting(char *out, size_t size)
{
	char salt[SALT_BYTES];

	tt_random(salt, sizeof(salt));
	return crypt_gensalt_rn("$y$", 0, salt, sizeof(salt), out, (int)size) ? 0
									      : -errno;
}

/* $6$ with 16 characters of salt. */
static int
sha512_setting(char *out, size_t size)
{
	static const char digits[] =
	    "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	unsigned char random[SALT_BYTES];
	char salt[SALT_BYTES + 1] = "";

	tt_random(random, sizeof(random));
	for (size_t i = 0; i < sizeof(random); i++)
		salt[i] = digits[random[i] & 63];
	return tt_strf(out, size, "$6$%s$", salt);
}

static int
hash(const char *password, const char *setting, char *out)
{
	struct crypt_data *data = tt_xalloc(sizeof(*data));
	const char *result = crypt_r(password, setting, data);
	int r = -EINVAL;

	if (result && result[0] == '$')
		r = tt_strcpy(out, OUT_SIZE, result);
	explicit_bzero(data, sizeof(*data));
	free(data);
	return r;
}

int
tsetup_crypt(const char *password, enum ts_crypt method, char *out, struct tt_err **err)
{
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];

	if (method == TS_YESCRYPT && yescrypt_setting(setting, sizeof(setting)) == 0 &&
	    hash(password, setting, out) == 0)
		return 0;
	if (sha512_setting(setting, sizeof(setting)) == 0 &&
	    hash(password, setting, out) == 0)
		return 0;
	return tt_err_set(err, -EIO, "CryptFailed",
	    "crypt(3) hashed the password neither with yescrypt nor with SHA-512; "
	    "check libcrypt");
}
