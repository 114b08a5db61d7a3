// SPDX-License-Identifier: MPL-2.0
/*
 * Live checks in the flow. A check that fails never stops a person who only presses Enter:
 * a silent resolver asks "retry, change or keep" for ten seconds and keeps; what is typed
 * there and is none of these words is taken as the answer to the next question, and lines
 * that were typed ahead skip the question. Only a name that is already taken in public has
 * to be acknowledged.
 */
#include <string.h>

#include "installer/setup/wizard_flow.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/sha256.h"
#include "platform/lib/base/str.h"

#define KEEP_MS 10000

/* What each check looks at: it runs again when one of these has changed. */
static const struct {
	uint64_t inputs;
	const enum tt_key_id change; /* the question to go back to */
} looks_at[CHECK_MAX] = {
	[CHECK_ADDRESSES] = {
		TT_KEY_BIT(TT_KEY_ADMIN_NIC) | TT_KEY_BIT(TT_KEY_ADMIN_IP) |
		    TT_KEY_BIT(TT_KEY_ADMIN_NETMASK) | TT_KEY_BIT(TT_KEY_ADMIN_START) |
		    TT_KEY_BIT(TT_KEY_DHCP_END) | TT_KEY_BIT(TT_KEY_EXTERNAL) |
		    TT_KEY_BIT(TT_KEY_EXTERNAL_NIC) | TT_KEY_BIT(TT_KEY_EXTERNAL_IP) |
		    TT_KEY_BIT(TT_KEY_EXTERNAL_NETMASK) | TT_KEY_BIT(TT_KEY_EXTERNAL_GATEWAY) |
		    TT_KEY_BIT(TT_KEY_EXTERNAL_VLAN) | TT_KEY_BIT(TT_KEY_EXTERNAL_START) |
		    TT_KEY_BIT(TT_KEY_EXTERNAL_END) | TT_KEY_BIT(TT_KEY_DEFAULT_GATEWAY),
		TT_KEY_ADMIN_IP,
	},
	[CHECK_RESOLVERS] = {
		TT_KEY_BIT(TT_KEY_DNS1) | TT_KEY_BIT(TT_KEY_DNS2),
		TT_KEY_DNS1,
	},
	[CHECK_DOMAIN] = {
		TT_KEY_BIT(TT_KEY_DATACENTER) | TT_KEY_BIT(TT_KEY_DNS_SEARCH) |
		    TT_KEY_BIT(TT_KEY_DNS1) | TT_KEY_BIT(TT_KEY_DNS2),
		TT_KEY_DNS_SEARCH,
	},
	[CHECK_TIME] = {
		TT_KEY_BIT(TT_KEY_NTP) | TT_KEY_BIT(TT_KEY_DNS1) | TT_KEY_BIT(TT_KEY_DNS2),
		TT_KEY_NTP,
	},
};

/* Digest of the inputs; ret has TT_SHA256_HEX_LEN bytes. */
static void
digest(const struct wizard *w, enum check_kind kind, char *ret)
{
	tt_auto(buf) struct tt_buf all = TT_BUF_INIT(64 * TT_KIB);

	for (int id = 0; id < TT_KEY_MAX; id++) {
		const char *value;

		if (!(looks_at[kind].inputs & TT_KEY_BIT(id)))
			continue;
		value = tsetup_effective(w->ts, (enum tt_key_id)id);
		tt_buf_addf(&all, "%d=%s\n", id, value != NULL ? value : "");
	}
	tt_sha256_hex(tt_buf_str(&all), all.len, ret);
}

/* Put a line back as if it were typed ahead. */
static bool
type_ahead(struct term *t, const char *text)
{
	size_t len = strlen(text);

	if (t->ahead_len + len + 1 > sizeof(t->ahead))
		return false;
	memmove(t->ahead + len + 1, t->ahead, t->ahead_len);
	memcpy(t->ahead, text, len);
	t->ahead[len] = '\r';
	t->ahead_len += len + 1;
	return true;
}

enum verdict { RETRY, CHANGE, KEEP };

/* Match one of the words or their first letters; -1 = none. */
static int
match(const char *text)
{
	static const char *const words[] = { "retry", "change", "keep" };

	for (int i = 0; i < 3; i++) {
		const char letter[2] = { words[i][0], '\0' };

		if (tt_strcaseeq(text, words[i]) || tt_strcaseeq(text, letter))
			return i;
	}
	return -1;
}

/* The bounded question after a resolver that does not answer. */
static enum ask_end
ask_bounded(struct wizard *w, enum verdict *ret)
{
	const struct ask a = {
		.prompt = "retry, change or keep (kept after 10 s)",
		.def = "keep",
		.timeout_ms = KEEP_MS,
	};
	enum ask_end end;
	int i;

	*ret = KEEP;
	if (term_pending(&w->term))
		return ASK_LINE;
	end = screen_ask(w, &a);
	if (end == ASK_BACK || end == ASK_SECTION_BACK)
		*ret = CHANGE;
	if (end == ASK_TIMEOUT)
		term_puts(&w->term, "\n");
	if (ask_is_end(end) || end != ASK_LINE || w->line.len == 0)
		return ask_is_end(end) ? end : ASK_LINE;
	i = match(w->line.text);
	if (i >= 0)
		*ret = (enum verdict)i;
	else
		(void)type_ahead(&w->term, w->line.text);
	return ASK_LINE;
}

/* The question that must be answered: the name is taken. */
static enum ask_end
ask_blocking(struct wizard *w, enum verdict *ret)
{
	const struct ask a = {
		.prompt = "retry, change, or keep it all the same",
		.def = "change",
	};

	for (;;) {
		enum ask_end end = screen_ask(w, &a);
		int i = CHANGE;

		if (ask_is_end(end))
			return end;
		if (end == ASK_LINE && w->line.len > 0)
			i = match(w->line.text);
		if (i >= 0) {
			*ret = (enum verdict)i;
			return ASK_LINE;
		}
	}
}

static enum ask_end
ask_verdict(struct wizard *w, enum check_kind kind, enum verdict *ret)
{
	*ret = KEEP;
	if (w->unattended || !w->has_term || w->checks.stopped)
		return ASK_LINE;
	if (kind == CHECK_DOMAIN)
		return ask_blocking(w, ret);
	return kind == CHECK_RESOLVERS ? ask_bounded(w, ret) : ASK_LINE;
}

/* Which question a failed check is about: the first finding's own one. */
static int
change_of(const struct wizard *w, enum check_kind kind)
{
	const struct tt_findings *found = &w->checks.found[kind];

	return found->n > 0 && found->v[0].id >= 0 ? found->v[0].id
						   : (int)looks_at[kind].change;
}

static size_t
run_once(struct wizard *w, enum check_kind kind)
{
	size_t n;

	screen_say(
	    w, "%s%s", checks_title(kind), w->has_term ? " (^C ends it) ..." : " ...");
	console_lock_screen(&w->lock, checks_title(kind));
	n = checks_run(&w->checks, kind, w->ts);
	if (w->checks.stopped)
		screen_say(w, "Check ended.");
	screen_findings(w, &w->checks.found[kind], TT_WARNING);
	for (size_t i = 0; i < n; i++)
		session_log_note(&w->log, "check: %s %s", w->checks.found[kind].v[i].code,
		    w->checks.found[kind].v[i].text);
	return n;
}

enum ask_end
wizard_check(struct wizard *w, enum check_kind kind, int *ret_goto)
{
	enum verdict verdict = RETRY;
	char now[TT_SHA256_HEX_LEN];

	*ret_goto = -1;
	digest(w, kind, now);
	if (!checks_wanted(&w->checks, kind, w->ts) || tt_streq(now, w->checked[kind]))
		return ASK_LINE;
	(void)tt_strcpy(w->checked[kind], sizeof(w->checked[kind]), now);
	while (verdict == RETRY) {
		enum ask_end end;

		if (run_once(w, kind) == 0)
			return ASK_LINE;
		end = ask_verdict(w, kind, &verdict);
		if (ask_is_end(end))
			return end;
		if (verdict == RETRY && w->checks.budget_ms < CHECKS_RETRY_MS)
			w->checks.budget_ms = CHECKS_RETRY_MS;
	}
	if (verdict == CHANGE) {
		w->checked[kind][0] = '\0';
		*ret_goto = change_of(w, kind);
	}
	return ASK_LINE;
}

enum ask_end
wizard_check_all(struct wizard *w)
{
	for (int kind = 0; kind < CHECK_MAX; kind++) {
		enum ask_end end;
		int to = -1;

		end = wizard_check(w, (enum check_kind)kind, &to);
		if (ask_is_end(end))
			return end;
		if (to >= 0) {
			/* Asked again here; the check runs once more before the review. */
			end = wizard_section(w, tt_keys[to].section);
			if (ask_is_end(end))
				return end;
			kind--;
		}
	}
	return ASK_LINE;
}

void
wizard_check_again(struct wizard *w)
{
	memset(w->checked, 0, sizeof(w->checked));
	w->checks.budget_ms = CHECKS_BUDGET_MS;
}
