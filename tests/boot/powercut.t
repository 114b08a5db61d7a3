#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""Power cuts at random moments of an unattended first boot.

Key and pool disk are behind a write-back cache that loses what was not flushed. N cuts (2)
from the end of validation on, SEED makes the moments repeat; the first one always falls when
the config has just been written. After each the machine must go on by itself to the end of
setup, with the whole config of before or of after the write."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import random  # noqa: E402
import time  # noqa: E402

import coalconfig  # noqa: E402
from console import Timeout  # noqa: E402
from login import login  # noqa: E402
from tap import Tap  # noqa: E402
from vm import VM, coal_answers, speed  # noqa: E402

CUTS = int(os.environ.get("N", "2"))
SEED = os.environ.get("SEED", str(int(time.time())))
DONE = r"==> Setup complete"
WRITTEN = r"creating pool"
# From there on the config is written, the pool made, the key copied, the stages journaled.
VALIDATED = r"Unattended setup with the answers in|Setup goes on:|creating pool"
WINDOW_S = 14.0


def boot_to(vm, pattern, timeout):
    vm.start()
    vm.pass_menu()
    return vm.serial[0].expect(pattern, timeout)


def one(tap, number, chance):
    """Cut until setup is complete: the first cut in the window, later ones only if asked."""
    with VM(answers=coal_answers(keep_answers=True), power_cut=True, disks=(8,),
            product="VMware Virtual Platform") as vm:
        boot_to(vm, WRITTEN if number == 1 else VALIDATED, 150)
        wait = 0.1 if number == 1 else chance.uniform(0, WINDOW_S)
        try:
            # a cut may fall behind the end of setup: the last writes count too
            vm.serial[0].expect(DONE, wait)
            time.sleep(chance.uniform(0, 1) * speed())
        except Timeout:
            pass
        last = vm.serial[0].tail(1)
        vm.cut()
        boot_to(vm, rf"{DONE}|login: ?$", 300)
        # the answers are still there and would heal it; a person would be asked everything again
        if vm.serial[0].saw("Press Enter to begin|config on the key is damaged"):
            tap.ok(False, f"cut {number}: the config was lost",
                   f"SEED={SEED}, {wait:.2f} s, last line: {last}\n{vm.serial[0].tail(80)}")
            return
        login(vm.serial[0], timeout=90)
        status, text = vm.serial[0].command("cat /usbkey/config")
        found = coalconfig.differences(text, dhcp_range_end="10.99.99.253")
        tap.ok(status == 0 and not found, f"cut {number} at {wait:.2f} s: complete, config whole",
               f"SEED={SEED}, last line before the cut: {last}\n" + "\n".join(found))
        bad = vm.markers()
        why = [line for line in vm.said().splitlines() if "triton-boot: " in line]
        tap.ok(not bad, f"cut {number}: nothing went wrong", "\n".join(bad + why))


tap = Tap()
tap.note(f"SEED={SEED} N={CUTS}")
moments = random.Random(SEED)
for i in range(1, CUTS + 1):
    tap.run(f"cut {i}", one, tap, i, moments)
sys.exit(tap.done())
