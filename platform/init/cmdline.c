// SPDX-License-Identifier: MPL-2.0
/*
 * Kernel command line words of init. Knows neither files nor the log.
 */
#include "platform/init/cmdline.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define WORD_MAX 1024

static void
complain(struct init_params *p, const char *fmt, ...)
{
	va_list ap;

	if (p->n_complaints == INIT_COMPLAINTS_MAX)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(
	    p->complaints[p->n_complaints++], sizeof(p->complaints[0]), fmt, ap);
	va_end(ap);
}

/* Next word without its quotes into out; returns the bytes used, 0 at the end. */
static size_t
next_word(const char *text, size_t len, char *out, size_t out_size)
{
	size_t i = 0, n = 0;
	bool quoted = false;

	while (i < len && (text[i] == ' ' || text[i] == '\t' || text[i] == '\n'))
		i++;
	if (i == len || text[i] == '\0')
		return 0;
	for (; i < len && text[i] != '\0'; i++) {
		if (text[i] == '"') {
			quoted = !quoted;
			continue;
		}
		if (!quoted && (text[i] == ' ' || text[i] == '\t' || text[i] == '\n'))
			break;
		if (n + 1 < out_size)
			out[n++] = text[i];
	}
	out[n] = '\0';
	return i;
}

static void
take_text(
    struct init_params *p, const char *name, const char *value, char *out, size_t size)
{
	size_t n = strlen(value);

	if (n == 0 || n >= size) {
		complain(p, "%s: %s, at most %zu characters", name,
		    n ? "too long" : "empty", size - 1);
		return;
	}
	memcpy(out, value, n + 1);
}

static void
take_hex(
    struct init_params *p, const char *name, const char *value, char *out, size_t size)
{
	size_t n = strspn(value, "0123456789abcdefABCDEF");

	if (value[n] != '\0' || n % 2 != 0) {
		complain(p, "%s: '%.40s' is not hex", name, value);
		p->verity_bad = true;
		return;
	}
	take_text(p, name, value, out, size);
}

static bool
take_number(struct init_params *p, const char *name, const char *value, uint64_t max,
    uint64_t *ret)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; value[i] >= '0' && value[i] <= '9' && v <= max; i++)
		v = v * 10 + (uint64_t)(value[i] - '0');
	if (i == 0 || value[i] != '\0' || v > max) {
		complain(p, "%s: '%.40s' is not a number from 0 to %llu", name, value,
		    (unsigned long long)max);
		return false;
	}
	*ret = v;
	return true;
}

static void
take_triton(struct init_params *p, const char *name, const char *value)
{
	/* Read by later stages; named here so that a misspelt word is told apart. */
	static const char *const later[] = { "triton.answers", "triton.answers.cert",
		"triton.answers.sha256", "triton.answers.insecure", "triton.unattended",
		"triton.setup", "triton.trial", "triton.rolledback", "triton.entry",
		"triton.isosha256", "triton.isosize" };
	uint64_t v;

	for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++)
		if (strcmp(name, later[i]) == 0)
			return;
	if (strcmp(name, "triton.label") == 0) {
		take_text(p, name, value, p->label, sizeof(p->label));
	} else if (strcmp(name, "triton.root") == 0) {
		take_text(p, name, value, p->root, sizeof(p->root));
	} else if (strcmp(name, "triton.roothash") == 0) {
		take_hex(p, name, value, p->roothash, sizeof(p->roothash));
	} else if (strcmp(name, "triton.salt") == 0) {
		take_hex(p, name, value, p->salt, sizeof(p->salt));
	} else if (strcmp(name, "triton.blocks") == 0) {
		if (take_number(p, name, value, 1ULL << 40, &v))
			p->blocks = v;
	} else if (strcmp(name, "triton.toram") == 0) {
		if (take_number(p, name, value, 1, &v))
			p->toram = (int)v;
	} else if (strcmp(name, "triton.fs") == 0) {
		take_text(p, name, value, p->fs, sizeof(p->fs));
	} else if (strcmp(name, "triton.init") == 0) {
		take_text(p, name, value, p->init, sizeof(p->init));
	} else if (strcmp(name, "triton.wait") == 0) {
		if (take_number(p, name, value, 3600, &v))
			p->wait_s = (unsigned)v;
	} else if (strcmp(name, "triton.debug") == 0) {
		if (take_number(p, name, value, 1, &v))
			p->debug = v == 1;
	} else {
		complain(p, "unknown parameter %.100s", name);
	}
}

static void
set_defaults(struct init_params *p)
{
	memset(p, 0, sizeof(*p));
	memcpy(p->label, "TRITON", sizeof("TRITON"));
	memcpy(p->fs, "squashfs", sizeof("squashfs"));
	memcpy(p->init, "/sbin/init", sizeof("/sbin/init"));
	p->toram = -1;
	p->wait_s = 60;
}

void
init_params_parse(const char *text, size_t len, struct init_params *ret)
{
	char word[WORD_MAX];
	size_t used;

	set_defaults(ret);
	while ((used = next_word(text, len, word, sizeof(word))) > 0) {
		text += used;
		len -= used;
		if (strcmp(word, "systemd.unit=rescue.target") == 0)
			ret->rescue = true;
		if (strncmp(word, "triton.", 7) != 0)
			continue;
		char *eq = strchr(word, '=');
		char *value = word + strlen(word);

		if (eq != NULL) {
			*eq = '\0';
			value = eq + 1;
		}
		take_triton(ret, word, value);
	}
	ret->verity =
	    ret->roothash[0] && ret->salt[0] && ret->blocks > 0 && !ret->verity_bad;
	if (!ret->verity && (ret->roothash[0] || ret->salt[0] || ret->blocks > 0))
		ret->verity_bad = true;
}
