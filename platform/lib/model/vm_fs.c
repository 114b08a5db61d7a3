// SPDX-License-Identifier: MPL-2.0
/* File systems that are mounted in a container, and static routes. */
#include <string.h>

#include "platform/lib/base/num.h"
#include "platform/lib/base/str.h"
#include "platform/lib/model/vm_int.h"
#include "platform/lib/model/vm_rule.h"

void
vm_judge_filesystems(
    struct vm_run *run, const json_t *filesystems, const char *list, size_t first)
{
	char name[VM_NAME_LEN];
	json_t *fs;
	size_t i;

	if (json_array_size(filesystems) > VM_FILESYSTEMS_MAX)
		vm_bad(run, list, "must not give the instance more than %d file systems",
		    VM_FILESYSTEMS_MAX);
	json_array_foreach(filesystems, i, fs)
	{
		const char *target = tt_json_str(fs, "target", NULL);

		if (i < first || target == NULL ||
		    vm_item_find(filesystems, "target", target) == (long)i)
			continue;
		vm_bad(run, vm_name(name, list, i - first, "target"),
		    "must not be used twice");
	}
}

/* Text between open and close, which must end s; false when it is not that form. */
static bool
bracketed(const char *s, const char *open, char *out, size_t space)
{
	const char *in = tt_after_prefix(s, open);
	const size_t len = in != NULL ? strlen(in) : 0;

	if (len < 2 || len > space || in[len - 1] != ']')
		return false;
	memcpy(out, in, len - 1);
	out[len - 1] = '\0';
	return true;
}

/* An address, nics[INDEX] or macs[MAC]. */
static bool
is_gateway(const char *s)
{
	char inner[32];
	uint32_t n;

	if (bracketed(s, "nics[", inner, sizeof(inner)))
		return tt_parse_u32(inner, 0, VM_NICS_MAX - 1, &n) == 0;
	if (bracketed(s, "macs[", inner, sizeof(inner)))
		return tt_vm_rule_mac(inner) == NULL;
	return tt_vm_rule_ip(s) == NULL;
}

void
vm_judge_routes(struct vm_run *run, const char *name, const json_t *routes)
{
	const char *dst;
	json_t *v;

	json_object_foreach(vm_mut(routes), dst, v)
	{
		char at[VM_NAME_LEN];

		if (json_is_string(v) && is_gateway(json_string_value(v)))
			continue;
		(void)tt_strf(at, sizeof(at), "%s.%s", name, dst);
		vm_bad(run, at, "must be an address, nics[INDEX] or macs[MAC]");
	}
}
