// SPDX-License-Identifier: MPL-2.0
/*
 * The ISO 9660 reader. The input is blocks 16 and on of a small image: the system area in
 * front of them is never read.
 */
#include <stdint.h>
#include <string.h>

#include "image/isoread.h"

#define FRONT   ((size_t)16 * ISOREAD_BLOCK)
#define LARGEST ((size_t)256 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static uint8_t image[FRONT + LARGEST];

static int
seen(const struct isoread_file *file, void *ctx, struct tt_err **err)
{
	const struct isoread *f = ctx;
	const uint8_t *p = isoread_contents(f, file);
	static volatile uint8_t sum;

	(void)err;
	for (uint32_t i = 0; i < file->size; i += ISOREAD_BLOCK / 2)
		sum ^= p[i];
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct isoread_boot boots[ISOREAD_BOOTS];
	struct isoread f;
	size_t n;

	if (len > LARGEST)
		len = LARGEST;
	memcpy(image + FRONT, data, len);
	if (isoread_open(image, FRONT + len, &f, NULL) < 0)
		return 0;
	(void)isoread_walk(&f, seen, &f, NULL);
	(void)isoread_boots(&f, boots, &n, NULL);
	return 0;
}
