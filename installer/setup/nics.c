// SPDX-License-Identifier: MPL-2.0
/*
 * NICs from sysfs, from JSON, and as a table. Only physical ones: a network device with a
 * `device` link. The table's columns are those of the reference.
 */
#include "installer/setup/nics.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"

#define CARRIER_WAIT_MS 3000
#define CARRIER_POLL_MS 100
#define PCI_ETHERNET    "0x0200"
#define JSON_MAX        (64 * TT_KIB)

void
ts_nics_release(struct ts_nics *nics)
{
	free(nics->v);
	*nics = (struct ts_nics){ 0 };
}

/* Last part of a symbolic link's target; "" when there is none. */
static void
link_base(const char *path, char *out, size_t size)
{
	char target[512];
	ssize_t n = readlink(path, target, sizeof(target) - 1);

	out[0] = '\0';
	if (n <= 0)
		return;
	target[n] = '\0';
	(void)tt_strcpy(out, size, tt_path_base(target));
}

static char *
attribute(const char *dir, const char *name)
{
	tt_auto(free) char *path = tt_path_join(dir, name);

	return tt_file_line(path);
}

/* "up", "down" or "unknown"; carrier of a link that is administratively down is no file. */
static const char *
link_state(const char *dir)
{
	tt_auto(free) char *carrier = attribute(dir, "carrier");

	if (!carrier)
		return "unknown";
	return tt_streq(carrier, "1") ? "up" : "down";
}

static void
read_mac(const char *dir, struct ts_nic *nic)
{
	tt_auto(free) char *permanent = attribute(dir, "bonding_slave/perm_hwaddr");
	tt_auto(free) char *address = attribute(dir, "address");

	if (permanent && tt_mac_parse(permanent, nic->mac) == 0)
		return;
	if (!address || tt_mac_parse(address, nic->mac) < 0)
		nic->mac[0] = '\0';
}

/* False for what is no physical Ethernet device. */
static bool
read_nic(const char *class_dir, const char *name, struct ts_nic *nic)
{
	tt_auto(free) char *dir = tt_path_join(class_dir, name);
	tt_auto(free) char *device = tt_path_join(dir, "device");
	tt_auto(free) char *driver = tt_path_join(device, "driver");
	tt_auto(free) char *master = tt_path_join(dir, "master");
	tt_auto(free) char *bonding = tt_path_join(dir, "bonding_slave");
	tt_auto(free) char *type = attribute(dir, "type");
	tt_auto(free) char *speed = NULL;

	if (!tt_path_exists(device) || tt_strcpy(nic->link, sizeof(nic->link), name) < 0)
		return false;
	if (type && !tt_streq(type, "1")) /* ARPHRD_ETHER */
		return false;
	read_mac(dir, nic);
	(void)tt_strcpy(nic->state, sizeof(nic->state), link_state(dir));
	link_base(driver, nic->driver, sizeof(nic->driver));
	link_base(device, nic->bus, sizeof(nic->bus));
	if (tt_path_exists(bonding))
		link_base(master, nic->bond, sizeof(nic->bond));
	speed = attribute(dir, "speed");
	if (!speed || tt_parse_u32(speed, 1, 10000000, &nic->speed_mbit) < 0)
		nic->speed_mbit = 0;
	return nic->mac[0] != '\0' && !tt_streq(nic->mac, "00:00:00:00:00:00");
}

/* Bus addresses of PCI sort as text; the rest follows by bus, then by name. */
static int
compare(const void *a, const void *b)
{
	const struct ts_nic *x = a, *y = b;
	bool xpci = strlen(x->bus) == 12 && x->bus[4] == ':';
	bool ypci = strlen(y->bus) == 12 && y->bus[4] == ':';
	int r;

	if (xpci != ypci)
		return xpci ? -1 : 1;
	r = strcmp(x->bus, y->bus);
	return r ? r : strcmp(x->link, y->link);
}

static void
number(struct ts_nics *nics)
{
	for (size_t i = 0; i < nics->n; i++)
		nics->v[i].number = (unsigned)i + 1;
}

static void
set_up(int fd, const char *link)
{
	struct ifreq rq = { 0 };

	(void)tt_strcpy(rq.ifr_name, sizeof(rq.ifr_name), link);
	if (ioctl(fd, SIOCGIFFLAGS, &rq) < 0 || (rq.ifr_flags & IFF_UP))
		return;
	rq.ifr_flags |= IFF_UP;
	(void)ioctl(fd, SIOCSIFFLAGS, &rq);
}

/* Up, then wait until each has carrier or the time is over. */
static void
bring_up_all(const char *class_dir, struct ts_nics *nics)
{
	tt_auto(close) int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int64_t until = tt_mono_us() + CARRIER_WAIT_MS * 1000;

	if (fd < 0)
		return;
	for (size_t i = 0; i < nics->n; i++)
		set_up(fd, nics->v[i].link);
	for (;;) {
		size_t up = 0;

		for (size_t i = 0; i < nics->n; i++) {
			tt_auto(free) char *dir =
			    tt_path_join(class_dir, nics->v[i].link);

			(void)read_nic(class_dir, nics->v[i].link, &nics->v[i]);
			up += tt_streq(link_state(dir), "up");
		}
		if (up == nics->n || tt_mono_us() >= until)
			return;
		tt_sleep_ms(CARRIER_POLL_MS);
	}
}

int
ts_nics_read(const char *root, bool bring_up, struct ts_nics *ret, struct tt_err **err)
{
	tt_auto(free) char *class_dir = tt_xprintf("%s/sys/class/net", root ? root : "");
	tt_auto(nics) struct ts_nics nics = { 0 };
	tt_auto(strv) char **names = NULL;
	int r;

	r = tt_dir_list(class_dir, &names, err);
	if (r < 0)
		return r;
	nics.v = tt_xcalloc(TS_NICS_MAX, sizeof(*nics.v));
	for (size_t i = 0; names && names[i] && nics.n < TS_NICS_MAX; i++) {
		struct ts_nic nic = { 0 };

		if (read_nic(class_dir, names[i], &nic))
			nics.v[nics.n++] = nic;
	}
	qsort(nics.v, nics.n, sizeof(*nics.v), compare);
	number(&nics);
	if (bring_up && nics.n)
		bring_up_all(class_dir, &nics);
	*ret = nics;
	nics = (struct ts_nics){ 0 };
	return 0;
}

/* --- JSON --- */

static int
parse_one(const char *name, const json_t *item, size_t i, struct ts_nic *nic,
    struct tt_err **err)
{
	const char *mac = tt_json_str(item, "mac", NULL);

	if (!mac || tt_mac_parse(mac, nic->mac) < 0)
		return tt_err_set(err, -EINVAL, "InvalidNics",
		    "%s: entry %zu has no \"mac\" of six bytes; `triton-setup nics "
		    "--json` "
		    "prints the accepted form",
		    name, i + 1);
	if (tt_strcpy(nic->link, sizeof(nic->link), tt_json_str(item, "link", "")) < 0 ||
	    tt_strcpy(nic->state, sizeof(nic->state),
		tt_json_str(item, "state", "unknown")) < 0 ||
	    tt_strcpy(nic->driver, sizeof(nic->driver), tt_json_str(item, "driver", "")) <
		0 ||
	    tt_strcpy(nic->bus, sizeof(nic->bus), tt_json_str(item, "bus", "")) < 0 ||
	    tt_strcpy(nic->bond, sizeof(nic->bond), tt_json_str(item, "bond", "")) < 0)
		return tt_err_set(err, -EINVAL, "InvalidNics",
		    "%s: entry %zu has a text that is too long", name, i + 1);
	if (!nic->link[0])
		(void)tt_strf(
		    nic->link, sizeof(nic->link), "net%u", (unsigned)(i & 0xff));
	nic->speed_mbit = (unsigned)tt_json_int(item, "speed", 0);
	return 0;
}

int
ts_nics_parse(const char *name, const char *text, size_t len, struct ts_nics *ret,
    struct tt_err **err)
{
	tt_auto(nics) struct ts_nics nics = { 0 };
	tt_auto(json) json_t *j = NULL;
	size_t i;
	json_t *item;
	int r;

	if (len > JSON_MAX)
		return tt_err_set(err, -EFBIG, "InvalidNics", "%s: too large", name);
	r = tt_json_parse(name, text, len, &j, err);
	if (r < 0)
		return r;
	if (!json_is_array(j) || json_array_size(j) > TS_NICS_MAX)
		return tt_err_set(err, -EINVAL, "InvalidNics",
		    "%s: an array of at most %d NICs is accepted, as `triton-setup nics "
		    "--json` "
		    "prints it",
		    name, TS_NICS_MAX);
	nics.v = tt_xcalloc(TS_NICS_MAX, sizeof(*nics.v));
	json_array_foreach(j, i, item)
	{
		r = parse_one(name, item, i, &nics.v[i], err);
		if (r < 0)
			return r;
		nics.n++;
	}
	number(&nics);
	*ret = nics;
	nics = (struct ts_nics){ 0 };
	return 0;
}

json_t *
ts_nics_json(const struct ts_nics *nics)
{
	json_t *list = json_array();

	for (size_t i = 0; i < nics->n; i++) {
		const struct ts_nic *n = &nics->v[i];
		json_t *j = json_object();

		json_object_set_new(j, "number", json_integer(n->number));
		json_object_set_new(j, "link", json_string(n->link));
		json_object_set_new(j, "mac", json_string(n->mac));
		json_object_set_new(j, "state", json_string(n->state));
		json_object_set_new(j, "speed", json_integer(n->speed_mbit));
		json_object_set_new(j, "driver", json_string(n->driver));
		json_object_set_new(j, "bus", json_string(n->bus));
		if (n->bond[0])
			json_object_set_new(j, "bond", json_string(n->bond));
		json_array_append_new(list, j);
	}
	return list;
}

/* --- looking up and printing --- */

const struct ts_nic *
ts_nics_find(const struct ts_nics *nics, const char *text)
{
	char mac[TT_MAC_LEN];
	uint32_t wanted = 0;

	if (tt_mac_parse(text, mac) < 0)
		mac[0] = '\0';
	if (tt_parse_u32(text, 1, TS_NICS_MAX, &wanted) < 0)
		wanted = 0;
	for (size_t i = 0; i < nics->n; i++) {
		const struct ts_nic *n = &nics->v[i];

		if ((mac[0] && tt_streq(n->mac, mac)) ||
		    (wanted && n->number == wanted) || tt_streq(n->link, text))
			return n;
	}
	return NULL;
}

char **
ts_nics_table(const struct ts_nics *nics, unsigned columns,
    const char *(*role)(const struct ts_nic *nic, void *ctx), void *ctx)
{
	bool wide = columns >= 80;
	char **lines = NULL;

	tt_strv_addf(&lines, "%-6s %-9s %-18s %-7s %s", "Number", "Link", "MAC Address",
	    "State", wide ? "Network    Speed  Driver" : "Network");
	for (size_t i = 0; i < nics->n; i++) {
		const struct ts_nic *n = &nics->v[i];
		const char *used = role ? role(n, ctx) : NULL;
		char speed[16] = "-";

		if (n->speed_mbit)
			(void)tt_strf(speed, sizeof(speed), "%u", n->speed_mbit);
		if (!used)
			used = n->bond[0] ? n->bond : "-";
		if (wide)
			tt_strv_addf(&lines, "%-6u %-9s %-18s %-7s %-10s %-6s %s",
			    n->number, n->link, n->mac, n->state, used, speed,
			    n->driver[0] ? n->driver : "-");
		else
			tt_strv_addf(&lines, "%-6u %-9s %-18s %-7s %s", n->number,
			    n->link, n->mac, n->state, used);
	}
	return lines;
}

char **
ts_nics_driverless(const char *root)
{
	tt_auto(free) char *devices =
	    tt_xprintf("%s/sys/bus/pci/devices", root ? root : "");
	tt_auto(strv) char **names = NULL;
	char **found = NULL;

	if (tt_dir_list(devices, &names, NULL) < 0)
		return NULL;
	for (size_t i = 0; names && names[i]; i++) {
		tt_auto(free) char *dir = tt_path_join(devices, names[i]);
		tt_auto(free) char *driver = tt_path_join(dir, "driver");
		tt_auto(free) char *class = attribute(dir, "class");
		tt_auto(free) char *vendor = attribute(dir, "vendor");
		tt_auto(free) char *device = attribute(dir, "device");

		if (!class || !tt_after_prefix(class, PCI_ETHERNET) ||
		    tt_path_exists(driver))
			continue;
		tt_strv_addf(&found, "%s %s:%s", names[i], vendor ? vendor + 2 : "?",
		    device ? device + 2 : "?");
	}
	return found;
}
