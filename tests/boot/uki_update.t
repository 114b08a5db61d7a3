#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""The life of a platform in mode uki, under Secure Boot: systemd-boot counts the one boot that a
trial has. A platform that panics is rolled back by itself, and that is said; with MATRIX=1 one
that stays, and another console, come before."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import platforms  # noqa: E402
from tap import Tap  # noqa: E402
from ukis import VARIABLE, UkiVM  # noqa: E402
from update import (DATA, boot_variables, check_data, install_and_reboot,  # noqa: E402
                    running)

# that of platform_update.t, and a quarter: 58 MB of entries more are written
LIMIT_CPU_S = 190


def entries(vm):
    """Names in EFI/Linux of the key, as the machine sees them."""
    _, text = vm.serial[0].command("sdc-usbkey mount >/dev/null; ls /mnt/usbkey/EFI/Linux; "
                                   "sdc-usbkey unmount", 60)
    return sorted(n.removeprefix("triton-").removesuffix(".efi") for n in text.split()
                  if n.startswith("triton-"))


def set_up(tap, vm, first):
    vm.begin()
    tap.equal(running(vm), first, "a headnode is set up, the platform that was built runs")
    vm.serial[0].command(f"mkdir -p {os.path.dirname(DATA)}; echo kept > {DATA}; sync")
    vm.plug()


def boots(vm, stamp):
    """The kernel says twice what it was given; one of them arrives whole on a busy machine."""
    vm.serial[1].expect(rf"/os/{stamp}/root\.img", 120)


def good(tap, vm, old, stamp):
    vm.serial[1].expect("reboot: Restarting system", 120)
    down, _ = vm.since_install()
    boots(vm, stamp)
    vm.serial[0].expect(r"headnode login: ", 150)
    took, cpu = vm.since_install()
    tap.ok(cpu < LIMIT_CPU_S, f"from install to the new platform's login: {cpu:.1f} CPU s, limit "
           f"{LIMIT_CPU_S}")
    tap.note(f"from install to the new platform's login: {took:.1f} s (scaled), {took - down:.1f} "
             "of them from the restart on")
    vm.shell()
    vm.serial[1].expect(rf"Platform {stamp} is healthy and stays\.", 60)
    tap.equal(running(vm), stamp, "the new platform runs, and is kept")
    v = boot_variables(vm)
    tap.equal((v.get("platform_version"), v.get("prev_version"), v.get("boot_state", "")),
              (stamp, old, ""), "the boot variables say so")
    tap.ok({f"9-{stamp}-ttyb", f"8-{old}-ttyb"} <= set(entries(vm)), "and the entries")
    check_data(tap, vm)
    status, text = vm.serial[0].command("sdc-setconsole ttya")
    tap.ok(status == 0 and f"9-{stamp}-ttya" in entries(vm), "another console is chosen", text)
    vm.serial[0].command("sdc-setconsole ttyb")


def panics(tap, vm, old, stamp):
    boots(vm, stamp)
    vm.serial[1].expect("Kernel panic", 60)
    tap.ok(True, "the next one panics")
    boots(vm, old)
    tap.ok(True, "the machine restarts by itself, with the old one")
    vm.serial[0].expect(r"headnode login: ", 150)
    vm.shell()
    vm.serial[1].expect(rf"Platform {stamp} was given up \(.*\)\. This is {old} again", 90)
    tap.equal(running(vm), old, "which runs, and says which one was given up")
    v = boot_variables(vm)
    tap.equal((v.get("platform_version"), v.get("failed_version"), v.get("boot_state", ""),
               v.get("prev_version", "")), (old, stamp, "", ""), "once, and for good")
    have = entries(vm)
    tap.ok({f"9-{old}-ttyb", f"2-{stamp}-ttyb"} <= set(have) and not any("+" in n for n in have),
           "nothing is counted any more", str(have))
    _, text = vm.serial[0].command("sdcadm platform list")
    tap.ok(f"{stamp} was given up: it stopped before" in text, "sdcadm platform list says it", text)
    check_data(tap, vm)


def run(tap):
    matrix = os.environ.get("MATRIX") == "1"
    first = platforms.stamp_of(platforms.built(VARIABLE))
    second, third = platforms.later(first, 60), platforms.later(first, 120)
    changes = {third: platforms.panics}
    if matrix:
        changes[second] = None
    with UkiVM(changes) as vm:
        set_up(tap, vm, first)
        if matrix:
            install_and_reboot(tap, vm, second)
            good(tap, vm, first, second)
            first = second
        install_and_reboot(tap, vm, third)
        panics(tap, vm, first, third)
        tap.equal(vm.markers(but=("Kernel panic",)), [], "nothing else went wrong")


tap = Tap()
tap.run("uki_update", run, tap)
sys.exit(tap.done())
