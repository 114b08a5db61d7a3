// SPDX-License-Identifier: MPL-2.0
/*
 * One connection: bytes in, lines judged in order, answers out. A connection that waits (for
 * a record, for its change, for its peer to read) reads nothing more meanwhile; no other is
 * affected.
 */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "platform/daemon/metadatad/agent.h"
#include "platform/lib/base/alloc.h"

/* Bytes of answers to one connection before others have their turn. */
#define ROUND_MAX (128 * TT_KIB)
/* Memory that a quiet connection may keep. */
#define KEPT_MAX (16 * TT_KIB)

struct conn *
conn_new(struct instance *in, int fd, bool serial)
{
	struct conn *c = tt_xalloc(sizeof(*c));

	c->source = (struct source){ SOURCE_CONN, fd };
	c->inst = in;
	c->serial = serial;
	tt_md_lines_init(&c->lines, TT_MD_LINE_MAX);
	tt_buf_init(&c->out, OUT_MAX + TT_MD_ANSWER_MAX + 64 * TT_KIB);
	tt_buf_init(&c->held, SLOT_SIZE);
	tt_buf_init(&c->line, TT_MD_LINE_MAX);
	c->events = EPOLLIN;
	c->read_us = in->agent->now_us;
	if (agent_watch(in->agent, &c->source, c->events, true) < 0) {
		close(fd);
		free(c);
		return NULL;
	}
	c->next = in->conns;
	in->conns = c;
	in->conn_count++;
	return c;
}

void
conn_close(struct conn *c)
{
	struct instance *in = c->inst;
	struct conn **at = &in->conns;

	if (c->source.fd < 0)
		return;
	close(c->source.fd);
	c->source.fd = -1;
	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	in->conn_count--;
	in->part_bytes -= c->lines.part.len;
	in->out_bytes -= c->out.len;
	c->job = NULL; /* a change that was started goes on, its answer is dropped */
	if (in->serial == c)
		in->serial = NULL;
	c->next = in->agent->dead;
	in->agent->dead = c;
}

void
conns_bury(struct agent *a)
{
	while (a->dead != NULL) {
		struct conn *c = a->dead;

		a->dead = c->next;
		tt_md_lines_release(&c->lines);
		tt_buf_release(&c->out);
		tt_buf_release(&c->held);
		tt_buf_release(&c->line);
		free(c);
	}
}

static bool
too_much_out(const struct conn *c)
{
	return c->out.len >= OUT_MAX ||
	       (c->out.len > 0 && c->inst->out_bytes >= INST_OUT_MAX);
}

static void
set_events(struct conn *c)
{
	uint32_t events = 0;

	if (c->source.fd < 0)
		return;
	if (c->waiting == WAIT_NOTHING && !too_much_out(c) && c->held.len == 0 && !c->eof)
		events |= EPOLLIN;
	/* what is held back without a reason goes on in the next round */
	if (c->out.len > 0 || (c->held.len > 0 && c->waiting == WAIT_NOTHING))
		events |= EPOLLOUT;
	if (events != c->events) {
		c->events = events;
		(void)agent_watch(c->inst->agent, &c->source, events, false);
	}
}

/* Write what was judged so far; the rest goes to out. */
static void
flush(struct conn *c, struct tt_buf *scratch)
{
	ssize_t n = 0;

	if (scratch->len == 0)
		return;
	if (c->out.len == 0) {
		n = send(c->source.fd, scratch->data, scratch->len,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno != EAGAIN && errno != EINTR) {
			conn_close(c);
			n = (ssize_t)scratch->len;
		}
		n = n < 0 ? 0 : n;
	}
	if (c->source.fd >= 0 && (size_t)n < scratch->len) {
		(void)tt_buf_add(&c->out, scratch->data + n, scratch->len - (size_t)n);
		c->inst->out_bytes += scratch->len - (size_t)n;
	}
	if (scratch->space > 64 * TT_KIB)
		tt_buf_release(scratch);
	else
		tt_buf_reset(scratch);
}

void
conn_writable(struct conn *c)
{
	ssize_t n = c->out.len > 0 ? send(c->source.fd, c->out.data, c->out.len,
					 MSG_NOSIGNAL | MSG_DONTWAIT)
				   : 0;

	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		conn_close(c);
		return;
	}
	if (n > 0) {
		memmove(c->out.data, c->out.data + n, c->out.len - (size_t)n);
		c->out.len -= (size_t)n;
		c->inst->out_bytes -= (size_t)n;
	}
	if (c->out.len == 0 && c->out.space > KEPT_MAX)
		tt_buf_release(&c->out);
	if (c->waiting == WAIT_NOTHING && !too_much_out(c))
		conn_input(c, NULL, 0);
	set_events(c);
}

static void
wait_for(struct conn *c, enum waiting what)
{
	if (c->waiting == WAIT_NOTHING)
		c->since_us = c->inst->agent->now_us;
	c->waiting = what;
	agent_wake_by(c->inst->agent, c->since_us + GIVE_UP_US);
}

/* Start the change that a line asks for, or wait for the one that is under way. */
static void
start_change(struct conn *c, const struct tt_md_line *line)
{
	struct instance *in = c->inst;
	struct change *change = NULL;

	if (in->change != NULL) {
		wait_for(c, WAIT_CHANGE_SLOT);
		return;
	}
	(void)judge_line(line, in->record, in->broken, in->agent->now_us, &c->state,
	    &in->agent->scratch, &change);
	if (change == NULL) {
		c->waiting = WAIT_NOTHING;
		return;
	}
	in->change = c->job = job_new(JOB_CHANGE, in->dir, in);
	c->job->change = change;
	wait_for(c, WAIT_CHANGE);
	work_submit(in->agent->work, c->job);
}

static bool
power_of_ten(unsigned n)
{
	while (n % 10 == 0)
		n /= 10;
	return n == 1;
}

static void
count_damaged(struct conn *c, unsigned before)
{
	struct instance *in = c->inst;

	if (c->state.damaged == before)
		return;
	in->damaged++;
	if (power_of_ten(in->damaged)) /* a guest must not fill the log */
		tt_log(in->agent->log, TT_INFO, "damaged requests dropped", "vm",
		    TT_STR(in->uuid), "count", TT_INT(in->damaged), NULL);
}

/* Judge one line. True when it is done with; else the connection waits. */
static bool
judge(struct conn *c, const struct tt_md_line *line)
{
	struct instance *in = c->inst;
	const bool fresh =
	    in->version >= (c->waiting == WAIT_RECORD ? c->need : in->changes) &&
	    in->version > 0;
	const unsigned damaged = c->state.damaged;
	enum judgement j = judge_line(line, fresh ? in->record : NULL,
	    fresh && in->broken, in->agent->now_us, &c->state, &in->agent->scratch, NULL);

	count_damaged(c, damaged);
	if (j == JUDGE_NEED_RECORD) {
		if (c->waiting != WAIT_RECORD)
			c->need = in->changes;
		wait_for(c, WAIT_RECORD);
		instance_load(in);
		return false;
	}
	if (j == JUDGE_CHANGE)
		start_change(c, line);
	else
		c->waiting = WAIT_NOTHING;
	return c->waiting == WAIT_NOTHING;
}

/* The longest begun line that this connection may store now. */
static size_t
part_limit(const struct conn *c)
{
	const size_t others = c->inst->part_bytes - c->lines.part.len;
	const size_t left = others < INST_PART_MAX ? INST_PART_MAX - others : 0;

	return left < TT_MD_LINE_MAX ? left : TT_MD_LINE_MAX;
}

/* Judge lines of data until it ends or the connection must stop; returns the bytes used. */
static size_t
judge_all(struct conn *c, const char *data, size_t len)
{
	struct instance *in = c->inst;
	struct tt_buf *scratch = &in->agent->scratch;
	size_t used = 0, answered = 0;

	while (used < len && c->waiting == WAIT_NOTHING && c->source.fd >= 0 &&
	       !too_much_out(c) && answered < ROUND_MAX) {
		const size_t part = c->lines.part.len, before = scratch->len;
		struct tt_md_line line;

		c->lines.max = part_limit(c);
		used += tt_md_lines_next(&c->lines, data + used, len - used, &line);
		if (line.kind != TT_MD_LINE_NONE && !judge(c, &line)) {
			tt_buf_reset(&c->line);
			(void)tt_buf_add(&c->line, line.text, line.len);
		}
		if (!tt_md_lines_pending(&c->lines))
			tt_md_lines_drop(&c->lines);
		in->part_bytes += c->lines.part.len - part;
		answered += scratch->len - before;
		if (scratch->len > 64 * TT_KIB)
			flush(c, scratch);
	}
	flush(c, scratch);
	return used;
}

static bool
must_wait(const struct conn *c)
{
	return c->waiting == WAIT_CHANGE ||
	       (c->waiting == WAIT_RECORD && c->inst->version < c->need) ||
	       (c->waiting == WAIT_CHANGE_SLOT && c->inst->change != NULL);
}

/* The line that waited, then what was held behind it. True when all of it is done with. */
static bool
judge_held(struct conn *c)
{
	if (must_wait(c))
		return false;
	if (c->waiting != WAIT_NOTHING) {
		const struct tt_md_line line = { TT_MD_LINE, tt_buf_str(&c->line),
			c->line.len };

		if (!judge(c, &line))
			return false;
	}
	tt_buf_release(&c->line);
	if (c->held.len > 0)
		c->held_at +=
		    judge_all(c, c->held.data + c->held_at, c->held.len - c->held_at);
	else
		flush(c, &c->inst->agent->scratch);
	if (c->source.fd < 0 || c->waiting != WAIT_NOTHING || c->held_at < c->held.len)
		return false;
	tt_buf_release(&c->held);
	c->held_at = 0;
	return true;
}

void
conn_input(struct conn *c, const char *data, size_t len)
{
	size_t used = 0;

	if (c->serial && len > 0)
		c->read_us = c->inst->agent->now_us;
	/* a connection that waits or holds back is not read from, so there is no new data */
	if (len == 0 ? judge_held(c) : c->held.len == 0)
		used = judge_all(c, data, len);
	if (c->source.fd < 0)
		return;
	if (used < len)
		(void)tt_buf_add(&c->held, data + used, len - used);
	if (c->serial && tt_md_lines_pending(&c->lines))
		agent_wake_by(c->inst->agent, c->read_us + SERIAL_IDLE_US);
	if (c->eof && c->waiting == WAIT_NOTHING && c->held.len == 0 && c->out.len == 0)
		conn_close(c);
	else
		set_events(c);
}

void
conn_hung_up(struct conn *c)
{
	if (c->waiting == WAIT_NOTHING) {
		conn_close(c);
		return;
	}
	/* epoll would tell again and again */
	(void)epoll_ctl(c->inst->agent->epoll, EPOLL_CTL_DEL, c->source.fd, NULL);
	c->eof = true;
}

void
conn_ended(struct conn *c)
{
	c->eof = true;
	conn_input(c, NULL, 0);
}

void
conns_resume(struct instance *in)
{
	struct conn *next;

	for (struct conn *c = in->conns; c != NULL; c = next) {
		next = c->next;
		if (c->waiting == WAIT_RECORD && !must_wait(c))
			conn_input(c, NULL, 0);
	}
	/* the one that has waited longest changes next */
	while (in->change == NULL) {
		struct conn *oldest = NULL;

		for (struct conn *c = in->conns; c != NULL; c = c->next)
			if (c->waiting == WAIT_CHANGE_SLOT &&
			    (oldest == NULL || c->since_us < oldest->since_us))
				oldest = c;
		if (oldest == NULL)
			break;
		conn_input(oldest, NULL, 0);
	}
}

void
conns_stored(struct instance *in, const struct job *j)
{
	struct conn *c = in->conns;

	while (c != NULL && c->job != j)
		c = c->next;
	if (c == NULL)
		return;
	c->job = NULL;
	c->waiting = WAIT_NOTHING;
	judge_stored(j->change->reqid, j->result < 0 ? tt_err_message(j->err) : NULL,
	    &in->agent->scratch);
	conn_input(c, NULL, 0);
}

/* Requests that waited too long are refused; begun lines of a serial port grow stale. */
void
conns_tick(struct instance *in)
{
	struct agent *a = in->agent;
	struct conn *next;

	for (struct conn *c = in->conns; c != NULL; c = next) {
		const struct tt_md_line line = { TT_MD_LINE, tt_buf_str(&c->line),
			c->line.len };

		next = c->next;
		if (c->waiting != WAIT_NOTHING && c->since_us + GIVE_UP_US <= a->now_us) {
			judge_late(&line,
			    c->waiting == WAIT_RECORD ? "Timed out reading metadata"
						      : "Timed out updating metadata",
			    &a->scratch);
			c->job = NULL;
			c->waiting = WAIT_NOTHING;
			conn_input(c, NULL, 0);
		} else if (c->waiting != WAIT_NOTHING) {
			agent_wake_by(a, c->since_us + GIVE_UP_US);
		} else if (c->serial && tt_md_lines_pending(&c->lines)) {
			if (c->read_us + SERIAL_IDLE_US <= a->now_us)
				serial_reset(in);
			else
				agent_wake_by(a, c->read_us + SERIAL_IDLE_US);
		}
	}
}
