// SPDX-License-Identifier: MPL-2.0
/*
 * Metadata of hosting providers (the Tinkerbell shape) to answers: which value of ours
 * comes from which of theirs is a table. Facts: tinkerbell2answers.js of sdc-headnode.
 */
#include <errno.h>
#include <string.h>

#include "installer/setup/tsetup.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/net.h"
#include "platform/lib/base/random.h"
#include "platform/lib/base/str.h"

#define PASSWORD_BYTES 16
#define INPUT_MAX      (256 * TT_KIB)
#define HOST_NUMBER    10
#define ADMIN_MASK     "255.255.252.0"

/* From customdata under the same name, else this. */
static const struct {
	const char *answer, *custom, *fallback;
} custom[] = {
	{ "datacenter_company_name", "company_name", "none" },
	{ "datacenter_location", "datacenter_location", "none" },
	{ "dns_resolver1", "dns_resolver1", "8.8.8.8" },
	{ "dns_resolver2", "dns_resolver2", "8.8.4.4" },
	{ "dns_domain", "dns_domain", "triton.local" },
	{ "ntp_hosts", "ntp_host", "0.smartos.pool.ntp.org" },
	{ "mail_to", "mail_to", "root@localhost" },
	{ "update_channel", "update_channel", "release" },
};

static const struct {
	const char *answer;
	bool value;
} fixed[] = {
	{ "skip_instructions", true },
	{ "skip_final_confirm", true },
	{ "skip_edit_config", true },
	{ "skip_dns_check", true },
	{ "simple_headers", false },
	{ "setup_external_network", true },
	{ "phonehome_automatic", false },
};

static int
missing(const char *name, const char *what, struct tt_err **err)
{
	return tt_err_set(err, -EINVAL, "InvalidMetadata",
	    "%s: %s is missing or of the wrong kind; answer the questions on a console",
	    name, what);
}

static void
put(json_t *answers, const char *key, const char *value)
{
	json_object_set_new(answers, key, json_string(value));
}

/* Normal form of network.interfaces[i].mac; false when it is none. */
static bool
interface_mac(const json_t *network, size_t i, char *out)
{
	const json_t *list = json_object_get(network, "interfaces");
	const char *mac = tt_json_str(json_array_get(list, i), "mac", "");

	return tt_mac_parse(mac, out) == 0;
}

/* 10.<byte 5>.<byte 6> with the two low bits cut: host 10 of that /22. */
static void
admin_address(const char *mac, char *out)
{
	unsigned char b[2] = { 0 };
	char hex[5] = { mac[12], mac[13], mac[15], mac[16], '\0' };

	(void)tt_unhex(hex, b, sizeof(b));
	(void)tt_ip4_fmt(
	    10U << 24 | (uint32_t)b[0] << 16 | (b[1] & 0xfcU) << 8 | HOST_NUMBER, out);
}

static int
put_network(const char *name, const json_t *root, json_t *answers, struct tt_err **err)
{
	const json_t *network = json_object_get(root, "network"), *entry;
	char mac[TT_MAC_LEN], ip[TT_IP4_LEN];
	size_t i;

	if (!interface_mac(network, 0, mac))
		return missing(name, "the MAC of network.interfaces[0]", err);
	put(answers, "external_nic", mac);
	if (!interface_mac(network, 1, mac))
		return missing(name, "the MAC of network.interfaces[1]", err);
	put(answers, "admin_nic", mac);
	admin_address(mac, ip);
	put(answers, "admin_ip", ip);
	put(answers, "admin_netmask", ADMIN_MASK);
	json_array_foreach(json_object_get(network, "addresses"), i, entry)
	{
		if (!tt_json_bool(entry, "public", false) ||
		    strchr(tt_json_str(entry, "address", ":"), ':'))
			continue;
		put(answers, "external_ip", tt_json_str(entry, "address", ""));
		put(answers, "external_netmask", tt_json_str(entry, "netmask", ""));
		put(answers, "external_gateway", tt_json_str(entry, "gateway", ""));
		return 0;
	}
	return missing(name, "a public IPv4 entry of network.addresses", err);
}

/* The letters at the beginning of the facility: "ams1" is in "ams". */
static int
put_names(const char *name, const json_t *root, const json_t *customdata, json_t *answers,
    struct tt_err **err)
{
	const char *facility = tt_json_str(root, "facility", NULL);
	const char *region = tt_json_str(customdata, "region_name", NULL);
	tt_auto(free) char *letters = NULL;

	if (!facility || !*facility || strlen(facility) > 63)
		return missing(name, "facility", err);
	letters = tt_xstrndup(facility, strspn(facility, "abcdefghijklmnopqrstuvwxyz"));
	put(answers, "datacenter_name", facility);
	put(answers, "region_name", region ? region : letters);
	return 0;
}

static void
put_custom(const json_t *customdata, json_t *answers)
{
	tt_auto(free) char *from = NULL;
	const char *domain;

	for (size_t i = 0; i < TT_ARRAY_LEN(custom); i++)
		put(answers, custom[i].answer,
		    tt_json_str(customdata, custom[i].custom, custom[i].fallback));
	domain = tt_json_str(answers, "dns_domain", "");
	put(answers, "dns_search", domain);
	from = tt_xprintf("support@%s", domain);
	put(answers, "mail_from", tt_json_str(customdata, "mail_from", from));
	for (size_t i = 0; i < TT_ARRAY_LEN(fixed); i++)
		json_object_set_new(
		    answers, fixed[i].answer, json_boolean(fixed[i].value));
	put(answers, "config_console", "serial");
	json_object_set_new(answers, "external_vlan_id", json_integer(0));
}

/* A given password, or a random one that is also put down in the list. */
static void
put_password(const json_t *customdata, const char *key, json_t *answers,
    struct tt_secret *generated)
{
	const char *given = tt_json_str(customdata, key, NULL);
	char random[2 * PASSWORD_BYTES + 1];

	if (given && *given) {
		put(answers, key, given);
		return;
	}
	tt_random_hex(PASSWORD_BYTES, random);
	put(answers, key, random);
	(void)tt_secret_addf(generated, "%s=%s\n", key, random);
	explicit_bzero(random, sizeof(random));
}

/*
 * The answers as they may lie on the key: root's password as a hash. The admin password
 * has to be known in clear text later; it is only in the file of generated passwords.
 */
static int
make_stored(struct ts_tinkerbell *t, struct tt_err **err)
{
	char hash[384];
	int r;

	t->stored = json_copy(t->answers);
	r = tsetup_crypt(
	    tt_json_str(t->answers, "root_password", ""), TS_YESCRYPT, hash, err);
	if (r < 0)
		return r;
	json_object_del(t->stored, "root_password");
	put(t->stored, "root_password_hash", hash);
	json_object_del(t->stored, "admin_password");
	put(t->stored, "admin_password_file", "private/generated-passwords");
	return 0;
}

static void
take_ssh_keys(const json_t *root, struct ts_tinkerbell *t)
{
	const json_t *list = json_object_get(root, "ssh_keys"), *item;
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(INPUT_MAX);
	size_t i;

	json_array_foreach(list, i, item)
	{
		const char *line = json_string_value(item);

		if (line && *line && !strpbrk(line, "\r\n"))
			(void)tt_buf_addf(&text, "%s\n", line);
	}
	if (text.len)
		t->ssh_keys = tt_buf_detach(&text);
}

static int
convert(
    const char *name, const json_t *root, struct ts_tinkerbell *t, struct tt_err **err)
{
	const json_t *customdata = json_object_get(root, "customdata");
	tt_auto(secret) struct tt_secret generated = { 0 };
	int r;

	if (!json_is_object(root))
		return missing(name, "a JSON object", err);
	tt_secret_init(&generated, 2048);
	t->answers = json_object();
	r = put_names(name, root, customdata, t->answers, err);
	if (r == 0)
		r = put_network(name, root, t->answers, err);
	if (r < 0)
		return r;
	put_custom(customdata, t->answers);
	put_password(customdata, "root_password", t->answers, &generated);
	put_password(customdata, "admin_password", t->answers, &generated);
	take_ssh_keys(root, t);
	r = make_stored(t, err);
	if (r < 0)
		return r;
	/* A given admin password needs the file too: it may not lie in the answers. */
	if (!strstr(generated.data, "admin_password="))
		(void)tt_secret_addf(&generated, "admin_password=%s\n",
		    tt_json_str(t->answers, "admin_password", ""));
	t->passwords = tt_xstrdup(generated.data);
	return 0;
}

void
ts_tinkerbell_release(struct ts_tinkerbell *t)
{
	json_decref(t->answers);
	json_decref(t->stored);
	if (t->passwords)
		explicit_bzero(t->passwords, strlen(t->passwords));
	free(t->passwords);
	free(t->ssh_keys);
	*t = (struct ts_tinkerbell){ 0 };
}

int
ts_tinkerbell_convert(const char *name, const char *text, size_t len,
    struct ts_tinkerbell *ret, struct tt_err **err)
{
	struct ts_tinkerbell t = { 0 };
	tt_auto(json) json_t *root = NULL;
	int r;

	if (len > INPUT_MAX)
		return tt_err_set(err, -EFBIG, "InvalidMetadata", "%s: too large", name);
	r = tt_json_parse(name, text, len, &root, err);
	if (r == 0)
		r = convert(name, root, &t, err);
	if (r < 0) {
		ts_tinkerbell_release(&t);
		return r;
	}
	*ret = t;
	return 0;
}
