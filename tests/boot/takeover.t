#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""A session begun on ttyS0 is taken over on ttyS1 and ended there."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import coalconfig  # noqa: E402
from login import login  # noqa: E402
from tap import Tap  # noqa: E402
from vm import VM  # noqa: E402
import wizard  # noqa: E402

AT = "Headnode address on the admin network"


def takeover(tap):
    with VM(product="VMware Virtual Platform") as vm:
        vm.start()
        vm.pass_menu()
        first, second = vm.serial
        wizard.answer(first, until=AT, timeout=90)
        second.expect(r"Setup runs on ttyS0: .*t takes it over", 60)
        tap.ok(True, "ttyS1 says who has the session")
        second.send("t")
        second.expect(r"Take the session over\? Type yes: ", 30)
        second.line("yes")
        first.expect("Another console has taken the session over", 30)
        tap.ok(True, "ttyS0 loses it")
        at = [p for p, _ in wizard.COAL].index(AT)
        asked = wizard.answer(second, table=wizard.COAL[at:], timeout=60)
        tap.equal(asked[0], AT, "ttyS1 goes on at the first open question")
        wizard.finish(second)
        vm.expect_setup()
        tap.ok(True, "and sets the machine up")
        second.expect(r"==> Setup complete", 60)
        login(second)
        status, text = second.command("cat /usbkey/config")
        found = coalconfig.differences(text)
        tap.ok(status == 0 and not found, "the 93 keys", "\n".join(found))
        tap.equal(vm.markers(), [], "nothing went wrong")


tap = Tap()
tap.run("takeover", takeover, tap)
sys.exit(tap.done())
