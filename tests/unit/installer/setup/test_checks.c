// SPDX-License-Identifier: MPL-2.0
/*
 * The live checks on real links, in a network of the test's own: two veth pairs, whose far
 * ends hold the gateway, the host's address at the end of the DHCP range, and an address
 * that a service is to get.
 */
#include "tests/lib/tap.h"

#include <errno.h>
#include <sched.h>
#include <sys/mount.h>

#include "installer/setup/checks.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/proc.h"
#include "platform/lib/base/str.h"

static const char network[] =
    "link set dev lo up\n"
    "link add adm0 address 02:00:00:00:00:0a type veth peer name adm1\n"
    "link add ext0 address 02:00:00:00:00:0e type veth peer name ext1\n"
    "link set dev adm1 address 02:00:00:00:00:1a up\n"
    "link set dev ext1 address 02:00:00:00:00:1e up\n"
    "addr add 10.99.99.254/24 dev adm1\n"
    "addr add 10.99.99.20/24 dev adm1\n"
    "addr add 10.88.88.2/24 dev ext1\n";

static const struct {
	enum tt_key_id id;
	const char *text;
} values[] = {
	{ TT_KEY_ADMIN_NIC, "02:00:00:00:00:0a" },
	{ TT_KEY_ADMIN_IP, "10.99.99.7" },
	{ TT_KEY_ADMIN_NETMASK, "" },
	{ TT_KEY_ADMIN_START, "" },
	{ TT_KEY_EXTERNAL, "yes" },
	{ TT_KEY_EXTERNAL_NIC, "02:00:00:00:00:0e" },
	{ TT_KEY_EXTERNAL_IP, "10.88.88.200" },
	{ TT_KEY_EXTERNAL_NETMASK, "" },
	{ TT_KEY_EXTERNAL_GATEWAY, "10.88.88.2" },
	{ TT_KEY_EXTERNAL_VLAN, "" },
	{ TT_KEY_EXTERNAL_START, "" },
	{ TT_KEY_EXTERNAL_END, "" },
	{ TT_KEY_DEFAULT_GATEWAY, "" },
};

static int
ip(const char *script)
{
	static const char *const argv[] = { "ip", "-batch", "-", NULL };
	const struct tt_proc_opts run = { .input = script, .input_len = strlen(script) };

	return tt_proc_run(argv, &run, NULL, NULL);
}

/* What `ip ARGS` prints; caller frees. */
static char *
ip_shows(const char *what, const char *dev)
{
	const char *const argv[] = { "ip", "-o", what, "show", "dev", dev, NULL };
	tt_auto(buf) struct tt_buf out = TT_BUF_INIT(64 * TT_KIB);
	const struct tt_proc_opts run = { .out = &out };

	(void)tt_proc_run(argv, &run, NULL, NULL);
	return tt_buf_detach(&out);
}

/* A network and a sysfs of our own; 0, or why there cannot be one. */
static int
enter(void)
{
	if (unshare(CLONE_NEWNET | CLONE_NEWNS) < 0)
		return -errno;
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("sysfs", "/sys", "sysfs", 0, NULL) < 0)
		return -errno;
	return ip(network);
}

static struct tsetup *
make_session(void)
{
	static const char nics_text[] =
	    "[{\"link\":\"adm0\",\"mac\":\"02:00:00:00:00:0a\",\"state\":\"up\"},"
	    "{\"link\":\"ext0\",\"mac\":\"02:00:00:00:00:0e\",\"state\":\"up\"}]";
	tt_auto(findings) struct tt_findings found = { 0 };
	tt_auto(nics) struct ts_nics nics = { 0 };
	struct tsetup *ts = tsetup_new();

	(void)ts_nics_parse("nics", nics_text, strlen(nics_text), &nics, NULL);
	tsetup_set_nics(ts, &nics);
	for (size_t i = 0; i < TT_ARRAY_LEN(values); i++)
		TAP_OK(
		    tsetup_set(ts, values[i].id, values[i].text, TS_TYPED, &found) == 0,
		    "%s is accepted", tt_keys[values[i].id].name);
	return ts;
}

static bool
says(const struct tt_findings *found, const char *code, const char *value,
    const char *part)
{
	for (size_t i = 0; i < found->n; i++)
		if (tt_streq(found->v[i].code, code) &&
		    tt_streq(found->v[i].value, value) &&
		    strstr(found->v[i].text, part) != NULL)
			return true;
	return false;
}

static void
show(const struct tt_findings *found)
{
	for (size_t i = 0; i < found->n; i++)
		tap_note(
		    "%s %s: %s", found->v[i].code, found->v[i].value, found->v[i].text);
}

static void
test_addresses(struct checks *c, struct tsetup *ts)
{
	const struct tt_findings *found = &c->found[CHECK_ADDRESSES];
	tt_auto(free) char *external = NULL, *admin = NULL;

	checks_run(c, CHECK_ADDRESSES, ts);
	show(found);
	TAP_EQ_INT(found->n, 2, "two warnings: the gateway answers, the rest is free");
	TAP_OK(says(found, "W_ADDR_IN_USE", "10.99.99.254", "02:00:00:00:00:1a"),
	    "the end of the DHCP range is the host's");
	TAP_OK(says(found, "W_ADDR_IN_USE", "10.99.99.20", "rabbitmq"),
	    "a service's address is in use");
	external = ip_shows("addr", "external0");
	admin = ip_shows("addr", "adm0");
	TAP_OK(strstr(external, "10.88.88.200/24") != NULL, "external0 has its address");
	TAP_OK(strstr(admin, "10.99.99.7/24") != NULL, "so has the admin link");
}

static void
test_gateway(struct checks *c, struct tsetup *ts)
{
	const struct tt_findings *found = &c->found[CHECK_ADDRESSES];

	(void)ip("addr del 10.88.88.2/24 dev ext1\n");
	checks_run(c, CHECK_ADDRESSES, ts);
	show(found);
	TAP_OK(says(found, "W_UNREACHABLE", "10.88.88.2", "gateway"),
	    "a silent gateway is told");
	(void)ip("addr add 10.88.88.2/24 dev ext1\n");
}

static void
test_vlan(struct checks *c, struct tsetup *ts)
{
	tt_auto(findings) struct tt_findings found = { 0 };
	tt_auto(free) char *link = NULL, *mac = NULL;

	if (ip("link add link ext0 name tagged type vlan id 2\n") < 0) {
		printf("ok %d - a tagged external0 # SKIP this kernel knows no VLANs\n",
		    ++tap_count);
		return;
	}
	(void)ip("link del dev tagged\n");
	tsetup_set(ts, TT_KEY_EXTERNAL_VLAN, "217", TS_TYPED, &found);
	checks_run(c, CHECK_ADDRESSES, ts);
	link = ip_shows("link", "external0");
	mac = tt_file_line("/sys/class/net/external0/address");
	TAP_OK(strstr(link, "external0@ext0") != NULL, "a tagged external0 is made, too");
	TAP_EQ_STR(
	    mac, tsetup_external_mac(ts), "with the MAC that the config will name");
}

static void
test_release(struct checks *c)
{
	tt_auto(free) char *left = NULL;

	checks_release(c);
	left = ip_shows("addr", "adm0");
	TAP_OK(
	    !strstr(left, "10.99.99.7") && access("/sys/class/net/external0", F_OK) < 0,
	    "all is taken down at the end");
}

int
main(void)
{
	struct tsetup *ts;
	struct checks c;
	int r = enter();

	if (r == -EPERM) {
		printf("1..0 # SKIP a network of its own needs root\n");
		return 0;
	}
	TAP_EQ_INT(r, 0, "a network of the test's own");
	ts = make_session();
	checks_init(&c, true, NULL);
	test_addresses(&c, ts);
	test_gateway(&c, ts);
	test_vlan(&c, ts);
	test_release(&c);
	tsetup_free(ts);
	return tap_done();
}
