// SPDX-License-Identifier: MPL-2.0
/*
 * The phase engine: a build is a row of named phases, each with a cache key made of named
 * inputs. A phase that has an entry for its key is a hit and costs a few stat(2) calls;
 * otherwise the first input that changed is printed as the reason and the caller fills a
 * fresh folder, which becomes the entry by one rename. Interrupting at any moment leaves
 * old entries or new ones, never half of one.
 *
 *	p = phase_begin(run, "squashfs", "zstd-%u", level);
 *	phase_input(p, "level", "15");
 *	r = phase_input_tree(p, "overlay", "platform/rootfs/overlay", err);
 *	r = phase_lookup(p, err);
 *	if (r == 0) {			miss: make phase_dir(p)/root.img
 *		...
 *		phase_fact(p, "blocks", "24576");
 *	}
 *	r = phase_end(p, err, "%.1f MB", size / 1e6);
 *
 * The run owns its phases. A caller that fails simply returns: a phase without
 * phase_end() is reported as failed and its folder removed by phase_run_free().
 * One thread. Knows nothing of what the phases make.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "platform/lib/base/err.h"
#include "platform/lib/base/proc.h"

struct digests;
struct phase;
struct phase_run;

struct phase_opts {
	const char *cache;   /* folder of the cache, made when missing */
	const char *log_dir; /* gets build-<stamp>.log; NULL = no log file */
	const char *stamp;
	unsigned total; /* phases planned, the M of "[N/M]" */
	bool json;      /* events on standard output, one object a line */
	bool offline;
	bool quiet; /* no phase lines on standard error */
};

int phase_run_new(
    const struct phase_opts *opts, struct phase_run **ret, struct tt_err **err);
void phase_run_free(struct phase_run *run);
TT_AUTO_DEFINE(phase_run, struct phase_run *, phase_run_free)

/* True: nothing may be fetched; a phase that would have to must fail and say what for. */
bool phase_run_offline(const struct phase_run *run);
bool phase_run_json(const struct phase_run *run);
/* The cache folder; a phase may keep files of its own below it in a sub-folder. Borrowed. */
const char *phase_run_cache(const struct phase_run *run);
/* The digest memory of this cache, for callers with digests of their own to take. */
struct digests *phase_run_digests(struct phase_run *run);
/* Array of {name, note, key, cached, reason, result, seconds, cpu_seconds}; new reference. */
json_t *phase_run_report(const struct phase_run *run);

/* name: [a-z0-9-]+, unique in the run, names the folder in the cache. note may be NULL. */
struct phase *phase_begin(struct phase_run *run, const char *name, const char *note, ...)
    TT_PRINTF(3, 4);

/*
 * Inputs in the order in which they are to be blamed for a miss. Names are shown to people.
 * The caller adds a version of its own recipe ("recipe", "3") to be bumped with its code.
 */
void phase_input(struct phase *p, const char *name, const char *value);
void phase_inputf(struct phase *p, const char *name, const char *fmt, ...)
    TT_PRINTF(3, 4);
int phase_input_file(
    struct phase *p, const char *name, const char *path, struct tt_err **err);
/* Contents, names, links and execute bits below path (digest.h). */
int phase_input_tree(
    struct phase *p, const char *name, const char *path, struct tt_err **err);
/* The key of another, looked-up phase whose result this one uses. */
void phase_input_phase(struct phase *p, const struct phase *other);

/*
 * A file outside of the cache that this phase makes (an image too large to keep twice).
 * Its path is an input, and a hit needs the file as phase_end() saw it: same size, mtime
 * and inode. Call before phase_lookup().
 */
void phase_output(struct phase *p, const char *path);

/*
 * 1 hit: phase_dir() holds the verified entry, read-only to the caller.
 * 0 miss: phase_dir() is an empty folder to fill; another build of the same phase in the
 *   same cache waits until this one has ended and then finds it done.
 * Phases without inputs have no cache: always a miss, and phase_dir() is gone after the run.
 */
int phase_lookup(struct phase *p, struct tt_err **err);
/*
 * For a phase without inputs that writes files of its own below the cache: waits until no
 * other build is in this phase, until phase_end(). 1 when it had to wait: look again then.
 */
int phase_alone(struct phase *p, struct tt_err **err);
/* Borrowed; after phase_end() the entry's final place, valid until phase_run_free(). */
const char *phase_dir(const struct phase *p);
/* phase_dir() joined with name; caller frees. */
char *phase_path(const struct phase *p, const char *name);
/* Hex key. Borrowed. */
const char *phase_key(const struct phase *p);

/* Small results kept with the entry. _get is borrowed, NULL when there is none. */
void phase_fact(struct phase *p, const char *name, const char *value);
void phase_factf(struct phase *p, const char *name, const char *fmt, ...) TT_PRINTF(3, 4);
const char *phase_fact_get(const struct phase *p, const char *name);

/* Percent on a terminal (at most ten times a second), "progress" events with --json. */
void phase_progress(struct phase *p, uint64_t done, uint64_t total);
/* tt_proc_run() with the command line and its standard error written to the log file. */
int phase_exec(struct phase *p, const char *const *argv, const struct tt_proc_opts *opts,
    struct tt_err **err);

/* Record every file made with its digest, rename into place, print the line. */
int phase_end(struct phase *p, struct tt_err **err, const char *result, ...)
    TT_PRINTF(3, 4);

/* A line for the log file only; for the person and the log; the same marked "warning: ". */
void phase_log(struct phase_run *run, const char *fmt, ...) TT_PRINTF(2, 3);
void phase_say(struct phase_run *run, const char *fmt, ...) TT_PRINTF(2, 3);
void phase_warn(struct phase_run *run, const char *fmt, ...) TT_PRINTF(2, 3);

/*
 * `cache gc`: remove entries not used for max_age_s seconds, then the least recently used
 * ones until the cache's entries are within max_bytes (0 = no limit), and left-overs of
 * builds that no longer run. dry_run only counts.
 */
struct phase_gc {
	uint64_t entries, bytes; /* before */
	uint64_t removed, removed_bytes;
};

int phase_cache_gc(const char *cache, uint64_t max_age_s, uint64_t max_bytes,
    bool dry_run, struct phase_gc *ret, struct tt_err **err);
