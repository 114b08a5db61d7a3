// SPDX-License-Identifier: MPL-2.0
/*
 * The network interfaces on the screen: the table, the blinking light, and what to do on a
 * machine without any.
 */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "installer/setup/screen_question.h"
#include "platform/lib/base/proc.h"
#include "platform/lib/base/str.h"

#define BLINK_S 3

int
screen_nics_read(struct wizard *w, struct tt_err **err)
{
	tt_auto(nics) struct ts_nics nics = { 0 };
	int r = ts_nics_read(w->opts.root, *w->opts.root == '\0', &nics, err);

	if (r == 0)
		tsetup_set_nics(w->ts, &nics);
	return r;
}

static const char *
role_of(const struct ts_nic *nic, void *ctx)
{
	static const struct {
		enum tt_key_id id;
		const char *role;
	} roles[] = { { TT_KEY_ADMIN_NIC, "admin" },
		{ TT_KEY_EXTERNAL_NIC, "external" } };
	const struct wizard *w = ctx;

	for (size_t i = 0; i < TT_ARRAY_LEN(roles); i++) {
		const char *mac = tsetup_get(w->ts, roles[i].id);

		if (mac != NULL && tt_streq(mac, nic->mac))
			return roles[i].role;
	}
	return NULL;
}

void
screen_nic_table(struct wizard *w)
{
	const struct ts_nics *nics = tsetup_nics(w->ts);
	tt_auto(strv) char **lines = NULL;

	if (nics == NULL || !w->has_term)
		return;
	lines = ts_nics_table(nics, w->term.columns, role_of, w);
	term_puts(&w->term, "\n");
	for (size_t i = 0; lines != NULL && lines[i] != NULL; i++)
		term_printf(&w->term, "%s\n", lines[i]);
}

/* The kernel lights the port for a while, where the driver can. */
static int
blink(const char *link)
{
	struct ethtool_value value = { .cmd = ETHTOOL_PHYS_ID, .data = BLINK_S };
	struct ifreq request = { .ifr_data = (char *)&value };
	tt_auto(close) int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || tt_strcpy(request.ifr_name, sizeof(request.ifr_name), link) < 0)
		return -EINVAL;
	return ioctl(fd, SIOCETHTOOL, &request) < 0 ? -errno : 0;
}

bool
screen_nic_command(struct wizard *w, const char *text)
{
	const struct ts_nics *nics = tsetup_nics(w->ts);
	const char *which = tt_after_prefix(text, "b ");
	const struct ts_nic *nic;

	if (which == NULL || nics == NULL)
		return false;
	nic = ts_nics_find(nics, which + strspn(which, " "));
	if (nic == NULL) {
		term_printf(&w->term, "There is no interface %s to blink.\n", which);
		return true;
	}
	term_printf(&w->term, "The port light of %s blinks for %d seconds.\n", nic->link,
	    BLINK_S);
	if (*w->opts.root == '\0' && blink(nic->link) < 0)
		term_printf(&w->term, "The driver of %s cannot blink.\n", nic->link);
	return true;
}

static void
show_driverless(struct wizard *w)
{
	tt_auto(strv) char **lines = ts_nics_driverless(w->opts.root);

	screen_say(w, "no network interface found");
	if (lines != NULL && lines[0] != NULL)
		screen_say(w, "Ethernet devices without a driver:");
	for (size_t i = 0; lines != NULL && lines[i] != NULL; i++)
		screen_say(w, "  %s", lines[i]);
}

static void
power_off(const struct wizard *w)
{
	static const char *const argv[] = { "systemctl", "poweroff", NULL };

	if (*w->opts.root == '\0')
		(void)tt_proc_run(argv, NULL, NULL, NULL);
}

enum ask_end
screen_no_nic(struct wizard *w)
{
	static const char *const words[] = { "rescan", "shell", "poweroff", NULL };
	const struct ask a = { .prompt = "rescan, shell or poweroff", .def = "rescan" };
	const struct ts_nics *nics;

	for (;;) {
		size_t choice = 0;
		enum ask_end end;

		screen_title(w, "Network interfaces");
		show_driverless(w);
		end = w->has_term ? screen_choose(w, &a, words, &choice) : ASK_QUIT;
		if (ask_is_end(end))
			return end;
		if (end == ASK_LINE && choice == 1)
			end = screen_shell(w);
		if (end == ASK_LINE && choice == 2) {
			power_off(w);
			return ASK_QUIT;
		}
		if (ask_is_end(end))
			return end;
		(void)screen_nics_read(w, NULL);
		nics = tsetup_nics(w->ts);
		if (nics != NULL && nics->n > 0)
			return ASK_LINE;
	}
}
