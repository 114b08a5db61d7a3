#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""The CoaL table typed over ttyS0, one key of the config edited at the end."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import coalconfig  # noqa: E402
from login import login  # noqa: E402
from tap import Tap  # noqa: E402
from vm import VM  # noqa: E402
import wizard  # noqa: E402


def typed(tap):
    with VM(product="VMware Virtual Platform") as vm:
        vm.start()
        vm.pass_menu()
        port = vm.serial[0]
        asked = wizard.answer(port, timeout=90)
        tap.equal(len(asked), len(wizard.COAL), "every question of the table was asked")
        wizard.finish(port, edits=[("RACK1", "RACK7")])
        answered = vm.seconds()
        tap.ok(True, "the config is confirmed, edited and written")
        vm.expect_setup()
        tap.note(f"last answer to setup complete: {vm.seconds() - answered:.1f} s (scaled)")
        login(port)
        status, text = port.command("cat /usbkey/config")
        found = coalconfig.differences(text, default_rack_name="RACK7")
        tap.ok(status == 0 and not found, "the 93 keys, one of them edited", "\n".join(found))
        status, text = port.command("grep -c rootpass /var/log/triton-setup.log")
        tap.equal(text.strip(), "0", "the log holds no password")
        tap.equal(vm.markers(), [], "nothing went wrong")


tap = Tap()
tap.run("typed", typed, tap)
sys.exit(tap.done())
