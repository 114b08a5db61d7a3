// SPDX-License-Identifier: MPL-2.0
/*
 * Values and templates of the CoaL machine; see coal_machine.h.
 */
#include "image/coal_machine.h"

#include <errno.h>
#include <string.h>

#include "image/vmdk.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/tmpl.h"

#define MEMORY_UNIT  4  /* MiB; VMware refuses others */
#define NEW_HARDWARE 14 /* of VMware 10 and later */
#define OLD_HARDWARE 11
#define MIB_SECTORS  (TT_MIB / VMDK_SECTOR)

unsigned
coal_hardware(const struct spec *s)
{
	return spec_number(s, SPEC_VMWARE_VERSION) >= 10 ? NEW_HARDWARE : OLD_HARDWARE;
}

uint64_t
coal_zpool_sectors(const struct spec *s)
{
	return spec_number(s, SPEC_COAL_ZPOOL_DISK_SIZE) / TT_MIB * MIB_SECTORS;
}

int
coal_judge(const struct spec *s, struct tt_err **err)
{
	if (spec_number(s, SPEC_COAL_MEMSIZE) % MEMORY_UNIT != 0)
		return tt_err_set(err, -EINVAL, "InvalidBuildSpec",
		    "coal-memsize is %s: VMware takes multiples of %d MiB only",
		    spec_text(s, SPEC_COAL_MEMSIZE), MEMORY_UNIT);
	if (coal_zpool_sectors(s) > VMDK_SECTORS_MAX)
		return tt_err_set(err, -EINVAL, "InvalidBuildSpec",
		    "coal-zpool-disk-size is %s: a sparse VMDK ends at %lluG; add more "
		    "disks to the machine instead",
		    spec_text(s, SPEC_COAL_ZPOOL_DISK_SIZE),
		    (unsigned long long)(VMDK_SECTORS_MAX / (TT_GIB / VMDK_SECTOR)));
	return 0;
}

static json_t *
serial_ports(const struct spec *s)
{
	static const enum spec_id paths[] = { SPEC_COAL_SERIAL0_PATH,
		SPEC_COAL_SERIAL1_PATH };
	json_t *ports = json_array();

	if (!spec_bool(s, SPEC_COAL_ENABLE_SERIAL))
		return ports;
	for (size_t i = 0; i < TT_ARRAY_LEN(paths); i++)
		json_array_append_new(
		    ports, json_pack("{s:s,s:s}", "number", i == 0 ? "0" : "1", "path",
			       spec_text(s, paths[i])));
	return ports;
}

json_t *
coal_values(const struct spec *s, const char *name, const char *bundle, const char *raw)
{
	const char *mode = spec_text(s, SPEC_MODE);
	const bool new_hardware = coal_hardware(s) == NEW_HARDWARE;

	return json_pack("{s:s,s:s,s:s,s:I,s:s,s:s,s:s,s:s,s:b,s:b,s:s,s:s,s:o}", "name",
	    name, "bundle", bundle, "raw", raw, "hardware", (json_int_t)coal_hardware(s),
	    "guest_os", new_hardware ? "debian10-64" : "debian8-64", "ovf_os",
	    new_hardware ? "debian10_64Guest" : "debian8_64Guest", "memory_mib",
	    spec_text(s, SPEC_COAL_MEMSIZE), "processors",
	    spec_text(s, SPEC_COAL_NUMVCPUS), "efi", strcmp(mode, "plain") != 0,
	    "secure_boot", strcmp(mode, "signed") == 0, "external_mac", COAL_EXTERNAL_MAC,
	    "admin_mac", COAL_ADMIN_MAC, "serial", serial_ports(s));
}

static char *
vmx_quote(const char *s)
{
	tt_auto(buf) struct tt_buf out = TT_BUF_INIT(COAL_TEXT_MAX);

	for (; *s != '\0'; s++)
		if (strchr("\"|#", *s) != NULL)
			(void)tt_buf_addf(&out, "|%02X", (unsigned)*s);
		else
			(void)tt_buf_addc(&out, *s);
	return tt_buf_detach(&out);
}

/* A copy with every text quoted, at any depth. */
static json_t *
vmx_values(const json_t *v)
{
	tt_auto(free) char *text = NULL;
	const char *key;
	json_t *copy, *member;
	size_t i;

	if (json_is_string(v)) {
		text = vmx_quote(json_string_value(v));
		return json_string(text);
	}
	if (json_is_array(v)) {
		copy = json_array();
		json_array_foreach(v, i, member)
		    json_array_append_new(copy, vmx_values(member));
		return copy;
	}
	if (!json_is_object(v))
		return json_deep_copy(v);
	copy = json_object();
	json_object_foreach((json_t *)(uintptr_t)v, key, member)
	    json_object_set_new(copy, key, vmx_values(member));
	return copy;
}

int
coal_render(const char *dir, const char *name, const json_t *values, struct tt_buf *out,
    struct tt_err **err)
{
	const bool vmx = tt_ends_with(name, ".vmx");
	const struct tt_tmpl_opts opts = { .raw = vmx };
	tt_auto(free) char *path = tt_path_join(dir, name);
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(COAL_TEXT_MAX);
	tt_auto(json) json_t *quoted = vmx ? vmx_values(values) : NULL;
	int r;

	r = tt_file_read(path, &text, err);
	return r < 0 ? r
		     : tt_tmpl_render(path, tt_buf_str(&text), text.len,
			   vmx ? quoted : values, &opts, out, err);
}
