// SPDX-License-Identifier: MPL-2.0
/*
 * The walk through the key table: forward over what is open, back over what was asked.
 */
#include "installer/setup/wizard_flow.h"

#include "installer/setup/screen_question.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/str.h"

/* The live checks and the question after which each has all it needs. */
static const struct {
	enum tt_key_id after;
	enum check_kind kind;
} check_points[] = {
	{ TT_KEY_DEFAULT_GATEWAY, CHECK_ADDRESSES },
	{ TT_KEY_DNS2, CHECK_RESOLVERS },
	{ TT_KEY_DNS_SEARCH, CHECK_DOMAIN },
	{ TT_KEY_NTP, CHECK_TIME },
};

static bool
single_nic(const struct wizard *w, int id)
{
	const struct ts_nics *nics = tsetup_nics(w->ts);

	return tt_keys[id].type == TT_TYPE_NIC && nics != NULL && nics->n == 1;
}

/* A question that a person answered here, to which `<` may go back. */
static bool
was_asked(const struct wizard *w, int id)
{
	enum ts_source source = tsetup_source(w->ts, (enum tt_key_id)id);

	if (tt_keys[id].ask != TT_ASK || !tsetup_applies(w->ts, (enum tt_key_id)id))
		return false;
	if (single_nic(w, id))
		return false;
	return source == TS_TYPED || source == TS_DEFAULT;
}

static int
previous(const struct wizard *w, int id)
{
	while (--id >= 0)
		if (was_asked(w, id))
			return id;
	return -1;
}

/* First question of the section before the one of id, or of the first section. */
static int
previous_section(const struct wizard *w, int id)
{
	int section = tt_keys[id].section;
	int found = -1;

	while ((id = previous(w, id)) >= 0) {
		if (tt_keys[id].section < section - 1 && found >= 0)
			break;
		found = id;
	}
	return found;
}

/* With one NIC nothing is asked, but it is said. */
static void
tell_single_nic(struct wizard *w, int id)
{
	const struct ts_nics *nics = tsetup_nics(w->ts);

	if (!single_nic(w, id) || !tsetup_applies(w->ts, (enum tt_key_id)id) ||
	    tsetup_effective(w->ts, (enum tt_key_id)id) == NULL)
		return;
	screen_section(w, tt_keys[id].section);
	screen_say(w, "%s: %s (%s), the only interface.", tt_keys[id].label,
	    nics->v[0].link, nics->v[0].mac);
}

static enum ask_end
check_after(struct wizard *w, int id, int *ret_goto)
{
	*ret_goto = -1;
	for (size_t i = 0; i < TT_ARRAY_LEN(check_points); i++)
		if ((int)check_points[i].after == id)
			return wizard_check(w, check_points[i].kind, ret_goto);
	return ASK_LINE;
}

/*
 * A walk from *at on: ask is what to do at an id, *redo_until how far a person has gone
 * back. Moves *at; returns an end of the session, or ASK_LINE.
 */
static enum ask_end
step(struct wizard *w, int *at, int *redo_until)
{
	enum ask_end end = screen_question(w, (enum tt_key_id) * at);
	int to = -1;

	if (end == ASK_LINE)
		end = check_after(w, *at, &to);
	else if (end == ASK_BACK || end == ASK_SECTION_BACK)
		to = end == ASK_BACK ? previous(w, *at) : previous_section(w, *at);
	if (ask_is_end(end))
		return end;
	if (to < 0 && end != ASK_LINE) {
		term_puts(&w->term, "This is the first question.\n");
		return ASK_LINE;
	}
	if (to >= 0 && *redo_until < *at + (end == ASK_LINE))
		*redo_until = *at + (end == ASK_LINE);
	*at = to >= 0 ? to : *at + 1;
	return ASK_LINE;
}

static int
first_open(const struct wizard *w)
{
	for (int id = 0; id < TT_KEY_MAX; id++)
		if (tsetup_asked(w->ts, (enum tt_key_id)id))
			return id;
	return -1;
}

enum ask_end
wizard_questions(struct wizard *w)
{
	int redo_until = 0;

	while (first_open(w) >= 0) {
		for (int at = 0; at < TT_KEY_MAX;) {
			enum ask_end end;

			if (!tsetup_asked(w->ts, (enum tt_key_id)at) &&
			    !(at < redo_until && was_asked(w, at))) {
				if (at >= redo_until)
					tell_single_nic(w, at);
				at++;
				continue;
			}
			end = step(w, &at, &redo_until);
			if (ask_is_end(end))
				return end;
		}
	}
	return ASK_LINE;
}

/* Ids of a section that may be changed, in order; n of them. */
static size_t
section_ids(const struct wizard *w, int section, int ids[TT_KEY_MAX])
{
	size_t n = 0;

	for (int id = 0; id < TT_KEY_MAX; id++)
		if (tt_keys[id].section == section && tt_keys[id].ask != TT_ASK_NEVER &&
		    tsetup_applies(w->ts, (enum tt_key_id)id) && !single_nic(w, id))
			ids[n++] = id;
	return n;
}

enum ask_end
wizard_section(struct wizard *w, int section)
{
	int ids[TT_KEY_MAX];

	/* An answer may switch others on and off, so the list is made anew for each. */
	for (size_t i = 0; i < section_ids(w, section, ids);) {
		enum ask_end end = screen_question(w, (enum tt_key_id)ids[i]);

		if (ask_is_end(end))
			return end;
		if (end == ASK_SECTION_BACK)
			return ASK_LINE;
		if (end == ASK_LINE)
			i++;
		else if (i > 0)
			i--;
		else
			return ASK_LINE;
	}
	return ASK_LINE;
}

enum ask_end
wizard_menu(struct wizard *w)
{
	enum { SECTIONS = 6 };
	const struct ask a = {
		.prompt = "Section (1-6), q to quit the setup, or Enter for the review",
	};

	for (;;) {
		enum ask_end end;
		uint32_t section;

		screen_title(w, "What do you want to change?");
		for (int i = 1; i <= SECTIONS; i++)
			term_printf(&w->term, "  %d  %s\n", i, tt_section_title(i));
		end = screen_ask(w, &a);
		if (ask_is_end(end))
			return end;
		if (end != ASK_LINE || w->line.len == 0)
			return ASK_LINE;
		if (tt_strcaseeq(w->line.text, "q"))
			return ASK_QUIT;
		if (tt_parse_u32(w->line.text, 1, SECTIONS, &section) < 0)
			continue;
		end = wizard_section(w, (int)section);
		if (ask_is_end(end))
			return end;
	}
}
