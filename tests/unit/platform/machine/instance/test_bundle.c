// SPDX-License-Identifier: MPL-2.0
/*
 * What the runtime is told of a container of each kind, and what is refused.
 */
#include "platform/machine/instance/bundle.h"

#include <errno.h>
#include <string.h>

#include "platform/lib/base/json.h"
#include "platform/lib/base/str.h"
#include "tests/lib/tap.h"

#define UUID "3f1c1f2e-9c1d-4c0a-8f5c-0d3a5d6a7b10"

static json_t *
parse(const char *text)
{
	json_t *j = NULL;

	(void)tt_json_parse("test", text, strlen(text), &j, NULL);
	return j;
}

/* The configuration of a record; NULL and *ret_r when it is refused. */
static json_t *
make(const char *record, const char *internal, int *ret_r)
{
	tt_auto(json) json_t *vm = parse(record);
	tt_auto(json) json_t *meta = parse(internal);
	tt_auto(json) json_t *limits = parse("{\"memory.max\": \"1\"}");
	const struct mach_bundle b = { .vm = vm,
		.internal = meta,
		.limits = limits,
		.root = "/r",
		.control = "/c",
		.data = "/d" };
	json_t *config = NULL;

	*ret_r = mach_bundle_make(&b, &config, NULL);
	return config;
}

/* The value of a mount's member by where it is. */
static const char *
mounted(const json_t *config, const char *at)
{
	size_t i;
	json_t *m;

	json_array_foreach(json_object_get(config, "mounts"), i, m)
	{
		if (tt_streq(tt_json_str(m, "destination", ""), at))
			return tt_json_str(m, "source", "");
	}
	return NULL;
}

static bool
has(const json_t *list, const char *text)
{
	size_t i;
	json_t *v;

	json_array_foreach(list, i, v)
	{
		if (tt_streq(json_string_value(v), text))
			return true;
	}
	return false;
}

static void
test_docker(void)
{
	int r;
	tt_auto(json) json_t *c = make(
	    "{\"uuid\":\"" UUID "\",\"brand\":\"lx\",\"docker\":true,\"slot\":3,"
	    "\"max_locked_memory\":64,\"tmpfs\":64,\"hostname\":\"h\"}",
	    "{\"docker:entrypoint\":\"[\\\"/"
	    "e\\\"]\",\"docker:cmd\":\"[\\\"a\\\",\\\"b\\\"]\","
	    "\"docker:env\":\"[\\\"PATH=/x\\\",\\\"A=1\\\"]\",\"docker:workdir\":\"/w\"}",
	    &r);
	const json_t *p = json_object_get(c, "process");
	const json_t *l = json_object_get(c, "linux");
	const json_t *map = json_array_get(json_object_get(l, "uidMappings"), 0);
	tt_auto(free) char *args = tt_json_line(json_object_get(p, "args"));

	TAP_EQ_INT(r, 0, "docker: made");
	TAP_EQ_STR(args, "[\"/e\",\"a\",\"b\"]", "entry point and command");
	TAP_OK(has(json_object_get(p, "env"), "PATH=/x") &&
		   has(json_object_get(p, "env"), "A=1") &&
		   has(json_object_get(p, "env"), "HOSTNAME=h"),
	    "its environment, completed");
	TAP_EQ_STR(tt_json_str(p, "cwd", ""), "/w", "its folder");
	TAP_EQ_INT(tt_json_int(map, "hostID", 0), 1000000 + 3 * 65536, "ids of its slot");
	TAP_EQ_STR(
	    tt_json_str(l, "cgroupsPath", ""), "/triton/" UUID, "its control group");
	TAP_EQ_STR(
	    mounted(c, "/native/.zonecontrol"), "/c", "the metadata socket's folder");
	TAP_EQ_STR(mounted(c, "/data"), "/d", "delegated data");
	TAP_OK(mounted(c, "/tmp") == NULL && mounted(c, "/run") == NULL,
	    "its image's own /tmp and /run");
	TAP_OK(!has(json_object_get(json_object_get(p, "capabilities"), "bounding"),
		   "CAP_SYS_ADMIN"),
	    "no CAP_SYS_ADMIN");
	TAP_OK(json_object_get(
		   json_object_get(c, "annotations"), "run.oci.seccomp_bpf_data") != NULL,
	    "a filter");
}

static void
test_others(void)
{
	int r;
	tt_auto(json) json_t *s = make(
	    "{\"uuid\":\"" UUID "\",\"brand\":\"lx\",\"slot\":0,\"tmpfs\":64}", "{}", &r);
	tt_auto(json) json_t *z = make(
	    "{\"uuid\":\"" UUID "\",\"brand\":\"joyent-minimal\",\"slot\":0}", "{}", &r);
	tt_auto(free) char *args =
	    tt_json_line(json_object_get(json_object_get(s, "process"), "args"));

	TAP_EQ_STR(args, "[\"/sbin/init\"]", "a system's own init");
	TAP_OK(mounted(s, "/run") != NULL && mounted(s, "/tmp") != NULL,
	    "memory at /run, /tmp");
	TAP_OK(has(json_object_get(
		       json_object_get(json_object_get(s, "process"), "capabilities"),
		       "bounding"),
		   "CAP_SYS_ADMIN"),
	    "CAP_SYS_ADMIN in its namespace");
	TAP_EQ_STR(mounted(z, "/.zonecontrol"), "/c", "a service zone's socket");
	TAP_OK(tt_json_bool(json_object_get(z, "process"), "noNewPrivileges", false),
	    "no new privileges in a service zone");
}

int
main(void)
{
	static const char *const bad[][2] = {
		{ "{\"brand\":\"kvm\"}", "{}" },
		{ "{\"brand\":\"lx\",\"docker\":true}", "{}" },
		{ "{\"brand\":\"lx\",\"docker\":true}", "{\"docker:cmd\":\"{\"}" },
		{ "{\"brand\":\"lx\",\"docker\":true}", "{\"docker:cmd\":\"[1]\"}" },
		{ "{\"brand\":\"lx\",\"docker\":true}",
		    "{\"docker:cmd\":\"[\\\"a\\\"]\",\"docker:env\":\"3\"}" },
	};

	test_docker();
	test_others();
	for (size_t i = 0; i < TT_ARRAY_LEN(bad); i++) {
		int r;
		tt_auto(json) json_t *c = make(bad[i][0], bad[i][1], &r);

		TAP_OK(r == -EINVAL && c == NULL, "%s with %s is refused", bad[i][0],
		    bad[i][1]);
	}
	return tap_done();
}
