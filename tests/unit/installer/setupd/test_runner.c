// SPDX-License-Identifier: MPL-2.0
/*
 * The daemon's main thread with stages that write files below a folder of the test: it is
 * killed at each step that a stage makes and started again, and must then come to the same
 * end without help. Also failures, resume through the API's wish, and what is journaled.
 */
#include "installer/setupd/setupd.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "tests/lib/tap.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define KILLED 9

static char root[] = "/tmp/runner-test-XXXXXX";

/* Shared with the children that are killed. */
static struct shared {
	atomic_int steps;   /* that stage functions have made */
	atomic_int kill_at; /* 0 = never */
	atomic_int broken;  /* stage "two" fails this many times more */
	atomic_int runs;    /* of stage "one" */
} * sh;

static void
step(void)
{
	if (atomic_fetch_add(&sh->steps, 1) + 1 == atomic_load(&sh->kill_at))
		_exit(KILLED);
}

static int
file_check(struct stage_run *run, const char *name)
{
	tt_auto(free) char *rel = tt_xprintf("/jobs/%s", name),
			   *path = run_path(run, rel);
	tt_auto(free) char *line = tt_file_line(path);

	step();
	return tt_streq(line, name);
}

/* Two writes with a step between them: the kill leaves half of the work behind. */
static int
file_run(struct stage_run *run, const char *name, struct tt_err **err)
{
	tt_auto(free) char *path = tt_xprintf("/jobs/%s", name);
	int r;

	step();
	r = run_put_file(run, path, "half", 4, 0600, err);
	step();
	if (r == 0)
		r = run_put_file(run, path, name, strlen(name), 0600, err);
	step();
	return r;
}

#define FILE_STAGE(NAME)                                                                 \
	static int NAME##_check(struct stage_run *run, struct tt_err **err)              \
	{                                                                                \
		(void)err;                                                               \
		return file_check(run, #NAME);                                           \
	}

FILE_STAGE(one)
FILE_STAGE(two)
FILE_STAGE(three)
FILE_STAGE(four)

static int
one_run(struct stage_run *run, struct tt_err **err)
{
	atomic_fetch_add(&sh->runs, 1);
	return file_run(run, "one", err);
}

static int
two_run(struct stage_run *run, struct tt_err **err)
{
	if (atomic_load(&sh->broken) > 0) {
		atomic_fetch_sub(&sh->broken, 1);
		for (int i = 0; i < 8; i++)
			run_note(run, "line %d", i);
		return tt_err_set(err, -EIO, "Broken", "the disk is on fire");
	}
	return file_run(run, "two", err);
}

static int
three_run(struct stage_run *run, struct tt_err **err)
{
	run_warn(run, "mind the gap");
	return file_run(run, "three", err);
}

static int
four_run(struct stage_run *run, struct tt_err **err)
{
	return file_run(run, "four", err);
}

static const struct stage table[] = {
	{ .name = "one",
	    .title = "doing one... ",
	    .check = one_check,
	    .run = one_run,
	    .state = "state_one" },
	{ .name = "two",
	    .title = "doing two... ",
	    .check = two_check,
	    .run = two_run,
	    .needs = { "one" },
	    .state = "state_two",
	    .tries = 2 },
	{ .name = "three",
	    .title = "doing three... ",
	    .check = three_check,
	    .run = three_run,
	    .needs = { "one" } },
	{ .name = "four",
	    .title = "doing four... ",
	    .check = four_check,
	    .run = four_run,
	    .needs = { "two", "three" },
	    .state = "state_four",
	    .always = true },
	{ .name = NULL },
};

static char *
below(const char *rel)
{
	return tt_xprintf("%s%s", root, rel);
}

static void
clean(void)
{
	tt_auto(free) char *var = below("/var"), *work = below("/jobs"),
			   *con = below("/console");

	tt_remove_tree(var, NULL);
	tt_remove_tree(work, NULL);
	tt_file_write(con, "", 0, 0600, NULL);
	memset(sh, 0, sizeof(*sh));
}

/* One life of the daemon, in this process. */
static int
live(struct setupd *sd)
{
	tt_auto(free) char *con = below("/console");
	tt_auto(strv) char **paths = NULL;
	tt_auto(err) struct tt_err *err = NULL;
	int status;

	tt_strv_add(&paths, con);
	*sd = (struct setupd){ .env = { .root = root },
		.once = true,
		.console_paths = paths,
		.signal_fd = -1,
		.timers = true };
	if (setupd_init(sd, table, 4, &err) < 0) {
		tap_note("%s", tt_err_message(err));
		return -1;
	}
	status = setupd_loop(sd);
	setupd_release(sd);
	return status;
}

/* The same in a child; its exit status. */
static int
live_in_child(void)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		struct setupd sd;

		_exit(live(&sd) & 0x7f);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static char *
console(void)
{
	tt_auto(free) char *path = below("/console");
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(TT_MIB);

	tt_file_read(path, &b, NULL);
	return tt_buf_detach(&b);
}

static struct tt_setup *
journal(void)
{
	tt_auto(free) char *path = below(TT_SETUP_PATH);
	struct tt_setup *s = NULL;

	(void)tt_setup_load(path, &s, NULL);
	return s;
}

static bool
is_complete(void)
{
	static const char *const names[] = { "one", "two", "three", "four" };
	tt_auto(setup) struct tt_setup *s = journal();
	bool good = s != NULL && s->complete && s->error == NULL &&
		    tt_setup_seen(s, "state_one") && tt_setup_seen(s, "state_four") &&
		    tt_streq(s->current_state, "setup_complete");

	for (size_t i = 0; i < TT_ARRAY_LEN(names); i++) {
		tt_auto(free) char *rel = tt_xprintf("/jobs/%s", names[i]),
				   *path = below(rel);
		tt_auto(free) char *line = tt_file_line(path);

		good = good && tt_streq(line, names[i]);
	}
	return good;
}

static void
test_whole(void)
{
	tt_auto(free) char *text = NULL;

	clean();
	TAP_EQ_INT(live_in_child(), 0, "a life without trouble");
	TAP_OK(is_complete(), "is complete");
	text = console();
	TAP_OK(strstr(text, "doing one...                                              "
			    "done (0s)\n") != NULL,
	    "work lines");
	TAP_OK(strstr(text, "warning: mind the gap\n") != NULL, "warnings are seen");
	TAP_OK(strstr(text, "\n==> Setup complete (in ") != NULL &&
		   tt_ends_with(text, " seconds). Press [enter] to get login prompt.\n"),
	    "the last line");

	clean();
	TAP_EQ_INT(live_in_child(), 0, "a first life");
	free(text);
	text = console();
	TAP_EQ_INT(live_in_child(), 0, "the life of a finished headnode");
	{
		tt_auto(free) char *again = console();

		TAP_EQ_STR(again, text, "prints nothing");
	}
	TAP_EQ_INT(atomic_load(&sh->runs), 1, "and does nothing twice");
}

static void
test_kills(void)
{
	int kill_at, status = KILLED, good = 0;

	for (kill_at = 1; status == KILLED && kill_at < 100; kill_at++) {
		clean();
		atomic_store(&sh->kill_at, kill_at);
		status = live_in_child();
		atomic_store(&sh->kill_at, 0);
		if (status == KILLED) {
			tt_auto(setup) struct tt_setup *s = journal();

			good += s != NULL && !s->complete && live_in_child() == 0 &&
				is_complete();
		}
	}
	TAP_EQ_INT(status, 0, "in the end nothing was left to kill");
	TAP_OK(kill_at > 15, "%d different steps", kill_at - 2);
	TAP_EQ_INT(good, kill_at - 2, "after each kill the next life completed setup");
}

static void
test_failure(void)
{
	tt_auto(free) char *text = NULL;
	tt_auto(setup) struct tt_setup *s = NULL, *after = NULL;

	clean();
	atomic_store(&sh->broken, 2);
	TAP_EQ_INT(live_in_child(), 1, "both tries of a stage fail");
	text = console();
	TAP_OK(strstr(text, "doing two...") != NULL && strstr(text, "failed (") != NULL,
	    "its line says so");
	TAP_OK(
	    strstr(text,
		"headnode configuration: fatal error: doing two: the disk is on fire\n"
		"    line 3\n    line 4\n    line 5\n    line 6\n    line 7\n") != NULL,
	    "cause and last five lines: %s",
	    strstr(text, "headnode") != NULL ? "" : text);
	TAP_OK(
	    strstr(text, "sdcadm setup resume [--from two]") != NULL, "what to do next");
	s = journal();
	TAP_OK(s != NULL && !s->complete && s->error != NULL, "journaled as failed");
	TAP_OK(s != NULL && tt_setup_stage(s, "three") != NULL &&
		   tt_setup_stage(s, "three")->rc == 0,
	    "what did not need it went on");
	TAP_EQ_INT(live_in_child(), 0, "the next life completes");
	after = journal();
	TAP_EQ_INT(after != NULL ? after->attempt : 0, 2, "as the second attempt");
	TAP_OK(is_complete(), "and is whole");
}

static void
test_broken_journal(void)
{
	tt_auto(free) char *path = below(TT_SETUP_PATH),
			   *bad = below(TT_SETUP_PATH ".bad");
	tt_auto(free) char *dir = tt_path_dir(path);

	clean();
	tt_mkdir_p(dir, 0755, NULL);
	tt_file_write(path, "{\"node_type\":", 13, 0400, NULL);
	TAP_EQ_INT(live_in_child(), 0, "a journal that is torn does not stop setup");
	TAP_OK(is_complete() && tt_path_exists(bad), "it is set aside");
}

static bool
snapshot_has(struct setupd *sd, const char *text)
{
	bool has;

	pthread_mutex_lock(&sd->lock);
	has = sd->snapshot != NULL && strstr(sd->snapshot, text) != NULL;
	pthread_mutex_unlock(&sd->lock);
	return has;
}

/* Another thread: leaves the wish that POST /setup leaves, then ends the daemon. */
static void *
wish(void *arg)
{
	struct setupd *sd = arg;

	for (int i = 0; i < 1000 && !snapshot_has(sd, "\"status\":\"failed\""); i++)
		tt_sleep_ms(10);
	pthread_mutex_lock(&sd->lock);
	sd->resume = true;
	pthread_mutex_unlock(&sd->lock);
	setupd_poke(sd);
	for (int i = 0; i < 1000 && !snapshot_has(sd, "\"status\":\"complete\""); i++)
		tt_sleep_ms(10);
	(void)eventfd_write(sd->signal_fd, 1);
	return NULL;
}

static void
test_resume(void)
{
	tt_auto(free) char *con = below("/console"), *text = NULL;
	char *paths[] = { con, NULL };
	struct setupd sd = { .env = { .root = root },
		.console_paths = paths,
		.signal_fd = eventfd(0, EFD_CLOEXEC) };
	pthread_t thread;

	clean();
	atomic_store(&sh->broken, 2);
	TAP_EQ_INT(setupd_init(&sd, table, 4, NULL), 0, "a life that stays");
	pthread_create(&thread, NULL, wish, &sd);
	TAP_EQ_INT(setupd_loop(&sd), 0, "fails, is resumed, completes");
	pthread_join(thread, NULL);
	close(sd.signal_fd);
	setupd_release(&sd);
	TAP_OK(is_complete(), "and is whole");
	text = console();
	TAP_OK(strstr(text, "fatal error") != NULL &&
		   strstr(text, "==> Setup complete") != NULL,
	    "both are on the console");
}

int
main(void)
{
	sh = mmap(
	    NULL, sizeof(*sh), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	TAP_OK(sh != MAP_FAILED && mkdtemp(root) != NULL, "test folder");
	test_whole();
	test_kills();
	test_failure();
	test_broken_journal();
	test_resume();
	tt_remove_tree(root, NULL);
	return tap_done();
}
