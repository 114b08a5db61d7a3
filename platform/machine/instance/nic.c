// SPDX-License-Identifier: MPL-2.0
/*
 * NICs of a container.
 */
#include "platform/machine/instance/nic.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "platform/lib/base/json.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/str.h"
#include "platform/machine/instance/instance.h"
#include "platform/machine/instance/place.h"
#include "platform/machine/link.h"

#define NIC_TAGS     MACH_RUN "/nictags.json"
#define NIC_TAGS_MAX (1 * TT_MIB)

/* VLAN 0 of a NIC is the bridge's own untagged one: bridges know no VLAN 0. */
static uint16_t
vid_of(const json_t *nic)
{
	const long long id = tt_json_int(nic, "vlan_id", 0);

	return id == 0 ? 1 : (uint16_t)id;
}

/* --- the host's end -------------------------------------------------------------------- */

static int
attach(struct mach_nl *nl, const json_t *tags, const json_t *nic, const char *host,
    pid_t pid, struct tt_err **err)
{
	const char *tag = tt_json_str(nic, "nic_tag", "");
	const json_t *t = json_object_get(tags, tag);
	const char *uplink = tt_json_str(t, "uplink", NULL);
	const uint16_t vid = vid_of(nic);
	const struct mach_link_set port = { .up = true,
		.master = tt_json_str(t, "bridge", ""),
		.mtu = (unsigned)tt_json_int(nic, "mtu", tt_json_int(t, "mtu", 0)) };
	int r;

	if (t == NULL)
		return tt_err_set(err, -ENOENT, "NicTagNotFound",
		    "NIC %s: this node has no NIC tag '%s'; see `nictagadm list`",
		    tt_json_str(nic, "mac", "?"), tag);
	r = mach_link_veth_into(nl, host, pid, tt_json_str(nic, "interface", "net0"),
	    tt_json_str(nic, "mac", ""), port.mtu, err);
	if (r == 0)
		r = mach_link_set(nl, host, &port, err);
	if (r == 0)
		r = mach_link_vlan(nl, host, vid, true, false, err);
	if (r == 0 && uplink != NULL && vid != 1)
		r = mach_link_vlan(nl, uplink, vid, false, false, err);
	return r;
}

/* --- the other end, from inside the namespace ------------------------------------------ */

struct inside {
	const json_t *nics;
	pid_t pid;
	struct tt_err **err;
	int result;
};

static int
add_address(struct mach_nl *nl, const char *link, const char *text, struct tt_err **err)
{
	tt_auto(strv) char **parts = tt_split(text, '/');
	uint32_t len;

	if (tt_streq(text, "dhcp") ||
	    tt_streq(text, "addrconf")) /* the guest's own work */
		return 0;
	if (tt_strv_len(parts) != 2 || tt_parse_u32(parts[1], 0, 128, &len) < 0)
		return tt_err_set(err, -EINVAL, "InvalidAddress",
		    "'%s' of %s must be an address with its prefix length", text, link);
	return mach_addr_add(nl, link, parts[0], len, err);
}

static int
set_up(struct mach_nl *nl, const json_t *nic, struct tt_err **err)
{
	const char *link = tt_json_str(nic, "interface", "net0");
	const struct mach_link_set up = { .up = true };
	size_t i;
	json_t *v;
	int r = 0;

	json_array_foreach(json_object_get(nic, "ips"), i, v)
	{
		if (r == 0)
			r = add_address(nl, link, json_string_value(v), err);
	}
	if (r == 0)
		r = mach_link_set(nl, link, &up, err);
	if (!tt_json_bool(nic, "primary", false))
		return r;
	json_array_foreach(json_object_get(nic, "gateways"), i, v)
	{
		if (r == 0)
			r = mach_route_default(nl, json_string_value(v), link, err);
	}
	return r;
}

static void *
work_inside(void *arg)
{
	struct inside *in = arg;
	const struct mach_link_set up = { .up = true };
	tt_auto(nl) struct mach_nl *nl = NULL;
	tt_auto(close) int ns = -1;
	char path[64];
	size_t i;
	json_t *nic;
	int r;

	(void)tt_strf(path, sizeof(path), "/proc/%d/ns/net", (int)in->pid);
	ns = open(path, O_RDONLY | O_CLOEXEC);
	if (ns < 0 || setns(ns, CLONE_NEWNET) < 0) {
		in->result = tt_err_errno(in->err, -errno, "entering '%s'", path);
		return NULL;
	}
	r = mach_nl_open(&nl, in->err);
	if (r == 0)
		r = mach_link_set(nl, "lo", &up, in->err);
	json_array_foreach(in->nics, i, nic)
	{
		if (r == 0)
			r = set_up(nl, nic, in->err);
	}
	in->result = r;
	return NULL;
}

/* A thread may be in another network namespace than the rest; it ends with its work. */
static int
configure(const json_t *nics, pid_t pid, struct tt_err **err)
{
	struct inside in = { .nics = nics, .pid = pid, .err = err };
	pthread_t t;
	const int r = pthread_create(&t, NULL, work_inside, &in);

	if (r != 0)
		return tt_err_errno(err, -r, "starting a thread");
	(void)pthread_join(t, NULL);
	return in.result;
}

int
mach_nics_attach(const json_t *record, pid_t pid, struct tt_err **err)
{
	const json_t *nics = json_object_get(record, "nics");
	const unsigned slot = mach_inst_slot(record);
	tt_auto(json) json_t *tags = NULL;
	tt_auto(nl) struct mach_nl *nl = NULL;
	char host[MACH_IF_LEN];
	size_t i;
	json_t *nic;
	int r = 0;

	if (json_array_size(nics) > 0)
		r = tt_json_load(NIC_TAGS, NIC_TAGS_MAX, &tags, err);
	if (r == 0)
		r = mach_nl_open(&nl, err);
	json_array_foreach(nics, i, nic)
	{
		if (r == 0)
			r = attach(nl, tags, nic, mach_if_name(slot, (unsigned)i, host),
			    pid, err);
	}
	if (r == 0)
		r = configure(nics, pid, err);
	return r < 0 ? tt_err_wrap(
			   err, r, "networks of %s", tt_json_str(record, "uuid", "?"))
		     : 0;
}
