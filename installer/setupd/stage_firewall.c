// SPDX-License-Identifier: MPL-2.0
/*
 * The default firewall rules, one JSON file each below /var/fw/rules as fwadm keeps them.
 * They come in versions; the marker says which version a node has, so a rule that the
 * operator deleted later does not come back.
 */
#include "installer/setupd/stages.h"

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/net.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/sha256.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/uuid.h"

#include <errno.h>
#include <string.h>

#define RULES_DIR     "/var/fw/rules"
#define RULES_MARKER  "/var/fw/.default_rules_setup"
#define RULES_VERSION 2

static const struct rule {
	unsigned version;
	const char *text; /* %s = admin network as a.b.c.d/len */
	const char *about;
	bool global; /* else it belongs to the admin account */
} rules[] = {
	{ 1, "FROM any TO all vms ALLOW icmp TYPE all", "allow all ICMPv4", true },
	{ 1, "FROM subnet %s TO tag smartdc_role ALLOW udp PORT all",
	    "allow UDP from the admin network to the core services", false },
	{ 1, "FROM subnet %s TO tag smartdc_role ALLOW tcp PORT all",
	    "allow TCP from the admin network to the core services", false },
	{ 2, "FROM any TO all vms ALLOW icmp6 TYPE all", "allow all ICMPv6", true },
};

static unsigned
version_here(const struct stage_run *run)
{
	tt_auto(free) char *path = run_path(run, RULES_MARKER),
			   *line = tt_file_line(path);
	uint32_t v = 0;

	if (line != NULL)
		(void)tt_parse_u32(line, 0, 1000, &v);
	return v;
}

int
firewall_check(struct stage_run *run, struct tt_err **err)
{
	(void)err;
	return version_here(run) >= RULES_VERSION;
}

/* The same rule has the same name in every attempt: an attempt that was cut leaves nothing
 * behind twice. Shape: RFC 9562 section 5.8. */
static void
rule_uuid(const char *text, const char *owner, char *uuid)
{
	tt_auto(free) char *seed = tt_xprintf("triton default rule\n%s\n%s", owner, text);
	uint8_t d[TT_SHA256_SIZE];
	char hex[33];

	tt_sha256(seed, strlen(seed), d);
	d[6] = (uint8_t)((d[6] & 0x0f) | 0x80);
	d[8] = (uint8_t)((d[8] & 0x3f) | 0x80);
	tt_hex(d, 16, hex);
	(void)tt_strf(uuid, TT_UUID_LEN, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8,
	    hex + 12, hex + 16, hex + 20);
}

static int
admin_network(struct stage_run *run, char **ret, struct tt_err **err)
{
	const char *net, *mask, *why = NULL;
	uint32_t addr, bits;
	int r;

	r = run_key(run, "admin_network", &net, err);
	if (r >= 0)
		r = run_key(run, "admin_netmask", &mask, err);
	if (r < 0)
		return r;
	if (tt_ip4_parse(net, &addr, &why) < 0 || tt_mask4_parse(mask, &bits, &why) < 0)
		return tt_err_set(err, -EINVAL, "InvalidConfig",
		    "admin_network '%s' and admin_netmask '%s' are no network: %s", net,
		    mask, why);
	*ret = tt_xprintf("%s/%d", net, tt_mask4_len(bits));
	return 0;
}

static int
put_rule(struct stage_run *run, const struct rule *r, const char *network,
    const char *owner, struct tt_err **err)
{
	tt_auto(free) char *text = tt_xprintf("%s", r->text), *path = NULL, *line = NULL;
	tt_auto(json) json_t *obj = NULL;
	const char *hole = strstr(r->text, "%s");
	char uuid[TT_UUID_LEN];

	if (hole != NULL) {
		free(text);
		text = tt_xprintf(
		    "%.*s%s%s", (int)(hole - r->text), r->text, network, hole + 2);
	}
	rule_uuid(text, r->global ? "" : owner, uuid);
	obj = json_pack("{s:s, s:s, s:s, s:b, s:s, s:s}", "uuid", uuid, "rule", text,
	    "description", r->about, "enabled", 1, "version", "1.000000", "created_by",
	    "other");
	if (r->global)
		json_object_set_new(obj, "global", json_true());
	else
		json_object_set_new(obj, "owner_uuid", json_string(owner));
	path = tt_xprintf(RULES_DIR "/%s.json", uuid);
	line = tt_json_line(obj);
	return run_put_file(run, path, line, strlen(line), 0600, err);
}

int
firewall_run(struct stage_run *run, struct tt_err **err)
{
	tt_auto(free) char *network = NULL;
	const char *owner;
	unsigned have = version_here(run);
	char marker[16];
	int r;

	r = admin_network(run, &network, err);
	if (r >= 0)
		r = run_key(run, "ufds_admin_uuid", &owner, err);
	for (size_t i = 0; i < TT_ARRAY_LEN(rules) && r >= 0; i++) {
		if (rules[i].version > have)
			r = put_rule(run, &rules[i], network, owner, err);
	}
	if (r < 0)
		return r;
	(void)tt_strf(marker, sizeof(marker), "%d\n", RULES_VERSION);
	return run_put_file(run, RULES_MARKER, marker, strlen(marker), 0644, err);
}
