// SPDX-License-Identifier: MPL-2.0
/*
 * Random bytes from getrandom(2); a seed makes them reproducible (tests, --seed).
 */
#pragma once

#include <stddef.h>

void tt_random(void *out, size_t len);
/* From now on a SHA-256 counter stream of this text; NULL gives getrandom back. */
void tt_random_seed(const char *seed);
/* n bytes as 2 * n lower-case hex digits; out has 2 * n + 1 bytes. */
void tt_random_hex(size_t n, char *out);
