// SPDX-License-Identifier: MPL-2.0
/* See conntrack.h. */
#include "platform/machine/conntrack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "platform/lib/base/alloc.h"

#define MESSAGE_MAX 1024 /* of a request: the parts of a flow that name it */

struct address {
	uint8_t family; /* AF_INET, AF_INET6 */
	uint8_t bytes[16];
};

/* What names a flow in a request to delete it. */
struct flow {
	uint8_t family;
	uint16_t len;
	char attrs[MESSAGE_MAX - 64]; /* CTA_TUPLE_ORIG, CTA_ZONE, CTA_ID as they came */
};

struct search {
	struct address *ips;
	size_t n_ips;
	struct flow *found;
	size_t n_found, space;
};

static int
parse_ips(const json_t *ips, struct search *s, struct tt_err **err)
{
	const json_t *v;
	size_t i;

	s->ips = tt_xcalloc(json_array_size(ips) + 1, sizeof(*s->ips));
	json_array_foreach(ips, i, v)
	{
		struct address *a = &s->ips[s->n_ips++];
		const char *text = json_string_value(v);

		text = text != NULL ? text : "";
		a->family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
		if (inet_pton(a->family, text, a->bytes) != 1)
			return tt_err_set(err, -EINVAL, "InvalidParameter",
			    "forgetting flows: '%s' is no address", text);
	}
	return 0;
}

static bool
is_ours(const struct search *s, uint8_t family, const struct nlattr *addr)
{
	const size_t len = family == AF_INET6 ? 16 : 4;

	if (mnl_attr_get_payload_len(addr) != len)
		return false;
	for (size_t i = 0; i < s->n_ips; i++)
		if (s->ips[i].family == family &&
		    !memcmp(s->ips[i].bytes, mnl_attr_get_payload(addr), len))
			return true;
	return false;
}

/* A flow of the list while it is read. */
struct look {
	const struct search *search;
	struct flow flow;
	bool ours; /* one end of its first direction is an address that we look for */
};

static int
look_at_address(const struct nlattr *attr, void *data)
{
	struct look *l = data;

	l->ours |= is_ours(l->search, l->flow.family, attr);
	return MNL_CB_OK;
}

static int
look_at_tuple(const struct nlattr *attr, void *data)
{
	return mnl_attr_get_type(attr) == CTA_TUPLE_IP
		   ? mnl_attr_parse_nested(attr, look_at_address, data)
		   : MNL_CB_OK;
}

static void
keep_attr(struct flow *f, const struct nlattr *attr)
{
	const size_t len = MNL_ALIGN(attr->nla_len);

	if (len > sizeof(f->attrs) - f->len)
		return;
	memcpy(f->attrs + f->len, attr, attr->nla_len);
	f->len = (uint16_t)(f->len + len);
}

static int
look_at_attr(const struct nlattr *attr, void *data)
{
	const uint16_t type = mnl_attr_get_type(attr);
	struct look *l = data;

	if (type == CTA_TUPLE_ORIG || type == CTA_ZONE || type == CTA_ID)
		keep_attr(&l->flow, attr);
	return type == CTA_TUPLE_ORIG ? mnl_attr_parse_nested(attr, look_at_tuple, data)
				      : MNL_CB_OK;
}

static int
look_at(const struct nlmsghdr *h, void *data)
{
	const struct nfgenmsg *g = mnl_nlmsg_get_payload(h);
	struct search *s = data;
	struct look l = { .search = s, .flow = { .family = g->nfgen_family } };
	int r = mnl_attr_parse(h, sizeof(*g), look_at_attr, &l);

	if (r < 0 || !l.ours)
		return r;
	if (s->n_found == s->space) {
		s->space = s->space > 0 ? 2 * s->space : 16;
		s->found = tt_xrealloc(s->found, s->space * sizeof(*s->found));
	}
	s->found[s->n_found++] = l.flow;
	return MNL_CB_OK;
}

static struct nlmsghdr *
request(char *buf, uint16_t type, uint16_t flags, uint32_t seq, uint8_t family)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *g;

	h->nlmsg_type = (uint16_t)(NFNL_SUBSYS_CTNETLINK << 8 | type);
	h->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	h->nlmsg_seq = seq;
	g = mnl_nlmsg_put_extra_header(h, sizeof(*g));
	g->nfgen_family = family;
	g->version = NFNETLINK_V0;
	return h;
}

/* Send, and read until the last answer. */
static int
talk(struct mnl_socket *nl, const struct nlmsghdr *h, mnl_cb_t cb, void *data)
{
	const size_t space = 64 * TT_KIB;
	tt_auto(free) char *answer = tt_xalloc(space);
	ssize_t n;
	int r;

	if (mnl_socket_sendto(nl, h, h->nlmsg_len) < 0)
		return -errno;
	do {
		n = mnl_socket_recvfrom(nl, answer, space);
		if (n < 0)
			return -errno;
		r = mnl_cb_run(
		    answer, (size_t)n, h->nlmsg_seq, mnl_socket_get_portid(nl), cb, data);
	} while (r > MNL_CB_STOP);
	return r < 0 ? -errno : 0;
}

/* A flow that ended in the meantime is forgotten too. */
static int
forget(struct mnl_socket *nl, const struct flow *f, uint32_t seq)
{
	char buf[MESSAGE_MAX];
	struct nlmsghdr *h =
	    request(buf, IPCTNL_MSG_CT_DELETE, NLM_F_ACK, seq, f->family);
	int r;

	memcpy(mnl_nlmsg_get_payload_tail(h), f->attrs, f->len);
	h->nlmsg_len += f->len;
	r = talk(nl, h, NULL, NULL);
	return r == -ENOENT ? 0 : r;
}

static int
find_and_forget(struct mnl_socket *nl, struct search *s, struct tt_err **err)
{
	char buf[MESSAGE_MAX];
	uint32_t seq = 1;
	int r = talk(
	    nl, request(buf, IPCTNL_MSG_CT_GET, NLM_F_DUMP, seq, AF_UNSPEC), look_at, s);

	if (r < 0)
		return tt_err_errno(err, r, "listing the tracked flows");
	for (size_t i = 0; i < s->n_found; i++) {
		r = forget(nl, &s->found[i], ++seq);
		if (r < 0)
			return tt_err_errno(err, r, "forgetting a tracked flow");
	}
	return 0;
}

int
mach_ct_forget(const json_t *ips, size_t *ret_n, struct tt_err **err)
{
	struct search s = { 0 };
	struct mnl_socket *nl = NULL;
	int r = parse_ips(ips, &s, err);

	if (r == 0 && s.n_ips > 0) {
		nl = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
		if (nl == NULL || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0)
			r = tt_err_errno(err, -errno, "opening a netfilter socket");
		else
			r = find_and_forget(nl, &s, err);
	}
	if (nl != NULL)
		mnl_socket_close(nl);
	free(s.ips);
	free(s.found);
	if (r == 0 && ret_n != NULL)
		*ret_n = s.n_found;
	return r;
}
