// SPDX-License-Identifier: MPL-2.0
/* Links, VLANs, addresses and routes in a network namespace of our own. */
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "platform/lib/base/buf.h"
#include "platform/lib/base/proc.h"
#include "platform/lib/base/str.h"
#include "platform/machine/link.h"
#include "tests/lib/tap.h"

static bool
shows(const char *const *argv, const char *what)
{
	tt_auto(buf) struct tt_buf out = TT_BUF_INIT(65536);
	struct tt_proc_opts o = { .out = &out };

	return tt_proc_run(argv, &o, NULL, NULL) == 0 && strstr(tt_buf_str(&out), what);
}

#define SHOWS(what, ...)                                                                 \
	TAP_OK(shows((const char *const[]){ __VA_ARGS__, NULL }, what), "%s", what)

static void
build(struct mach_nl *nl)
{
	struct mach_link_set port = { .up = true, .master = "br7" },
			     up = { .up = true, .mtu = 1400 };
	struct tt_err *err = NULL;

	for (int twice = 0; twice < 2; twice++) {
		TAP_EQ_INT(mach_link_bridge(nl, "br7", "02:00:00:00:00:07", &err), 0,
		    "bridge: %s", tt_err_message(err));
		TAP_EQ_INT(mach_link_veth(nl, "ext0", "hp0", "02:00:00:00:00:08", &err),
		    0, "pair: %s", tt_err_message(err));
		TAP_EQ_INT(mach_link_set(nl, "hp0", &port, &err), 0, "port: %s",
		    tt_err_message(err));
		TAP_EQ_INT(mach_link_vlan(nl, "hp0", 4, true, false, &err), 0, "VLAN: %s",
		    tt_err_message(err));
		TAP_EQ_INT(mach_link_vlan(nl, "br7", 1, true, true, &err), 0,
		    "VLAN of the bridge: %s", tt_err_message(err));
		TAP_EQ_INT(mach_link_set(nl, "ext0", &up, &err), 0, "up: %s",
		    tt_err_message(err));
		TAP_EQ_INT(mach_addr_add(nl, "ext0", "10.1.2.3", 24, &err), 0,
		    "address: %s", tt_err_message(err));
		TAP_EQ_INT(mach_route_default(nl, "10.1.2.1", "ext0", &err), 0,
		    "route: %s", tt_err_message(err));
	}
}

static void
check(void)
{
	SHOWS("vlan_filtering 1", "ip", "-d", "link", "show", "br7");
	SHOWS("vlan_default_pvid 0", "ip", "-d", "link", "show", "br7");
	SHOWS("02:00:00:00:00:08", "ip", "link", "show", "ext0");
	SHOWS("mtu 1400", "ip", "link", "show", "ext0");
	SHOWS("4 PVID Egress Untagged", "bridge", "vlan", "show", "dev", "hp0");
	SHOWS("1 PVID Egress Untagged", "bridge", "vlan", "show", "dev", "br7");
	SHOWS("10.1.2.3/24 brd 10.1.2.255", "ip", "-4", "addr", "show", "ext0");
	SHOWS("default via 10.1.2.1", "ip", "route");
}

static void
take_down(struct mach_nl *nl)
{
	struct tt_err *err = NULL;

	TAP_EQ_INT(
	    mach_addr_add(nl, "ext0", "10.1.2.4", 24, &err), 0, "a second address");
	TAP_EQ_INT(
	    mach_addr_flush(nl, "ext0", &err), 0, "flush: %s", tt_err_message(err));
	TAP_OK(!shows((const char *const[]){ "ip", "-4", "addr", "show", "ext0", NULL },
		   "10.1.2."),
	    "no address is left");
	TAP_EQ_INT(mach_addr_flush(nl, "ext0", &err), 0, "flush again");
	TAP_EQ_INT(mach_link_del(nl, "ext0", &err), 0, "delete");
	TAP_EQ_INT(mach_link_del(nl, "ext0", &err), 0, "delete again");
	TAP_EQ_INT(mach_link_set(nl, "ext0", &(struct mach_link_set){ .up = true }, &err),
	    -ENODEV, "what is gone is named: %s", tt_err_message(err));
	tt_err_clear(&err);
	TAP_EQ_INT(mach_addr_add(nl, "br7", "10.1.2.x", 24, &err), -EINVAL,
	    "a bad address: %s", tt_err_message(err));
	tt_err_free(err);
}

int
main(void)
{
	tt_auto(nl) struct mach_nl *nl = NULL;

	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0 && unshare(CLONE_NEWNET) < 0) {
		printf("ok 1 - links # SKIP no network namespaces here: %s\n1..1\n",
		    strerror(errno));
		return 0;
	}
	TAP_EQ_INT(mach_nl_open(&nl, NULL), 0, "a netlink socket");
	if (mach_link_bridge(nl, "br7", "02:00:00:00:00:07", NULL) == -EOPNOTSUPP) {
		printf(
		    "ok 2 - links # SKIP this kernel has no bridges with VLANs\n1..2\n");
		return 0;
	}
	build(nl);
	check();
	take_down(nl);
	return tap_done();
}
