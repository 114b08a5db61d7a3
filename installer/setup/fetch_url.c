// SPDX-License-Identifier: MPL-2.0
/*
 * Answers by URL: which names are tried, what may be trusted, and an address for the NIC
 * for as long as it takes.
 */
#include <errno.h>
#include <string.h>

#include "installer/setup/fetch.h"
#include "installer/setup/nics.h"
#include "installer/setup/tsetup.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/fetch/dhcp.h"
#include "platform/lib/fetch/fetch.h"

#define TRY_MS 10000
#define TRIES  3

const char *
fetch_boot_mac(const struct fetch_opts *o)
{
	static char mac[TT_MAC_LEN];
	tt_auto(free) char *bootif = fetch_bootarg(o->cmdline, "BOOTIF");
	tt_auto(free) char *admin = fetch_bootarg(o->cmdline, "admin_nic");

	/* The network loader's form: hardware type 01, then the MAC with hyphens. */
	if (bootif != NULL && strlen(bootif) == 20 && tt_mac_parse(bootif + 3, mac) == 0)
		return mac;
	if (admin != NULL && tt_mac_parse(admin, mac) == 0)
		return mac;
	if (o->nics == NULL || o->nics->n == 0)
		return NULL;
	for (size_t i = 0; i < o->nics->n; i++)
		if (tt_streq(o->nics->v[i].state, "up"))
			return o->nics->v[i].mac;
	return o->nics->v[0].mac;
}

static char *
put_mac(const char *url, const char *mac)
{
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(8 * TT_KIB);
	const char *at;

	while ((at = strstr(url, "%m")) != NULL) {
		tt_buf_add(&b, url, (size_t)(at - url));
		tt_buf_adds(&b, mac != NULL ? mac : "unknown");
		url = at + 2;
	}
	tt_buf_adds(&b, url);
	return tt_buf_detach(&b);
}

char **
fetch_url_names(const char *url, const char *mac, const char *host_name)
{
	tt_auto(free) char *base = put_mac(url, mac);
	char **names = NULL;

	if (!tt_ends_with(base, "/")) {
		tt_strv_add(&names, base);
		return names;
	}
	if (mac != NULL)
		tt_strv_addf(&names, "%s%s-answers.json", base, mac);
	if (host_name != NULL && *host_name != '\0')
		tt_strv_addf(&names, "%s%s-answers.json", base, host_name);
	tt_strv_addf(&names, "%sanswers.json", base);
	return names;
}

/* Whoever can put itself between must not be able to set the passwords. */
static int
check_trust(
    const struct fetch_opts *o, const char *url, const char *digest, struct tt_err **err)
{
	tt_auto(free) char *insecure =
	    fetch_bootarg(o->cmdline, "triton.answers.insecure");

	if (tt_after_prefix(url, "http://") == NULL || digest != NULL)
		return 0;
	if (insecure != NULL && tt_streq(insecure, "1"))
		return 0;
	return tt_err_set(err, -EPERM, "InsecureAnswers",
	    "answers over plain http may be forged: use https, or pin them with "
	    "triton.answers.sha256=, or allow it with triton.answers.insecure=1");
}

/* The first of the names that exists. */
static int
get_first(const struct fetch_opts *o, char *const *names, const struct tt_fetch_opts *how,
    struct fetch_answers *ret, struct tt_err **err)
{
	tt_auto(buf) struct tt_buf body = TT_BUF_INIT(TS_ANSWERS_MAX);
	int r = -ENOENT;

	for (size_t i = 0; names[i] != NULL && r == -ENOENT; i++) {
		tt_auto(free) char *line = tt_xprintf("Fetching answers: %s", names[i]);

		if (o->say != NULL)
			o->say(line, o->ctx);
		tt_err_clear(err);
		tt_buf_reset(&body);
		r = tt_fetch(names[i], how, &body, NULL, err);
		if (r == 0)
			ret->name = tt_xstrdup(names[i]);
	}
	if (r < 0)
		return tt_err_wrap(err, r, "fetching the answers");
	tt_secret_init(&ret->text, TS_ANSWERS_MAX);
	r = tt_secret_add(&ret->text, tt_buf_str(&body), body.len);
	explicit_bzero(body.data, body.len);
	return r;
}

static int
get(const struct fetch_opts *o, const char *url, const char *host_name,
    struct fetch_answers *ret, struct tt_err **err)
{
	tt_auto(free) char *cert = fetch_bootarg(o->cmdline, "triton.answers.cert");
	tt_auto(free) char *digest = fetch_bootarg(o->cmdline, "triton.answers.sha256");
	tt_auto(strv) char **names = fetch_url_names(url, fetch_boot_mac(o), host_name);
	const struct tt_fetch_opts how = {
		.timeout_ms = TRY_MS,
		.connect_ms = TRY_MS,
		.tries = TRIES,
		.max_bytes = TS_ANSWERS_MAX,
		.cert_sha256 = cert,
		.body_sha256 = digest,
	};
	int r = check_trust(o, url, digest, err);

	if (r == 0)
		r = tt_fetch_init();
	if (r == 0)
		r = get_first(o, names, &how, ret, err);
	ret->plain_http = tt_after_prefix(url, "http://") != NULL;
	return r;
}

/* The three consoles start together: the first one fetches, the others read its copy. */
static int
from_cache(const char *cache, const char *url, struct fetch_answers *ret)
{
	if (!tt_path_exists(cache))
		return -ENOENT;
	tt_secret_init(&ret->text, TS_ANSWERS_MAX);
	ret->name = tt_xstrdup(url);
	ret->plain_http = tt_after_prefix(url, "http://") != NULL;
	return tt_secret_read_file(&ret->text, cache, NULL);
}

int
fetch_address(const struct fetch_opts *o, struct tt_dhcp *ret, struct tt_err **err)
{
	const char *mac = fetch_boot_mac(o);
	const struct ts_nic *nic = mac != NULL ? ts_nics_find(o->nics, mac) : NULL;

	if (tt_dhcp_routed())
		return 0;
	if (nic == NULL)
		return tt_err_set(
		    err, -ENODEV, "NoInterface", "no network interface to fetch from");
	if (o->say != NULL)
		o->say("Asking for an address by DHCP", o->ctx);
	return tt_dhcp_up(nic->link, nic->mac, ret, err);
}

int
fetch_from_url(const struct fetch_opts *o, const char *url, struct fetch_answers *ret,
    struct tt_err **err)
{
	tt_auto(free) char *cache = tt_xprintf("%s/run/triton/answers.json", o->root);
	struct tt_dhcp dhcp = { 0 };
	int r = from_cache(cache, url, ret);

	if (r == 0)
		return 0;
	fetch_answers_release(ret);
	if (*o->root == '\0') {
		r = fetch_address(o, &dhcp, err);
		if (r < 0)
			return tt_err_wrap(err, r, "getting an address for '%s'", url);
	}
	r = get(o, url, dhcp.lease.host_name, ret, err);
	tt_dhcp_down(&dhcp);
	if (r == 0)
		r = tt_file_write(cache, ret->text.data, ret->text.len, 0600, err);
	return r;
}
