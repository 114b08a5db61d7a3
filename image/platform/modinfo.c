// SPDX-License-Identifier: MPL-2.0
/*
 * Reading module files.
 */
#include "image/platform/modinfo.h"

#include <archive.h>
#include <archive_entry.h>
#include <elf.h>
#include <errno.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

static void
tt_auto_archive(struct archive **a)
{
	archive_read_free(*a);
}

int
modinfo_unpack(const char *name, const void *data, size_t len, struct tt_buf *out,
    struct tt_err **err)
{
	tt_auto(archive) struct archive *a = archive_read_new();
	struct archive_entry *e;
	char block[64 * 1024];
	la_ssize_t n = -1;

	if (len >= SELFMAG && memcmp(data, ELFMAG, SELFMAG) == 0) {
		tt_buf_add(out, data, len);
		n = 0;
	} else if (archive_read_support_filter_all(a) == ARCHIVE_OK &&
		   archive_read_support_format_raw(a) == ARCHIVE_OK &&
		   archive_read_open_memory(a, data, len) == ARCHIVE_OK &&
		   archive_read_next_header(a, &e) == ARCHIVE_OK) {
		while ((n = archive_read_data(a, block, sizeof(block))) > 0)
			if (tt_buf_add(out, block, (size_t)n) < 0)
				break;
	}
	if (n != 0 || out->overflow)
		return tt_err_set(err, -EINVAL, "BadModule",
		    "cannot unpack module '%s': %s", name,
		    out->overflow ? "too large" : archive_error_string(a));
	return 0;
}

/* Section header i, or false when it lies outside. */
static bool
section_header(
    const uint8_t *data, size_t len, const Elf64_Ehdr *eh, size_t i, Elf64_Shdr *sh)
{
	if (eh->e_shentsize != sizeof(*sh) || i >= eh->e_shnum || eh->e_shoff > len ||
	    (len - eh->e_shoff) / sizeof(*sh) <= i)
		return false;
	memcpy(sh, data + eh->e_shoff + i * sizeof(*sh), sizeof(*sh));
	return sh->sh_type == SHT_NOBITS ||
	       (sh->sh_offset <= len && sh->sh_size <= len - sh->sh_offset);
}

static bool
find_modinfo(const uint8_t *data, size_t len, const char **ret, size_t *ret_len)
{
	static const char wanted[] = ".modinfo";
	Elf64_Ehdr eh;
	Elf64_Shdr names, sh;

	if (len < sizeof(eh))
		return false;
	memcpy(&eh, data, sizeof(eh));
	if (memcmp(eh.e_ident, ELFMAG, SELFMAG) != 0 ||
	    eh.e_ident[EI_CLASS] != ELFCLASS64 || eh.e_ident[EI_DATA] != ELFDATA2LSB ||
	    !section_header(data, len, &eh, eh.e_shstrndx, &names) ||
	    names.sh_type != SHT_STRTAB)
		return false;
	for (size_t i = 0; i < eh.e_shnum; i++) {
		if (!section_header(data, len, &eh, i, &sh))
			return false;
		if (sh.sh_type != SHT_PROGBITS || sh.sh_name >= names.sh_size ||
		    names.sh_size - sh.sh_name < sizeof(wanted) ||
		    memcmp(data + names.sh_offset + sh.sh_name, wanted, sizeof(wanted)) !=
			0)
			continue;
		*ret = (const char *)data + sh.sh_offset;
		*ret_len = sh.sh_size;
		return true;
	}
	return false;
}

int
modinfo_get(const void *data, size_t len, const char *key, const char **ret)
{
	size_t key_len = strlen(key), n;
	const char *p;

	if (!find_modinfo(data, len, &p, &n))
		return -EINVAL;
	while (n > 0) {
		const char *end = memchr(p, '\0', n);
		size_t text = end == NULL ? n : (size_t)(end - p);

		if (end == NULL)
			return -EINVAL;
		if (text > key_len && memcmp(p, key, key_len) == 0 && p[key_len] == '=') {
			*ret = p + key_len + 1;
			return 0;
		}
		p += text + 1;
		n -= text + 1;
	}
	return -ENOENT;
}

char *
modinfo_file_name(const char *path)
{
	const char *base = tt_path_base(path);
	const char *dot = strstr(base, ".ko");

	if (dot == NULL || dot == base ||
	    (dot[3] != '\0' && !tt_streq(dot + 3, ".xz") && !tt_streq(dot + 3, ".zst") &&
		!tt_streq(dot + 3, ".gz")))
		return NULL;
	return tt_xstrndup(base, (size_t)(dot - base));
}

char *
modinfo_normal(char *name)
{
	for (char *p = name; *p != '\0'; p++)
		if (*p == '-')
			*p = '_';
	return name;
}
