// SPDX-License-Identifier: MPL-2.0
/* Backups: what is written is read back, and what was changed or leaves its place is refused. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "platform/lib/backup/backup.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "tests/lib/tap.h"

static char dir[] = "/tmp/triton-backup-XXXXXX";

#define HEAD "{\"kind\":\"triton-headnode-backup\",\"v\":1,\"members\":["
#define AT   "\"mode\":420,\"uid\":0,\"gid\":0,\"mtime\":5"
#define SUM  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define FILE_OF(path)                                                                    \
	"{\"path\":\"" path "\",\"type\":\"file\"," AT ",\"size\":0,\"sha256\":\"" SUM   \
	"\"}"

static int
parse(const char *text)
{
	tt_auto(backup_manifest) struct tt_backup_manifest m = { 0 };
	tt_auto(err) struct tt_err *err = NULL;
	int r = tt_backup_manifest_parse(text, strlen(text), &m, &err);

	if (r < 0)
		tap_note("%s", tt_err_message(err));
	return r;
}

static void
test_bad_manifests(void)
{
	static const char *const bad[][2] = {
		{ "no JSON", "{" },
		{ "another kind", "{\"kind\":\"x\",\"v\":1,\"members\":[]}" },
		{ "a later format",
		    "{\"kind\":\"triton-headnode-backup\",\"v\":2,\"members\":[]}" },
		{ "a name that goes up", HEAD FILE_OF("var/../etc/shadow") "]}" },
		{ "an absolute name", HEAD FILE_OF("/etc/shadow") "]}" },
		{ "an empty part", HEAD FILE_OF("var//x") "]}" },
		{ "the manifest itself", HEAD FILE_OF("manifest.json") "]}" },
		{ "twice the same", HEAD FILE_OF("var/a") "," FILE_OF("var/a") "]}" },
		{ "wrong order", HEAD FILE_OF("var/b") "," FILE_OF("var/a") "]}" },
		{ "a device", HEAD "{\"path\":\"var/a\",\"type\":\"device\"," AT "}]}" },
		{ "a link without target",
		    HEAD "{\"path\":\"var/a\",\"type\":\"link\"," AT "}]}" },
		{ "no size", HEAD "{\"path\":\"a\",\"type\":\"file\"," AT
				  ",\"sha256\":\"" SUM "\"}]}" },
		{ "a mode beyond its bits", HEAD
		    "{\"path\":\"a\",\"type\":\"dir\",\"mode\":4096,\"uid\":0,\"gid\":0,"
		    "\"mtime\":1}]}" },
	};

	TAP_EQ_INT(
	    parse(HEAD FILE_OF("var/a") "," FILE_OF("var/b") "]}"), 0, "a good one");
	for (size_t i = 0; i < TT_ARRAY_LEN(bad); i++)
		TAP_EQ_INT(parse(bad[i][1]), -EINVAL, "refused: %s", bad[i][0]);
}

/* Bytes of the members of this test: the same letter so often, by the name's last letter. */
static size_t
fill(const char *path, char *buf)
{
	size_t n = strlen(path), len = (size_t)path[n - 1] * 17;

	memset(buf, path[n - 1], len);
	return len;
}

static int
open_member(void *ctx, const struct tt_backup_member *m, struct tt_err **err)
{
	tt_auto(free) char *name = tt_xprintf("%s/member", dir);
	char buf[8192];
	size_t len = fill(m->path, buf);

	(void)ctx;
	if (tt_file_write(name, buf, len, 0600, err) < 0)
		return -EIO;
	return open(name, O_RDONLY | O_CLOEXEC);
}

static void
add_file(struct tt_backup_manifest *m, const char *path)
{
	struct tt_backup_member *f = tt_backup_add(m, path, TT_BACKUP_FILE);
	char buf[8192];

	f->mode = 0640;
	f->uid = getuid();
	f->gid = getgid();
	f->mtime_s = 1700000000;
	f->size = fill(path, buf);
	tt_sha256_hex(buf, f->size, f->sha256);
	m->bytes += f->size;
}

static void
add_other(struct tt_backup_manifest *m, const char *path, const char *target)
{
	struct tt_backup_member *o =
	    tt_backup_add(m, path, target ? TT_BACKUP_LINK : TT_BACKUP_DIR);

	o->mode = target ? 0777 : 0750;
	o->uid = getuid();
	o->gid = getgid();
	o->mtime_s = 1700000000;
	o->target = tt_xstrdup_null(target);
}

/* A name and a target of 290 bytes: too long for a plain header. */
static char *
long_name(const char *start)
{
	char part[101];

	memset(part, 'n', 100);
	part[100] = '\0';
	return tt_xprintf("%s/%.90s/%.100s/%.90sz", start, part, part, part);
}

static char *
make(const char *name, struct tt_backup_manifest *m)
{
	char *path = tt_xprintf("%s/%s", dir, name);
	tt_auto(close) int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	tt_auto(err) struct tt_err *err = NULL;

	if (!m->head)
		m->head = json_pack("{s:s, s:i, s:s}", "kind", TT_BACKUP_KIND, "v", 1,
		    "hostname", "headnode");
	TAP_EQ_INT(tt_backup_sort(m, &err), 0, "%s: sorted", name);
	TAP_EQ_INT(tt_backup_write(fd, m, open_member, NULL, NULL, &err), 0,
	    "%s: written %s", name, tt_err_message(err));
	return path;
}

static void
test_round_trip(void)
{
	tt_auto(backup_manifest) struct tt_backup_manifest m = { 0 }, got = { 0 };
	tt_auto(free) char *deep = long_name("var"), *file = NULL, *where = NULL,
			   *a = NULL, *link = NULL, *b = NULL, *opt = NULL;
	tt_auto(err) struct tt_err *err = NULL;
	struct tt_backup_place places[1];
	char target[400] = "";
	struct stat st = { 0 };

	add_file(&m, "var/a");
	add_file(&m, deep);
	add_file(&m, "opt/b");
	add_other(&m, "var/d", NULL);
	add_other(&m, "var/link", deep);
	file = make("good.tgz", &m);
	TAP_EQ_INT(tt_backup_verify(file, NULL, NULL, &got, &err), 0, "verified: %s",
	    tt_err_message(err));
	TAP_EQ_INT(got.n, 5, "all members");
	TAP_OK(got.bytes == m.bytes, "and their bytes");
	TAP_OK(tt_backup_find(&got, deep) && !tt_backup_find(&got, "var/x"),
	    "found by name");
	TAP_EQ_STR(tt_json_str(got.head, "hostname", ""), "headnode", "the head is kept");
	where = tt_xprintf("%s/root", dir);
	a = tt_xprintf("%s/a", where);
	link = tt_xprintf("%s/link", where);
	b = tt_xprintf("%s/%s", where, deep + 4);
	opt = tt_xprintf("%s/b", where);
	places[0] = (struct tt_backup_place){ "var/", where };
	TAP_EQ_INT(tt_backup_extract(file, places, 1, NULL, NULL, &err), 0,
	    "extracted: %s", tt_err_message(err));
	TAP_EQ_INT(
	    tt_backup_extract(file, places, 1, NULL, NULL, &err), 0, "and over itself");
	TAP_OK(stat(a, &st) == 0 && st.st_size == 'a' * 17 &&
		   (st.st_mode & 07777) == 0640 && st.st_mtime == 1700000000,
	    "a file with its mode and time");
	TAP_OK(readlink(link, target, sizeof(target) - 1) > 0 && tt_streq(target, deep),
	    "a link with a long target");
	TAP_OK(tt_path_exists(b), "a file with a long name");
	TAP_OK(!tt_path_exists(opt), "and nothing of another place");
}

/* A link to a folder outside, and a member below it: the link gives way to a folder. */
static void
test_traversal(void)
{
	tt_auto(backup_manifest) struct tt_backup_manifest m = { 0 };
	tt_auto(free) char *file = NULL, *where = tt_xprintf("%s/safe", dir),
			   *outside = tt_xprintf("%s/outside", dir),
			   *lost = tt_xprintf("%s/outside/b", dir),
			   *kept = tt_xprintf("%s/safe/out/b", dir),
			   *old = tt_xprintf("%s/safe/old", dir),
			   *through = tt_xprintf("%s/outside/c", dir);
	tt_auto(err) struct tt_err *err = NULL;
	struct tt_backup_place places[] = { { "var/", where } };

	TAP_OK(mkdir(outside, 0755) == 0 && mkdir(where, 0755) == 0 &&
		   symlink(outside, old) == 0,
	    "a folder outside and a link to it");
	add_other(&m, "var/out", outside);
	add_file(&m, "var/out/b");
	add_file(&m, "var/old/c");
	file = make("links.tgz", &m);
	TAP_EQ_INT(tt_backup_extract(file, places, 1, NULL, NULL, &err), 0,
	    "extracted: %s", tt_err_message(err));
	TAP_OK(!tt_path_exists(lost), "nothing went through the archive's link");
	TAP_OK(!tt_path_exists(through), "nor through one that was there");
	TAP_OK(tt_path_exists(kept), "it lies in its own place");
}

static void
test_damage(void)
{
	tt_auto(backup_manifest) struct tt_backup_manifest m = { 0 };
	tt_auto(free) char *file = NULL, *bad = tt_xprintf("%s/bad.tgz", dir),
			   *no = tt_xprintf("%s/none", dir);
	tt_auto(buf) struct tt_buf whole = TT_BUF_INIT(TT_MIB),
				   plain = TT_BUF_INIT(TT_MIB);
	tt_auto(err) struct tt_err *err = NULL;
	size_t bad_cuts = 0, cuts = 0;
	char buf[4096];
	gzFile gz;
	int n;

	add_file(&m, "var/a");
	add_file(&m, "var/b");
	file = make("whole.tgz", &m);
	TAP_EQ_INT(tt_file_read(file, &whole, NULL), 0, "its bytes");
	for (size_t at = 0; at < whole.len; at += 7, cuts++) {
		(void)tt_file_write(bad, whole.data, at, 0600, NULL);
		bad_cuts += tt_backup_verify(bad, NULL, NULL, NULL, NULL) == -EBADMSG;
	}
	TAP_EQ_INT(bad_cuts, cuts, "a backup cut anywhere is refused");
	gz = gzopen(file, "rb");
	while ((n = gzread(gz, buf, sizeof(buf))) > 0)
		(void)tt_buf_add(&plain, buf, (size_t)n);
	(void)gzclose(gz);
	/* the last byte of var/b, in a plain tar that gzip does not guard */
	for (size_t i = plain.len - 1024; i-- > 0;)
		if (plain.data[i] == 'b') {
			plain.data[i] = 'c';
			break;
		}
	(void)tt_file_write(bad, plain.data, plain.len, 0600, NULL);
	TAP_EQ_INT(tt_backup_verify(bad, NULL, NULL, NULL, &err), -EBADMSG,
	    "a changed byte is refused: %s", tt_err_message(err));
	tt_err_clear(&err);
	(void)tt_file_write(bad, "hello", 5, 0600, NULL);
	TAP_EQ_INT(tt_backup_verify(bad, NULL, NULL, NULL, &err), -EBADMSG,
	    "so is something else: %s", tt_err_message(err));
	tt_err_clear(&err);
	TAP_EQ_INT(tt_backup_verify(no, NULL, NULL, NULL, &err), -ENOENT,
	    "and nothing: %s", tt_err_message(err));
	m.v[0].sha256[0] ^= 1;
	tt_err_clear(&err);
	n = open(bad, O_RDWR | O_CLOEXEC);
	TAP_EQ_INT(tt_backup_write(n, &m, open_member, NULL, NULL, &err), -ESTALE,
	    "a file that changed meanwhile is told: %s", tt_err_message(err));
	close(n);
}

int
main(void)
{
	if (!mkdtemp(dir))
		return 1;
	test_bad_manifests();
	test_round_trip();
	test_traversal();
	test_damage();
	(void)tt_remove_tree(dir, NULL);
	return tap_done();
}
