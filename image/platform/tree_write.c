// SPDX-License-Identifier: MPL-2.0
/*
 * The tree as a tar stream for mksquashfs. Ours, because mksquashfs 4.5.1 cuts the leading
 * slash off a link's target that comes in a pax record, which is where libarchive puts any
 * target that is long or not ASCII: here long names and targets go into GNU records ('L'
 * and 'K'), bytes as they are, and pax records hold file capabilities only.
 *
 * Formats: ustar header of POSIX.1-1988 with GNU's magic, GNU tar manual "Basic Tar Format";
 * pax extended header of POSIX.1-2001 with libarchive's and star's SCHILY.xattr keyword.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "image/platform/tree_private.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/str.h"

#define BLOCK    512
#define BUF_SIZE (256 * 1024)
#define MAX_SIZE (8 * TT_GIB - 1) /* eleven octal digits */

struct header {
	char name[100];
	char mode[8], uid[8], gid[8];
	char size[12], mtime[12];
	char sum[8];
	char type;
	char link[100];
	char magic[8]; /* "ustar", two blanks, NUL */
	char user[32], group[32];
	char major[8], minor[8];
	char rest[167];
};
_Static_assert(sizeof(struct header) == BLOCK, "a tar header is one block");

struct out {
	int fd;
	int64_t mtime;
	char *buf;
	size_t len;
};

static int
flush(struct out *o)
{
	int r = tt_write_all(o->fd, o->buf, o->len);

	o->len = 0;
	return r;
}

/* Large pieces go out as they are; they are most of the bytes. */
static int
put(struct out *o, const void *data, size_t len)
{
	int r = 0;

	if (o->len + len > BUF_SIZE)
		r = flush(o);
	if (r == 0 && len > BUF_SIZE)
		return tt_write_all(o->fd, data, len);
	if (r == 0 && len > 0) {
		memcpy(o->buf + o->len, data, len);
		o->len += len;
	}
	return r;
}

static int
put_padding(struct out *o, uint64_t size)
{
	static const char zero[BLOCK];

	return put(o, zero, (BLOCK - size % BLOCK) % BLOCK);
}

/* Zero-padded octal digits that fill the field but for its NUL. */
static void
octal(char *field, size_t len, uint64_t v)
{
	field[len - 1] = '\0';
	for (size_t i = len - 1; i-- > 0; v /= 8)
		field[i] = (char)('0' + v % 8);
}

static int
put_header(struct out *o, struct header *h, char type, uint64_t size)
{
	const uint8_t *bytes = (const uint8_t *)h;
	unsigned sum = 0;

	h->type = type;
	octal(h->size, sizeof(h->size), size);
	octal(h->mtime, sizeof(h->mtime), (uint64_t)o->mtime);
	memcpy(h->magic, "ustar  ", sizeof(h->magic));
	memset(h->sum, ' ', sizeof(h->sum));
	for (size_t i = 0; i < sizeof(*h); i++)
		sum += bytes[i];
	octal(h->sum, 7, sum); /* six digits, NUL, blank */
	return put(o, h, sizeof(*h));
}

/* A record in front of the header that it is about: a long name, a long target, xattrs. */
static int
put_record(struct out *o, char type, const void *data, size_t len)
{
	struct header h = { .name = "././@LongLink" };
	int r;

	octal(h.mode, sizeof(h.mode), 0644);
	octal(h.uid, sizeof(h.uid), 0);
	octal(h.gid, sizeof(h.gid), 0);
	r = put_header(o, &h, type, len);
	if (r == 0)
		r = put(o, data, len);
	return r == 0 ? put_padding(o, len) : r;
}

/* Into the header where it fits, else a record. */
static int
put_name(struct out *o, char field[100], char type, const char *text)
{
	size_t len = strlen(text);

	memcpy(field, text, len < 100 ? len : 100);
	return len < 100 ? 0 : put_record(o, type, text, len + 1);
}

/*
 * linux/capability.h, VFS_CAP_REVISION_2 with the effective flag: magic, then permitted and
 * inheritable words for capabilities 0-31 and 32-63, little endian. As a pax record: its
 * own length in decimal, blank, KEYWORD=VALUE, newline.
 */
static int
put_caps(struct out *o, uint32_t caps)
{
	static const char head[] = "57 SCHILY.xattr.security.capability=";
	uint8_t value[20] = { 0x01, 0x00, 0x00, 0x02 };
	char record[64];
	size_t len = sizeof(head) - 1;

	for (unsigned i = 0; i < 4; i++)
		value[4 + i] = (uint8_t)(caps >> (8 * i));
	memcpy(record, head, len);
	memcpy(record + len, value, sizeof(value));
	len += sizeof(value);
	record[len++] = '\n';
	_Static_assert(sizeof(head) - 1 + sizeof(value) + 1 == 57, "the record's length");
	return put_record(o, 'x', record, len);
}

static int
put_file(struct out *o, const struct tree_node *n, struct tt_err **err)
{
	tt_auto(close) int fd = open(n->file, O_RDONLY | O_CLOEXEC);
	uint64_t left = n->size;
	char block[64 * 1024];

	if (fd < 0)
		return tt_err_errno(err, -errno, "opening '%s'", n->file);
	while (left > 0) {
		ssize_t got = tt_read_all(fd, block, sizeof(block));
		int r;

		if (got <= 0 || (uint64_t)got > left)
			return tt_err_set(err, -ESTALE, "FileChanged",
			    "'%s' changed while the image was written; build again",
			    n->file);
		r = put(o, block, (size_t)got);
		if (r < 0)
			return tt_err_errno(err, r, "writing the tar stream");
		left -= (uint64_t)got;
	}
	return 0;
}

static char
type_of(const struct tree_node *n)
{
	switch (n->mode & S_IFMT) {
	case S_IFDIR:
		return '5';
	case S_IFLNK:
		return '2';
	case S_IFCHR:
		return '3';
	case S_IFBLK:
		return '4';
	case S_IFIFO:
		return '6';
	default:
		return '0';
	}
}

static int
put_front(struct out *o, const struct tree_node *n)
{
	struct header h = { 0 };
	int r = 0;

	octal(h.mode, sizeof(h.mode), n->mode & 07777);
	octal(h.uid, sizeof(h.uid), n->uid);
	octal(h.gid, sizeof(h.gid), n->gid);
	if (S_ISCHR(n->mode) || S_ISBLK(n->mode)) {
		octal(h.major, sizeof(h.major), major(n->rdev));
		octal(h.minor, sizeof(h.minor), minor(n->rdev));
	}
	if (n->caps != 0)
		r = put_caps(o, n->caps);
	if (r == 0 && n->link != NULL)
		r = put_name(o, h.link, 'K', n->link);
	if (r == 0)
		r = put_name(o, h.name, 'L', n->path);
	return r < 0 ? r : put_header(o, &h, type_of(n), S_ISREG(n->mode) ? n->size : 0);
}

static int
put_node(struct out *o, const struct tree_node *n, struct tt_err **err)
{
	int r;

	if (n->size > MAX_SIZE)
		return tt_err_set(err, -EFBIG, "TooLarge",
		    "/%s of the image is larger than 8 GiB", n->path);
	r = put_front(o, n);
	if (r == 0 && S_ISREG(n->mode) && n->file != NULL) {
		r = put_file(o, n, err);
		if (r < 0)
			return r;
	} else if (r == 0 && S_ISREG(n->mode)) {
		r = put(o, n->data, n->size);
	}
	if (r == 0 && S_ISREG(n->mode))
		r = put_padding(o, n->size);
	return r < 0 ? tt_err_errno(err, r, "writing the tar stream") : 0;
}

int
tree_write_tar(struct tree *t, int fd, int64_t mtime, struct tt_err **err)
{
	tt_auto(free) char *buf = tt_xalloc(BUF_SIZE);
	static const char end[2 * BLOCK];
	struct out o = { .fd = fd, .mtime = mtime, .buf = buf };
	const struct tree_node *n;
	int r = 0;

	for (size_t i = 0; r == 0 && (n = tree_at(t, i)) != NULL; i++)
		if (n->path[0] != '\0') /* the top has no name in an archive */
			r = put_node(&o, n, err);
	if (r < 0)
		return r;
	r = put(&o, end, sizeof(end));
	if (r == 0)
		r = flush(&o);
	return r < 0 ? tt_err_errno(err, r, "writing the tar stream") : 0;
}
