// SPDX-License-Identifier: MPL-2.0
/*
 * Rules for names and free text: labels, domains, mail addresses, host lists.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/net.h"
#include "platform/lib/base/str.h"
#include "platform/lib/conf/rules.h"

#define DNS_LABEL_MAX 63
#define DNS_NAME_MAX  253
#define MAIL_MAX      254
#define HOSTS_MAX     8

void
tt_judgement_release(struct tt_judgement *j)
{
	free(j->why);
	free(j->value);
	free(j->suggest);
	free(j->mask);
	*j = (struct tt_judgement){ 0 };
}

void
tt_refuse(struct tt_judgement *j, const char *code, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	if (j->code)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	j->code = code;
	j->why = tt_xstrdup(text);
}

static bool
is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool
is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char *
lower_dup(const char *s)
{
	char *copy = tt_xstrdup(s);

	for (char *p = copy; *p; p++)
		if (is_upper(*p))
			*p = (char)(*p - 'A' + 'a');
	return copy;
}

/* Characters of the first len bytes. */
static size_t
characters(const char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)s[i] & 0xc0) != 0x80;
	return n;
}

/* UTF-8 without control characters; false when refused. */
static bool
check_text(const struct tt_key *k, const char *text, struct tt_judgement *j)
{
	size_t len = strlen(text);
	long at = tt_utf8_check(text, len);

	if (at >= 0) {
		tt_refuse(
		    j, "E_UTF8", "%s: not UTF-8 from byte %ld on", k->label, at + 1);
		return false;
	}
	at = tt_control_find(text, len);
	if (at >= 0)
		tt_refuse(j, "E_CONTROL", "%s: control character at position %zu",
		    k->label, characters(text, (size_t)at) + 1);
	return at < 0;
}

void
tt_rule_text(const struct tt_key *k, const char *text, struct tt_judgement *j)
{
	size_t n;

	if (!check_text(k, text, j))
		return;
	n = tt_utf8_len(text);
	if (n < 1 || n > (size_t)k->max)
		tt_refuse(j, "E_LENGTH", "%s: %zu characters; 1 to %d are accepted",
		    k->label, n, k->max);
}

/*
 * One DNS label in s[0..len): NULL, or what is wrong with it.
 * any_case  capitals are fine (host part of a mail address)
 */
static const char *
label_fault(const char *s, size_t len, bool any_case, char *buf, size_t size)
{
	if (len == 0)
		return "an empty label";
	if (len > DNS_LABEL_MAX) {
		(void)tt_strf(buf, size, "a label of %zu characters; at most %d", len,
		    DNS_LABEL_MAX);
		return buf;
	}
	for (size_t i = 0; i < len; i++) {
		char c = s[i];

		if (is_lower(c) || is_digit(c) || c == '-' || (any_case && is_upper(c)))
			continue;
		if (is_upper(c))
			(void)tt_strf(buf, size, "capital '%c'; lower case only", c);
		else if (c > ' ' && c < 0x7f)
			(void)tt_strf(buf, size,
			    "character '%c' at position %zu; a-z, 0-9 and '-' are "
			    "accepted",
			    c, i + 1);
		else
			(void)tt_strf(buf, size,
			    "character at position %zu; a-z, 0-9 and '-' are accepted",
			    characters(s, i) + 1);
		return buf;
	}
	if (s[0] == '-')
		return "a hyphen at the beginning";
	return s[len - 1] == '-' ? "a hyphen at the end" : NULL;
}

static bool
all_digits(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!is_digit(s[i]))
			return false;
	return len > 0;
}

/* Offer the lower-case form when that alone puts it right. */
static void
suggest_lower(const char *text, struct tt_judgement *j,
    void (*rule)(const struct tt_key *, const char *, struct tt_judgement *),
    const struct tt_key *k)
{
	tt_auto(judgement) struct tt_judgement again = { 0 };
	tt_auto(free) char *lower = lower_dup(text);

	if (tt_streq(lower, text))
		return;
	rule(k, lower, &again);
	if (!again.code)
		j->suggest = tt_take(lower);
}

void
tt_rule_label(const struct tt_key *k, const char *text, struct tt_judgement *j)
{
	char buf[96];
	const char *fault = label_fault(text, strlen(text), false, buf, sizeof(buf));

	if (!fault && all_digits(text, strlen(text)))
		fault = "all digits; at least one letter is needed";
	if (!fault)
		return;
	suggest_lower(text, j, tt_rule_label, k);
	if (j->suggest)
		tt_refuse(
		    j, "E_LABEL", "%s: %s; did you mean %s", k->label, fault, j->suggest);
	else
		tt_refuse(j, "E_LABEL", "%s: %s", k->label, fault);
}

void
tt_rule_datacenter(const struct tt_key *k, const char *text, struct tt_judgement *j)
{
	if (tt_streq(text, "ca"))
		tt_refuse(j, "E_RESERVED",
		    "%s: 'ca' is reserved for a service; any other label is accepted",
		    k->label);
	else
		tt_rule_label(k, text, j);
}

/* A dotted name in s[0..len): NULL, or what is wrong. */
static const char *
name_fault(const char *s, size_t len, bool any_case, char *buf, size_t size)
{
	size_t start = 0;

	if (len > DNS_NAME_MAX) {
		(void)tt_strf(buf, size, "%zu characters; at most %d", len, DNS_NAME_MAX);
		return buf;
	}
	for (size_t i = 0; i <= len; i++) {
		const char *fault;

		if (i < len && s[i] != '.')
			continue;
		fault = label_fault(s + start, i - start, any_case, buf, size);
		if (fault)
			return fault;
		start = i + 1;
	}
	return NULL;
}

void
tt_rule_name(const struct tt_key *k, const char *text, struct tt_judgement *j)
{
	char buf[96];
	const char *fault = name_fault(text, strlen(text), false, buf, sizeof(buf));

	if (!fault)
		return;
	suggest_lower(text, j, tt_rule_name, k);
	if (j->suggest)
		tt_refuse(
		    j, "E_NAME", "%s: %s; did you mean %s", k->label, fault, j->suggest);
	else
		tt_refuse(j, "E_NAME", "%s: %s", k->label, fault);
}

void
tt_rule_mail(const struct tt_key *k, const char *text, struct tt_judgement *j)
{
	const char *at = strchr(text, '@'), *fault;
	char buf[96];

	if (!check_text(k, text, j))
		return;
	if (strlen(text) > MAIL_MAX)
		tt_refuse(j, "E_LENGTH", "%s: %zu characters; at most %d", k->label,
		    strlen(text), MAIL_MAX);
	else if (strchr(text, ' ') || strstr(text, "\u00a0"))
		tt_refuse(j, "E_MAIL", "%s: a blank; an address like %s is accepted",
		    k->label, k->example);
	if (j->code)
		return;
	if (!at || strchr(at + 1, '@')) {
		tt_refuse(j, "E_MAIL", "%s: %s '@'; an address like %s is accepted",
		    k->label, at ? "more than one" : "no", k->example);
		return;
	}
	if (at == text || !at[1]) {
		tt_refuse(j, "E_MAIL",
		    "%s: nothing %s the '@'; an address like %s is accepted", k->label,
		    at == text ? "before" : "behind", k->example);
		return;
	}
	fault = name_fault(at + 1, strlen(at + 1), true, buf, sizeof(buf));
	if (fault)
		tt_refuse(j, "E_MAIL", "%s: behind the '@' %s", k->label, fault);
}

/* One host of a list; copy is NUL-terminated without blanks. */
static void
judge_host(const struct tt_key *k, const char *host, struct tt_judgement *j)
{
	const char *last = strrchr(host, '.');
	const char *fault, *why;
	char buf[96], ip6[46];
	uint32_t ip;

	if (!*host) {
		tt_refuse(j, "E_NAME", "%s: an empty entry between commas", k->label);
		return;
	}
	if (strchr(host, ':')) {
		if (tt_ip6_parse(host, ip6) < 0)
			tt_refuse(
			    j, "E_NAME", "%s: '%s' is no IPv6 address", k->label, host);
		return;
	}
	last = last ? last + 1 : host;
	if (all_digits(last, strlen(last))) {
		if (tt_ip4_parse(host, &ip, &why) < 0)
			tt_refuse(j, "E_NAME", "%s: '%s': %s", k->label, host, why);
		return;
	}
	fault = name_fault(host, strlen(host), true, buf, sizeof(buf));
	if (fault)
		tt_refuse(j, "E_NAME", "%s: '%.*s': %s", k->label, 64, host, fault);
}

void
tt_rule_hosts(const struct tt_key *k, const char *text, struct tt_judgement *j)
{
	tt_auto(strv) char **hosts = NULL;
	tt_auto(free) char *joined = NULL;
	size_t n;

	if (!check_text(k, text, j))
		return;
	hosts = tt_split(text, ',');
	n = tt_strv_len(hosts);
	if (n > HOSTS_MAX) {
		tt_refuse(j, "E_LENGTH", "%s: %zu entries; 1 to %d are accepted",
		    k->label, n, HOSTS_MAX);
		return;
	}
	for (size_t i = 0; i < n && !j->code; i++)
		judge_host(k, hosts[i], j);
	if (n == 0)
		judge_host(k, "", j);
	joined = tt_strv_join(hosts, ",");
	if (!j->code && !tt_streq(joined, text))
		j->value = tt_take(joined);
}
