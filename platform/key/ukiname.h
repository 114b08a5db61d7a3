// SPDX-License-Identifier: MPL-2.0
/*
 * Names of the signed entries of a key in mode uki:
 *
 *   EFI/Linux/triton-RANK-STAMP-KIND[+LEFT[-DONE]].efi
 *
 * systemd-boot 252 sorts entries that have no sort key by name, the greatest first, and boots
 * the first; one with +0 boots left goes behind all others. So the digit RANK chooses, and a
 * rename changes the choice without touching what is signed. Before it boots an entry with a
 * counter it renames it: +1 becomes +0-1.
 *
 *   9  what boots (with +1: on trial)     4  consoles of platforms not known to be good
 *   8  what a failed trial goes back to   3  rescue
 *   5  other consoles of the good one     2  was tried and given up
 *
 * KIND is the console that is /dev/console, or "rescue".
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UKI_FOLDER    "EFI/Linux"
#define UKI_FILES     "EFI/Linux/"
#define UKI_RESCUE    "rescue"
#define UKI_STAMP_LEN 17 /* with NUL */
#define UKI_KIND_LEN  16
#define UKI_UNCOUNTED (-1)

enum uki_rank {
	UKI_SPARE = '1', /* the second of two names of one entry */
	UKI_GIVEN_UP = '2',
	UKI_RESCUES = '3',
	UKI_OTHER = '4',
	UKI_CONSOLE = '5',
	UKI_FALLBACK = '8',
	UKI_WANTED = '9',
};

struct uki_name {
	char rank; /* '0'..'9' */
	char stamp[UKI_STAMP_LEN];
	char kind[UKI_KIND_LEN];
	int left; /* boots left, UKI_UNCOUNTED without a counter */
	int done;
};

/* 0, or -EINVAL for a name that is not one of ours. len bytes, no NUL needed. */
int uki_name_parse(const char *text, size_t len, struct uki_name *ret);
/* Caller frees. */
char *uki_name_format(const struct uki_name *n);
