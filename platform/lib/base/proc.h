// SPDX-License-Identifier: MPL-2.0
/*
 * The one way to start a program: no shell, clean environment, only descriptors 0-2,
 * a deadline, bounded output, and it dies with its parent.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "platform/lib/base/buf.h"
#include "platform/lib/base/err.h"

struct tt_proc_opts {
	unsigned timeout_ms; /* 0 = 60,000 */
	const char *const
	    *env;          /* NULL = PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C TZ=UTC */
	const char *dir;   /* working folder, NULL = ours */
	const void *input; /* bytes for standard input, NULL = /dev/null */
	size_t input_len;
	int stdin_fd;       /* used when > 0 and input is NULL */
	int stdout_fd;      /* used when > 0: output is not collected */
	int stderr_fd;      /* the same for errors: the message has no last line then */
	struct tt_buf *out; /* collected standard output, NULL = /dev/null */
	struct tt_buf
	    *err_out;    /* collected standard error, NULL = kept for the message */
	bool inherit_io; /* use our own descriptors 0-2 as they are */
	/* Called for each line of standard error as it arrives (progress); may be NULL. */
	void (*on_err_line)(const char *line, void *ctx);
	void *ctx;
};

/*
 * Run argv[0] (looked up in PATH of the given environment) and wait.
 * Returns 0 when it ended with status 0.
 *   -ECHILD   it ended otherwise; *ret_status (may be NULL) holds the exit status or
 *             128 + signal; the message ends with the last line of its standard error
 *   -ETIME    deadline passed (it was killed)
 *   -ENOENT   no such program
 */
int tt_proc_run(const char *const *argv, const struct tt_proc_opts *opts, int *ret_status,
    struct tt_err **err);

/* CPU time of ended children of this process so far, in microseconds. */
int64_t tt_proc_children_cpu_us(void);
