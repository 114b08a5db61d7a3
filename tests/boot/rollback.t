#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""Updates that go wrong: each ends with the running headnode and its data.

A platform on which sshd never answers; one whose kernel the menu cannot load; the power lost
in the middle of `sdcadm platform install` and of `assign`, N times each (2), SEED repeats."""

import os
import random
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import platforms  # noqa: E402
from console import Timeout  # noqa: E402
from tap import Tap  # noqa: E402
from update import (UpdateVM, boot_variables, check_data, install_and_reboot,  # noqa: E402
                    mount_drive, running, set_up)
from vm import speed  # noqa: E402

CUTS = int(os.environ.get("N", "2"))
SEED = os.environ.get("SEED", str(int(time.time())))


def rolled_back(tap, vm, old, bad, why):
    vm.serial[0].expect(r"login: ?$", 180)
    vm.shell()
    tap.equal(running(vm), old, "the old platform runs")
    vm.serial[1].expect(rf"Platform {bad} was given up \(.*{why}.*\)\. This is {old} again", 90)
    tap.ok(True, f"it says which one was given up, and why ({why})")
    v = boot_variables(vm)
    tap.equal((v.get("platform_version"), v.get("boot_state", ""), v.get("failed_version")),
              (old, "", bad), "once, and for good")
    check_data(tap, vm)


def never_healthy(tap, vm, old, bad):
    vm.serial[0].command("sdc-usbkey set-variable trial_seconds 60")
    install_and_reboot(tap, vm, bad)
    vm.pass_menu()
    vm.serial[0].expect(rf"Loading platform {bad}", 60)
    vm.serial[1].expect(rf"Platform {bad} did not become healthy in 60 s \(sshd", 240)
    tap.ok(True, "a platform without sshd leaves by itself")
    vm.pass_menu(120)
    rolled_back(tap, vm, old, bad, "sshd does not answer")


def cannot_load(tap, vm, old, bad):
    install_and_reboot(tap, vm, bad)
    # nobody presses a key: the menu goes on to the rollback entry
    vm.serial[0].expect(rf"Loading platform {bad}", 90)
    vm.serial[0].expect(rf"Loading platform {old}", 60)
    tap.ok(True, "a kernel that cannot be loaded leads to the rollback entry")
    rolled_back(tap, vm, old, bad, "kernel")


def spoilt(tap):
    base = platforms.built()
    old = platforms.stamp_of(base)
    first, second = platforms.later(old, 60), platforms.later(old, 120)
    with UpdateVM(base, {first: platforms.never_healthy, second: platforms.no_kernel}) as vm:
        set_up(tap, vm)
        never_healthy(tap, vm, old, first)
        cannot_load(tap, vm, old, second)


def cut_during(tap, vm, what, command, window_s, chance):
    """Power off at some moment of a command; the machine must come back as before or after."""
    mount_drive(vm)
    wait = chance.uniform(0, window_s)
    vm.serial[0].line(f"{command}; echo DO''NE")
    try:
        vm.serial[0].expect("DONE", wait)
    except Timeout:
        pass
    vm.cut()
    vm.start()
    vm.pass_menu()
    vm.serial[0].expect(r"login: ?$", 240)
    vm.shell()
    check_data(tap, vm)
    tap.note(f"cut {wait * speed():.2f} s into {what}, SEED={SEED}")
    vm.plug()
    mount_drive(vm)
    status, text = vm.serial[0].command(command, 180)
    tap.ok(status == 0, f"{what} after the cut goes through", text)


def power(tap):
    base = platforms.built()
    old = platforms.stamp_of(base)
    new = platforms.later(old, 60)
    chance = random.Random(SEED)
    with UpdateVM(base, {new: None}, power_cut=True) as vm:
        set_up(tap, vm)
        for _ in range(CUTS):
            cut_during(tap, vm, "install",
                       f"sdcadm platform install --force /tmp/update/platform-{new}.tgz", 14, chance)
        for _ in range(CUTS):
            # assigned anew each time: first the old one, then the copy goes, then the new one
            vm.serial[0].command(f"sdcadm platform assign --all {old}", 120)
            cut_during(tap, vm, "assign",
                       f"sdcadm platform assign --all {new}", 10, chance)
            vm.serial[1].quiet(1)
        vm.serial[0].line("reboot")
        vm.pass_menu(90)
        vm.serial[0].expect(r"login: ?$", 240)
        vm.shell()
        vm.serial[1].expect(rf"Platform {new} is healthy and stays\.", 90)
        tap.equal(running(vm), new, "and the platform boots, and is kept")
        check_data(tap, vm)


tap = Tap()
for part in (spoilt, power):
    tap.run(part.__name__, part, tap)
sys.exit(tap.done())
