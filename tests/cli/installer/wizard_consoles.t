#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""Several consoles: the first Enter has the session, others watch, take over, go on."""

import os
import signal
import sys

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "../../lib")]
from tap import Tap  # noqa: E402
from wizard_pty import Machine, Wizard, run, since, until  # noqa: E402

tap = Tap()


def welcome_is_everywhere(machine, first, second):
    first.expect("Press Enter to begin: ")
    second.expect("Press Enter to begin: ")
    tap.ok(True, "both consoles offer the setup")
    first.line()
    first.expect("Company name: ")
    second.expect(f"Setup runs on {first.name}: Datacenter, 0 s. t takes it over.")
    tap.ok(True, "the other one tells who has it, and the screen")


def take_over(machine, first, second):
    first.line("Clavius")
    first.answer("Region of the data center", "orbit")
    first.expect("Name of the data center: ")
    first.send("half ty")
    second.send("t")
    second.expect("Type yes: ")
    second.line("no")
    second.expect("t takes it over.")
    second.send("t")
    second.expect("Type yes: ")
    second.line("yes")
    first.expect("Another console has taken the session over.")
    second.expect("Name of the data center: ")
    tap.ok("Company name" not in second.output, "answers given on the other console are kept")
    first.expect(f"Setup runs on {second.name}:")
    tap.ok(True, "the first one watches now")
    second.line("coal-1")


def killed_holder(machine, first, second):
    """The kernel frees the lock; the next console goes on, secrets are asked again."""
    second.answers(until("Root password", since("City and state")))
    second.answer("Root password", "rootpass")
    second.answer("Root password, again", "rootpass")
    second.expect("Admin password: ")
    second.kill(signal.SIGKILL)
    first.expect("An earlier session is kept")
    first.expect("Press Enter to begin: ")
    first.line()
    first.answers(since("Root password"))
    tap.equal(first.wait(), 0, "the session is finished after a kill -9")
    tap.equal(len(machine.config()), 93, "with all 93 keys")


def waiting_console_ends():
    machine = Machine()
    first, second = Wizard(machine), Wizard(machine)
    try:
        second.expect("Press Enter to begin: ")
        first.answers(since("Press Enter"))
        tap.equal(first.wait(), 0, "one console writes the config")
        tap.equal(second.wait(), 0, "the one that only waited ends with 0, too")
        tap.ok("was done on another console" in second.output, "and says why")
    finally:
        first.close()
        second.close()
        machine.remove()


def config_is_there():
    machine = Machine()
    machine.write("mnt/usbkey/config", "a=1\n# end of config, 1 keys\n")
    wizard = Wizard(machine)
    try:
        tap.equal(wizard.wait(), 0, "a console with a whole config has nothing to do")
        tap.equal(machine.read("mnt/usbkey/config"), "a=1\n# end of config, 1 keys\n",
                  "and leaves it alone")
    finally:
        wizard.close()
    machine.write("mnt/usbkey/config", "a=1\nb=")
    wizard = Wizard(machine)
    try:
        wizard.expect("Press Enter to begin: ")
        tap.ok(True, "a torn config is none")
    finally:
        wizard.close()
        machine.remove()


def frozen_holder():
    machine = Machine()
    first, second = Wizard(machine), Wizard(machine)
    try:
        first.answer("Press Enter to begin", "")
        first.answer("Company name", "Clavius")
        first.expect("Region")
        first.process.send_signal(signal.SIGSTOP)
        second.expect("t takes it over.")
        second.send("t")
        second.expect("Type yes: ")
        second.line("yes")
        second.expect("Region of the data center: ", 20)
        tap.ok(True, "a holder that hangs is ended")
    finally:
        first.close()
        second.close()
        machine.remove()


def no_terminal():
    machine = Machine()
    first = Wizard(machine, console=False)
    try:
        first.answer("Press Enter to begin", "")
        first.expect("Company name: ")
        other = run(machine)
        tap.equal(other.returncode, 4, "without a console to wait on the exit code is 4")
    finally:
        first.close()
        machine.remove()


def main():
    machine = Machine()
    first, second = Wizard(machine), Wizard(machine)
    try:
        welcome_is_everywhere(machine, first, second)
        take_over(machine, first, second)
        killed_holder(machine, first, second)
    except AssertionError as e:
        tap.ok(False, "two consoles", str(e))
    finally:
        first.close()
        second.close()
        machine.remove()
    tap.run("a waiting console ends with the setup", waiting_console_ends)
    tap.run("a config that is there", config_is_there)
    tap.run("a frozen holder", frozen_holder)
    tap.run("no terminal", no_terminal)
    return tap.done()


sys.exit(main())
