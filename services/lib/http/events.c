// SPDX-License-Identifier: MPL-2.0
/*
 * Server-sent events: one channel, any number of readers, each at its own place in the ring
 * of remembered messages. A reader that falls behind the ring goes on with the oldest
 * message that is left. Format: WHATWG HTML 9.2.5 ("id", "event" and "data" lines, an empty
 * line ends a message, a line that starts with ':' is a comment).
 */
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"
#include "services/lib/http/internal.h"

#include <string.h>

#define MESSAGE_MAX (1024 * TT_KIB)

struct reader {
	struct tt_events *ev;
	struct tt_stream *stream; /* NULL before the first pull */
	struct reader *next, *prev;
	uint64_t at; /* id of the next message to send */
	char *text;  /* what is being sent, and how far */
	size_t len, off;
	int64_t last_us, keepalive_us;
};

struct tt_events {
	pthread_mutex_t lock;
	char **ring; /* message id n is at n % keep */
	size_t keep;
	uint64_t next_id; /* first message has 1 */
	bool closed;
	struct reader *readers;
};

struct tt_events *
tt_events_new(size_t keep)
{
	struct tt_events *ev = tt_xalloc(sizeof(*ev));

	pthread_mutex_init(&ev->lock, NULL);
	ev->keep = keep > 0 ? keep : 1;
	ev->ring = tt_xcalloc(ev->keep, sizeof(char *));
	ev->next_id = 1;
	return ev;
}

void
tt_events_free(struct tt_events *ev)
{
	if (ev == NULL)
		return;
	for (size_t i = 0; i < ev->keep; i++)
		free(ev->ring[i]);
	free(ev->ring);
	pthread_mutex_destroy(&ev->lock);
	free(ev);
}

/* One message as it goes over the wire. Text over the limit is not sent at all. */
static char *
render(uint64_t id, const char *event, const char *data)
{
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(MESSAGE_MAX);

	tt_buf_addf(&b, "id: %llu\nevent: %s\n", (unsigned long long)id, event);
	for (const char *s = data;;) {
		size_t n = strcspn(s, "\r\n");

		tt_buf_adds(&b, "data: ");
		tt_buf_add(&b, s, n);
		tt_buf_addc(&b, '\n');
		if (s[n] == '\0')
			break;
		s += n + (s[n] == '\r' && s[n + 1] == '\n' ? 2 : 1);
	}
	tt_buf_addc(&b, '\n');
	return b.overflow ? tt_xstrdup(": message left out, it was too long\n\n")
			  : tt_buf_detach(&b);
}

static void
wake_readers(struct tt_events *ev)
{
	for (struct reader *r = ev->readers; r != NULL; r = r->next)
		tt_stream_wake(r->stream);
}

void
tt_events_send(struct tt_events *ev, const char *event, const char *data)
{
	size_t slot;

	pthread_mutex_lock(&ev->lock);
	slot = ev->next_id % ev->keep;
	free(ev->ring[slot]);
	ev->ring[slot] = render(ev->next_id, event, data);
	ev->next_id++;
	wake_readers(ev);
	pthread_mutex_unlock(&ev->lock);
}

void
tt_events_close(struct tt_events *ev)
{
	pthread_mutex_lock(&ev->lock);
	ev->closed = true;
	wake_readers(ev);
	pthread_mutex_unlock(&ev->lock);
}

static uint64_t
oldest(const struct tt_events *ev)
{
	return ev->next_id > ev->keep ? ev->next_id - ev->keep : 1;
}

/* From now on tt_events_send() wakes this stream. */
static void
join_channel(struct reader *r, struct tt_stream *st)
{
	r->stream = st;
	r->next = r->ev->readers;
	if (r->next != NULL)
		r->next->prev = r;
	r->ev->readers = r;
}

/* Next message into r->text. TT_PULL_END, TT_PULL_WAIT, or 1 when there is one. */
static ssize_t
next_message(struct reader *r, struct tt_stream *st)
{
	struct tt_events *ev = r->ev;
	ssize_t ret = 1;

	pthread_mutex_lock(&ev->lock);
	if (r->stream == NULL)
		join_channel(r, st);
	if (r->at < oldest(ev))
		r->at = oldest(ev);
	if (r->at < ev->next_id)
		r->text = tt_xstrdup(ev->ring[r->at++ % ev->keep]);
	else
		ret = ev->closed ? TT_PULL_END : TT_PULL_WAIT;
	pthread_mutex_unlock(&ev->lock);
	if (ret == TT_PULL_WAIT && tt_mono_us() - r->last_us >= r->keepalive_us) {
		r->text = tt_xstrdup(":\n\n");
		ret = 1;
	}
	if (ret == 1)
		r->len = strlen(r->text);
	return ret;
}

static ssize_t
pull_events(struct tt_stream *st, char *buf, size_t max, void *ctx)
{
	struct reader *r = ctx;
	size_t n;

	if (r->off == r->len) {
		ssize_t got;

		free(r->text);
		r->text = NULL;
		r->len = r->off = 0;
		got = next_message(r, st);
		if (got != 1)
			return got;
	}
	n = r->len - r->off < max ? r->len - r->off : max;
	memcpy(buf, r->text + r->off, n);
	r->off += n;
	r->last_us = tt_mono_us();
	return (ssize_t)n;
}

static void
leave_channel(void *ctx)
{
	struct reader *r = ctx;
	struct tt_events *ev = r->ev;

	pthread_mutex_lock(&ev->lock);
	if (r->stream != NULL) {
		if (r->prev != NULL)
			r->prev->next = r->next;
		else
			ev->readers = r->next;
		if (r->next != NULL)
			r->next->prev = r->prev;
	}
	pthread_mutex_unlock(&ev->lock);
	free(r->text);
	free(r);
}

/* Where a reader starts: behind the message it says it has, else with what comes next. */
static uint64_t
start_of(struct tt_events *ev, const char *last_event_id)
{
	uint64_t id, start;

	pthread_mutex_lock(&ev->lock);
	start = ev->next_id;
	if (last_event_id != NULL && tt_parse_u64(last_event_id, 0, start - 1, &id) == 0)
		start = id + 1;
	pthread_mutex_unlock(&ev->lock);
	return start;
}

void
tt_res_events(struct tt_req *rq, struct tt_res *rs, struct tt_events *ev,
    const char *first_event, char *(*first)(void *ctx), void *ctx)
{
	unsigned ms = rq->http->opts.keepalive_ms;
	struct reader *r = tt_xalloc(sizeof(*r));

	r->ev = ev;
	r->at = start_of(ev, tt_req_header(rq, "Last-Event-ID"));
	r->last_us = tt_mono_us();
	r->keepalive_us =
	    (ms != 0 ? ms : 10000) * 900LL; /* a little before the next tick */
	if (first != NULL) {
		tt_auto(free) char *data = first(ctx);

		r->text = render(r->at - 1, first_event, data);
		r->len = strlen(r->text);
	}
	tt_res_header(rs, "Cache-Control", "no-store");
	tt_res_stream(rs, 200, "text/event-stream", pull_events, leave_channel, r);
}
