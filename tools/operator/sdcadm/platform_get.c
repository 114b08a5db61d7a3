// SPDX-License-Identifier: MPL-2.0
/* sdcadm platform avail, sdcadm platform install. */
#include "tools/operator/sdcadm/platform.h"

#include <errno.h>
#include <stdio.h>

#include "platform/lib/base/str.h"
#include "tools/operator/platform/channel.h"
#include "tools/operator/platform/install.h"

static const char *const avail_names[] = { "version", "installed", "latest", "source",
	NULL };

int
platform_run_avail(int argc, char **argv, void *ctx)
{
	tt_auto(oper) struct oper o = { 0 };
	tt_auto(offers) struct offers offers = { 0 };
	tt_auto(key_platforms) struct key_platforms have = { 0 };
	tt_auto(json) json_t *rows = json_array();
	tt_auto(err) struct tt_err *err = NULL;
	int r;

	(void)argc;
	(void)argv;
	(void)ctx;
	oper_init(&o, platform_args.root);
	r = channel_offers(&o, platform_args.channel, &offers, &err);
	if (r == 0)
		r = key_platforms_list(o.copy, &have, &err);
	for (size_t i = 0; r == 0 && i < offers.n; i++)
		json_array_append_new(
		    rows, json_pack("{s:s,s:b,s:b,s:s}", "version", offers.v[i].stamp,
			      "installed",
			      (int)key_platforms_has(&have, offers.v[i].stamp), "latest",
			      (int)(i + 1 == offers.n), "source", offers.v[i].source));
	if (r == 0)
		r = platform_table(rows, avail_names, &err);
	return r < 0 ? tt_cli_fail("sdcadm platform avail", err) : 0;
}

/* A stamp, or --latest, is looked up in the channel; anything else is a source itself. */
static int
pick(const struct oper *o, const char *word, struct offers *offers,
    struct install_opts *opts, const char **ret_source, struct tt_err **err)
{
	const struct offer *found;
	int r;

	if (!word && !platform_args.latest)
		return tt_err_set(err, -EINVAL, "InvalidArgument",
		    "name a file, a URL, a folder or a stamp, or say --latest");
	if (word && !key_stamp_valid(word)) {
		*ret_source = word;
		return 0;
	}
	r = channel_offers(o, platform_args.channel, offers, err);
	if (r < 0)
		return r;
	found = offers_find(offers, word);
	if (!found)
		return tt_err_set(err, -ENOENT, "NotFound",
		    "the channel has no platform%s%s: `sdcadm platform avail` lists what "
		    "it has",
		    word ? " " : "", word ? word : "");
	opts->stamp = found->stamp;
	opts->sha256 = found->sha256;
	*ret_source = found->source;
	return 0;
}

int
platform_run_install(int argc, char **argv, void *ctx)
{
	struct install_opts opts = { .replace = platform_args.force };
	tt_auto(oper) struct oper o = { 0 };
	tt_auto(offers) struct offers offers = { 0 };
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(installed) struct installed got = { 0 };
	const char *source = NULL;
	int r;

	(void)argc;
	(void)ctx;
	oper_init(&o, platform_args.root);
	r = pick(&o, argv[0], &offers, &opts, &source, &err);
	if (r == 0)
		r = platform_install(&o, source, &opts, &got, &err);
	if (r < 0)
		return tt_cli_fail("sdcadm platform install", err);
	if (platform_args.json)
		printf("{\"version\":\"%s\",\"installed\":%s,\"verified\":%s}\n",
		    got.stamp, got.done == INSTALL_NEW ? "true" : "false",
		    got.verified ? "true" : "false");
	else if (got.done == INSTALL_HAD)
		printf("platform %s is installed already, and whole\n%s\n", got.stamp,
		    installed_trust(&got));
	else
		printf("installed platform %s\n%s\nto try it at the next boot: sdcadm "
		       "platform assign %s\n",
		    got.stamp, installed_trust(&got), got.stamp);
	return 0;
}
