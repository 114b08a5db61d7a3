// SPDX-License-Identifier: MPL-2.0
/*
 * The boot variables on all media of the set, and the state of a platform's trial.
 *
 * One block of 1,024 bytes, boot/grub/grubenv, is read and written by the boot menu too. An
 * update is a trial: `assign` names the new platform and the one to fall back to, the menu
 * notes that it starts the trial, the health gate confirms it. When the menu finds a trial
 * that was neither confirmed nor begun anew, it boots the old platform: once, and for good.
 *
 *   boot_state     set by            meaning
 *   (unset)        health gate       platform_version is what boots
 *   new            assign            platform_version is tried at the next boot
 *   trying         menu              the trial runs; still so at the next boot: it failed
 *   failed         menu              failed_version was given up, platform_version is the
 *                                    old one again; the health gate says so and unsets it
 *
 * A key of mode uki has no such block and no such menu. Its signed entries' names stand for
 * the same variables (uki.h), systemd-boot counts the one boot that a trial has, and the
 * health gate itself finds out that it was lost. Who uses what is below sees no difference.
 */
#pragma once

#include "platform/key/medium.h"
#include "platform/lib/conf/grubenv.h"

#define KEY_GRUBENV "boot/grub/grubenv"

/* The first medium's variables, or those of the one whose menu knows more of a trial. */
int key_env_load(const struct key_set *s, struct tt_grubenv *ret, struct tt_err **err);
/* To every medium; those with a trial under way first. */
int key_env_save(struct key_set *s, const struct tt_grubenv *env, struct tt_err **err);

enum key_boot_state {
	KEY_BOOT_SETTLED,
	KEY_BOOT_NEW,
	KEY_BOOT_TRYING,
	KEY_BOOT_FAILED,
	KEY_BOOT_STATE_MAX,
};

/* "", "new", "trying", "failed". */
const char *key_boot_state_name(enum key_boot_state state);
/* Anything else, and NULL, is settled. */
enum key_boot_state key_boot_state_parse(const char *text);

struct key_boot {
	char *platform; /* what boots next */
	char *prev;     /* the rollback entry, or NULL */
	char *failed;   /* the last platform that was given up, or NULL */
	enum key_boot_state state;
};

void key_boot_release(struct key_boot *b);
static inline void
tt_auto_key_boot(struct key_boot *b)
{
	key_boot_release(b);
}

/* *ret is overwritten. -EINVAL when there is no platform_version. */
int key_boot_load(const struct key_set *s, struct key_boot *ret, struct tt_err **err);
/*
 * The next boot tries stamp; when it does not become healthy the one after boots fallback.
 * With stamp equal to fallback, or without one, there is nothing to try: it just boots.
 */
int key_boot_assign(
    struct key_set *s, const char *stamp, const char *fallback, struct tt_err **err);
/* The trial is over and well: the platform stays. */
int key_boot_confirm(struct key_set *s, struct tt_err **err);
/*
 * The trial is over and lost, running is what boots from now on; the platform that was
 * tried stays noted as failed until the next assign. Fine to call when the menu has
 * written that already.
 */
int key_boot_give_up(struct key_set *s, const char *running, struct tt_err **err);
