// SPDX-License-Identifier: MPL-2.0
/*
 * Rules for choices, passwords and the hashes of them, paths and public keys.
 */
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/str.h"
#include "platform/lib/conf/rules.h"

#define PASSWORD_BYTES 511 /* crypt(3) takes no more */
#define ADMIN_MIN      7
#define ADMIN_MAX      128
#define ROOT_MIN       8

void
tt_rule_any(const struct tt_key *k, const char *text, struct tt_judgement *j)
{
	(void)k;
	(void)text;
	(void)j;
}

void
tt_rule_bool(const struct tt_key *k, const char *text, struct tt_judgement *j)
{
	bool b;

	if (tt_parse_bool(text, &b) < 0)
		tt_refuse(
		    j, "E_BOOL", "%s: yes, no, true or false are accepted", k->label);
	else if (!tt_streq(text, b ? "true" : "false"))
		j->value = tt_xstrdup(b ? "true" : "false");
}

void
tt_rule_enum(const struct tt_key *k, const char *text, struct tt_judgement *j)
{
	char list[128] = "";
	size_t at = 0;

	for (const char *const *c = k->choices; *c; c++) {
		if (tt_streq(*c, text))
			return;
		(void)tt_strf(list + at, sizeof(list) - at, "%s%s", at ? ", " : "", *c);
		at = strlen(list);
	}
	tt_refuse(j, "E_ENUM", "%s: one of %s is accepted", k->label, list);
}

void
tt_rule_console(const struct tt_key *k, const char *text, struct tt_judgement *j)
{
	size_t len = strlen(text);
	bool ok = len > 0 && len < 32;

	for (const char *p = text; ok && *p; p++)
		ok = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
		     (*p >= '0' && *p <= '9') || (p > text && strchr("_-", *p));
	if (!ok)
		tt_refuse(j, "E_ENUM", "%s: vga, serial, any or a tty name is accepted",
		    k->label);
}

void
tt_rule_path(const struct tt_key *k, const char *text, struct tt_judgement *j)
{
	size_t len = strlen(text);

	if (tt_utf8_check(text, len) >= 0)
		tt_refuse(j, "E_UTF8", "%s: not UTF-8", k->label);
	else if (tt_control_find(text, len) >= 0)
		tt_refuse(j, "E_CONTROL", "%s: a control character", k->label);
	else if (len == 0 || len > 255)
		tt_refuse(j, "E_LENGTH", "%s: 1 to 255 bytes are accepted", k->label);
	else if ((*text == '/' && !tt_after_prefix(text, "/run/")) || strstr(text, ".."))
		tt_refuse(j, "E_NAME",
		    "%s: a path on the media, or one below /run, is accepted", k->label);
}

/* What any password must be; false when refused. The text itself is never in a message. */
static bool
check_password(const struct tt_key *k, const char *text, struct tt_judgement *j)
{
	size_t len = strlen(text);

	if (tt_utf8_check(text, len) >= 0)
		tt_refuse(j, "E_UTF8", "%s: not UTF-8", k->label);
	else if (tt_control_find(text, len) >= 0)
		tt_refuse(j, "E_CONTROL", "%s: a control character", k->label);
	else if (len > PASSWORD_BYTES)
		tt_refuse(j, "E_PW_POLICY", "%s: at most %d bytes are accepted", k->label,
		    PASSWORD_BYTES);
	return !j->code;
}

void
tt_rule_root_password(const struct tt_key *k, const char *text, struct tt_judgement *j)
{
	if (check_password(k, text, j) && tt_utf8_len(text) < ROOT_MIN)
		tt_refuse(j, "E_PW_POLICY", "%s: at least %d characters are needed",
		    k->label, ROOT_MIN);
}

void
tt_rule_admin_password(const struct tt_key *k, const char *text, struct tt_judgement *j)
{
	bool letter = false, digit = false, length, longest;
	size_t n;

	if (!check_password(k, text, j))
		return;
	for (const char *p = text; *p; p++) {
		letter |= (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z');
		digit |= *p >= '0' && *p <= '9';
	}
	n = tt_utf8_len(text);
	length = n >= ADMIN_MIN;
	longest = n <= ADMIN_MAX;
	if (!length || !longest || !letter || !digit)
		tt_refuse(j, "E_PW_POLICY",
		    "%s: length of at least %d: %s; at most %d: %s; a letter A-Z or a-z: "
		    "%s; "
		    "a digit: %s",
		    k->label, ADMIN_MIN, length ? "yes" : "no", ADMIN_MAX,
		    longest ? "yes" : "no", letter ? "yes" : "no", digit ? "yes" : "no");
}

/* Characters of crypt's base 64. */
static bool
is_crypt64(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!((s[i] >= 'a' && s[i] <= 'z') || (s[i] >= 'A' && s[i] <= 'Z') ||
			(s[i] >= '0' && s[i] <= '9') || s[i] == '.' || s[i] == '/'))
			return false;
	return true;
}

/* SALT$HASH with these lengths of salt and exactly this one of the hash. */
static bool
salt_and_hash(const char *s, size_t min_salt, size_t max_salt, size_t hash)
{
	const char *dollar = strchr(s, '$');
	size_t salt;

	if (!dollar)
		return false;
	salt = (size_t)(dollar - s);
	return salt >= min_salt && salt <= max_salt && is_crypt64(s, salt) &&
	       strlen(dollar + 1) == hash && is_crypt64(dollar + 1, hash);
}

/* $y$PARAMS$SALT$HASH */
static bool
is_yescrypt(const char *s)
{
	const char *dollar = strchr(s, '$');
	size_t n = dollar ? (size_t)(dollar - s) : 0;

	return n >= 2 && n <= 32 && is_crypt64(s, n) &&
	       salt_and_hash(dollar + 1, 1, 86, 43);
}

/* $6$[rounds=N$]SALT$HASH */
static bool
is_sha512(const char *s)
{
	const char *rounds = tt_after_prefix(s, "rounds=");
	const char *dollar = rounds ? strchr(rounds, '$') : NULL;
	char digits[16];
	uint32_t n;

	if (rounds) {
		size_t len = dollar ? (size_t)(dollar - rounds) : sizeof(digits);

		if (len >= sizeof(digits))
			return false;
		memcpy(digits, rounds, len);
		digits[len] = '\0';
		if (tt_parse_u32(digits, 1000, 999999999, &n) < 0)
			return false;
		s = dollar + 1;
	}
	return salt_and_hash(s, 1, 16, 86);
}

/* $2b$NN$ and 22 + 31 characters */
static bool
is_bcrypt(const char *s)
{
	char digits[3] = "";
	uint32_t cost;

	if (strlen(s) != 56 || s[2] != '$')
		return false;
	memcpy(digits, s, 2);
	if (*digits == '0')
		memmove(digits, digits + 1, 2);
	return tt_parse_u32(digits, 4, 31, &cost) == 0 && is_crypt64(s + 3, 53);
}

void
tt_rule_hash(const struct tt_key *k, const char *text, struct tt_judgement *j)
{
	const char *rest;
	bool ok;

	if ((rest = tt_after_prefix(text, "$y$")))
		ok = is_yescrypt(rest);
	else if ((rest = tt_after_prefix(text, "$6$")))
		ok = is_sha512(rest);
	else if ((rest = tt_after_prefix(text, "$2b$")))
		ok = is_bcrypt(rest);
	else {
		tt_refuse(j, "E_HASH",
		    "%s: a crypt string of method $y$, $6$ or $2b$ is accepted; "
		    "`triton-setup hash-password` makes one",
		    k->label);
		return;
	}
	if (!ok)
		tt_refuse(j, "E_HASH",
		    "%s: not complete, or with characters that no crypt string has; "
		    "`triton-setup hash-password` makes one",
		    k->label);
}

/* TYPE BASE64 [COMMENT] of the kinds that OpenSSH knows. */
static bool
is_ssh_key(const char *line)
{
	static const char *const types[] = { "ssh-rsa ", "ssh-ed25519 ",
		"ecdsa-sha2-nistp256 ", "ecdsa-sha2-nistp384 ", "ecdsa-sha2-nistp521 ",
		"sk-ssh-ed25519@openssh.com ", "sk-ecdsa-sha2-nistp256@openssh.com " };

	if (tt_control_find(line, strlen(line)) >= 0)
		return false;
	for (size_t i = 0; i < TT_ARRAY_LEN(types); i++) {
		const char *p = tt_after_prefix(line, types[i]);
		size_t n = 0;

		if (!p)
			continue;
		while (p[n] && p[n] != ' ')
			n++;
		return n >= 40 && strncmp(p, "AAAA", 4) == 0 &&
		       strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz012"
				 "3456789+/"
				 "=") == n;
	}
	return false;
}

void
tt_rule_ssh_keys(const struct tt_key *k, const char *text, struct tt_judgement *j)
{
	tt_auto(strv) char **lines = tt_split(text, '\n');

	if (tt_utf8_check(text, strlen(text)) >= 0) {
		tt_refuse(j, "E_UTF8", "%s: not UTF-8", k->label);
		return;
	}
	for (size_t i = 0; lines && lines[i]; i++) {
		if (!*lines[i] || is_ssh_key(lines[i]))
			continue;
		tt_refuse(j, "E_TYPE",
		    "%s: entry %zu is no public key; a line like "
		    "'ssh-ed25519 AAAA... name' is accepted",
		    k->label, i + 1);
		return;
	}
}
