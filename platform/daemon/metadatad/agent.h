// SPDX-License-Identifier: MPL-2.0
/*
 * What the parts of metadatad share: the agent, its instances, their connections. All of it
 * belongs to the loop's thread; the threads of work.h see jobs only.
 *
 * "Newest stored state": each instance counts the changes of its files that inotify told
 * (changes); a record carries the count from before it was read (version). The loop reads
 * requests first, then what inotify has, then answers: a request is answered from a record
 * whose version is not below the count at that point, so every store that ended before the
 * request was sent is seen.
 */
#pragma once

#include "platform/daemon/metadatad/work.h"
#include "platform/lib/base/log.h"
#include "platform/lib/base/uuid.h"

#define CONNS_MAX      64            /* of one instance */
#define SLOT_SIZE      4096          /* bytes of one read */
#define SLOTS          64            /* reads of one round */
#define OUT_MAX        (4 * TT_MIB)  /* answers that may wait for one peer */
#define INST_OUT_MAX   (16 * TT_MIB) /* and for all of an instance together */
#define INST_PART_MAX  (8 * TT_MIB)  /* begun lines of an instance together */
#define GIVE_UP_US     30000000      /* a request is refused after waiting so long */
#define SERIAL_IDLE_US 60000000      /* a begun line on a serial port is dropped then */

/* What an event of epoll is about: the first member of each of these. */
enum source_kind {
	SOURCE_CONN,
	SOURCE_LISTENER,
	SOURCE_INOTIFY,
	SOURCE_DONE,
	SOURCE_SIGNAL,
};

struct source {
	enum source_kind kind;
	int fd;
};

enum waiting {
	WAIT_NOTHING,
	WAIT_RECORD,
	WAIT_CHANGE_SLOT, /* another change of this instance is under way */
	WAIT_CHANGE,      /* its own */
};

struct conn {
	struct source source;
	struct instance *inst;
	struct conn *next; /* of the instance; of the dead once closed */
	bool serial, eof;
	struct tt_md_lines lines;
	struct tt_buf out;  /* answers the peer has not taken */
	struct tt_buf held; /* read, not judged yet */
	size_t held_at;     /* judged part of it */
	struct tt_buf line; /* the line that waits */
	enum waiting waiting;
	int64_t since_us; /* start of waiting */
	uint64_t need;    /* version of the record it waits for */
	struct job *job;  /* its change */
	struct judge_state state;
	int64_t read_us; /* last byte from a serial port */
	uint32_t events; /* as epoll knows them */
};

struct instance {
	struct source source; /* its listener; fd -1 when there is none */
	struct instance *next;
	struct agent *agent;
	char uuid[TT_UUID_LEN];
	char *dir;
	int watch, run_watch; /* inotify's, -1 when there is none */
	struct record *record;
	bool broken;               /* its files could not be read */
	uint64_t changes, version; /* see above; version 0 = no record yet */
	struct job *load, *change; /* under way */
	struct conn *conns;
	unsigned conn_count;
	size_t part_bytes, out_bytes; /* of all its connections */
	unsigned damaged;
	bool full_told; /* the limit of connections was logged */
	bool gone;      /* removed; freed once its jobs have ended */
	/* a virtual machine's second serial port */
	struct conn *serial;
	int64_t try_us, quick_until_us;
};

struct agent {
	const char *zones, *control, *run;
	struct tt_log *log;
	int epoll;
	struct source inotify, done, signal;
	int zones_watch;
	struct work *work;
	struct instance *instances, *graves;
	struct conn *dead;
	struct tt_buf scratch; /* answers of one round of one connection */
	int64_t now_us;        /* monotonic, of this round */
	int64_t tick_us;       /* when timers are looked at next */
	bool listeners_paused; /* no descriptors were left */
	bool stop;
};

/* loop.c */
int agent_run(struct agent *a, struct tt_err **err);
/* Look at timers at this time or before. */
void agent_wake_by(struct agent *a, int64_t when_us);
int agent_watch(struct agent *a, struct source *s, uint32_t events, bool add);

/* instances.c: finding them, their files and their sockets */
int instances_start(struct agent *a, struct tt_err **err);
/* Take all that inotify has. */
void instances_drain(struct agent *a);
/* A job of an instance has ended. */
void instances_job_done(struct job *j);
/* Have a record read, unless one is being read. */
void instance_load(struct instance *in);
void instances_tick(struct agent *a);
/* Free removed ones at the end of a round: its events may name them until then. */
void instances_bury(struct agent *a);
void instances_free(struct agent *a);

/* socket.c */
int socket_listen(struct instance *in, struct tt_err **err);
void socket_close(struct instance *in);
void socket_accept(struct instance *in);

/* serial.c */
void serial_tick(struct instance *in);
/* Try at once, and often for a while. */
void serial_expect(struct instance *in);
void serial_reset(struct instance *in);

/* conn.c */
struct conn *conn_new(struct instance *in, int fd, bool serial);
/* Not freed before conns_bury(): events of this round may name it. */
void conn_close(struct conn *c);
void conns_bury(struct agent *a);
/* Bytes that were read are judged; what cannot be answered yet is held. */
void conn_input(struct conn *c, const char *data, size_t len);
/* No more bytes come: answer what there is, then close. */
void conn_ended(struct conn *c);
/* The peer is gone; a request that waits is still carried out. */
void conn_hung_up(struct conn *c);
void conn_writable(struct conn *c);
/* Go on with connections that waited for what is there now. */
void conns_resume(struct instance *in);
void conns_tick(struct instance *in);
/* What became of a change: the connection that asked for it is told, if it is there. */
void conns_stored(struct instance *in, const struct job *j);
