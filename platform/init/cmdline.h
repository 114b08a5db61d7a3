// SPDX-License-Identifier: MPL-2.0
/*
 * Parser of the kernel command line: the triton.* words and what else init needs to know.
 * Works on memory alone; bounded; never fails, but collects complaints.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INIT_COMPLAINTS_MAX 8

struct init_params {
	char label[64];
	char root[256];
	char roothash[129];
	char salt[513];
	uint64_t blocks; /* data blocks of 4096 bytes */
	bool verity;     /* hash, salt and blocks are all there and well formed */
	bool verity_bad; /* some of them are there, but not all or not well formed */
	int toram;       /* 1, 0, or -1 when not given */
	char fs[32];
	char init[256];
	unsigned wait_s;
	bool debug;
	bool rescue; /* systemd.unit=rescue.target */
	size_t n_complaints;
	char complaints[INIT_COMPLAINTS_MAX][160];
};

/* Words are split at blanks; double quotes protect blanks, as the kernel does it. */
void init_params_parse(const char *text, size_t len, struct init_params *ret);
