// SPDX-License-Identifier: MPL-2.0
/*
 * What Enter takes, computed from the values that are there. A default that cannot be
 * computed from sound inputs does not exist: no arithmetic on addresses that are wrong.
 */
#include "platform/lib/conf/defaults.h"

#include <errno.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/net.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/str.h"

static int
constant(const char *text, char **ret)
{
	*ret = tt_xstrdup(text);
	return 0;
}

static int
address(uint32_t ip, char **ret)
{
	char text[TT_IP4_LEN];

	return constant(tt_ip4_fmt(ip, text), ret);
}

static bool
get_ip(const struct tt_values *v, enum tt_key_id id, uint32_t *ret)
{
	const char *text = tt_value(v, id);

	return text && tt_ip4_parse(text, ret, NULL) == 0;
}

static bool
get_mask(const struct tt_values *v, enum tt_key_id id, uint32_t *ret)
{
	const char *text = tt_value(v, id);

	return text && tt_mask4_parse(text, ret, NULL) == 0;
}

#define CONSTANT_DEFAULT(name, text)                                                     \
	int name(const struct tt_values *v, const struct tt_key *k, char **ret)          \
	{                                                                                \
		(void)v;                                                                 \
		(void)k;                                                                 \
		return constant(text, ret);                                              \
	}

CONSTANT_DEFAULT(tt_def_false, "false")
CONSTANT_DEFAULT(tt_def_true, "true")
CONSTANT_DEFAULT(tt_def_none, "none")
CONSTANT_DEFAULT(tt_def_empty, "")
CONSTANT_DEFAULT(tt_def_mask, "255.255.255.0")
CONSTANT_DEFAULT(tt_def_dns1, "8.8.8.8")
CONSTANT_DEFAULT(tt_def_ntp, "0.smartos.pool.ntp.org")
CONSTANT_DEFAULT(tt_def_mail_to, "root@localhost")
CONSTANT_DEFAULT(tt_def_channel, "release")

int
tt_def_keep(const struct tt_values *v, const struct tt_key *k, char **ret)
{
	(void)k;
	return constant(v->coal_image ? "true" : "false", ret);
}

int
tt_def_nic(const struct tt_values *v, const struct tt_key *k, char **ret)
{
	(void)k;
	return v->only_nic ? constant(v->only_nic, ret) : -ENOENT;
}

int
tt_def_admin_start(const struct tt_values *v, const struct tt_key *k, char **ret)
{
	uint32_t ip;

	(void)k;
	if (!get_ip(v, TT_KEY_ADMIN_IP, &ip) || ip == UINT32_MAX)
		return -ENOENT;
	return address(ip + 1, ret);
}

int
tt_def_dhcp_end(const struct tt_values *v, const struct tt_key *k, char **ret)
{
	uint32_t ip, mask, end;

	(void)k;
	if (!get_ip(v, TT_KEY_ADMIN_IP, &ip) || !get_mask(v, TT_KEY_ADMIN_NETMASK, &mask))
		return -ENOENT;
	end = tt_bcast4(ip, mask) - 1;
	/* The question is never asked, so its default has to be usable: not the headnode. */
	return address(end == ip ? end - 1 : end, ret);
}

/* Both ends of the default range, or false. */
static bool
external_range(const struct tt_values *v, uint32_t *first, uint32_t *last)
{
	const char *gateway = tt_value(v, TT_KEY_EXTERNAL_GATEWAY);
	uint32_t ip, mask, gw = 0;

	if (!get_ip(v, TT_KEY_EXTERNAL_IP, &ip) ||
	    !get_mask(v, TT_KEY_EXTERNAL_NETMASK, &mask))
		return false;
	if (!gateway)
		return false;
	if (!tt_streq(gateway, "none") && !get_ip(v, TT_KEY_EXTERNAL_GATEWAY, &gw))
		return false;
	return tt_external_range(ip, gw, mask, first, last) == 0;
}

int
tt_def_external_start(const struct tt_values *v, const struct tt_key *k, char **ret)
{
	uint32_t first, last;

	(void)k;
	return external_range(v, &first, &last) ? address(first, ret) : -ENOENT;
}

int
tt_def_external_end(const struct tt_values *v, const struct tt_key *k, char **ret)
{
	uint32_t first, last;

	(void)k;
	return external_range(v, &first, &last) ? address(last, ret) : -ENOENT;
}

int
tt_def_gateway(const struct tt_values *v, const struct tt_key *k, char **ret)
{
	const char *external = tt_value(v, TT_KEY_EXTERNAL);
	const char *gateway = tt_value(v, TT_KEY_EXTERNAL_GATEWAY);

	(void)k;
	if (!gateway || tt_streq(external, "false"))
		gateway = "none";
	return constant(gateway, ret);
}

int
tt_def_dns2(const struct tt_values *v, const struct tt_key *k, char **ret)
{
	/* 8.8.4.4 may be the first already: then the other of the pair. */
	(void)k;
	return constant(
	    tt_streq(tt_value(v, TT_KEY_DNS1), "8.8.4.4") ? "8.8.8.8" : "8.8.4.4", ret);
}

int
tt_def_search(const struct tt_values *v, const struct tt_key *k, char **ret)
{
	const char *domain = tt_value(v, TT_KEY_DNS_DOMAIN);

	(void)k;
	return domain ? constant(domain, ret) : -ENOENT;
}

int
tt_def_mail_from(const struct tt_values *v, const struct tt_key *k, char **ret)
{
	const char *domain = tt_value(v, TT_KEY_DNS_DOMAIN);

	(void)k;
	if (!domain)
		return -ENOENT;
	/* A domain as long as names may be leaves no room for the rest of an address. */
	*ret = tt_xprintf("support@%s", domain);
	return 0;
}

struct block {
	uint32_t first, last;
	bool usable;
};

static struct block
block(uint32_t first, uint32_t last)
{
	return (struct block){ first, last, last >= first };
}

/* Strictly larger, as the reference compares them: by last - first. */
static bool
beats(const struct block *a, const struct block *b)
{
	if (!a->usable)
		return false;
	return !b->usable || a->last - a->first > b->last - b->first;
}

int
tt_external_range(uint32_t headnode, uint32_t gateway, uint32_t mask, uint32_t *ret_first,
    uint32_t *ret_last)
{
	uint32_t net = headnode & mask, bcast = headnode | ~mask;
	uint32_t low, high;
	struct block best, other;

	if (gateway == 0)
		gateway = headnode;
	if ((gateway & mask) != net || bcast - net < 2)
		return -ENOENT;
	if (headnode == net || headnode == bcast || gateway == net || gateway == bcast)
		return -ENOENT;
	low = headnode < gateway ? headnode : gateway;
	high = headnode < gateway ? gateway : headnode;
	best = block(low + 1, high - 1);
	if (low == high)
		best.usable = false;
	other = block(high + 1, bcast - 1);
	if (beats(&other, &best))
		best = other;
	other = block(net + 1, low - 1);
	if (beats(&other, &best))
		best = other;
	if (!best.usable || best.last - best.first < 1)
		return -ENOENT;
	*ret_first = best.first;
	*ret_last = best.last;
	return 0;
}
