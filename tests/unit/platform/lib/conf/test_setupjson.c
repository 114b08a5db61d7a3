// SPDX-License-Identifier: MPL-2.0
/* setup.json: what is written is read back, and what is wrong is refused by name. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"
#include "platform/lib/conf/setupjson.h"
#include "tests/lib/tap.h"

static void
test_life(void)
{
	char dir[] = "/tmp/triton-setup-XXXXXX";
	tt_auto(free) char *path = NULL;
	tt_auto(setup) struct tt_setup *s = NULL, *t = NULL;
	struct stat st = { 0 };

	TAP_OK(mkdtemp(dir), "a folder");
	path = tt_xprintf("%s/setup.json", dir);
	TAP_EQ_INT(tt_setup_load(path, &t, NULL), -ENOENT, "nothing there yet");
	tt_time_fake(1767323045678901);
	s = tt_setup_new("headnode");
	TAP_EQ_STR(s->start_time, "2026-01-02T03:04:05Z", "starts now");
	tt_setup_see(s, "zpool_created");
	tt_setup_see(s, "datasets_setup");
	tt_setup_see(s, "zpool_created");
	tt_setup_begin(s, "prepare", "/var/log/x");
	tt_time_fake(1767323047000000);
	tt_setup_end(s, "prepare", 0);
	tt_setup_end(s, "sudden", 3);
	s->extra = json_pack("{s:{s:s}}", "zones", "moray", "uuid");
	TAP_EQ_INT(tt_setup_save(path, s, NULL), 0, "saved");
	TAP_OK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0400, "mode 0400");
	TAP_EQ_INT(tt_setup_load(path, &t, NULL), 0, "loaded");
	TAP_EQ_STR(t->current_state, "zpool_created", "current state");
	TAP_EQ_INT(tt_strv_len(t->seen_states), 2, "each state once");
	TAP_OK(tt_setup_seen(t, "datasets_setup") && !tt_setup_seen(t, "x"), "seen");
	TAP_EQ_INT(t->n_stages, 2, "two stages");
	TAP_EQ_STR(
	    tt_setup_stage(t, "prepare")->ended, "2026-01-02T03:04:07Z", "its end");
	TAP_EQ_STR(tt_setup_stage(t, "prepare")->log, "/var/log/x", "its log");
	TAP_EQ_INT(tt_setup_stage(t, "sudden")->rc, 3, "its code");
	TAP_OK(json_object_get(json_object_get(t->extra, "zones"), "moray"),
	    "others' members stay");
	tt_setup_begin(t, "prepare", NULL);
	TAP_OK(!tt_setup_stage(t, "prepare")->ended,
	    "a stage that begins again has not ended");
	tt_time_fake(-1);
	unlink(path);
	rmdir(dir);
}

static void
test_bad(void)
{
#define HEAD "{\"node_type\":\"headnode\",\"start_time\":\"t\""
	static const char *const bad[][2] = {
		{ "[]", "must be an object" },
		{ "{}", "node_type" },
		{ "{\"node_type\":\"headnode\"}", "start_time" },
		{ HEAD ",\"complete\":1}", "complete" },
		{ HEAD ",\"seen_states\":{}}", "seen_states" },
		{ HEAD ",\"seen_states\":[1]}", "seen_states[0]" },
		{ HEAD ",\"stages\":[{}]}", "stages[0]" },
		{ HEAD ",\"stages\":[{\"name\":\"a\"},{\"name\":\"a\"}]}", "stages[1]" },
		{ HEAD ",\"attempt\":-1}", "attempt" },
		{ HEAD ",\"error\":5}", "error" },
		{ HEAD, "" },
	};

	for (size_t i = 0; i < TT_ARRAY_LEN(bad); i++) {
		tt_auto(setup) struct tt_setup *s = NULL;
		tt_auto(err) struct tt_err *err = NULL;
		int r = tt_setup_parse("f", bad[i][0], strlen(bad[i][0]), &s, &err);

		TAP_OK(r == -EINVAL && !s && strstr(tt_err_message(err), bad[i][1]),
		    "refused: %s", tt_err_message(err));
	}
}

int
main(void)
{
	test_life();
	test_bad();
	return tap_done();
}
