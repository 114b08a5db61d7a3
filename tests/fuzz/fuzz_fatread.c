// SPDX-License-Identifier: MPL-2.0
/*
 * The FAT reader, on a small sound volume of our own writer with bytes changed: the input
 * is a list of (place, value), four bytes each, in the boot sectors, tables and folders.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "image/fatread.h"
#include "image/fatwrite.h"
#include "image/le.h"

#define SECTORS 67000U

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static uint8_t *sound, *volume;
static size_t changed[4096], n_changed;

static int
put(void *ctx, uint64_t offset, const void *data, size_t len, struct tt_err **err)
{
	(void)ctx;
	(void)err;
	memcpy(sound + offset, data, len);
	return 0;
}

static void
prepare(void)
{
	const struct fat_params p = { SECTORS, 4096, 1, "TRITON", 1795400000 };
	struct fat *f = fat_new(&p);

	sound = calloc(SECTORS, 512);
	volume = calloc(SECTORS, 512);
	if (sound == NULL || volume == NULL)
		abort();
	(void)fat_add(f, "boot/grub/grub.cfg", 3000, NULL);
	(void)fat_add(f, "boot/grub/grubenv", 1024, NULL);
	(void)fat_add(
	    f, "a long name that needs more than one entry of the folder", 1, NULL);
	(void)fat_add(f, "version", 20, NULL);
	if (fat_layout(f, NULL) < 0 || fat_write_meta(f, put, NULL, NULL) < 0)
		abort();
	fat_free(f);
	memcpy(volume, sound, (size_t)SECTORS * 512);
}

/* Three of four places are where the structure is: front, table, folders. */
static size_t
place(uint32_t v)
{
	const size_t reserved = (size_t)le16_get(sound + 14) * 512;
	const size_t fat = (size_t)le32_get(sound + 36) * 512;

	switch (v >> 22) {
	case 0:
		return v % 1024;
	case 1:
		return reserved + v % 256;
	case 2:
		return reserved + 2 * fat + v % 8192;
	default:
		return v % ((size_t)SECTORS * 512);
	}
}

static int
piece(const uint8_t *data, size_t len, void *ctx, struct tt_err **err)
{
	(void)err;
	for (size_t i = 0; i < len; i += 512)
		*(unsigned *)ctx += data[i];
	return 0;
}

static const struct fatread *reader;

static int
seen(const struct fatread_file *file, void *ctx, struct tt_err **err)
{
	if (!file->is_dir)
		(void)fatread_contents(reader, file, piece, ctx, NULL);
	(void)err;
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct fatread f;
	unsigned sum = 0;

	if (sound == NULL)
		prepare();
	n_changed = 0;
	for (size_t i = 0; i + 3 < len && n_changed < 4096; i += 4) {
		const uint32_t v = le32_get(data + i);

		changed[n_changed] = place(v & 0xffffff);
		volume[changed[n_changed++]] = (uint8_t)(v >> 24);
	}
	if (fatread_open(volume, (size_t)SECTORS * 512, &f, NULL) >= 0) {
		reader = &f;
		(void)fatread_check(&f, NULL);
		(void)fatread_walk(&f, seen, &sum, NULL);
	}
	for (size_t i = 0; i < n_changed; i++)
		volume[changed[i]] = sound[changed[i]];
	return 0;
}
