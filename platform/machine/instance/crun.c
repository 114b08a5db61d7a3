// SPDX-License-Identifier: MPL-2.0
/*
 * Calls of crun.
 */
#include "platform/machine/instance/crun.h"

#include <errno.h>
#include <stdint.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/proc.h"
#include "platform/machine/instance/place.h"

#define LOG        "crun.log"
#define TIMEOUT_MS 120000

static const char state_dir[] = MACH_RUN "/crun";

/* crun's own words: its standard error is the container's. */
static int
with_log(const char *uuid, int r, struct tt_err **err)
{
	tt_auto(free) char *path = mach_run_path(uuid, LOG);
	tt_auto(free) char *line = tt_file_line(path);

	if (line == NULL || *line == '\0')
		return r;
	tt_err_clear(err);
	return tt_err_set(err, r, "ContainerFailed", "crun: %s", line);
}

static int
crun(const char *uuid, const char *const *words, int out, struct tt_err **err)
{
	tt_auto(free) char *log = mach_run_path(uuid, LOG);
	tt_auto(free) char *log_word = tt_xprintf("--log=file:%s", log);
	const char *argv[16] = { "crun", "--root", state_dir, "--cgroup-manager=cgroupfs",
		log_word };
	const struct tt_proc_opts opts = {
		.timeout_ms = TIMEOUT_MS, .stdout_fd = out, .stderr_fd = out
	};
	size_t n = 5;
	int r;

	(void)unlink(log);
	while (*words != NULL)
		argv[n++] = *words++;
	argv[n] = NULL;
	r = tt_proc_run(argv, &opts, NULL, err);
	return r < 0 ? with_log(uuid, r, err) : 0;
}

static int
read_pid(const char *path, pid_t *ret, struct tt_err **err)
{
	tt_auto(free) char *line = tt_file_line(path);
	uint32_t pid;

	if (line == NULL || tt_parse_u32(line, 2, INT32_MAX, &pid) < 0)
		return tt_err_set(err, -EIO, "ContainerFailed",
		    "crun left no process number in '%s'", path);
	*ret = (pid_t)pid;
	return 0;
}

int
mach_crun_create(const char *uuid, int out, pid_t *ret_pid, struct tt_err **err)
{
	tt_auto(free) char *bundle = mach_run_path(uuid, NULL);
	tt_auto(free) char *pid_file = mach_run_path(uuid, "pid");
	const char *const words[] = { "create", "-b", bundle, "--pid-file", pid_file,
		uuid, NULL };
	int r = tt_mkdir_p(state_dir, 0700, err);

	if (r == 0)
		r = crun(uuid, words, out, err);
	if (r < 0)
		return tt_err_wrap(err, r, "making the container of %s", uuid);
	return read_pid(pid_file, ret_pid, err);
}

int
mach_crun_start(const char *uuid, struct tt_err **err)
{
	const char *const words[] = { "start", uuid, NULL };
	int r = crun(uuid, words, -1, err);

	return r < 0 ? tt_err_wrap(err, r, "starting the container of %s", uuid) : 0;
}

int
mach_crun_delete(const char *uuid, struct tt_err **err)
{
	tt_auto(free) char *state = tt_path_join(state_dir, uuid);
	const char *const words[] = { "delete", "-f", uuid, NULL };
	int r;

	if (!tt_path_exists(state))
		return 0;
	r = crun(uuid, words, -1, err);
	return r < 0 ? tt_err_wrap(err, r, "removing the container of %s", uuid) : 0;
}
