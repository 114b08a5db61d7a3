#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""The life of a platform: an update that stays, and one that panics and is rolled back.

One machine: set up, updated (with the time from `install` to the new platform's login),
updated again to a platform without a root: it panics, the machine restarts by itself, the
menu boots the old one, and says so. Under BIOS; with MATRIX=1 under UEFI too."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import platforms  # noqa: E402
from tap import Tap  # noqa: E402
from update import (UpdateVM, boot_variables, check_data, install_and_reboot,  # noqa: E402
                    running, set_up)

# a minute of the reference machine's two processors, and a quarter for a crowded one: the wall
# clock, which is what an operator sees, is only noted
LIMIT_CPU_S = 150


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
    base = platforms.built()
    first = platforms.stamp_of(base)
    second, third = platforms.later(first, 60), platforms.later(first, 120)
    with UpdateVM(base, {second: None, third: platforms.panics},
                  firmware=firmware) as vm:
        set_up(tap, vm)
        tap.equal(running(vm), first, "the platform that was built runs")
        install_and_reboot(tap, vm, second)
        good(tap, vm, second)
        install_and_reboot(tap, vm, third)
        panics(tap, vm, second, third)
        tap.equal(vm.markers(but=("Kernel panic",)), [], "nothing else went wrong")


tap = Tap()
for kind in ("bios", "uefi") if os.environ.get("MATRIX") == "1" else ("bios",):
    tap.run(kind, run, tap, kind)
sys.exit(tap.done())
