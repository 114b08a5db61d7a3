// SPDX-License-Identifier: MPL-2.0
/* See sse.h. */
#include "tools/operator/sdcadm/sse.h"

#include "platform/lib/base/str.h"

#include <string.h>

static void
next_message(struct sse *s)
{
	tt_buf_reset(&s->data);
	s->has_data = false;
	(void)tt_strcpy(s->event, sizeof(s->event), "message");
}

void
sse_init(struct sse *s, int (*message)(const char *event, const char *data, void *ctx),
    void *ctx)
{
	memset(s, 0, sizeof(*s));
	tt_buf_init(&s->line, SSE_MAX);
	tt_buf_init(&s->data, SSE_MAX);
	s->message = message;
	s->ctx = ctx;
	next_message(s);
}

void
sse_release(struct sse *s)
{
	tt_buf_release(&s->line);
	tt_buf_release(&s->data);
}

static void
take_field(struct sse *s, const char *name, const char *value)
{
	if (tt_streq(name, "event")) {
		(void)tt_strcpy(s->event, sizeof(s->event), value);
	} else if (tt_streq(name, "data")) {
		if (s->has_data)
			tt_buf_addc(&s->data, '\n');
		tt_buf_adds(&s->data, value);
		s->has_data = true;
	}
}

/* A line without its end: an empty one completes the message. */
static int
take_line(struct sse *s, char *line)
{
	char *colon;
	int r = 0;

	if (line[0] == '\0') {
		if (s->has_data && !s->data.overflow)
			r = s->message(s->event, tt_buf_str(&s->data), s->ctx);
		next_message(s);
		return r;
	}
	colon = strchr(line, ':');
	if (colon == line)
		return 0; /* a comment */
	if (colon == NULL) {
		take_field(s, line, "");
		return 0;
	}
	*colon = '\0';
	take_field(s, line, colon[1] == ' ' ? colon + 2 : colon + 1);
	return 0;
}

static int
end_line(struct sse *s)
{
	char empty[1] = "";
	int r = 0;

	if (s->line.overflow)
		tt_buf_adds(
		    &s->data, ""); /* keeps what came before; the line itself is lost */
	else
		r = take_line(s, s->line.data != NULL ? s->line.data : empty);
	tt_buf_reset(&s->line);
	return r;
}

int
sse_feed(struct sse *s, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char c = bytes[i];
		int r = 0;

		if (c == '\n' && s->skip_lf) {
			s->skip_lf = false; /* second half of CR LF */
			continue;
		}
		s->skip_lf = c == '\r';
		if (c == '\r' || c == '\n')
			r = end_line(s);
		else if (c != '\0')
			tt_buf_addc(&s->line, c);
		if (r != 0)
			return r;
	}
	return 0;
}
