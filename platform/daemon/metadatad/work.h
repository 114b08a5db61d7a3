// SPDX-License-Identifier: MPL-2.0
/*
 * Jobs that wait for the disk or a lock, done by a few threads so that the loop never does.
 * A job belongs to the loop before work_submit() and after work_take(), to a thread between.
 * Threads are started when they are needed and end when idle.
 */
#pragma once

#include "platform/daemon/metadatad/store.h"

enum job_kind {
	JOB_LOAD,
	JOB_CHANGE,
};

struct job {
	struct job *next;
	enum job_kind kind;
	char *dir;
	struct change *change; /* of JOB_CHANGE */
	void *owner;           /* the submitter's, untouched */
	uint64_t version;      /* the same */
	int result;            /* 0 or a negative errno */
	struct tt_err *err;
	struct record *record; /* of JOB_LOAD that worked */
};

struct work;

/* done_fd  an eventfd that is raised for each job that ends */
struct work *work_new(int done_fd);
/* Waits for jobs that have been started; drops the others. */
void work_free(struct work *w);

struct job *job_new(enum job_kind kind, const char *dir, void *owner);
void job_free(struct job *j);
void work_submit(struct work *w, struct job *j);
/* A job that has ended, or NULL. */
struct job *work_take(struct work *w);
