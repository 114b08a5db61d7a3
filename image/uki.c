// SPDX-License-Identifier: MPL-2.0
/*
 * The signed entries of a key in mode uki.
 */
#include "image/uki.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "image/digest.h"
#include "image/sign.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/conf/grubcode.h"

#define RECIPE   "2"
#define STUB     "usr/lib/systemd/boot/efi/linuxx64.efi.stub"
#define LOADER   "usr/lib/systemd/boot/efi/systemd-bootx64.efi"
#define FILE_MAX (128 * TT_MIB)
#define TEXT_MAX (16 * TT_KIB)

struct entry {
	const char *name, *title, *console, *more;
};

static const struct entry entries[] = {
	{ "vga", "console on screen", "console=ttyS0,115200n8 console=tty0", "" },
	{ "ttya", "console on ttya", "console=tty0 console=ttyS0,115200n8", "" },
	{ "ttyb", "console on ttyb", "console=tty0 console=ttyS1,115200n8", "" },
};
#define RESCUE      "rescue"
#define RESCUE_ARGS " systemd.unit=rescue.target noimport=true"

/* The entry that os_console stands for; NULL when there is none. */
static const struct entry *
wanted(const struct spec *s)
{
	const char *console = spec_text(s, SPEC_CONSOLE);

	if (strcmp(console, "serial") == 0)
		console = spec_text(s, SPEC_SERIAL_DEV);
	if (strcmp(console, "text") == 0 || strcmp(console, "graphics") == 0)
		console = "vga";
	for (size_t i = 0; i < TT_ARRAY_LEN(entries); i++)
		if (strcmp(entries[i].name, console) == 0)
			return &entries[i];
	return NULL;
}

void
uki_bios_code(uint8_t *sector)
{
	/* cld; xor ax, ax; mov ds, ax; mov si, 0x7c1a; l: lodsb; test al, al; jz h;
	 * mov ah, 0x0e; xor bx, bx; int 0x10; jmp l; h: hlt; jmp h */
	static const uint8_t code[] = { 0xfc, 0x31, 0xc0, 0x8e, 0xd8, 0xbe, 0x1a, 0x7c,
		0xac, 0x84, 0xc0, 0x74, 0x08, 0xb4, 0x0e, 0x31, 0xdb, 0xcd, 0x10, 0xeb,
		0xf3, 0xf4, 0xeb, 0xfd, 0x00, 0x00 };
	static const char text[] =
	    "This key boots by UEFI only (mode uki): choose UEFI in "
	    "the machine's setup.\r\n";

	_Static_assert(sizeof(code) == 0x1a, "the text's address is in the code");
	memset(sector, 0, TT_GRUB_CODE_LEN);
	memcpy(sector, code, sizeof(code));
	memcpy(sector + sizeof(code), text, sizeof(text));
}

/* "set triton_NAME=VALUE" of boot.cfg as "triton.NAME=VALUE", for all of them. */
static int
verity_args(struct build *b, struct tt_buf *ret, struct tt_err **err)
{
	tt_auto(free) char *path = tt_path_join(b->platform.dir, "boot.cfg");
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(TEXT_MAX);
	tt_auto(strv) char **lines = NULL;
	int r;

	r = tt_file_read(path, &text, err);
	if (r < 0)
		return r;
	lines = tt_split(tt_buf_str(&text), '\n');
	for (size_t i = 0; i < tt_strv_len(lines); i++) {
		const char *rest = tt_after_prefix(lines[i], "set triton_");

		if (rest != NULL)
			tt_buf_addf(ret, "triton.%s ", rest);
	}
	if (strstr(tt_buf_str(ret), "triton.roothash=") != NULL)
		return 0;
	return tt_err_set(err, -EINVAL, "InvalidPlatform",
	    "'%s' names no root hash: mode=uki has nothing to sign; build the platform "
	    "again",
	    path);
}

struct maker {
	struct build *b;
	struct phase *p;
	struct sign_key *key;
	struct tt_buf verity, stub, kernel, initrd;
};

static void
tt_auto_maker(struct maker *m)
{
	sign_key_free(m->key);
	tt_buf_release(&m->verity);
	tt_buf_release(&m->stub);
	tt_buf_release(&m->kernel);
	tt_buf_release(&m->initrd);
}

/* Add sections to a program, sign it, and write it into the phase's folder. */
static int
write_signed(const struct maker *m, const char *name, const struct tt_buf *program,
    const struct pe_new *add, size_t count, struct tt_err **err)
{
	tt_auto(buf) struct tt_buf out = TT_BUF_INIT(2 * FILE_MAX);
	tt_auto(free) char *path = phase_path(m->p, name);
	struct pe pe;
	int r;

	r = pe_parse(name, (const uint8_t *)program->data, program->len, &pe, err);
	if (r >= 0)
		r = pe_build(&pe, add, count, &out, err);
	if (r >= 0)
		r = sign_program(m->key, name, &out, err);
	if (r >= 0)
		r = tt_file_write(path, out.data, out.len, 0644, err);
	return r;
}

/* name: what the running system finds in triton.entry, and of the file. */
static int
write_entry(const struct maker *m, const struct entry *e, const char *name,
    const char *title, const char *more, struct tt_err **err)
{
	const bool smt = spec_bool(&m->b->spec, SPEC_SMT_ENABLED);
	tt_auto(free) char *file = tt_xprintf("%s.efi", name);
	tt_auto(free) char *release =
	    tt_xprintf("PRETTY_NAME=\"Triton %s, %s\"\nVERSION_ID=%s\n", m->b->stamp,
		title, m->b->stamp);
	tt_auto(free) char *line =
	    tt_xprintf("triton.root=/os/%s/root.img %striton.entry=%s headnode=true "
		       "cgroup_no_v1=all systemd.getty_auto=no panic=10 "
		       "crashkernel=4G-:192M%s%s %s",
		m->b->stamp, tt_buf_str((struct tt_buf *)(uintptr_t)&m->verity), name,
		smt ? "" : " nosmt", more, e->console);
	const struct pe_new add[] = {
		{ ".osrel", release, strlen(release) },
		{ ".cmdline", line, strlen(line) },
		{ ".initrd", m->initrd.data, m->initrd.len },
		{ ".linux", m->kernel.data, m->kernel.len },
	};

	return write_signed(m, file, &m->stub, add, TT_ARRAY_LEN(add), err);
}

static int
load(struct maker *m, struct tt_err **err)
{
	const char *boot = m->b->platform.boot_dir, *os = m->b->platform.dir;
	tt_auto(free) char *stub = tt_path_join(boot, STUB);
	tt_auto(free) char *kernel = tt_path_join(os, "vmlinuz");
	tt_auto(free) char *initrd = tt_path_join(os, "initrd");
	int r;

	r = tt_file_read(stub, &m->stub, err);
	if (r >= 0)
		r = tt_file_read(kernel, &m->kernel, err);
	if (r >= 0)
		r = tt_file_read(initrd, &m->initrd, err);
	return r;
}

static int
fill(struct maker *m, struct tt_err **err)
{
	tt_auto(free) char *loader = tt_path_join(m->b->platform.boot_dir, LOADER);
	tt_auto(free) char *cert = phase_path(m->p, "site.cer");
	tt_auto(buf) struct tt_buf program = TT_BUF_INIT(FILE_MAX);
	const struct tt_buf *der = sign_key_certificate(m->key);
	const struct entry *first = wanted(&m->b->spec);
	int r;

	r = tt_file_read(loader, &program, err);
	if (r >= 0)
		r = write_signed(m, "BOOTX64.EFI", &program, NULL, 0, err);
	if (r >= 0)
		r = load(m, err);
	for (size_t i = 0; r >= 0 && i < TT_ARRAY_LEN(entries); i++)
		r = write_entry(
		    m, &entries[i], entries[i].name, entries[i].title, "", err);
	if (r >= 0)
		r = write_entry(m, first, RESCUE, RESCUE, RESCUE_ARGS, err);
	if (r >= 0)
		r = tt_file_write(cert, der->data, der->len, 0644, err);
	return r;
}

static int
inputs(struct maker *m, struct tt_err **err)
{
	tt_auto(free) char *stub = tt_path_join(m->b->platform.boot_dir, STUB);
	tt_auto(free) char *loader = tt_path_join(m->b->platform.boot_dir, LOADER);
	const struct tt_buf *der = sign_key_certificate(m->key);
	char hex[TT_SHA256_HEX_LEN];
	int r;

	tt_sha256_hex(der->data, der->len, hex);
	phase_input(m->p, "recipe", RECIPE);
	phase_input(m->p, "stamp", m->b->stamp);
	phase_input(m->p, "site-cert", hex);
	phase_input(m->p, "platform", m->b->platform.key);
	phase_input(m->p, "console", wanted(&m->b->spec)->name);
	phase_input(m->p, "smt_enabled", spec_text(&m->b->spec, SPEC_SMT_ENABLED));
	r = phase_input_file(m->p, "stub", stub, err);
	if (r >= 0)
		r = phase_input_file(m->p, "systemd-boot", loader, err);
	return r;
}

int
uki_make(struct build *b, struct bootloader *l, struct tt_err **err)
{
	tt_auto(maker) struct maker m = { .b = b };
	int r;

	tt_buf_init(&m.verity, TEXT_MAX);
	tt_buf_init(&m.stub, FILE_MAX);
	tt_buf_init(&m.kernel, FILE_MAX);
	tt_buf_init(&m.initrd, FILE_MAX);
	if (wanted(&b->spec) == NULL)
		return tt_err_set(err, -EINVAL, "InvalidBuildSpec",
		    "console=%s has no entry in mode uki: set it to vga, ttya or ttyb",
		    spec_text(&b->spec, SPEC_CONSOLE));
	r = sign_key_open(spec_text(&b->spec, SPEC_SITE_KEY),
	    spec_text(&b->spec, SPEC_SITE_CERT), b->epoch, &m.key, err);
	if (r >= 0)
		r = verity_args(b, &m.verity, err);
	if (r < 0)
		return r;
	m.p = phase_begin(b->run, "boot-signed", "systemd-boot and entries, site's key");
	r = inputs(&m, err);
	if (r >= 0)
		r = phase_lookup(m.p, err);
	if (r == 0)
		r = fill(&m, err);
	if (r >= 0)
		r = phase_end(m.p, err, "%s", "");
	if (r < 0)
		return r;
	l->uki_dir = tt_xstrdup(phase_dir(m.p));
	l->efi = phase_path(m.p, "BOOTX64.EFI");
	l->site_cert = phase_path(m.p, "site.cer");
	return 0;
}

/* An entry into the tree: on a key the name says what boots, see platform/key/ukiname.h. */
static int
stage_entry(struct build *b, const struct bootloader *l, const char *name, char rank,
    struct keytree *t, struct tt_err **err)
{
	tt_auto(free) char *from = tt_xprintf("%s/%s.efi", l->uki_dir, name);
	tt_auto(free) char *path =
	    rank ? tt_xprintf("EFI/Linux/triton-%c-%s-%s.efi", rank, b->stamp, name)
		 : tt_xprintf("os/%s/uki/%s.efi", b->stamp, name);

	return keytree_add_file(t, phase_run_digests(b->run), path, from, err);
}

int
uki_stage_key(
    struct build *b, const struct bootloader *l, struct keytree *t, struct tt_err **err)
{
	/* the time-out only: a default would defeat boot counting */
	static const char conf[] = "timeout 3\n";
	const struct entry *first = wanted(&b->spec);
	struct digests *d = phase_run_digests(b->run);
	int r;

	r = keytree_add_file(t, d, "EFI/BOOT/BOOTX64.EFI", l->efi, err);
	if (r >= 0)
		r = keytree_add_file(t, d, "EFI/KEYS/site.cer", l->site_cert, err);
	for (size_t i = 0; r >= 0 && i < TT_ARRAY_LEN(entries); i++)
		r = stage_entry(
		    b, l, entries[i].name, &entries[i] == first ? '9' : '5', t, err);
	if (r >= 0)
		r = stage_entry(b, l, RESCUE, '3', t, err);
	keytree_add_data(t, "loader/loader.conf", conf, sizeof(conf) - 1);
	return r;
}

int
uki_stage_platform(struct build *b, struct keytree *t, struct tt_err **err)
{
	tt_auto(bootloader) struct bootloader l = { 0 };
	int r;

	if (strcmp(spec_text(&b->spec, SPEC_MODE), "uki") != 0)
		return 0;
	r = uki_make(b, &l, err);
	for (size_t i = 0; r >= 0 && i < TT_ARRAY_LEN(entries); i++)
		r = stage_entry(b, &l, entries[i].name, '\0', t, err);
	return r < 0 ? r : stage_entry(b, &l, RESCUE, '\0', t, err);
}
