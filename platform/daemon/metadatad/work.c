// SPDX-License-Identifier: MPL-2.0
/* See work.h. */
#include "platform/daemon/metadatad/work.h"

#include <errno.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <time.h>

#include "platform/lib/base/alloc.h"

/* Two jobs an instance at most, so a few stuck instances leave threads for the rest. */
#define THREADS_MAX 16
#define IDLE_S      5
/* jansson recurses with the nesting of what it reads. */
#define STACK_SIZE (1024UL * 1024)
#define LOCK_MS    25000

struct work {
	pthread_mutex_t lock;
	pthread_cond_t more, ended;
	struct job *first, **last; /* to do */
	struct job *done, **done_last;
	unsigned threads, idle;
	bool stop;
	int done_fd;
};

struct job *
job_new(enum job_kind kind, const char *dir, void *owner)
{
	struct job *j = tt_xalloc(sizeof(*j));

	j->kind = kind;
	j->dir = tt_xstrdup(dir);
	j->owner = owner;
	return j;
}

void
job_free(struct job *j)
{
	if (j == NULL)
		return;
	free(j->dir);
	change_free(j->change);
	tt_err_free(j->err);
	record_free(j->record);
	free(j);
}

static void
run(struct job *j)
{
	if (j->kind == JOB_LOAD)
		j->result = store_load(j->dir, &j->record, &j->err);
	else
		j->result = store_change(j->dir, j->change, LOCK_MS, &j->err);
}

/* The next job; NULL when none came for a while. Called with the lock held. */
static struct job *
next_job(struct work *w)
{
	struct timespec until;
	struct job *j;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += IDLE_S;
	w->idle++;
	while (w->first == NULL && !w->stop)
		if (pthread_cond_timedwait(&w->more, &w->lock, &until) == ETIMEDOUT)
			break;
	w->idle--;
	j = w->stop ? NULL : w->first;
	if (j != NULL) {
		w->first = j->next;
		if (w->first == NULL)
			w->last = &w->first;
		j->next = NULL;
	}
	return j;
}

static void *
thread(void *ctx)
{
	struct work *w = ctx;
	struct job *j;

	pthread_mutex_lock(&w->lock);
	while ((j = next_job(w)) != NULL) {
		pthread_mutex_unlock(&w->lock);
		run(j);
		pthread_mutex_lock(&w->lock);
		*w->done_last = j;
		w->done_last = &j->next;
		(void)eventfd_write(w->done_fd, 1);
	}
	w->threads--;
	pthread_cond_signal(&w->ended);
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

struct work *
work_new(int done_fd)
{
	struct work *w = tt_xalloc(sizeof(*w));
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->more, &attr);
	pthread_cond_init(&w->ended, NULL);
	pthread_condattr_destroy(&attr);
	w->last = &w->first;
	w->done_last = &w->done;
	w->done_fd = done_fd;
	return w;
}

static void
free_list(struct job *j)
{
	while (j != NULL) {
		struct job *next = j->next;

		job_free(j);
		j = next;
	}
}

void
work_free(struct work *w)
{
	if (w == NULL)
		return;
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_broadcast(&w->more);
	while (w->threads > 0)
		pthread_cond_wait(&w->ended, &w->lock);
	pthread_mutex_unlock(&w->lock);
	free_list(w->first);
	free_list(w->done);
	pthread_cond_destroy(&w->more);
	pthread_cond_destroy(&w->ended);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

/* With the lock held. When none can be started and none is there, memory is gone. */
static void
start_thread(struct work *w)
{
	pthread_attr_t attr;
	pthread_t t;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	if (pthread_create(&t, &attr, thread, w) == 0)
		w->threads++;
	else if (w->threads == 0)
		abort();
	pthread_attr_destroy(&attr);
}

void
work_submit(struct work *w, struct job *j)
{
	unsigned waiting = 0;

	pthread_mutex_lock(&w->lock);
	*w->last = j;
	w->last = &j->next;
	for (const struct job *k = w->first; k != NULL && waiting <= w->idle; k = k->next)
		waiting++;
	if (waiting > w->idle && w->threads < THREADS_MAX)
		start_thread(w);
	pthread_cond_signal(&w->more);
	pthread_mutex_unlock(&w->lock);
}

struct job *
work_take(struct work *w)
{
	struct job *j;

	pthread_mutex_lock(&w->lock);
	j = w->done;
	if (j != NULL) {
		w->done = j->next;
		if (w->done == NULL)
			w->done_last = &w->done;
		j->next = NULL;
	}
	pthread_mutex_unlock(&w->lock);
	return j;
}
