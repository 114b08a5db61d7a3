// SPDX-License-Identifier: MPL-2.0
/*
 * Reader of .modinfo on a hand-made object file.
 */
#include <elf.h>

#include "platform/init/modinfo.h"
#include "tests/lib/tap.h"

static const char names[] = "\0.shstrtab\0.modinfo";
static const char info[] =
    "license=GPL\0alias=pci:v00008086d*\0alias=old\0aliases=x\0depends=a,b";

/* Header, two sections' bytes, then the table: null, names, modinfo. */
struct object {
	Elf64_Ehdr eh;
	char names[sizeof(names)];
	char info[sizeof(info)];
	Elf64_Shdr sh[3];
} __attribute__((packed));

static struct object
make(void)
{
	struct object o = { 0 };

	memcpy(o.eh.e_ident, ELFMAG, SELFMAG);
	o.eh.e_ident[EI_CLASS] = ELFCLASS64;
	o.eh.e_ident[EI_DATA] = ELFDATA2LSB;
	o.eh.e_shoff = offsetof(struct object, sh);
	o.eh.e_shentsize = sizeof(Elf64_Shdr);
	o.eh.e_shnum = 3;
	o.eh.e_shstrndx = 1;
	memcpy(o.names, names, sizeof(names));
	memcpy(o.info, info, sizeof(info));
	o.sh[1] = (Elf64_Shdr){ .sh_name = 1,
		.sh_type = SHT_STRTAB,
		.sh_offset = offsetof(struct object, names),
		.sh_size = sizeof(names) };
	o.sh[2] = (Elf64_Shdr){ .sh_name = 11,
		.sh_type = SHT_PROGBITS,
		.sh_offset = offsetof(struct object, info),
		.sh_size = sizeof(info) };
	return o;
}

static int
find(const struct object *o, size_t len, const char **text, size_t *text_len)
{
	return modinfo_find((const uint8_t *)o, len, text, text_len);
}

static void
test_values(void)
{
	struct object o = make();
	const char *text = NULL;
	size_t len = 0, at = 0;

	TAP_EQ_INT(find(&o, sizeof(o), &text, &len), 0, "section found");
	TAP_EQ_STR(
	    modinfo_next(text, len, "alias", &at), "pci:v00008086d*", "first alias");
	TAP_EQ_STR(modinfo_next(text, len, "alias", &at), "old", "second alias");
	TAP_OK(
	    modinfo_next(text, len, "alias", &at) == NULL, "a longer key is another key");
	at = 0;
	TAP_EQ_STR(modinfo_next(text, len, "depends", &at), "a,b", "last value");
}

static void
test_damage(void)
{
	struct object o = make();
	const char *text;
	size_t len;
	int bad = 0;

	for (size_t n = 0; n < sizeof(o); n++)
		bad += find(&o, n, &text, &len) == 0;
	TAP_EQ_INT(bad, 0, "every truncation is refused");
	o = make();
	o.sh[2].sh_offset = ~0ULL - 4;
	TAP_EQ_INT(find(&o, sizeof(o), &text, &len), -1, "offset beyond the file");
	o = make();
	o.eh.e_shoff = ~0ULL - 8;
	TAP_EQ_INT(find(&o, sizeof(o), &text, &len), -1, "table beyond the file");
	o = make();
	o.sh[2].sh_size -= 1;
	TAP_EQ_INT(find(&o, sizeof(o), &text, &len), -1, "text without its end");
}

int
main(void)
{
	test_values();
	test_damage();
	return tap_done();
}
