// SPDX-License-Identifier: MPL-2.0
/*
 * Reader of the .modinfo section. Knows no files.
 */
#include "platform/init/modinfo.h"

#include <elf.h>
#include <stdbool.h>
#include <string.h>

/* The section header of that number, copied out because nothing in a file is aligned. */
static bool
get_section(
    const uint8_t *data, size_t len, const Elf64_Ehdr *eh, unsigned n, Elf64_Shdr *ret)
{
	uint64_t at = eh->e_shoff + (uint64_t)n * sizeof(*ret);

	if (n >= eh->e_shnum || eh->e_shoff > len || at > len || len - at < sizeof(*ret))
		return false;
	memcpy(ret, data + at, sizeof(*ret));
	return ret->sh_type != SHT_NOBITS && ret->sh_offset <= len &&
	       ret->sh_size <= len - ret->sh_offset;
}

static bool
named(const uint8_t *data, const Elf64_Shdr *names, uint32_t at, const char *name)
{
	size_t need = strlen(name) + 1;

	return at < names->sh_size && names->sh_size - at >= need &&
	       memcmp(data + names->sh_offset + at, name, need) == 0;
}

int
modinfo_find(const uint8_t *data, size_t len, const char **ret_text, size_t *ret_len)
{
	Elf64_Ehdr eh;
	Elf64_Shdr names, sh;

	if (len < sizeof(eh) || memcmp(data, ELFMAG, SELFMAG) != 0 ||
	    data[EI_CLASS] != ELFCLASS64 || data[EI_DATA] != ELFDATA2LSB)
		return -1;
	memcpy(&eh, data, sizeof(eh));
	if (eh.e_shentsize != sizeof(sh) ||
	    !get_section(data, len, &eh, eh.e_shstrndx, &names))
		return -1;
	for (unsigned i = 0; i < eh.e_shnum; i++) {
		if (!get_section(data, len, &eh, i, &sh) ||
		    !named(data, &names, sh.sh_name, ".modinfo"))
			continue;
		if (sh.sh_size == 0 || data[sh.sh_offset + sh.sh_size - 1] != '\0')
			return -1;
		*ret_text = (const char *)data + sh.sh_offset;
		*ret_len = sh.sh_size;
		return 0;
	}
	return -1;
}

const char *
modinfo_next(const char *text, size_t len, const char *key, size_t *at)
{
	size_t key_len = strlen(key);

	while (*at < len) {
		const char *s = text + *at;
		size_t n = strlen(s);

		*at += n + 1;
		if (n > key_len && s[key_len] == '=' && memcmp(s, key, key_len) == 0)
			return s + key_len + 1;
	}
	return NULL;
}
