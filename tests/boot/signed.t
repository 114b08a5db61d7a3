#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""Mode signed on a machine that has Microsoft's keys: from power-on to the first question."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from tap import Tap  # noqa: E402
from vm import VM, image  # noqa: E402

# CPU seconds of the emulator, see firmware.t: shim and GRUB check signatures on the way
LIMIT = 80


def boot(tap):
    with VM(path=image("TRITON_IMAGE_SIGNED"), firmware="secureboot", disks=(8,)) as vm:
        vm.start()
        vm.serial[0].expect("Live 64-bit rescue", 60)
        tap.ok(not vm.serial[0].saw("Compute node"),
               "iPXE, which nobody has signed, is not in the menu")
        vm.serial[0].send("\r")
        vm.serial[1].expect(r"secureboot: Secure boot enabled", 60)
        tap.ok(True, "firmware, shim and GRUB let the kernel pass, Secure Boot is on")
        vm.serial[0].expect(r"Press Enter to begin", 120)
        question, cpu = vm.seconds(), vm.cpu_seconds()
        tap.ok(True, "first question on ttyS0")
        tap.ok(vm.serial[1].saw(r"Kernel is locked down from EFI Secure Boot"),
               "the kernel is locked down")
        tap.equal(vm.markers(), [], "nothing went wrong")
        tap.ok(cpu < LIMIT, "first question within the limit", f"{cpu:.1f} CPU s")
        tap.note(f"first question after {question:.1f} s (scaled), {cpu:.1f} CPU s")


tap = Tap()
tap.run("signed", boot, tap)
sys.exit(tap.done())
