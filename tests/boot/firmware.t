#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""From power-on to the first question, BIOS and UEFI, on both serial ports."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from tap import Tap  # noqa: E402
from vm import VM  # noqa: E402

# Limits of the image's budget, in seconds of the reference machine.
LIMITS = {"bios": 30, "uefi": 45}


def boot(tap, firmware):
    with VM(firmware=firmware, disks=(8,)) as vm:
        vm.start()
        vm.pass_menu()
        # the medium's console is ttyb: the kernel itself speaks on ttyS1
        vm.serial[1].expect(r"triton-init: \[[0-9.]+\] started", 60)
        vm.serial[1].expect(r"triton-init: \[([0-9.]+)\] starting /sbin/init", 60)
        tap.ok(True, f"{firmware}: init hands over")
        vm.serial[0].expect(r"Press Enter to begin", 90)
        question = vm.seconds()
        tap.ok(True, f"{firmware}: first question on ttyS0")
        vm.serial[1].expect(r"Press Enter to begin", 30)
        tap.ok(True, f"{firmware}: first question on ttyS1")
        tap.ok(vm.serial[0].saw(r"triton-init: \[[0-9.]+\] started"),
               f"{firmware}: the kernel's messages are mirrored on ttyS0")
        tap.equal(vm.markers(), [], f"{firmware}: nothing went wrong")
        tap.ok(question < LIMITS[firmware], f"{firmware}: first question within the limit",
               f"{question:.1f} s, limit {LIMITS[firmware]} s")
        tap.note(f"{firmware}: first question after {question:.1f} s (scaled), "
                 f"{vm.cpu_seconds():.1f} CPU s")


tap = Tap()
for kind in ("bios", "uefi"):
    tap.run(f"{kind} boots", boot, tap, kind)
sys.exit(tap.done())
