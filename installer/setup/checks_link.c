// SPDX-License-Identifier: MPL-2.0
/*
 * Making the chosen links usable for the checks: up, the VNIC external0 over the external
 * NIC (tagged when a VLAN is set), addresses, default route; and taking it all down again.
 * The network step of the boot makes its own later, with the same MAC.
 */
#include <errno.h>
#include <string.h>

#include "installer/setup/checks.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/net.h"
#include "platform/lib/base/proc.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"

#define VNIC       "external0"
#define CARRIER_MS 3000
#define RUN_MS     5000

static int
run_ip(const char *script, struct tt_err **err)
{
	static const char *const argv[] = { "ip", "-batch", "-", NULL };
	const struct tt_proc_opts run = {
		.timeout_ms = RUN_MS,
		.input = script,
		.input_len = strlen(script),
	};

	return tt_proc_run(argv, &run, NULL, err);
}

/* Link name of the NIC that a key names, or NULL. */
static const char *
link_of(const struct tsetup *ts, enum tt_key_id id)
{
	const char *mac = tsetup_effective(ts, id);
	const struct ts_nics *nics = tsetup_nics(ts);
	const struct ts_nic *nic =
	    mac != NULL && nics != NULL ? ts_nics_find(nics, mac) : NULL;

	return nic != NULL ? nic->link : NULL;
}

static bool
has_carrier(const char *link)
{
	tt_auto(free) char *path = tt_xprintf("/sys/class/net/%s/carrier", link);
	tt_auto(free) char *value = tt_file_line(path);

	return value != NULL && tt_streq(value, "1");
}

static void
wait_carrier(const char *link)
{
	for (unsigned ms = 0; ms < CARRIER_MS && !has_carrier(link); ms += 50)
		tt_sleep_ms(50);
}

static int
admin_up(struct checks *c, const char *link, struct tt_err **err)
{
	tt_auto(free) char *script = tt_xprintf("link set dev %s up\n", link);
	int r = run_ip(script, err);

	if (r == 0)
		(void)tt_strcpy(c->admin_link, sizeof(c->admin_link), link);
	return r;
}

static char *
vnic_script(struct tsetup *ts, const char *link)
{
	const char *vlan = tsetup_effective(ts, TT_KEY_EXTERNAL_VLAN);
	const bool tagged = vlan != NULL && *vlan != '\0' && !tt_streq(vlan, "none");
	const char *mac = tsetup_external_mac(ts);

	if (tagged)
		return tt_xprintf("link set dev %s up\n"
				  "link add link %s name " VNIC
				  " address %s type vlan id %s\n"
				  "link set dev " VNIC " up\n",
		    link, link, mac, vlan);
	return tt_xprintf("link set dev %s up\n"
			  "link add link %s name " VNIC
			  " address %s type macvlan mode bridge\n"
			  "link set dev " VNIC " up\n",
	    link, link, mac);
}

static int
external_up(struct checks *c, struct tsetup *ts, const char *link, struct tt_err **err)
{
	tt_auto(free) char *script = vnic_script(ts, link);
	int r = run_ip(script, err);

	if (r < 0)
		return r;
	(void)tt_strcpy(c->external_link, sizeof(c->external_link), VNIC);
	c->external_made = true;
	return 0;
}

int
checks_links_up(struct checks *c, struct tsetup *ts, struct tt_err **err)
{
	const char *admin = link_of(ts, TT_KEY_ADMIN_NIC);
	const char *external =
	    tsetup_bool(ts, TT_KEY_EXTERNAL) ? link_of(ts, TT_KEY_EXTERNAL_NIC) : NULL;
	int r;

	checks_links_down(c);
	if (admin == NULL)
		return tt_err_set(
		    err, -ENODEV, "NoInterface", "no admin NIC to check on");
	r = admin_up(c, admin, err);
	if (r == 0 && external != NULL)
		r = external_up(c, ts, external, err);
	if (r < 0)
		return r;
	wait_carrier(admin);
	if (external != NULL)
		wait_carrier(external);
	return 0;
}

static void
add_address(struct tt_buf *script, const struct tsetup *ts, const char *link,
    enum tt_key_id ip_key, enum tt_key_id mask_key)
{
	const char *ip = tsetup_effective(ts, ip_key);
	const char *mask_text = tsetup_effective(ts, mask_key);
	uint32_t mask;

	if (*link == '\0' || ip == NULL || mask_text == NULL ||
	    tt_mask4_parse(mask_text, &mask, NULL) < 0)
		return;
	tt_buf_addf(script, "addr replace %s/%d dev %s\n", ip, tt_mask4_len(mask), link);
}

int
checks_addresses_set(struct checks *c, struct tsetup *ts, struct tt_err **err)
{
	tt_auto(buf) struct tt_buf script = TT_BUF_INIT(4 * TT_KIB);
	const char *gateway = tsetup_effective(ts, TT_KEY_DEFAULT_GATEWAY);

	add_address(&script, ts, c->admin_link, TT_KEY_ADMIN_IP, TT_KEY_ADMIN_NETMASK);
	add_address(
	    &script, ts, c->external_link, TT_KEY_EXTERNAL_IP, TT_KEY_EXTERNAL_NETMASK);
	if (script.len > 0 && gateway != NULL && !tt_streq(gateway, "none"))
		tt_buf_addf(&script, "route replace default via %s\n", gateway);
	return script.len > 0 ? run_ip(tt_buf_str(&script), err) : 0;
}

void
checks_links_down(struct checks *c)
{
	tt_auto(buf) struct tt_buf script = TT_BUF_INIT(4 * TT_KIB);

	if (c->admin_link[0] != '\0')
		tt_buf_addf(&script, "addr flush dev %s\n", c->admin_link);
	if (c->external_made)
		tt_buf_addf(&script, "link del dev %s\n", c->external_link);
	if (script.len > 0)
		(void)run_ip(tt_buf_str(&script), NULL);
	c->admin_link[0] = '\0';
	c->external_link[0] = '\0';
	c->external_made = false;
}
