#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""The life of a platform: an update that stays, and one that panics and is rolled back.

The image holds a site's certificate, so one that a stranger signed is refused before that.
One machine: set up, updated (with the time from `install` to the new platform's login),
updated again to a platform without a root: it panics, the machine restarts by itself, the
menu boots the old one, and says so. Under BIOS; with MATRIX=1 under UEFI too, and
with a boot after the refusal."""

import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import platforms  # noqa: E402
from tap import Tap  # noqa: E402
from update import (UpdateVM, boot_variables, check_data, install_and_reboot,  # noqa: E402
                    mount_drive, running, set_up)
from vm import image  # noqa: E402

# a minute of the reference machine's two processors, and a quarter for a crowded one: the wall
# clock, which is what an operator sees, is only noted
LIMIT_CPU_S = 150
MATRIX = os.environ.get("MATRIX") == "1"


def refused(tap, vm, old, stamp):
    """In words, and the machine is as it was."""
    mount_drive(vm)
    before = boot_variables(vm)
    status, text = vm.serial[0].command(
        f"sdcadm platform install /tmp/update/platform-{stamp}.tgz", 120)
    tap.ok(status == 1 and f"platform {stamp} was signed with another key" in
           " ".join(text.split()), "a platform that a stranger signed is refused", text)
    _, text = vm.serial[0].command("sdcadm platform list -H -o version; ls -A /usbkey/os")
    tap.ok(stamp not in text and old in text, "nothing of it stays", text)
    tap.equal(boot_variables(vm), before, "the boot variables are as they were")
    if not MATRIX:
        return
    vm.serial[0].line("reboot")
    vm.serial[1].expect("reboot: Restarting system", 120)
    vm.pass_menu()
    vm.serial[0].expect(r"login: ?$", 150)
    vm.shell()
    tap.equal(running(vm), old, "and the machine boots what it has")


def good(tap, vm, stamp):
    vm.serial[1].expect("reboot: Restarting system", 120)
    down, _ = vm.since_install()
    vm.pass_menu()
    vm.serial[0].expect(rf"Loading platform {stamp}", 60)
    vm.serial[0].expect(r"login: ?$", 150)
    took, cpu = vm.since_install()
    tap.ok(cpu < LIMIT_CPU_S, f"from install to the new platform's login: {cpu:.1f} CPU s, limit "
           f"{LIMIT_CPU_S}")
    tap.note(f"from install to the new platform's login: {took:.1f} s (scaled), {took - down:.1f} "
             "of them from the restart on")
    vm.shell()
    tap.equal(running(vm), stamp, "the new platform runs")
    vm.serial[1].expect(rf"Platform {stamp} is healthy and stays\.", 60)
    tap.ok(True, "and is kept")
    v = boot_variables(vm)
    tap.equal((v.get("platform_version"), v.get("boot_state", "")), (stamp, ""),
              "the boot variables say so")
    check_data(tap, vm)
    _, text = vm.serial[0].command("journalctl -q -b -u triton-copy")
    tap.ok("copied" not in text, "the key was not copied again", text)


def panics(tap, vm, old, stamp):
    vm.pass_menu()
    vm.serial[0].expect(rf"Loading platform {stamp}", 60)
    vm.serial[1].expect("Kernel panic", 60)
    tap.ok(True, "the next one panics")
    vm.pass_menu(90)
    vm.serial[0].expect(rf"Platform {stamp} did not become healthy and was given up", 60)
    vm.serial[0].expect(rf"Loading platform {old}", 20)
    tap.ok(True, "the machine restarts by itself, with the old one")
    vm.serial[0].expect(r"login: ?$", 150)
    vm.shell()
    tap.equal(running(vm), old, "which runs")
    vm.serial[1].expect(rf"Platform {stamp} was given up \(.*\)\. This is {old} again", 60)
    tap.ok(True, "and says which one was given up")
    v = boot_variables(vm)
    tap.equal((v.get("platform_version"), v.get("boot_state", ""), v.get("prev_version", "")),
              (old, "", ""), "once, and for good")
    _, text = vm.serial[0].command("sdcadm platform list")
    tap.ok(f"{stamp} was given up: it stopped before" in text, "sdcadm platform list says it", text)
    check_data(tap, vm)


def run(tap, firmware):
    path = image("TRITON_IMAGE_SIGNED")
    base = platforms.built("TRITON_IMAGE_SIGNED")
    first = platforms.stamp_of(base)
    second, third, forged = (platforms.later(first, n * 60) for n in (1, 2, 3))
    site = tuple(os.path.join(os.environ["BUILD"], "uki-test", f"site.{end}")
                 for end in ("key", "pem"))
    with tempfile.TemporaryDirectory(prefix="triton-site-") as folder:
        keys = {second: site, third: site, forged: platforms.site(folder, "stranger")[:2]}
        vm = UpdateVM(base, {second: None, third: platforms.panics, forged: None}, keys,
                      path=path, firmware=firmware)
    with vm:
        set_up(tap, vm)
        tap.equal(running(vm), first, "the platform that was built runs")
        refused(tap, vm, first, forged)
        install_and_reboot(tap, vm, second)
        good(tap, vm, second)
        install_and_reboot(tap, vm, third)
        panics(tap, vm, second, third)
        tap.equal(vm.markers(but=("Kernel panic",)), [], "nothing else went wrong")


tap = Tap()
for kind in ("bios", "uefi") if MATRIX else ("bios",):
    tap.run(kind, run, tap, kind)
sys.exit(tap.done())
