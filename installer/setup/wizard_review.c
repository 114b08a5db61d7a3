// SPDX-License-Identifier: MPL-2.0
/*
 * The summary of all values and the question whether they are right. What changed since the
 * last summary is marked with a star.
 */
#include <string.h>

#include "installer/setup/wizard_flow.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/str.h"

#define WIDE     79
#define ROW_KEYS 4

/* Keys that share a line where there is room, with the words that stand before them. */
static const struct {
	struct {
		const char *label; /* NULL = the row ends */
		int id;
	} items[ROW_KEYS];
	bool in_table; /* the wide form shows them in the network table instead */
} rows[] = {
	{ { { "Company", TT_KEY_COMPANY } }, false },
	{ { { "Region", TT_KEY_REGION }, { "data center", TT_KEY_DATACENTER },
	      { "location", TT_KEY_LOCATION } },
	    false },
	{ { { "Mail to", TT_KEY_MAIL_TO }, { "from", TT_KEY_MAIL_FROM } }, false },
	{ { { "Domain", TT_KEY_DNS_DOMAIN }, { "search", TT_KEY_DNS_SEARCH } }, false },
	{ { { "Default gateway", TT_KEY_DEFAULT_GATEWAY } }, false },
	{ { { "Admin NIC", TT_KEY_ADMIN_NIC }, { "address", TT_KEY_ADMIN_IP },
	      { "mask", TT_KEY_ADMIN_NETMASK } },
	    true },
	{ { { "External network", TT_KEY_EXTERNAL } }, true },
	{ { { "External NIC", TT_KEY_EXTERNAL_NIC }, { "address", TT_KEY_EXTERNAL_IP },
	      { "mask", TT_KEY_EXTERNAL_NETMASK } },
	    true },
	{ { { "External gateway", TT_KEY_EXTERNAL_GATEWAY },
	      { "VLAN", TT_KEY_EXTERNAL_VLAN } },
	    true },
	{ { { "Admin IPv6", TT_KEY_ADMIN_IP6 }, { "gateway", TT_KEY_ADMIN_GATEWAY6 } },
	    false },
	{ { { "External IPv6", TT_KEY_EXTERNAL_IP6 },
	      { "gateway", TT_KEY_EXTERNAL_GATEWAY6 } },
	    false },
	{ { { "Service zones from", TT_KEY_ADMIN_START },
	      { "DHCP to", TT_KEY_DHCP_END } },
	    false },
	{ { { "External addresses from", TT_KEY_EXTERNAL_START },
	      { "to", TT_KEY_EXTERNAL_END } },
	    false },
	{ { { "Resolvers", TT_KEY_DNS1 }, { "second", TT_KEY_DNS2 } }, false },
	{ { { "NTP", TT_KEY_NTP } }, false },
	{ { { "Usage data", TT_KEY_PHONEHOME }, { "channel", TT_KEY_CHANNEL },
	      { "extra packages", TT_KEY_PKGSRC } },
	    false },
};

static const char *
shown(const struct wizard *w, int id)
{
	const char *value;

	if (!tsetup_applies(w->ts, (enum tt_key_id)id))
		return NULL;
	value = tsetup_effective(w->ts, (enum tt_key_id)id);
	/* What is never asked and not set is nobody's business. */
	if (value == NULL && tt_keys[id].ask != TT_ASK)
		return NULL;
	return value == NULL ? "-" : tt_keys[id].flags & TT_KEY_SECRET ? "***" : value;
}

static bool
changed(const struct wizard *w, int id)
{
	const char *now = shown(w, id);

	return w->reviewed && !tt_streq(w->seen[id], now);
}

static void
remember(struct wizard *w)
{
	for (int id = 0; id < TT_KEY_MAX; id++) {
		free(w->seen[id]);
		w->seen[id] = tt_xstrdup_null(shown(w, id));
	}
	w->reviewed = true;
}

static void
show_row(struct wizard *w, size_t row, bool wide)
{
	tt_auto(buf) struct tt_buf line = TT_BUF_INIT(8 * TT_KIB);

	for (int i = 0; i < ROW_KEYS && rows[row].items[i].label != NULL; i++) {
		const int id = rows[row].items[i].id;
		const char *value = shown(w, id);

		if (value == NULL)
			continue;
		tt_buf_addf(&line, "%s%s%s: %s", line.len > 0 ? (wide ? ", " : "\n") : "",
		    changed(w, id) ? "* " : "", rows[row].items[i].label, value);
	}
	if (line.len > 0)
		term_wrap(&w->term, 0, tt_buf_str(&line));
}

static void
table_line(struct wizard *w, const char *name, const int ids[5])
{
	static const int widths[] = { 17, 15, 15, 15, 4 };
	tt_auto(buf) struct tt_buf line = TT_BUF_INIT(1 * TT_KIB);
	bool star = false;

	for (int i = 0; i < 5; i++)
		star = star || (ids[i] >= 0 && changed(w, ids[i]));
	tt_buf_addf(&line, "%-8s", name);
	for (int i = 0; i < 5; i++) {
		const char *value = ids[i] >= 0 ? shown(w, ids[i]) : NULL;

		tt_buf_addf(&line, " %-*s", widths[i], value != NULL ? value : "-");
	}
	term_printf(&w->term, "%s%s\n", tt_buf_str(&line), star ? "*" : "");
}

/* Net/MAC/IP/Netmask/Gateway/VLAN, 79 columns. */
static void
show_table(struct wizard *w)
{
	static const int admin[] = { TT_KEY_ADMIN_NIC, TT_KEY_ADMIN_IP,
		TT_KEY_ADMIN_NETMASK, -1, -1 };
	static const int external[] = { TT_KEY_EXTERNAL_NIC, TT_KEY_EXTERNAL_IP,
		TT_KEY_EXTERNAL_NETMASK, TT_KEY_EXTERNAL_GATEWAY, TT_KEY_EXTERNAL_VLAN };

	term_printf(&w->term, "%-8s %-17s %-15s %-15s %-15s %-4s\n", "Net", "MAC", "IP",
	    "Netmask", "Gateway", "VLAN");
	table_line(w, "admin", admin);
	if (tsetup_bool(w->ts, TT_KEY_EXTERNAL))
		table_line(w, "external", external);
}

/* The service addresses, in as many columns as there is room for. */
static void
show_slots(struct wizard *w)
{
	enum { CELL = 26 };
	tt_auto(strv) char **slots = tsetup_slots(w->ts);
	unsigned per_line = w->term.columns > CELL ? (w->term.columns - 1) / CELL : 1;

	for (unsigned i = 0; slots != NULL && slots[i] != NULL; i++)
		term_printf(&w->term, "%-*s%s", CELL, slots[i],
		    (i + 1) % per_line == 0 || slots[i + 1] == NULL ? "\n" : "");
}

static void
show_summary(struct wizard *w)
{
	const bool wide = w->term.columns >= WIDE;

	screen_title(w, tt_section_title(7));
	for (size_t i = 0; i < TT_ARRAY_LEN(rows); i++) {
		if (wide && rows[i].items[0].id == TT_KEY_ADMIN_NIC)
			show_table(w);
		if (!wide || !rows[i].in_table)
			show_row(w, i, wide);
	}
	term_puts(&w->term, "Service addresses:\n");
	show_slots(w);
	if (w->reviewed)
		term_puts(&w->term, "* changed since the last review\n");
}

/* Everything that is to be said about the values as they are. True when none is an error. */
static bool
show_warnings(struct wizard *w)
{
	tt_auto(findings) struct tt_findings found = { 0 };
	bool good = tsetup_check_all(w->ts, true, &found) == 0;

	screen_findings(w, &found, TT_WARNING);
	for (int kind = 0; kind < CHECK_MAX; kind++)
		screen_findings(w, &w->checks.found[kind], TT_WARNING);
	return good;
}

static void
draw(struct wizard *w, const void *ctx)
{
	(void)ctx;
	show_summary(w);
	(void)show_warnings(w);
}

static void
help(struct wizard *w, const void *ctx)
{
	(void)ctx;
	term_wrap(&w->term, 2,
	    "y writes the config, n opens the list of sections, e shows the config file "
	    "in an "
	    "editor first, 1 to 6 asks a section again, r repeats the live checks.");
}

/* What the answer to the question means; -1 = nothing known. */
static int
take_answer(struct wizard *w, const char *text, bool good)
{
	uint32_t section;
	bool yes;

	if (tt_strcaseeq(text, "e"))
		return good ? REVIEW_EDIT : -1;
	if (tt_strcaseeq(text, "r")) {
		wizard_check_again(w);
		return REVIEW_AGAIN;
	}
	if (tt_parse_u32(text, 1, 6, &section) == 0) {
		w->menu = (int)section;
		return REVIEW_AGAIN;
	}
	if (tt_parse_bool(text, &yes) < 0)
		return -1;
	if (yes)
		return good ? REVIEW_OK : -1;
	w->menu = -1;
	return REVIEW_AGAIN;
}

static enum ask_end
ask_right(struct wizard *w, bool good, enum review_end *ret)
{
	const struct ask a = {
		.prompt = "Is this right? (y, n, e edit, r check again, 1-6 section)",
		.def = good ? "y" : "n",
		.help = help,
		.draw = draw,
	};

	for (;;) {
		enum ask_end end = screen_ask(w, &a);
		int answer;

		if (ask_is_end(end))
			return end;
		if (end != ASK_LINE) {
			w->menu = 6;
			*ret = REVIEW_AGAIN;
			return ASK_LINE;
		}
		answer = take_answer(w, w->line.len > 0 ? w->line.text : a.def, good);
		if (answer >= 0) {
			*ret = (enum review_end)answer;
			return ASK_LINE;
		}
		term_puts(
		    &w->term, good ? "Please answer y, n, e, r or a number from 1 to 6.\n"
				   : "The errors above have to be put right first.\n");
	}
}

/* The menu or section that the answer asked for; answers count as defaults from now on. */
static enum ask_end
go_to_section(struct wizard *w)
{
	int section = w->menu;

	w->menu = 0;
	if (section == 0)
		return ASK_LINE;
	tsetup_answers_relax(w->ts);
	w->relaxed = true;
	return section < 0 ? wizard_menu(w) : wizard_section(w, section);
}

enum ask_end
wizard_review(struct wizard *w, enum review_end *ret)
{
	enum ask_end end;
	bool good;

	if (!tsetup_bool(w->ts, TT_KEY_SKIP_SUMMARY))
		show_summary(w);
	good = show_warnings(w);
	*ret = REVIEW_OK;
	if (good && tsetup_bool(w->ts, TT_KEY_SKIP_CONFIRM) && !w->relaxed)
		return ASK_LINE;
	end = ask_right(w, good, ret);
	remember(w);
	return ask_is_end(end) ? end : go_to_section(w);
}
