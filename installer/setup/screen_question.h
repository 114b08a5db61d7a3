// SPDX-License-Identifier: MPL-2.0
/*
 * One question of the key table: its prompt, help, judgement, journal and log.
 */
#pragma once

#include "installer/setup/screen.h"

/*
 * Ask for the key until a value is accepted. ASK_LINE then (or when Enter kept the value);
 * the other ends as of screen_ask().
 */
enum ask_end screen_question(struct wizard *w, enum tt_key_id id);
/* Save the session journal; a failure is logged, the setup goes on. */
void screen_journal(struct wizard *w);

/* --- screen_nic.c --- */

/* Read the NICs again and give them to the session. */
int screen_nics_read(struct wizard *w, struct tt_err **err);
/* The NIC table with the roles given so far. */
void screen_nic_table(struct wizard *w);
/* `b N`: blink. True when text was this command. */
bool screen_nic_command(struct wizard *w, const char *text);
/* The machine has no NIC: rescan, shell, power off. ASK_LINE when there is one now. */
enum ask_end screen_no_nic(struct wizard *w);
