// SPDX-License-Identifier: MPL-2.0
/*
 * Reader and writer of the GRUB environment block; the format is described in the header.
 */
#include "platform/lib/conf/grubenv.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/buf.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/str.h"

static const char signature[] = "# GRUB Environment Block\n";
#define SIGNATURE_LEN (sizeof(signature) - 1)

void
tt_grubenv_release(struct tt_grubenv *env)
{
	for (size_t i = 0; i < env->count; i++) {
		free(env->names[i]);
		free(env->values[i]);
	}
	free(env->names);
	free(env->values);
	*env = (struct tt_grubenv)TT_GRUBENV_INIT;
}

static long
find(const struct tt_grubenv *env, const char *name)
{
	for (size_t i = 0; i < env->count; i++)
		if (strcmp(env->names[i], name) == 0)
			return (long)i;
	return -1;
}

const char *
tt_grubenv_get(const struct tt_grubenv *env, const char *name)
{
	const long i = find(env, name);

	return i < 0 ? NULL : env->values[i];
}

static bool
name_valid(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		const bool letter = (s[i] >= 'a' && s[i] <= 'z') ||
				    (s[i] >= 'A' && s[i] <= 'Z') || s[i] == '_';

		if (!letter && (i == 0 || s[i] < '0' || s[i] > '9'))
			return false;
	}
	return len > 0;
}

/* Bytes of the block that NAME=VALUE takes. */
static size_t
row_len(const char *name, const char *value)
{
	size_t n = strlen(name) + strlen(value) + 2;

	for (const char *c = value; *c != '\0'; c++)
		n += *c == '\\' || *c == '\n';
	return n;
}

static size_t
used(const struct tt_grubenv *env, long except)
{
	size_t n = SIGNATURE_LEN;

	for (size_t i = 0; i < env->count; i++)
		if ((long)i != except)
			n += row_len(env->names[i], env->values[i]);
	return n;
}

static void
put(struct tt_grubenv *env, const char *name, const char *value)
{
	const long i = find(env, name);

	if (i >= 0) {
		free(env->values[i]);
		env->values[i] = tt_xstrdup(value);
		return;
	}
	env->names = tt_xrealloc(env->names, (env->count + 1) * sizeof(*env->names));
	env->values = tt_xrealloc(env->values, (env->count + 1) * sizeof(*env->values));
	env->names[env->count] = tt_xstrdup(name);
	env->values[env->count++] = tt_xstrdup(value);
}

int
tt_grubenv_set(
    struct tt_grubenv *env, const char *name, const char *value, struct tt_err **err)
{
	if (!name_valid(name, strlen(name)))
		return tt_err_set(err, -EINVAL, "InvalidArgument",
		    "boot variable '%s': a name is letters, digits and '_'", name);
	if (tt_control_find(value, strlen(value)) >= 0)
		return tt_err_set(err, -EINVAL, "InvalidArgument",
		    "boot variable '%s': the value holds a control character", name);
	if (used(env, find(env, name)) + row_len(name, value) > TT_GRUBENV_SIZE)
		return tt_err_set(err, -ENOSPC, "NoSpace",
		    "boot variable '%s': the environment block of %d bytes is full: "
		    "unset another one first",
		    name, TT_GRUBENV_SIZE);
	put(env, name, value);
	return 0;
}

bool
tt_grubenv_unset(struct tt_grubenv *env, const char *name)
{
	const long i = find(env, name);

	if (i < 0)
		return false;
	free(env->names[i]);
	free(env->values[i]);
	env->count--;
	for (size_t k = (size_t)i; k < env->count; k++) {
		env->names[k] = env->names[k + 1];
		env->values[k] = env->values[k + 1];
	}
	return true;
}

/* One line from data[0..len): bytes taken with the newline, 0 when it does not end. */
static size_t
line_end(const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (data[i] == '\\')
			i++;
		else if (data[i] == '\n')
			return i + 1;
	}
	return 0;
}

/* line has no newline; adds the variable. False when it is not NAME=VALUE. */
static bool
parse_row(const char *line, size_t len, struct tt_grubenv *env)
{
	const char *eq = memchr(line, '=', len);
	char name[TT_GRUBENV_SIZE];
	char value[TT_GRUBENV_SIZE];
	size_t n = 0;
	size_t name_len;

	if (eq == NULL || memchr(line, '\0', len) != NULL)
		return false;
	name_len = (size_t)(eq - line);
	if (!name_valid(line, name_len))
		return false;
	memcpy(name, line, name_len);
	name[name_len] = '\0';
	for (size_t i = name_len + 1; i < len; i++) {
		if (line[i] == '\\' && i + 1 < len)
			i++;
		value[n++] = line[i];
	}
	value[n] = '\0';
	put(env, name, value);
	return true;
}

static int
broken(struct tt_grubenv *env, struct tt_err **err, size_t at, const char *what)
{
	tt_grubenv_release(env);
	return tt_err_set(err, -EINVAL, "InvalidGrubEnv",
	    "GRUB environment block, byte %zu: %s", at, what);
}

int
tt_grubenv_parse(
    const char *data, size_t len, struct tt_grubenv *env, struct tt_err **err)
{
	size_t at = SIGNATURE_LEN;

	tt_grubenv_release(env);
	if (len != TT_GRUBENV_SIZE)
		return tt_err_set(err, -EINVAL, "InvalidGrubEnv",
		    "GRUB environment block has %zu bytes, must have %d: make a new one "
		    "with "
		    "grub-editenv",
		    len, TT_GRUBENV_SIZE);
	if (memcmp(data, signature, SIGNATURE_LEN) != 0)
		return broken(
		    env, err, 0, "the first line is not '# GRUB Environment Block'");
	while (at < len) {
		const size_t n = line_end(data + at, len - at);

		if (data[at] == '#') {
			if (n == 0)
				break; /* the padding */
			at += n;
			continue;
		}
		if (n == 0)
			return broken(env, err, at, "the line does not end");
		if (n > 1 && !parse_row(data + at, n - 1, env))
			return broken(env, err, at, "not NAME=VALUE");
		at += n;
	}
	return 0;
}

void
tt_grubenv_format(const struct tt_grubenv *env, char out[TT_GRUBENV_SIZE])
{
	size_t n = SIGNATURE_LEN;

	memset(out, '#', TT_GRUBENV_SIZE);
	memcpy(out, signature, SIGNATURE_LEN);
	for (size_t i = 0; i < env->count; i++) {
		const char *name = env->names[i];

		if (n + row_len(name, env->values[i]) > TT_GRUBENV_SIZE)
			abort();
		while (*name != '\0')
			out[n++] = *name++;
		out[n++] = '=';
		for (const char *c = env->values[i]; *c != '\0'; c++) {
			if (*c == '\\' || *c == '\n')
				out[n++] = '\\';
			out[n++] = *c;
		}
		out[n++] = '\n';
	}
}

int
tt_grubenv_load(const char *path, struct tt_grubenv *env, struct tt_err **err)
{
	tt_auto(buf) struct tt_buf data = TT_BUF_INIT(TT_GRUBENV_SIZE + 1);
	int r;

	r = tt_file_read(path, &data, err);
	if (r >= 0)
		r = tt_grubenv_parse(tt_buf_str(&data), data.len, env, err);
	if (r < 0)
		return tt_err_wrap(err, r, "reading the boot variables '%s'", path);
	return 0;
}

int
tt_grubenv_save(const char *path, const struct tt_grubenv *env, struct tt_err **err)
{
	char block[TT_GRUBENV_SIZE];
	tt_auto(close) int fd = -1;
	int r;

	tt_grubenv_format(env, block);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return tt_err_errno(err, -errno, "opening the boot variables '%s'", path);
	r = tt_write_all(fd, block, sizeof(block));
	if (r < 0 || ftruncate(fd, sizeof(block)) < 0 || fsync(fd) < 0)
		return tt_err_errno(
		    err, r < 0 ? r : -errno, "writing the boot variables '%s'", path);
	return 0;
}
