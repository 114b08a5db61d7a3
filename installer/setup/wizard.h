// SPDX-License-Identifier: MPL-2.0
/*
 * The first-boot wizard: finds the answers, asks what they leave open, checks, shows a
 * review and writes the config. It asks and shows; every judgement is libtsetup's.
 */
#pragma once

struct wizard_opts {
	const char *media;   /* the mounted key; the config goes there */
	const char *answers; /* -f FILE, NULL = search the usual places */
	const char *console; /* -c tty1: name below /dev; NULL = the terminal on stdin */
	const char *root;    /* put before every other path (tests); NULL on a machine */
};

enum wizard_exit {
	WIZARD_OK = 0,      /* config written, here or by another console */
	WIZARD_FAILED = 1,  /* usage or I/O */
	WIZARD_INVALID = 2, /* invalid input in an unattended run */
	WIZARD_NO_NIC = 3,
	WIZARD_BUSY = 4, /* another console holds the session */
	WIZARD_QUIT = 5, /* the operator left */
};

/* The exit code of triton-setup [-f ANSWERS] [-c CONSOLE] MEDIA_DIR. */
int wizard_main(const struct wizard_opts *opts);
