// SPDX-License-Identifier: MPL-2.0
/*
 * The phase engine: hits, the named reason of each miss, damage, interruption, outputs,
 * the digest memory, gc.
 */
#include "image/phase.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "image/digest.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "tests/lib/tap.h"

static char root[] = "/tmp/phase-test-XXXXXX";

static char *
at(const char *name)
{
	return tt_path_join(root, name);
}

static void
write_text(const char *name, const char *text)
{
	tt_auto(free) char *path = at(name);

	TAP_OK(
	    tt_file_write(path, text, strlen(text), 0644, NULL) == 0, "write %s", name);
}

static struct phase_run *
start(void)
{
	tt_auto(free) char *cache = at("cache");
	tt_auto(free) char *log = at("log");
	const struct phase_opts o = {
		.cache = cache, .log_dir = log, .stamp = "S", .total = 2, .quiet = true
	};
	struct phase_run *run = NULL;

	TAP_EQ_INT(phase_run_new(&o, &run, NULL), 0, "a run starts");
	return run;
}

struct inputs {
	const char *level, *overlay;
};

/* One run of one phase; returns what phase_lookup said, *ret_reason the reason of a miss. */
static int
once(const struct inputs *in, bool finish, char **ret_reason)
{
	tt_auto(phase_run) struct phase_run *run = start();
	struct phase *p = phase_begin(run, "squash", "zstd-%s", in->level);
	tt_auto(json) json_t *report = NULL;
	int r;

	phase_input(p, "level", in->level);
	phase_input(p, "overlay", in->overlay);
	r = phase_lookup(p, NULL);
	if (r == 0) {
		tt_auto(free) char *file = phase_path(p, "root.img");
		tt_auto(free) char *text = tt_xprintf("%s %s", in->level, in->overlay);

		TAP_OK(tt_file_write(file, text, strlen(text), 0644, NULL) == 0, "fill");
		phase_factf(p, "blocks", "%d", 42);
	}
	if (!finish)
		return r;
	TAP_EQ_INT(phase_end(p, NULL, "%d bytes", 9), 0, "end");
	TAP_EQ_STR(phase_fact_get(p, "blocks"), "42", "fact");
	TAP_OK(tt_path_exists(phase_dir(p)), "the entry is there");
	report = phase_run_report(run);
	*ret_reason = tt_xstrdup(tt_json_str(json_array_get(report, 0), "reason", ""));
	return r;
}

static void
expect(const char *level, const char *overlay, int want, const char *reason)
{
	const struct inputs in = { level, overlay };
	tt_auto(free) char *why = NULL;

	TAP_EQ_INT(once(&in, true, &why), want, "%s/%s: %s", level, overlay,
	    want == 1 ? "hit" : "miss");
	TAP_EQ_STR(why, reason, "reason");
}

static void
test_reasons(void)
{
	const struct inputs cut = { "9", "A" };

	expect("15", "A", 0, "first build");
	expect("15", "A", 1, "");
	expect("15", "B", 0, "overlay");
	expect("3", "B", 0, "level");
	expect("15", "A", 1, "");
	(void)once(&cut, false, NULL); /* a build that fails half-way */
	expect("9", "A", 0, "level");
}

/* The cache entry's only file, changed behind its back. */
static void
test_damage(void)
{
	tt_auto(free) char *dir = at("cache/squash");
	tt_auto(strv) char **names = NULL;
	size_t n = 0;

	TAP_EQ_INT(tt_dir_list(dir, &names, NULL), 0, "entries");
	for (size_t i = 0; i < tt_strv_len(names); i++) {
		tt_auto(free) char *file = tt_xprintf("%s/%s/root.img", dir, names[i]);
		tt_auto(buf) struct tt_buf b = TT_BUF_INIT(100);

		if (strlen(names[i]) != 32 || tt_file_read(file, &b, NULL) < 0)
			continue;
		b.data[0] ^= 1; /* same size, other bytes */
		n += tt_file_write(file, b.data, b.len, 0644, NULL) == 0;
	}
	TAP_EQ_INT(n, 4, "four entries damaged");
	expect("15", "A", 0, "entry damaged: root.img");
	expect("15", "A", 1, "");
}

/* A copied cache has other inodes and times: read once, then trusted again. */
static void
test_moved(void)
{
	tt_auto(free) char *dir = at("cache/squash");
	tt_auto(strv) char **names = NULL;
	struct timespec old[2] = { { 1000000000, 0 }, { 1000000000, 0 } };

	TAP_EQ_INT(tt_dir_list(dir, &names, NULL), 0, "entries");
	for (size_t i = 0; i < tt_strv_len(names); i++) {
		tt_auto(free) char *file = tt_xprintf("%s/%s/root.img", dir, names[i]);

		(void)utimensat(AT_FDCWD, file, old, 0);
	}
	expect("15", "A", 1, "");
	expect("15", "A", 1, "");
}

static int
with_output(const char *path, char **ret_reason)
{
	tt_auto(phase_run) struct phase_run *run = start();
	struct phase *p = phase_begin(run, "usb", NULL);
	tt_auto(json) json_t *report = NULL;
	int r;

	phase_input(p, "recipe", "1");
	phase_output(p, path);
	r = phase_lookup(p, NULL);
	if (r == 0)
		TAP_OK(
		    tt_file_write(path, "image", 5, 0644, NULL) == 0, "make the output");
	TAP_EQ_INT(phase_end(p, NULL, NULL), 0, "end");
	report = phase_run_report(run);
	*ret_reason = tt_xstrdup(tt_json_str(json_array_get(report, 0), "reason", ""));
	return r;
}

static void
test_output(void)
{
	tt_auto(free) char *path = at("out.img");
	tt_auto(free) char *a = NULL, *b = NULL, *c = NULL, *d = NULL;

	TAP_EQ_INT(with_output(path, &a), 0, "first");
	TAP_EQ_INT(with_output(path, &b), 1, "then a hit");
	write_text("out.img", "IMAGE");
	TAP_EQ_INT(with_output(path, &c), 0, "a changed output is a miss");
	TAP_EQ_STR(c, "output 'out.img' is changed", "and says so");
	unlink(path);
	TAP_EQ_INT(with_output(path, &d), 0, "a missing output too");
	TAP_EQ_STR(d, "output 'out.img' is missing", "and says so");
}

static void
test_digests(void)
{
	tt_auto(free) char *memory = at("digests"), *file = at("f"), *tree = at("tree");
	tt_auto(free) char *sub = at("tree/sub");
	struct digests *d = digests_load(memory);
	char a[TT_SHA256_HEX_LEN], b[TT_SHA256_HEX_LEN];
	const struct timespec old[2] = { { 1000000000, 0 }, { 1000000000, 0 } };

	write_text("f", "abc");
	TAP_EQ_INT(digests_file(d, file, a, NULL, NULL), 0, "digest");
	TAP_EQ_STR(a, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	    "of the standard's test text");
	write_text("f", "abd");
	TAP_OK(digests_file(d, file, b, NULL, NULL) == 0 && strcmp(a, b) != 0,
	    "a change within one clock tick is seen");
	TAP_EQ_INT(tt_mkdir_p(sub, 0755, NULL), 0, "a tree");
	write_text("tree/sub/x", "1");
	(void)utimensat(AT_FDCWD, file, old, 0);
	TAP_EQ_INT(digests_tree(d, tree, a, NULL), 0, "digest of a tree");
	(void)chmod(sub, 0700);
	TAP_OK(digests_tree(d, tree, b, NULL) == 0 && strcmp(a, b) == 0,
	    "other mode bits do not count");
	write_text("tree/sub/y", "");
	TAP_OK(digests_tree(d, tree, b, NULL) == 0 && strcmp(a, b) != 0,
	    "an empty file counts");
	digests_free(d);
	d = digests_load(memory);
	TAP_OK(digests_tree(d, tree, a, NULL) == 0 && strcmp(a, b) == 0,
	    "the same with the memory of last time");
	digests_free(d);
	TAP_EQ_INT(tt_file_write(memory, "garbage\n\n1 2 3 4 5 6\n", 21, 0644, NULL), 0,
	    "damage it");
	d = digests_load(memory);
	TAP_OK(digests_tree(d, tree, a, NULL) == 0 && strcmp(a, b) == 0,
	    "a damaged memory is no memory");
	digests_free(d);
}

static void
test_gc(void)
{
	tt_auto(free) char *cache = at("cache"),
			   *stale = at("cache/tmp/squash.2147483646");
	struct phase_gc g;

	TAP_EQ_INT(
	    tt_mkdir_p(stale, 0755, NULL), 0, "a left-over of a build that is gone");
	TAP_EQ_INT(phase_cache_gc(cache, 86400, 0, false, &g, NULL), 0, "gc");
	TAP_OK(g.entries > 1 && g.removed == 0, "new entries stay");
	TAP_OK(!tt_path_exists(stale), "the left-over goes");
	TAP_EQ_INT(
	    phase_cache_gc(cache, 86400, 1, true, &g, NULL), 0, "gc with a size, dry");
	TAP_EQ_INT(g.removed, g.entries, "all would go");
	expect("15", "A", 1, "");
	TAP_EQ_INT(phase_cache_gc(cache, 86400, 1, false, &g, NULL), 0, "gc with a size");
	expect("15", "A", 0, "entry was removed");
}

/* Killed at any moment: the next run finds the old state or the new one. */
static void
test_kill(void)
{
	unsigned bad = 0;

	for (unsigned i = 0; i < 20; i++) {
		tt_auto(free) char *level = tt_xprintf("k%u", i);
		const struct inputs in = { level, "A" };
		const pid_t pid = (fflush(stdout), fork());
		tt_auto(free) char *why = NULL;
		int r;

		if (pid == 0) {
			fclose(stdout); /* checks of the child do not count */
			(void)once(&in, true, &why);
			_exit(0);
		}
		usleep(i * 300);
		kill(pid, SIGKILL);
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
		r = once(&in, true, &why);
		bad += r < 0 || (r == 0 && strncmp(why, "entry damaged", 13) == 0);
	}
	TAP_EQ_INT(bad, 0, "20 kills leave a usable cache");
}

/* Two builds in a phase that fetches into the cache: the second waits for the first's end. */
static void
test_alone(void)
{
	tt_auto(free) char *cache = tt_path_join(root, "alone");
	tt_auto(free) char *mark = tt_path_join(root, "alone.done");
	const struct phase_opts o = { .cache = cache, .stamp = "s", .quiet = true };
	tt_auto(phase_run) struct phase_run *run = NULL;
	struct phase *p;
	char c = 0;
	int fds[2];
	pid_t pid;

	TAP_EQ_INT(phase_run_new(&o, &run, NULL), 0, "a run");
	if (pipe2(fds, O_CLOEXEC) < 0)
		return;
	pid = (fflush(stdout), fork());
	if (pid == 0) {
		tt_auto(phase_run) struct phase_run *first = NULL;
		int r = phase_run_new(&o, &first, NULL);

		p = phase_begin(first, "fetch", NULL);
		r = r < 0 ? r : phase_lookup(p, NULL);
		r = r < 0 ? r : phase_alone(p, NULL);
		(void)!write(fds[1], r == 0 ? "y" : "n", 1);
		usleep(200000);
		(void)tt_file_write(mark, "", 0, 0644, NULL);
		(void)phase_end(p, NULL, NULL);
		_exit(0);
	}
	TAP_OK(read(fds[0], &c, 1) == 1 && c == 'y', "the first build has the phase");
	p = phase_begin(run, "fetch", NULL);
	TAP_EQ_INT(phase_lookup(p, NULL), 0, "no inputs, no entry");
	TAP_EQ_INT(phase_alone(p, NULL), 1, "the second build had to wait");
	TAP_OK(tt_path_exists(mark), "until the first was done");
	TAP_EQ_INT(phase_end(p, NULL, NULL), 0, "end");
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	p = phase_begin(run, "fetch-more", NULL);
	TAP_EQ_INT(phase_lookup(p, NULL), 0, "another phase");
	TAP_EQ_INT(phase_alone(p, NULL), 0, "nobody to wait for");
	TAP_EQ_INT(phase_end(p, NULL, NULL), 0, "end");
	close(fds[0]);
	close(fds[1]);
}

int
main(void)
{
	if (mkdtemp(root) == NULL)
		return 1;
	test_reasons();
	test_damage();
	test_moved();
	test_output();
	test_digests();
	test_gc();
	test_kill();
	test_alone();
	(void)tt_remove_tree(root, NULL);
	return tap_done();
}
