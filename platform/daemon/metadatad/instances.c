// SPDX-License-Identifier: MPL-2.0
/*
 * The instances of this node: folders of ZONES whose name is a uuid, found at the start and
 * by inotify. A watch on each folder tells when one of its files was replaced; the record is
 * read anew when somebody asks.
 */
#include <errno.h>
#include <string.h>
#include <sys/inotify.h>

#include "platform/daemon/metadatad/agent.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

#define ZONES_EVENTS                                                                     \
	(IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_MOVED_FROM | IN_DELETE_SELF |          \
	    IN_ONLYDIR)
#define INSTANCE_EVENTS                                                                  \
	(IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE | IN_MOVED_FROM | IN_ONLYDIR)
/* Touched by who resets a machine: what its guest had begun to say is void. */
#define RESET_FILE "vm.reset"

void
instance_load(struct instance *in)
{
	if (in->load != NULL || in->gone)
		return;
	in->load = job_new(JOB_LOAD, in->dir, in);
	in->load->version = in->changes;
	work_submit(in->agent->work, in->load);
}

static struct instance *
find(struct agent *a, const char *uuid)
{
	struct instance *in = a->instances;

	while (in != NULL && !tt_streq(in->uuid, uuid))
		in = in->next;
	return in;
}

static void
add(struct agent *a, const char *uuid)
{
	struct instance *in;

	if (!tt_uuid_valid(uuid) || find(a, uuid) != NULL)
		return;
	in = tt_xalloc(sizeof(*in));
	(void)tt_strcpy(in->uuid, sizeof(in->uuid), uuid);
	in->agent = a;
	in->source = (struct source){ SOURCE_LISTENER, -1 };
	in->dir = tt_path_join(a->zones, uuid);
	in->run_watch = -1;
	in->changes = 1; /* a record of version 0 is none */
	in->watch = inotify_add_watch(a->inotify.fd, in->dir, INSTANCE_EVENTS);
	if (in->watch < 0) {
		if (errno != ENOENT && errno != ENOTDIR)
			tt_log(a->log, TT_ERROR,
			    "an instance cannot be watched and gets no metadata", "vm",
			    TT_STR(uuid), "errno", TT_INT(errno), NULL);
		free(in->dir);
		free(in);
		return;
	}
	in->next = a->instances;
	a->instances = in;
	instance_load(in);
}

static void
free_instance(struct instance *in)
{
	record_free(in->record);
	free(in->dir);
	free(in);
}

/* Its connections end; its memory stays until its jobs have. */
static void
take_down(struct instance *in, bool unlink_socket)
{
	if (unlink_socket)
		socket_close(in);
	else if (in->source.fd >= 0)
		close(in->source.fd);
	in->source.fd = -1;
	while (in->conns != NULL)
		conn_close(in->conns);
}

static void
remove_instance(struct instance *in)
{
	struct agent *a = in->agent;
	struct instance **at = &a->instances;

	tt_log(a->log, TT_INFO, "instance removed", "vm", TT_STR(in->uuid), NULL);
	(void)inotify_rm_watch(a->inotify.fd, in->watch);
	if (in->run_watch >= 0)
		(void)inotify_rm_watch(a->inotify.fd, in->run_watch);
	take_down(in, true);
	in->gone = true;
	while (*at != in)
		at = &(*at)->next;
	*at = in->next;
	in->next = a->graves;
	a->graves = in;
}

/* Free those that are gone and that no job names any more. */
void
instances_bury(struct agent *a)
{
	struct instance **at = &a->graves;

	while (*at != NULL) {
		struct instance *in = *at;

		if (in->load != NULL || in->change != NULL) {
			at = &in->next;
			continue;
		}
		*at = in->next;
		free_instance(in);
	}
}

/* --- inotify --- */

static void
scan(struct agent *a)
{
	tt_auto(strv) char **names = NULL;
	tt_auto(err) struct tt_err *err = NULL;
	struct instance *next;

	if (tt_dir_list(a->zones, &names, &err) < 0) {
		tt_log(a->log, TT_ERROR, "the instances cannot be listed", "err",
		    TT_ERR(err), NULL);
		return;
	}
	for (size_t i = 0; i < tt_strv_len(names); i++)
		add(a, names[i]);
	for (struct instance *in = a->instances; in != NULL; in = next) {
		next = in->next;
		if (!tt_strv_has(names, in->uuid))
			remove_instance(in);
	}
}

static void
zones_event(struct agent *a, const struct inotify_event *e, const char *name)
{
	struct instance *in = find(a, name);

	if ((e->mask & (IN_DELETE | IN_MOVED_FROM)) != 0 && in != NULL)
		remove_instance(in);
	else if ((e->mask & (IN_CREATE | IN_MOVED_TO)) != 0 && (e->mask & IN_ISDIR) != 0)
		add(a, name);
}

static void
file_event(struct instance *in, const char *name)
{
	if (!tt_streq(name, "vm.json") && !tt_streq(name, "metadata.json") &&
	    !tt_streq(name, "tags.json"))
		return;
	in->changes++;
	/* a new or changed machine may be about to start */
	if (in->record == NULL || record_is_hvm(in->record))
		instance_load(in);
}

static void
run_event(struct instance *in, const struct inotify_event *e, const char *name)
{
	if ((e->mask & IN_IGNORED) != 0)
		in->run_watch = -1;
	else if (tt_streq(name, RESET_FILE))
		serial_reset(in);
	else if (tt_streq(name, "vm.ttyb"))
		serial_expect(in);
}

static void
one_event(struct agent *a, const struct inotify_event *e)
{
	const char *name = e->len > 0 ? e->name : "";

	if ((e->mask & IN_Q_OVERFLOW) != 0) {
		for (struct instance *in = a->instances; in != NULL; in = in->next)
			in->changes++;
		scan(a);
		return;
	}
	if (e->wd == a->zones_watch) {
		zones_event(a, e, name);
		return;
	}
	for (struct instance *in = a->instances; in != NULL; in = in->next) {
		if (in->watch == e->wd)
			file_event(in, name);
		else if (in->run_watch == e->wd)
			run_event(in, e, name);
		else
			continue;
		return;
	}
}

void
instances_drain(struct agent *a)
{
	char space[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t n;

	while ((n = read(a->inotify.fd, space, sizeof(space))) > 0)
		for (ssize_t at = 0; at < n;) {
			const struct inotify_event *e =
			    (const struct inotify_event *)(const void *)(space + at);

			at += (ssize_t)(sizeof(*e) + e->len);
			one_event(a, e);
		}
}

/* --- records --- */

/* What an instance needs once its record is known. */
static void
bring_up(struct instance *in)
{
	struct agent *a = in->agent;
	tt_auto(err) struct tt_err *err = NULL;

	if (record_is_hvm(in->record)) {
		if (in->serial == NULL)
			serial_expect(in);
		return;
	}
	if (in->source.fd >= 0)
		return;
	if (socket_listen(in, &err) < 0)
		tt_log(a->log, TT_ERROR, "an instance gets no metadata socket", "vm",
		    TT_STR(in->uuid), "err", TT_ERR(err), NULL);
	else
		tt_log(a->log, TT_INFO, "instance added", "vm", TT_STR(in->uuid), NULL);
}

static void
loaded(struct instance *in, struct job *j)
{
	in->load = NULL;
	if (in->gone)
		return;
	in->version = j->version;
	if (j->result == 0) {
		record_free(in->record);
		in->record = tt_take(j->record);
		in->broken = false;
		bring_up(in);
	} else {
		/* without a record it is not there yet */
		in->broken = true;
		if (j->result != -ENOENT)
			tt_log(in->agent->log, TT_ERROR,
			    "the record of an instance cannot be read", "vm",
			    TT_STR(in->uuid), "err", TT_ERR(j->err), NULL);
	}
	/* what came while it was read is for the next one */
	for (const struct conn *c = in->conns; c != NULL; c = c->next)
		if (c->waiting == WAIT_RECORD && c->need > in->version) {
			instance_load(in);
			break;
		}
	if (in->record == NULL && in->changes > in->version)
		instance_load(in);
	conns_resume(in);
}

static void
changed(struct instance *in, const struct job *j)
{
	in->change = NULL;
	if (in->gone)
		return;
	if (j->result < 0)
		tt_log(in->agent->log, TT_WARN, "a guest's change was not stored", "vm",
		    TT_STR(in->uuid), "key", TT_STR(j->change->key), "err",
		    TT_ERR(j->err), NULL);
	/* others first: one connection must not keep the place */
	conns_resume(in);
	conns_stored(in, j);
}

void
instances_job_done(struct job *j)
{
	struct instance *in = j->owner;

	if (j->kind == JOB_LOAD)
		loaded(in, j);
	else
		changed(in, j);
	job_free(j);
}

int
instances_start(struct agent *a, struct tt_err **err)
{
	int r = tt_mkdir_p(a->control, 0700, err);

	if (r < 0)
		return r;
	a->zones_watch = inotify_add_watch(a->inotify.fd, a->zones, ZONES_EVENTS);
	if (a->zones_watch < 0)
		return tt_err_errno(err, -errno, "watching '%s'", a->zones);
	scan(a);
	return 0;
}

void
instances_tick(struct agent *a)
{
	for (struct instance *in = a->instances; in != NULL; in = in->next) {
		conns_tick(in);
		if (in->record != NULL && record_is_hvm(in->record))
			serial_tick(in);
	}
}

/* The sockets stay: who connects before the next start waits in vain, and tries again. */
void
instances_free(struct agent *a)
{
	while (a->instances != NULL) {
		struct instance *in = a->instances;

		a->instances = in->next;
		take_down(in, false);
		free_instance(in);
	}
	while (a->graves != NULL) {
		struct instance *in = a->graves;

		a->graves = in->next;
		free_instance(in);
	}
}
