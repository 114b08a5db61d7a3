#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""The disc image from power-on to the first question: as a disc under BIOS.

With MATRIX=1 also as a disc under UEFI, written to a stick, and one of mode signed under
Secure Boot as either."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from tap import Tap  # noqa: E402
from vm import VM, image  # noqa: E402

FOUND = r"triton-init: \[[0-9.]+\] medium /dev/(\w+) \(iso9660 TRITON\)"


def boot(tap, medium, firmware):
    name = f"{medium}, {firmware}"
    iso = image("TRITON_ISO_SIGNED" if firmware == "secureboot" else "TRITON_ISO")
    with VM(path=iso, medium=medium, firmware=firmware, disks=(8,)) as vm:
        vm.start()
        vm.pass_menu(90)
        where = vm.serial[1].expect(FOUND, 90).group(1)
        tap.ok(where.startswith("sr" if medium == "cdrom" else "sd"), f"{name}: found on {where}")
        vm.serial[0].expect("Press Enter to begin", 120)
        if firmware == "secureboot":
            tap.ok(vm.serial[1].saw("secureboot: Secure boot enabled"), f"{name}: it is on")
        tap.ok(True, f"{name}: first question")
        tap.ok(not vm.serial[1].saw("second medium"), f"{name}: it is one medium")
        tap.equal(vm.markers(), [], f"{name}: nothing went wrong")
        tap.note(f"{name}: first question after {vm.seconds():.1f} s (scaled), "
                 f"{vm.cpu_seconds():.1f} CPU s")


tap = Tap()
kinds = [("cdrom", "bios")]
if os.environ.get("MATRIX") == "1":
    kinds += [("cdrom", "uefi"), ("usb", "bios"), ("usb", "uefi"),
              ("cdrom", "secureboot"), ("usb", "secureboot")]
for medium, firmware in kinds:
    tap.run(f"{medium}, {firmware}", boot, tap, medium, firmware)
sys.exit(tap.done())
