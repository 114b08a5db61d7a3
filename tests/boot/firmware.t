#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""From power-on to the first question, BIOS and UEFI, on both serial ports."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from tap import Tap  # noqa: E402
from vm import VM  # noqa: E402

# Limits in CPU seconds of the emulator: wall time on a shared machine says little. On an idle
# one, 1.5 CPU seconds go by in a second (30 and 45 s are the budget).
LIMITS = {"bios": 45, "uefi": 65}


def boot(tap, firmware):
    with VM(firmware=firmware, disks=(8,)) as vm:
        vm.start()
        vm.pass_menu()
        # the medium's console is ttyb: the kernel itself speaks on ttyS1
        vm.serial[1].expect(r"triton-init: \[[0-9.]+\] started", 60)
        vm.serial[1].expect(r"triton-init: \[([0-9.]+)\] starting /sbin/init", 60)
        tap.ok(True, f"{firmware}: init hands over")
        vm.serial[0].expect(r"Press Enter to begin", 90)
        question, cpu = vm.seconds(), vm.cpu_seconds()
        tap.ok(True, f"{firmware}: first question on ttyS0")
        vm.serial[1].expect(r"Press Enter to begin", 30)
        tap.ok(True, f"{firmware}: first question on ttyS1")
        tap.ok(vm.serial[0].saw(r"triton-init: \[[0-9.]+\] started"),
               f"{firmware}: the kernel's messages are mirrored on ttyS0")
        tap.equal(vm.markers(), [], f"{firmware}: nothing went wrong")
        tap.ok(cpu < LIMITS[firmware], f"{firmware}: first question within the limit",
               f"{cpu:.1f} CPU s, limit {LIMITS[firmware]}")
        tap.note(f"{firmware}: first question after {question:.1f} s (scaled), {cpu:.1f} CPU s")


tap = Tap()
for kind in ("bios", "uefi"):
    tap.run(f"{kind} boots", boot, tap, kind)
sys.exit(tap.done())
