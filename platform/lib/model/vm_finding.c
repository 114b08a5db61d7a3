// SPDX-License-Identifier: MPL-2.0
/* The list of what is wrong with a payload, and its forms. */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"
#include "platform/lib/model/vm_int.h"

#define MESSAGE_FINDINGS 8 /* that one error message lists */

void
tt_vm_findings_release(struct tt_vm_findings *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->v[i].name);
		free(f->v[i].text);
	}
	free(f->v);
	*f = (struct tt_vm_findings){ 0 };
}

/* Bytes of s to show: at most max, not cutting a character in two. */
static int
cut(const char *s, size_t max)
{
	size_t n = strnlen(s, max + 1);

	if (n <= max)
		return (int)n;
	for (n = max; n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80;)
		n--;
	return (int)n;
}

/* Names may come from the payload: short, and nothing that moves a terminal's cursor. */
static char *
shown_name(const char *name)
{
	char *s = tt_xstrndup(name, (size_t)cut(name, VM_NAME_LEN - 1));

	for (char *p = s; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	return s;
}

void
vm_find(struct vm_run *run, enum tt_vm_fault fault, const char *code, const char *name,
    const char *fmt, ...)
{
	struct tt_vm_findings *f = run->f;
	struct tt_vm_finding *one;
	va_list ap;

	f->errors += fault != TT_VM_WARNING;
	if (f->n == TT_VM_FINDINGS_MAX) {
		f->dropped++;
		return;
	}
	if (f->n == f->space) {
		f->space = f->space > 0 ? 2 * f->space : 8;
		f->v = tt_xrealloc(f->v, f->space * sizeof(*f->v));
	}
	one = &f->v[f->n++];
	*one = (struct tt_vm_finding){ .fault = fault, .code = code };
	one->name = shown_name(name);
	va_start(ap, fmt);
	one->text = tt_xvprintf(fmt, ap);
	va_end(ap);
}

json_t *
tt_vm_findings_json(const struct tt_vm_findings *f, bool warnings)
{
	json_t *list = json_array();

	for (size_t i = 0; i < f->n; i++) {
		const struct tt_vm_finding *one = &f->v[i];

		if ((one->fault == TT_VM_WARNING) != warnings)
			continue;
		json_array_append_new(
		    list, json_pack("{s:s, s:s, s:s}", "property", one->name, "rule",
			      one->text, "code", one->code));
	}
	return list;
}

int
vm_refuse(const struct tt_vm_findings *f, const char *what, struct tt_err **err)
{
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(4096);
	const char *code = NULL;
	size_t shown = 0;

	for (size_t i = 0; i < f->n && shown < MESSAGE_FINDINGS; i++) {
		const struct tt_vm_finding *one = &f->v[i];

		if (one->fault == TT_VM_WARNING)
			continue;
		code = code != NULL ? code : one->code;
		(void)tt_buf_addf(&text, "%s%.*s %.*s", shown++ > 0 ? "; " : "",
		    cut(one->name, 80), one->name, cut(one->text, 300), one->text);
	}
	if (f->errors > shown)
		(void)tt_buf_addf(&text, "; and %zu more", f->errors - shown);
	return tt_err_set(err, -EINVAL, code, "%s: %s", what, tt_buf_str(&text));
}
