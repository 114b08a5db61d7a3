#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""Factory reset: the pool is emptied, the config stays, setup runs again without a question.

With a power cut while the pool is emptied: the boot behind it begins anew."""

import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from login import login, read_json  # noqa: E402
from tap import Tap  # noqa: E402
from vm import VM, coal_answers, speed  # noqa: E402

# an instance's subvolume with one inside, a read-only snapshot, deep plain folders
FILL = ("btrfs -q subvolume create /zones/inst; btrfs -q subvolume create /zones/inst/inner; "
        "btrfs -q subvolume snapshot -r /zones/inst /zones/snap; echo x > /zones/inst/inner/f; "
        "mkdir -p /zones/plain/$(seq -s/ 60) /opt/custom; echo x > /opt/custom/f; "
        "echo x > /var/f; echo x > /zones/usbkey/strange; sync")
LEFT = ("ls -d /zones/inst /zones/snap /zones/plain /opt/custom /var/f /zones/.factoryreset "
        "/zones/usbkey/strange 2>/dev/null | wc -l")
QUESTIONS = r"Press Enter to begin"


def value(vm, command):
    return vm.serial[0].command(command)[1].strip()


def set_up(tap, vm):
    vm.start()
    vm.pass_menu()
    vm.expect_setup()
    login(vm.serial[0])
    status, text = vm.serial[0].command(FILL)
    tap.equal((status, value(vm, LEFT)), (0, "6"), f"there is something to remove {text}")
    return value(vm, "sha256sum < /usbkey/config"), value(vm, "cat /var/ssh/*.pub | sha256sum")


def reset(tap, vm):
    port = vm.serial[0]
    port.line("sdc-factoryreset")
    for question in (r"before setup\? \[y/n\] ", r"cannot be brought back\. \[y/n\] "):
        port.expect(question, 30)
        port.line("y")
    port.expect("Restarting in 5 seconds", 10)
    vm.pass_menu(120)
    port.expect("factory reset: emptying pool", 120)
    tap.ok(True, "the next boot empties the pool")


def complete(tap, vm, config, keys):
    vm.expect_setup()
    tap.ok(not vm.serial[0].saw(QUESTIONS), "setup is complete again, and nobody was asked")
    login(vm.serial[0])
    tap.equal(value(vm, LEFT), "0", "what was there is gone")
    tap.equal(value(vm, "sha256sum < /usbkey/config"), config, "the config is the same")
    tap.ok(value(vm, "cat /var/ssh/*.pub | sha256sum") != keys, "the host keys are others")
    tap.equal(read_json(vm.serial[0], "/var/lib/setup.json").get("complete"), True,
              "setup.json says complete")
    tap.equal(value(vm, "ls /zones/.trash | wc -l"), "0", "nothing waits to be removed")


def run(tap):
    with VM(answers=coal_answers(), product="VMware Virtual Platform", power_cut=True) as vm:
        config, keys = set_up(tap, vm)
        reset(tap, vm)
        time.sleep(0.3 * speed())
        vm.cut()
        vm.start()
        vm.pass_menu()
        complete(tap, vm, config, keys)
        tap.equal(vm.markers(), [], "nothing went wrong")


tap = Tap()
tap.run("reset", run, tap)
sys.exit(tap.done())
