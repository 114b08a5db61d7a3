// SPDX-License-Identifier: MPL-2.0
/*
 * Random network plans: the validator against an oracle that shares no code with it. The
 * oracle works on 64-bit numbers and says which keys are wrong and why.
 *
 * N=1000000 in the environment makes it the long run; SEED=n repeats one.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "installer/setup/tsetup.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/str.h"
#include "tests/lib/tap.h"

#define ABSENT  (-1) /* take the default */
#define NOTHING (-2) /* the word none */
#define PLANS   20000

struct plan {
	int64_t admin_ip, start, dhcp_end;
	int admin_len, external_len;
	bool external, shared;
	int64_t external_ip, gateway, first, last, route;
	int vlan; /* 0 untagged */
};

/* --- what the oracle says --- */

struct verdict {
	char list[32][64];
	size_t n;
};

static void
blame(struct verdict *v, const char *code, const char *key)
{
	(void)snprintf(v->list[v->n++], sizeof(v->list[0]), "%s %s", code, key);
}

static bool
never_a_host(int64_t ip)
{
	int64_t first = ip / 16777216;

	return first == 0 || first == 127 || first >= 224;
}

/* 2^(32-len), without a shift. */
static int64_t
size_of(int len)
{
	int64_t n = 1;

	for (int i = len; i < 32; i++)
		n *= 2;
	return n;
}

static int64_t
base_of(int64_t ip, int len)
{
	return ip - ip % size_of(len);
}

static bool
inside(int64_t ip, int64_t net_ip, int len)
{
	return base_of(ip, len) == base_of(net_ip, len);
}

static bool
edge(int64_t ip, int len)
{
	return ip == base_of(ip, len) || ip == base_of(ip, len) + size_of(len) - 1;
}

struct oracle {
	const struct plan *p;
	struct verdict *v;
	bool admin_known, admin_sound, ext_ip_known, ext_mask_known, ext_sound;
	bool admin_mask_known, gateway_known, gateway_sound;
	int64_t route; /* as it takes effect; ABSENT when unknown, NOTHING when none */
};

static bool
host_ok(struct oracle *o, int64_t ip, const char *key)
{
	if (never_a_host(ip))
		blame(o->v, "E_IP_ROLE", key);
	return !never_a_host(ip);
}

static void
oracle_masks(struct oracle *o)
{
	int a = o->p->admin_len, e = o->p->external_len;

	o->admin_mask_known = a >= 8 && a <= 26;
	if (a == 27 || a == 28)
		blame(o->v, "E_SLOTS", "admin_netmask");
	else if (!o->admin_mask_known)
		blame(o->v, "E_MASK_RANGE", "admin_netmask");
	o->ext_mask_known = e >= 8 && e <= 29;
	if (!o->ext_mask_known)
		blame(o->v, "E_MASK_RANGE", "external_netmask");
}

/* Values by themselves: also of keys that have no meaning in this plan. */
static void
oracle_single(struct oracle *o)
{
	const struct plan *p = o->p;

	oracle_masks(o);
	o->admin_known = host_ok(o, p->admin_ip, "admin_ip");
	o->ext_ip_known = host_ok(o, p->external_ip, "external_ip");
	o->gateway_known =
	    p->gateway == NOTHING || host_ok(o, p->gateway, "external_gateway");
	if (p->vlan == 1 || p->vlan > 4094)
		blame(o->v, "E_VLAN", "external_vlan_id");
}

/* A value that was given or is computed; false when it is unknown after this. */
static bool
settle(struct oracle *o, int64_t given, int64_t computed, const char *key, int64_t *ret)
{
	*ret = given == ABSENT ? computed : given;
	if (*ret < 0)
		return *ret == NOTHING;
	if (!never_a_host(*ret))
		return true;
	blame(o->v, "E_IP_ROLE", key);
	return given == ABSENT; /* a bad default is still looked at */
}

static void
oracle_route(struct oracle *o)
{
	const struct plan *p = o->p;
	int64_t computed = p->external && o->gateway_known ? p->gateway : NOTHING;

	if (!settle(o, p->route, computed, "headnode_default_gateway", &o->route))
		o->route = ABSENT;
}

static void
oracle_admin(struct oracle *o)
{
	const struct plan *p = o->p;
	int64_t net = base_of(p->admin_ip, p->admin_len);
	int64_t last_host = net + size_of(p->admin_len) - 2;
	int64_t start, end,
	    end_default = last_host == p->admin_ip ? last_host - 1 : last_host;
	bool start_ok = false, has_start, has_end;

	has_start = settle(o, p->start, o->admin_known ? p->admin_ip + 1 : ABSENT,
	    "admin_provisionable_start", &start);
	has_end = settle(o, p->dhcp_end,
	    o->admin_known && o->admin_mask_known ? end_default : ABSENT,
	    "dhcp_range_end", &end);
	if (!o->admin_known || !o->admin_mask_known)
		return;
	o->admin_sound = !edge(p->admin_ip, p->admin_len);
	if (!o->admin_sound) {
		blame(o->v, "E_IP_ROLE", "admin_ip");
		return;
	}
	if (has_start) {
		const char *code = NULL;

		if (!inside(start, net, p->admin_len))
			code = "E_SUBNET";
		else if (start == net)
			code = "E_IP_ROLE";
		else if (start + 29 > last_host)
			code = "E_SLOTS";
		else if (p->admin_ip >= start && p->admin_ip < start + 29)
			code = "E_SLOTS";
		else if (o->route >= start && o->route < start + 29)
			code = "E_SLOTS";
		if (code)
			blame(o->v, code, "admin_provisionable_start");
		start_ok = !code;
	}
	if (!has_end)
		return;
	if (!inside(end, net, p->admin_len) || edge(end, p->admin_len) ||
	    end == p->admin_ip || (start_ok && end < start + 29))
		blame(o->v, "E_DHCP", "dhcp_range_end");
	else if (start_ok && end - (start + 29) + 1 < 8)
		blame(o->v, "W_FEW_LEASES", "dhcp_range_end");
}

/* The largest block; of equal ones middle, then low, then high counts. */
static bool
oracle_range(const struct plan *p, int64_t *first, int64_t *last)
{
	int64_t net = base_of(p->external_ip, p->external_len);
	int64_t top = net + size_of(p->external_len) - 1;
	int64_t other = p->gateway < 0 ? p->external_ip : p->gateway;
	int64_t a = p->external_ip < other ? p->external_ip : other;
	int64_t b = p->external_ip < other ? other : p->external_ip;
	const int64_t blocks[3][2] = { { net + 1, a - 1 }, { a + 1, b - 1 },
		{ b + 1, top - 1 } };
	static const int preference[3] = { 1, 2, 0 };
	int64_t best = 0;

	if (!inside(other, net, p->external_len) || edge(other, p->external_len) ||
	    edge(p->external_ip, p->external_len))
		return false;
	/* Middle, then high if strictly larger, then low if strictly larger. */
	for (int i = 0; i < 3; i++) {
		const int64_t *k = blocks[preference[i]];
		int64_t n = k[1] - k[0] + 1;

		if (n > best) {
			best = n;
			*first = k[0];
			*last = k[1];
		}
	}
	return best >= 2;
}

static void
oracle_instances(
    struct oracle *o, int64_t first, int64_t last, bool has_first, bool has_last)
{
	const struct plan *p = o->p;
	int len = p->external_len;
	bool first_ok = false, last_ok = false;

	if (has_first) {
		first_ok = inside(first, p->external_ip, len) && !edge(first, len);
		if (!inside(first, p->external_ip, len))
			blame(o->v, "E_SUBNET", "external_provisionable_start");
		else if (!first_ok)
			blame(o->v, "E_IP_ROLE", "external_provisionable_start");
	}
	if (has_last) {
		last_ok = inside(last, p->external_ip, len) && !edge(last, len);
		if (!inside(last, p->external_ip, len))
			blame(o->v, "E_SUBNET", "external_provisionable_end");
		else if (!last_ok)
			blame(o->v, "E_IP_ROLE", "external_provisionable_end");
	}
	if (first_ok &&
	    (first == p->external_ip || (o->gateway_sound && first == p->gateway))) {
		blame(o->v, "E_RANGE_HOST", "external_provisionable_start");
		return;
	}
	if (!first_ok || !last_ok)
		return;
	if (last < first)
		blame(o->v, "E_RANGE_ORDER", "external_provisionable_end");
	else if ((p->external_ip >= first && p->external_ip <= last) ||
		 (o->gateway_sound && p->gateway >= first && p->gateway <= last))
		blame(o->v, "E_RANGE_HOST", "external_provisionable_end");
	else if (last == first)
		blame(o->v, "E_RANGE_SMALL", "external_provisionable_end");
	else if (last - first < 9)
		blame(o->v, "W_SMALL_RANGE", "external_provisionable_end");
}

static void
oracle_gateway(struct oracle *o)
{
	const struct plan *p = o->p;

	if (!o->ext_sound || !o->gateway_known || p->gateway == NOTHING)
		return;
	if (!inside(p->gateway, p->external_ip, p->external_len))
		blame(o->v, "E_GW_SUBNET", "external_gateway");
	else if (p->gateway == p->external_ip)
		blame(o->v, "E_GW_SELF", "external_gateway");
	else if (edge(p->gateway, p->external_len))
		blame(o->v, "E_IP_ROLE", "external_gateway");
	else
		o->gateway_sound = true;
}

static void
oracle_external(struct oracle *o)
{
	const struct plan *p = o->p;
	int64_t first = ABSENT, last = ABSENT;
	bool has_range, has_first, has_last;

	if (!p->external)
		return;
	if (p->shared && p->vlan == 0)
		blame(o->v, "E_NIC_SHARED", "external_nic");
	if (o->admin_known && o->admin_mask_known && o->ext_ip_known) {
		if (inside(p->external_ip, p->admin_ip, p->admin_len) ||
		    (o->ext_mask_known &&
			inside(p->admin_ip, p->external_ip, p->external_len)))
			blame(o->v, "E_OVERLAP", "external_ip");
	}
	if (o->ext_ip_known && o->ext_mask_known) {
		o->ext_sound = !edge(p->external_ip, p->external_len);
		if (!o->ext_sound)
			blame(o->v, "E_IP_ROLE", "external_ip");
	}
	oracle_gateway(o);
	has_range = o->ext_ip_known && o->ext_mask_known && o->gateway_known &&
		    oracle_range(p, &first, &last);
	has_first = settle(o, p->first, has_range ? first : ABSENT,
	    "external_provisionable_start", &first);
	has_last = settle(
	    o, p->last, has_range ? last : ABSENT, "external_provisionable_end", &last);
	if (o->ext_sound)
		oracle_instances(o, first, last, has_first, has_last);
}

/* Ends of the range that have no meaning are judged by themselves all the same. */
static void
oracle_unused(struct oracle *o)
{
	if (o->p->external)
		return;
	if (o->p->first != ABSENT)
		(void)host_ok(o, o->p->first, "external_provisionable_start");
	if (o->p->last != ABSENT)
		(void)host_ok(o, o->p->last, "external_provisionable_end");
}

static void
oracle_default_gateway(struct oracle *o)
{
	const struct plan *p = o->p;
	const char *key = "headnode_default_gateway";
	bool in_admin, in_ext;

	if (o->route < 0 || !o->admin_sound)
		return;
	in_admin = inside(o->route, p->admin_ip, p->admin_len);
	in_ext = p->external && o->ext_sound &&
		 inside(o->route, p->external_ip, p->external_len);
	if (!in_admin && !in_ext) {
		if (!p->external || o->ext_sound)
			blame(o->v, "E_GW_SUBNET", key);
	} else if (o->route == (in_admin ? p->admin_ip : p->external_ip)) {
		blame(o->v, "E_GW_SELF", key);
	} else if (edge(o->route, in_admin ? p->admin_len : p->external_len)) {
		blame(o->v, "E_IP_ROLE", key);
	}
}

static void
ask_oracle(const struct plan *p, struct verdict *v)
{
	struct oracle o = { .p = p, .v = v };

	oracle_single(&o);
	oracle_route(&o);
	oracle_admin(&o);
	oracle_external(&o);
	oracle_unused(&o);
	oracle_default_gateway(&o);
	if (o.admin_known) {
		int64_t ip = p->admin_ip;

		if (ip / 16777216 != 10 && ip / 65536 != 192 * 256 + 168 &&
		    (ip / 65536 < 172 * 256 + 16 || ip / 65536 > 172 * 256 + 31))
			blame(v, "W_ROUTABLE_ADMIN", "admin_ip");
	}
}

/* --- plans --- */

static uint64_t rng_state;

static uint32_t
rng(uint32_t bound)
{
	rng_state ^= rng_state << 13;
	rng_state ^= rng_state >> 7;
	rng_state ^= rng_state << 17;
	return (uint32_t)(rng_state >> 20) % bound;
}

static int64_t
random_address(void)
{
	static const uint32_t first[] = { 10, 10, 10, 192, 172, 8, 0, 127, 126, 223, 224,
		255 };
	uint32_t a = first[rng(rng(3) ? 5 : TT_ARRAY_LEN(first))];
	uint32_t b = a == 192 ? 168 : a == 172 ? 15 + rng(18) : rng(3) ? 99 : rng(256);

	return ((int64_t)a * 256 + b) * 65536 + (rng(2) ? 99 : rng(256)) * 256 + rng(256);
}

/* Something in or just outside the network of ip. */
static int64_t
near(int64_t ip, int len)
{
	int64_t n = size_of(len), net = base_of(ip, len), r;

	switch (rng(6)) {
	case 0:
		r = net + rng(4) - 1;
		break;
	case 1:
		r = net + n - 1 - (int64_t)rng(40);
		break;
	case 2:
		r = ip + (int64_t)rng(64) - 32;
		break;
	case 3:
		r = random_address();
		break;
	default:
		r = net + (int64_t)(rng(1U << 30) % (uint64_t)n);
	}
	return r < 0 ? 0 : r > 4294967295 ? 4294967295 : r;
}

static int
random_len(void)
{
	return rng(4) ? 20 + (int)rng(8) : (int)rng(33);
}

static struct plan
random_plan(void)
{
	struct plan p = { .admin_ip = random_address(), .admin_len = random_len() };

	p.start = rng(2) ? ABSENT : near(p.admin_ip, p.admin_len);
	p.dhcp_end = rng(2) ? ABSENT : near(p.admin_ip, p.admin_len);
	p.external = rng(5) != 0;
	p.external_ip = rng(8) ? random_address() : near(p.admin_ip, p.admin_len);
	p.external_len = rng(3) ? 22 + (int)rng(9) : random_len();
	p.gateway = rng(6) ? near(p.external_ip, p.external_len) : NOTHING;
	p.shared = rng(4) == 0;
	p.vlan = rng(2) ? 0 : rng(4) ? 2 + (int)rng(4093) : rng(2) ? 1 : 4095;
	p.first = rng(2) ? ABSENT : near(p.external_ip, p.external_len);
	p.last = rng(2) ? ABSENT : near(p.external_ip, p.external_len);
	p.route = rng(3)   ? ABSENT
		  : rng(4) ? near(rng(2) ? p.admin_ip : p.external_ip, p.admin_len)
			   : NOTHING;
	return p;
}

/* --- the validator's answer --- */

static void
add_address(struct tt_buf *b, const char *key, int64_t ip)
{
	if (ip == ABSENT)
		(void)tt_buf_addf(b, ",\"%s\":\"<default>\"", key);
	else if (ip == NOTHING)
		(void)tt_buf_addf(b, ",\"%s\":\"none\"", key);
	else
		(void)tt_buf_addf(b, ",\"%s\":\"%d.%d.%d.%d\"", key, (int)(ip / 16777216),
		    (int)(ip / 65536 % 256), (int)(ip / 256 % 256), (int)(ip % 256));
}

static void
answers_of(const struct plan *p, struct tt_buf *b)
{
	(void)tt_buf_adds(b,
	    "{\"unattended\":true,\"datacenter_company_name\":\"c\",\"region_name\":"
	    "\"r\","
	    "\"datacenter_name\":\"d\",\"datacenter_location\":\"l\","
	    "\"dns_domain\":\"example.com\",\"admin_nic\":\"00:50:56:34:60:4c\","
	    "\"root_password_hash\":\"$6$TritonCoaLdemo01$"
	    "UlQTMe2t22wulgl0tWCsSdKWy49bH1AhoA"
	    "qVlnXKetPgQznpTpwmZXF2xdXybaB6VNfVD4dHOgbxxOmwyawXJ0\","
	    "\"admin_password_file\":\"private/pw\"");
	(void)tt_buf_addf(b, ",\"external_nic\":\"%s\",\"setup_external_network\":%s",
	    p->shared ? "00:50:56:34:60:4c" : "00:50:56:3d:a7:95",
	    p->external ? "true" : "false");
	(void)tt_buf_addf(b, ",\"admin_netmask\":\"/%d\",\"external_netmask\":\"/%d\"",
	    p->admin_len, p->external_len);
	(void)tt_buf_addf(b, ",\"external_vlan_id\":%d", p->vlan);
	add_address(b, "admin_ip", p->admin_ip);
	add_address(b, "admin_provisionable_start", p->start);
	add_address(b, "dhcp_range_end", p->dhcp_end);
	add_address(b, "external_ip", p->external_ip);
	add_address(b, "external_gateway", p->gateway);
	add_address(b, "external_provisionable_start", p->first);
	add_address(b, "external_provisionable_end", p->last);
	add_address(b, "headnode_default_gateway", p->route);
	(void)tt_buf_addc(b, '}');
}

static bool
said_by_oracle(const struct verdict *v, const struct tt_finding *f)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "%s %s", f->code, f->key);
	for (size_t i = 0; i < v->n; i++)
		if (tt_streq(v->list[i], text))
			return true;
	return false;
}

static bool
said_by_us(const struct tt_findings *found, const char *text)
{
	tt_auto(free) char *code = tt_xstrndup(text, strcspn(text, " "));

	return tt_findings_find(found, code, strchr(text, ' ') + 1) != NULL;
}

static bool
agree(const struct tt_findings *found, const struct verdict *v)
{
	for (size_t i = 0; i < found->n; i++)
		if (found->v[i].severity != TT_NOTE && !said_by_oracle(v, &found->v[i]))
			return false;
	for (size_t i = 0; i < v->n; i++)
		if (!said_by_us(found, v->list[i]))
			return false;
	return true;
}

static void
show(uint64_t state, const char *answers, const struct tt_findings *found,
    const struct verdict *v)
{
	tap_note("SEED=%" PRIu64 ": %s", state, answers);
	for (size_t i = 0; i < found->n; i++)
		if (found->v[i].severity != TT_NOTE)
			tap_note("validator %s %s: %s", found->v[i].code, found->v[i].key,
			    found->v[i].text);
	for (size_t i = 0; i < v->n; i++)
		tap_note("oracle    %s", v->list[i]);
}

/* A plan that both accept must also make a config that its own check finds clean. */
static bool
renders(struct tsetup *ts)
{
	tt_auto(findings) struct tt_findings found = { 0 };
	tt_auto(secret) struct tt_secret text = { 0 };
	tt_auto(err) struct tt_err *err = NULL;

	if (tsetup_set(ts, TT_KEY_ADMIN_PASSWORD, "adminpass1", TS_TYPED, &found) < 0)
		return false;
	tt_secret_init(&text, TS_CONFIG_MAX);
	if (tsetup_render(ts, &text, &found, &err) < 0 ||
	    tsetup_verify(ts, &text, &err) < 0) {
		tap_note("%s", tt_err_message(err));
		return false;
	}
	tt_findings_release(&found);
	(void)tsetup_check_config(text.data, text.len, &found);
	for (size_t i = 0; i < found.n; i++)
		if (found.v[i].severity == TT_ERROR)
			tap_note("config: %s %s: %s", found.v[i].code, found.v[i].key,
			    found.v[i].text);
	return tt_findings_count(&found, TT_ERROR) == 0;
}

struct counts {
	size_t accepted, refused, disagree, broken;
};

static void
try_plan(struct counts *n)
{
	uint64_t state = rng_state;
	struct plan p = random_plan();
	tt_auto(findings) struct tt_findings found = { 0 };
	tt_auto(tsetup) struct tsetup *ts = tsetup_new();
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(4096);
	struct verdict v = { .n = 0 };

	answers_of(&p, &b);
	ask_oracle(&p, &v);
	(void)tsetup_answers_parse(ts, "plan", tt_buf_str(&b), b.len, &found);
	(void)tsetup_check_all(ts, false, &found);
	if (!agree(&found, &v) && n->disagree++ < 5)
		show(state, tt_buf_str(&b), &found, &v);
	if (tt_findings_count(&found, TT_ERROR)) {
		n->refused++;
		return;
	}
	n->accepted++;
	if (n->accepted % 16 == 0 && !renders(ts) && n->broken++ < 5)
		show(state, tt_buf_str(&b), &found, &v);
}

int
main(void)
{
	const char *count = getenv("N"), *seed = getenv("SEED");
	uint32_t plans = PLANS;
	struct counts n = { 0 };

	if (count && tt_parse_u32(count, 1, 100000000, &plans) < 0)
		return 2;
	rng_state = 88172645463325252ULL;
	if (seed && (tt_parse_u64(seed, 1, UINT64_MAX, &rng_state) < 0))
		return 2;
	for (uint32_t i = 0; i < plans; i++)
		try_plan(&n);
	tap_note("%u plans: %zu accepted, %zu refused", plans, n.accepted, n.refused);
	TAP_EQ_INT(n.disagree, 0, "validator and oracle agree");
	TAP_EQ_INT(n.broken, 0, "accepted plans render to clean configs");
	if (!seed) {
		TAP_OK(n.accepted > plans / 200, "the plans hold good ones");
		TAP_OK(n.refused > plans / 200, "and bad ones");
	}
	return tap_done();
}
