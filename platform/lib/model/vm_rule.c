// SPDX-License-Identifier: MPL-2.0
/* See vm_rule.h and the end of vm.h. */
#include "platform/lib/model/vm_rule.h"

#include <errno.h>
#include <string.h>

#include "platform/lib/base/json.h"
#include "platform/lib/base/net.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/uuid.h"
#include "platform/lib/model/vm.h"

#define LOWER   "abcdefghijklmnopqrstuvwxyz"
#define UPPER   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS  "0123456789"
#define LETTERS LOWER UPPER
#define ALNUM   LETTERS DIGITS

/* 1 to max bytes, all of them in set, the first in first. */
static bool
made_of(const char *s, size_t max, const char *first, const char *set)
{
	const size_t len = strlen(s);

	return len >= 1 && len <= max && strchr(first, s[0]) != NULL &&
	       strspn(s, set) == len;
}

const char *
vm_rule_plain(const char *s)
{
	const size_t len = strlen(s);

	if (tt_utf8_check(s, len) >= 0 || tt_control_find(s, len) >= 0)
		return "must be UTF-8 without control characters";
	return NULL;
}

const char *
tt_vm_rule_key(const char *s)
{
	if (*s == '\0' || strlen(s) > 255 || vm_rule_plain(s) != NULL)
		return "must be 1 to 255 bytes of UTF-8 without control characters";
	return NULL;
}

const char *
vm_rule_word(const char *s)
{
	return made_of(s, 64, ALNUM "!_", ALNUM "!_.+-")
		   ? NULL
		   : "must be 1 to 64 letters, digits, '_', '.', '+', '-' or '!'";
}

const char *
vm_rule_namespace(const char *s)
{
	return made_of(s, 63, ALNUM, ALNUM "_.-")
		   ? NULL
		   : "must be 1 to 63 letters, digits, '_', '.' or '-', without the ':'";
}

const char *
vm_rule_zpool(const char *s)
{
	return made_of(s, 63, LETTERS, ALNUM "_.-")
		   ? NULL
		   : "must be a pool name: a letter, then letters, digits, '_', '.' or "
		     "'-'";
}

/* [order=]LETTERS[,once=LETTER][,menu=on|off] */
const char *
vm_rule_boot(const char *s)
{
	static const char rule[] = "must be order=DEVICES of c (disk), d (cdrom), n "
				   "(network), and may go on with "
				   ",once=DEVICE and ,menu=on or ,menu=off";
	const char *rest = tt_after_prefix(s, "order=");
	size_t n;

	s = rest != NULL ? rest : s;
	n = strspn(s, "cdn");
	if (n < 1 || n > 3)
		return rule;
	s += n;
	rest = tt_after_prefix(s, ",once=");
	if (rest != NULL) {
		if (*rest == '\0' || strchr("cdn", *rest) == NULL)
			return rule;
		s = rest + 1;
	}
	if (*s == '\0' || tt_streq(s, ",menu=on") || tt_streq(s, ",menu=off"))
		return NULL;
	return rule;
}

const char *
tt_vm_rule_path(const char *s)
{
	static const char rule[] =
	    "must be an absolute path without empty, '.' or '..' parts";
	const char *p = s;

	if (*s != '/' || vm_rule_plain(s) != NULL)
		return rule;
	while (*p == '/' && p[1] != '\0') {
		const size_t n = strcspn(++p, "/");

		if (n == 0 || (n == 1 && p[0] == '.') ||
		    (n == 2 && p[0] == '.' && p[1] == '.'))
			return rule;
		p += n;
	}
	return *p == '\0' || p == s ? NULL : rule;
}

const char *
vm_rule_target(const char *s)
{
	if (tt_streq(s, "/") || tt_vm_rule_path(s) != NULL)
		return "must be an absolute path other than /, without empty, '.' or "
		       "'..' "
		       "parts";
	return NULL;
}

const char *
vm_rule_com(const char *s)
{
	return tt_streq(s, "disabled") || tt_vm_rule_path(s) == NULL
		   ? NULL
		   : "must be an absolute path or disabled";
}

const char *
tt_vm_rule_uuid(const char *s)
{
	return tt_uuid_valid(s) ? NULL : "must be a UUID in lower case";
}

const char *
tt_vm_rule_alias(const char *s)
{
	return made_of(s, 189, ALNUM, ALNUM "_.-")
		   ? NULL
		   : "must be a letter or digit, then letters, digits, '_', '.' or '-', "
		     "at "
		     "most 189 in all";
}

/* Labels of letters, digits and inner hyphens, 63 bytes each. */
static bool
labels(const char *s, size_t max)
{
	if (*s == '\0' || strlen(s) > max)
		return false;
	for (;;) {
		const size_t n = strspn(s, ALNUM "-");

		if (n < 1 || n > 63 || s[0] == '-' || s[n - 1] == '-')
			return false;
		s += n;
		if (*s == '\0')
			return true;
		if (*s++ != '.')
			return false;
	}
}

const char *
tt_vm_rule_hostname(const char *s)
{
	return labels(s, 64) ? NULL
			     : "must be a host name of at most 64 characters (RFC 1123)";
}

const char *
tt_vm_rule_domain(const char *s)
{
	return labels(s, 255)
		   ? NULL
		   : "must be a domain name of at most 255 characters (RFC 1123)";
}

const char *
tt_vm_rule_snapshot(const char *s)
{
	/* "." and ".." would be folders */
	if (tt_streq(s, ".") || tt_streq(s, "..") ||
	    !made_of(s, 64, ALNUM "-_.:%", ALNUM "-_.:%"))
		return "must be 1 to 64 letters, digits, '-', '_', '.', ':' or '%'";
	return NULL;
}

const char *
tt_vm_rule_nic_tag(const char *s)
{
	static const char rule[] =
	    "must be 1 to 31 letters, digits, '_' or '-', for an overlay also /NUMBER";
	const size_t n = strspn(s, ALNUM "_-");
	uint32_t id;

	if (n < 1 || n > 31)
		return rule;
	if (s[n] == '\0')
		return NULL;
	return s[n] == '/' && tt_parse_u32(s + n + 1, 0, 16777215, &id) == 0 ? NULL
									     : rule;
}

const char *
tt_vm_rule_interface(const char *s)
{
	const char *number = tt_after_prefix(s, "net");
	uint32_t n;

	if (number == NULL || tt_parse_u32(number, 0, 999, &n) < 0 ||
	    (number[0] == '0' && number[1] != '\0'))
		return "must be net0 to net999";
	return NULL;
}

const char *
tt_vm_rule_mac(const char *s)
{
	char mac[TT_MAC_LEN];

	if (tt_mac_parse(s, mac) < 0)
		return "must be a MAC address such as 02:08:20:aa:bb:cc";
	/* the lowest bit of the first byte marks groups */
	if (strchr("13579bdf", mac[1]) != NULL || tt_streq(mac, "00:00:00:00:00:00"))
		return "must be a unicast MAC address other than zero";
	return NULL;
}

int
vm_cidr_parse(const char *s, bool need_len, struct vm_cidr *ret)
{
	struct vm_cidr c = { 0 };
	const size_t n = strcspn(s, "/");
	char addr[VM_ADDR_LEN];
	uint32_t len;

	if (n >= sizeof(addr))
		return -EINVAL;
	memcpy(addr, s, n);
	addr[n] = '\0';
	c.v6 = tt_ip4_parse(addr, &c.ip4, NULL) < 0;
	if (c.v6 ? tt_ip6_parse(addr, c.addr) < 0 : tt_ip4_fmt(c.ip4, c.addr) == NULL)
		return -EINVAL;
	len = c.v6 ? 128 : 32;
	if (s[n] == '\0' && need_len)
		return -EINVAL;
	if (s[n] == '/' && tt_parse_u32(s + n + 1, 0, len, &len) < 0)
		return -EINVAL;
	c.len = (int)len;
	c.mask4 = c.v6 ? 0 : tt_mask4_from_len(c.len);
	*ret = c;
	return 0;
}

const char *
tt_vm_rule_ip(const char *s)
{
	char v6[VM_ADDR_LEN];
	uint32_t v4;

	return tt_ip4_parse(s, &v4, NULL) == 0 || tt_ip6_parse(s, v6) == 0
		   ? NULL
		   : "must be an IPv4 or IPv6 address";
}

const char *
vm_rule_ip4(const char *s)
{
	uint32_t v4;

	return tt_ip4_parse(s, &v4, NULL) == 0 ? NULL : "must be an IPv4 address";
}

const char *
vm_rule_ip_or_dhcp(const char *s)
{
	return tt_streq(s, "dhcp") || vm_rule_ip4(s) == NULL
		   ? NULL
		   : "must be an IPv4 address or dhcp";
}

const char *
vm_rule_netmask(const char *s)
{
	uint32_t mask;

	return *s != '/' && tt_mask4_parse(s, &mask, NULL) == 0
		   ? NULL
		   : "must be an IPv4 netmask such as 255.255.255.0";
}

const char *
vm_rule_nic_ip(const char *s)
{
	struct vm_cidr c;

	return tt_streq(s, "dhcp") || tt_streq(s, "addrconf") ||
		       vm_cidr_parse(s, true, &c) == 0
		   ? NULL
		   : "must be an address with its prefix length (10.0.0.5/24), dhcp or "
		     "addrconf";
}

const char *
vm_rule_net(const char *s)
{
	struct vm_cidr c;

	return vm_cidr_parse(s, false, &c) == 0
		   ? NULL
		   : "must be an address or a network (10.0.0.0/24)";
}

const char *
vm_rule_destination(const char *s)
{
	return vm_rule_net(s);
}

const char *
vm_rule_dhcp_cid(const char *s)
{
	const char *hex = tt_after_prefix(s, "0x");

	return hex != NULL &&
		       made_of(hex, 510, DIGITS "abcdefABCDEF", DIGITS "abcdefABCDEF")
		   ? NULL
		   : "must be 0x and 1 to 510 hex digits";
}

/* BUS:DEVICE:FUNCTION; on bus 0 some devices are the machine's own. */
const char *
tt_vm_rule_pci_slot(const char *s)
{
	static const char rule[] = "must be BUS:DEVICE:FUNCTION of 0-255, 0-31 and 0-7, "
				   "on bus 0 not device 0, 6, "
				   "30 or 31";
	static const uint32_t top[3] = { 255, 31, 7 };
	uint32_t v[3];

	for (int i = 0; i < 3; i++) {
		const size_t n = strspn(s, DIGITS);
		char number[4];

		if (n < 1 || n > 3 || s[n] != (i < 2 ? ':' : '\0'))
			return rule;
		memcpy(number, s, n);
		number[n] = '\0';
		if (tt_parse_u32(number, 0, top[i], &v[i]) < 0)
			return rule;
		s += n + (i < 2);
	}
	if (v[0] == 0 && (v[1] == 0 || v[1] == 6 || v[1] == 30 || v[1] == 31))
		return rule;
	return NULL;
}

int
tt_vm_snapshot_allowed(const json_t *record, struct tt_err **err)
{
	const char *brand = tt_json_str(record, "brand", "");
	const char *uuid = tt_json_str(record, "uuid", "");

	if (tt_streq(brand, "kvm"))
		return tt_err_set(err, -EINVAL, "BrandNotSupported",
		    "VM %s is of brand kvm: only bhyve and OS VMs without delegated "
		    "datasets have snapshots",
		    uuid);
	if (tt_json_bool(record, "delegate_dataset", false))
		return tt_err_set(err, -EINVAL, "InvalidArgument",
		    "VM %s has a delegated dataset: only VMs without one have snapshots",
		    uuid);
	return 0;
}
