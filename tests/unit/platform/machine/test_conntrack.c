// SPDX-License-Identifier: MPL-2.0
/* Flows are forgotten by address, in every zone, and no others. In a namespace of our own. */
#include "platform/machine/conntrack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <sched.h>
#include <string.h>

#include "platform/lib/base/macro.h"
#include "tests/lib/tap.h"

static void
put_tuple(struct nlmsghdr *h, uint16_t type, const char *src, const char *dst,
    uint16_t sport, uint16_t dport)
{
	const bool six = strchr(src, ':') != NULL;
	struct nlattr *tuple = mnl_attr_nest_start(h, type), *part;
	uint8_t addr[16];

	part = mnl_attr_nest_start(h, CTA_TUPLE_IP);
	inet_pton(six ? AF_INET6 : AF_INET, src, addr);
	mnl_attr_put(h, six ? CTA_IP_V6_SRC : CTA_IP_V4_SRC, six ? 16 : 4, addr);
	inet_pton(six ? AF_INET6 : AF_INET, dst, addr);
	mnl_attr_put(h, six ? CTA_IP_V6_DST : CTA_IP_V4_DST, six ? 16 : 4, addr);
	mnl_attr_nest_end(h, part);
	part = mnl_attr_nest_start(h, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(h, CTA_PROTO_NUM, IPPROTO_UDP);
	mnl_attr_put_u16(h, CTA_PROTO_SRC_PORT, htons(sport));
	mnl_attr_put_u16(h, CTA_PROTO_DST_PORT, htons(dport));
	mnl_attr_nest_end(h, part);
	mnl_attr_nest_end(h, tuple);
}

static int
talk(struct nlmsghdr *h, mnl_cb_t cb, void *data)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	static char answer[65536];
	ssize_t n;
	int r = -1;

	if (nl == NULL || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_sendto(nl, h, h->nlmsg_len) < 0)
		return -errno;
	do {
		n = mnl_socket_recvfrom(nl, answer, sizeof(answer));
		r = n < 0 ? -1 : mnl_cb_run(answer, (size_t)n, 1, 0, cb, data);
	} while (r > MNL_CB_STOP);
	r = r < 0 ? -errno : 0;
	mnl_socket_close(nl);
	return r;
}

static struct nlmsghdr *
request(char *buf, uint16_t type, uint16_t flags, uint8_t family)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *g;

	h->nlmsg_type = (uint16_t)(NFNL_SUBSYS_CTNETLINK << 8 | type);
	h->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	h->nlmsg_seq = 1;
	g = mnl_nlmsg_put_extra_header(h, sizeof(*g));
	g->nfgen_family = family;
	return h;
}

static int
add_flow(const char *src, const char *dst, uint16_t zone)
{
	const uint8_t family = strchr(src, ':') != NULL ? AF_INET6 : AF_INET;
	char buf[2048];
	struct nlmsghdr *h = request(
	    buf, IPCTNL_MSG_CT_NEW, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK, family);

	put_tuple(h, CTA_TUPLE_ORIG | NLA_F_NESTED, src, dst, 1000, 53);
	put_tuple(h, CTA_TUPLE_REPLY | NLA_F_NESTED, dst, src, 53, 1000);
	mnl_attr_put_u32(h, CTA_TIMEOUT, htonl(600));
	mnl_attr_put_u32(h, CTA_STATUS, htonl(IPS_CONFIRMED));
	mnl_attr_put_u16(h, CTA_ZONE, htons(zone));
	return talk(h, NULL, NULL);
}

static int
count_one(const struct nlmsghdr *h TT_UNUSED, void *data)
{
	++*(unsigned *)data;
	return MNL_CB_OK;
}

static unsigned
flows(void)
{
	char buf[256];
	unsigned n = 0;

	TAP_EQ_INT(
	    talk(request(buf, IPCTNL_MSG_CT_GET, NLM_F_DUMP, AF_UNSPEC), count_one, &n),
	    0, "flows counted");
	return n;
}

static void
test_forget(void)
{
	tt_auto(err) struct tt_err *err = NULL;
	json_t *ips = json_pack("[s, s]", "10.0.0.1", "fd00::1"),
	       *bad = json_pack("[s]", "x");
	json_t *nobody = json_array();
	size_t n = 99;

	TAP_EQ_INT(add_flow("10.0.0.1", "10.0.0.2", 0), 0, "from it");
	TAP_EQ_INT(add_flow("10.0.0.3", "10.0.0.1", 0), 0, "to it");
	TAP_EQ_INT(add_flow("10.0.0.1", "10.0.0.2", 4101), 0, "the same in a zone");
	TAP_EQ_INT(add_flow("fd00::2", "fd00::1", 5), 0, "IPv6");
	TAP_EQ_INT(add_flow("10.0.0.2", "10.0.0.3", 4101), 0, "others");
	TAP_EQ_INT(add_flow("fd00::2", "fd00::3", 0), 0, "others, IPv6");
	TAP_EQ_INT(flows(), 6, "six are there");
	TAP_EQ_INT(mach_ct_forget(nobody, &n, &err), 0, "nobody's");
	TAP_EQ_INT(n, 0, "are none");
	TAP_EQ_INT(mach_ct_forget(ips, &n, &err), 0, "forget: %s", tt_err_message(err));
	TAP_EQ_INT(n, 4, "four found");
	TAP_EQ_INT(flows(), 2, "two stay");
	TAP_EQ_INT(mach_ct_forget(ips, &n, &err), 0, "again");
	TAP_EQ_INT(n, 0, "nothing left to forget");
	TAP_EQ_INT(mach_ct_forget(bad, &n, &err), -EINVAL, "no address");
	TAP_EQ_STR(
	    tt_err_message(err), "forgetting flows: 'x' is no address", "is named");
	json_decref(ips);
	json_decref(bad);
	json_decref(nobody);
}

int
main(void)
{
	json_t *first;
	int r;

	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0 && unshare(CLONE_NEWNET) < 0) {
		printf("ok 1 - flows # SKIP no network namespaces here: %s\n1..1\n",
		    strerror(errno));
		return 0;
	}
	r = add_flow("10.9.9.9", "10.9.9.8", 0);
	if (r == -EOPNOTSUPP || r == -EPROTONOSUPPORT || r == -EINVAL) {
		printf(
		    "ok 1 - flows # SKIP this kernel cannot make flows by netlink: %s\n"
		    "1..1\n",
		    strerror(-r));
		return 0;
	}
	first = json_pack("[s]", "10.9.9.8");
	TAP_EQ_INT(r, 0, "a flow made by hand");
	TAP_EQ_INT(mach_ct_forget(first, NULL, NULL), 0, "forgotten");
	json_decref(first);
	test_forget();
	return tap_done();
}
