// SPDX-License-Identifier: MPL-2.0
/* Remote VMs as they are sent and stored: mach_fw_rvm() of fwstore.h. */
#include "platform/machine/fwstore.h"

#include <errno.h>
#include <string.h>

#include "platform/lib/base/json.h"
#include "platform/lib/base/net.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/uuid.h"

/* One address in its normal form; "dhcp" and "addrconf" are none. */
static int
add_ip(char ***ips, const json_t *v, const char *uuid, struct tt_err **err)
{
	const char *text = json_string_value(v);
	char addr[64], normal[46];
	uint32_t ip;

	if (tt_streq(text, "dhcp") || tt_streq(text, "addrconf"))
		return 0;
	if (text == NULL || tt_strcpy(addr, sizeof(addr), text) < 0)
		return tt_err_set(err, -EINVAL, "InvalidParameter",
		    "remote VM '%s': an entry of ips is no address", uuid);
	addr[strcspn(addr, "/")] = '\0';
	if (tt_ip6_parse(addr, normal) < 0) {
		if (tt_ip4_parse(addr, &ip, NULL) < 0)
			return tt_err_set(err, -EINVAL, "InvalidParameter",
			    "remote VM '%s': '%s' in ips is no address", uuid, text);
		(void)tt_ip4_fmt(ip, normal);
	}
	if (!tt_strv_has(*ips, normal))
		tt_strv_add(ips, normal);
	return 0;
}

static int
add_ips(char ***ips, const json_t *list, const char *uuid, struct tt_err **err)
{
	const json_t *v;
	size_t i;
	int r = 0;

	json_array_foreach(list, i, v)
	{
		r = add_ip(ips, v, uuid, err);
		if (r < 0)
			break;
	}
	return r;
}

static int
gather_ips(const json_t *payload, const char *uuid, char ***ips, struct tt_err **err)
{
	const json_t *nic;
	size_t i;
	int r = add_ips(ips, json_object_get(payload, "ips"), uuid, err);

	json_array_foreach(json_object_get(payload, "nics"), i, nic)
	{
		const json_t *ip = json_object_get(nic, "ip");

		if (r == 0 && json_is_array(json_object_get(nic, "ips")))
			r = add_ips(ips, json_object_get(nic, "ips"), uuid, err);
		else if (r == 0 && ip != NULL)
			r = add_ip(ips, ip, uuid, err);
	}
	if (r == 0)
		tt_strv_sort(*ips);
	return r;
}

int
mach_fw_rvm(const json_t *payload, json_t **ret, struct tt_err **err)
{
	const char *uuid = tt_json_str(payload, "uuid", "");
	const char *owner = tt_json_str(payload, "owner_uuid", "");
	const json_t *tags = json_object_get(payload, "tags");
	tt_auto(strv) char **ips = NULL;
	json_t *list;
	int r;

	if (!tt_uuid_valid(uuid))
		return tt_err_set(err, -EINVAL, "InvalidParameter",
		    "remote VM '%s': uuid is not a UUID", uuid);
	if (!tt_uuid_valid(owner))
		return tt_err_set(err, -EINVAL, "InvalidParameter",
		    "remote VM '%s': owner_uuid '%s' is not a UUID", uuid, owner);
	if (tags != NULL && !json_is_object(tags))
		return tt_err_set(err, -EINVAL, "InvalidParameter",
		    "remote VM '%s': tags must be an object", uuid);
	r = gather_ips(payload, uuid, &ips, err);
	if (r < 0)
		return r;
	list = json_array();
	for (char **ip = ips; ip != NULL && *ip != NULL; ip++)
		json_array_append_new(list, json_string(*ip));
	*ret = json_pack("{s:s, s:s, s:b, s:o, s:o}", "uuid", uuid, "owner_uuid", owner,
	    "enabled", (int)tt_json_bool(payload, "enabled", false), "tags",
	    tags != NULL ? json_deep_copy(tags) : json_object(), "ips", list);
	return 0;
}
