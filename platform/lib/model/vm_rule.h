// SPDX-License-Identifier: MPL-2.0
/*
 * Rules for one text of the vm tables that only they need; the others are in vm.h. Each
 * gives NULL for an accepted text, else what is accepted.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define VM_ADDR_LEN 46 /* an IPv6 address and NUL */

const char *vm_rule_plain(const char *s);
const char *vm_rule_word(const char *s);
const char *vm_rule_boot(const char *s);
const char *vm_rule_com(const char *s);
const char *vm_rule_namespace(const char *s);
const char *vm_rule_destination(const char *s);
const char *vm_rule_zpool(const char *s);
const char *vm_rule_nic_ip(const char *s);
const char *vm_rule_ip_or_dhcp(const char *s);
const char *vm_rule_netmask(const char *s);
const char *vm_rule_ip4(const char *s);
const char *vm_rule_net(const char *s);
const char *vm_rule_dhcp_cid(const char *s);
const char *vm_rule_target(const char *s);

/* An address with a prefix length. */
struct vm_cidr {
	char addr[VM_ADDR_LEN]; /* normal form */
	bool v6;
	uint32_t ip4, mask4; /* host order; IPv4 only */
	int len;
};

/* "10.0.0.5/24", "fd00::1/64". 0 or -EINVAL; address only: the full length. */
int vm_cidr_parse(const char *s, bool need_len, struct vm_cidr *ret);
