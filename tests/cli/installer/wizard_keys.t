#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""The line commands and keys at a question, refused answers, defaults that follow."""

import os
import sys
import termios

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "../../lib")]
from tap import Tap  # noqa: E402
from wizard_pty import Machine, Wizard, escapes, since, until  # noqa: E402

tap = Tap()


def with_wizard(test, **options):
    machine = Machine()
    wizard = Wizard(machine, **options)
    try:
        test(machine, wizard)
    finally:
        wizard.close()
        machine.remove()


def help_and_escape(machine, wizard):
    wizard.answer("Press Enter to begin", "")
    wizard.answer("Company name", "?")
    wizard.expect("datacenter_company_name")
    wizard.expect("Commands: ? help")
    wizard.answer("Company name", "\\?")
    wizard.answer("Region of the data center", "orbit")
    wizard.expect("Name of the data center: ")
    tap.ok("datacenter_company_name typed '?' accepted" in
           machine.read("var/log/triton-setup.log"), "a backslash makes a command text")


def back(machine, wizard):
    wizard.answers(until("NIC of the admin"))
    wizard.answer("NIC of the admin network", "<")
    wizard.answer("City and state of the data center [Moon, Earth]", "<")
    wizard.answer("Name of the data center [coal-1]", "coal-2")
    wizard.expect("City and state of the data center [Moon, Earth]: ")
    tap.ok(True, "the way forward goes over what was gone back over")
    wizard.line()
    wizard.answer("NIC of the admin network", "2")
    wizard.answer("Headnode address on the admin network", "<<")
    wizard.answer("Company name [Clavius]", "")
    wizard.answer("Region of the data center [orbit]", "<<")
    wizard.expect("Company name [Clavius]: ")
    wizard.line("<")
    wizard.expect("This is the first question.")
    tap.ok(True, "<< goes to the section before, < stops at the first question")


def refused(machine, wizard):
    wizard.answers(until("Region"))
    wizard.answer("Region of the data center", "US-West")
    wizard.expect("error: ")
    wizard.answer("Region of the data center [us-west]", "")
    wizard.answer("Name of the data center", "ca")
    wizard.expect("error: ")
    wizard.expect("Name of the data center: ca")
    wizard.send("\x7f\x08")
    wizard.line("coal-1")
    wizard.answer("City and state", "Moon")
    wizard.answer("NIC of the admin network", "7")
    wizard.expect("error: ")
    wizard.expect("00:50:56:34:60:4c")
    wizard.expect("NIC of the admin network: 7")
    wizard.line("eth1")
    wizard.answer("Headnode address on the admin network", "10.99.99.300")
    wizard.expect("octet 4")
    wizard.expect("10.99.99.300")
    wizard.line("10.99.99.7")
    wizard.expect("Netmask of the admin network [255.255.255.0]: ")
    log = machine.read("var/log/triton-setup.log")
    tap.ok("region_name typed 'US-West' E_LABEL" in log, "the log has the code of a refusal", log)
    tap.ok("datacenter_name typed 'coal-1' accepted" in log, "a refused text can be edited", log)
    tap.ok("admin_ip typed '10.99.99.7' accepted" in log, "or typed over", log)


def passwords(machine, wizard):
    wizard.answers(until("Root password"))
    wizard.answer("Root password", "short")
    wizard.expect("error: ")
    wizard.answer("Root password", "rootpass")
    wizard.answer("Root password, again", "rootpasx")
    wizard.expect("The two entries differ")
    wizard.answer("Root password", "rootpass")
    wizard.answer("Root password, again", "rootpass")
    wizard.answer("Admin password", "onlyletters")
    wizard.expect("error: ")
    wizard.answer("Admin password", "adminpass1")
    wizard.answer("Admin password, again", "<")
    wizard.answer("Root password [unchanged]", "")
    wizard.answer("Admin password", "ab'\" $`\\1x")
    wizard.answer("Admin password, again", "ab'\" $`\\1x")
    wizard.answers(since("Operator's mail"))
    tap.equal(wizard.wait(), 0, "passwords: refused, mistyped, kept")
    tap.equal(machine.config()["ufds_admin_pw"], "ab'\" $`\\1x", "every character comes through")


def shell(machine, wizard):
    wizard.answers(until("Region"))
    wizard.expect("Region of the data center: ")
    wizard.send("dropped\x03")
    wizard.expect("A shell.")
    wizard.line("echo pgrp-$(( $(ps -o pgid= $$) == $$ )) $(stty | grep -c -- '-echo ')")
    wizard.expect("pgrp-1 0")
    wizard.expect("# " if os.geteuid() == 0 else "$ ")  # bash reads keys from here on
    wizard.send("\x04")
    wizard.expect("Region of the data center: ")
    tap.ok("dropped" not in wizard.output[wizard.seen:], "half-typed text is dropped")
    wizard.line("!")
    wizard.expect("A shell.")
    wizard.line("exit")
    wizard.answer("Region of the data center", "orbit")
    wizard.expect("Name of the data center: ")
    wizard.send("\x03")
    wizard.expect("A shell.")
    wizard.line("exit 42")
    wizard.answer("Keep the answers", "y")
    tap.equal(wizard.wait(), 5, "exit 42 quits the installer with 5")
    partial = machine.read("mnt/usbkey/private/answers.partial.json")
    tap.ok('"region_name": "orbit"' in partial, "what was answered is kept when asked for", partial)
    after = termios.tcgetattr(wizard.slave)
    tap.ok(after[3] & termios.ECHO and after[3] & termios.ICANON, "the terminal's modes are back")


def follow(machine, wizard):
    """A computed default follows its inputs until something is typed over it."""
    wizard.answers(until("Domain name of the headnode"))
    wizard.answer("Domain name of the headnode", "<<")
    wizard.answer("Add an external network now? [yes]", "")
    wizard.answer("NIC of the external network [", "")
    wizard.answer("Headnode address on the external network [10.88.88.200]", "10.88.88.100")
    wizard.answer("Netmask of the external network [255.255.255.0]", "")
    wizard.answer("Gateway of the external network [10.88.88.2]", "10.88.88.254")
    wizard.answer("VLAN", "")
    wizard.answer("First external address for instances [10.88.88.101]", "")
    wizard.answer("Last external address for instances [10.88.88.253]", "")
    wizard.expect("Default gateway of the headnode [10.88.88.254]: ")
    tap.ok(True, "range and gateway follow the corrected addresses")


def small_terminal(machine, wizard):
    wizard.answers(until("Is this right?"))
    wizard.expect("Is this right?")
    lines = wizard.output.replace("\r", "").split("\n")
    prompts = (": ", "]: ")
    long = [line for line in lines if len(line) > 40 and ": " not in line[-60:]
            and not any(p in line for p in prompts)]
    tap.equal([x for x in long if not x.startswith(("Number", "1 ", "2 "))], [],
              "nothing but a prompt or the NIC table is wider than 40 columns")
    tap.ok("Admin NIC: 00:50:56:34:60:4c" in wizard.output, "the review has one field a line")


def colours(machine, wizard):
    wizard.answers(until("Company name"))
    wizard.expect("Company name: ")
    found = set(escapes(wizard.output))
    tap.ok(found <= {"\x1b[H", "\x1b[2J", "\x1b[1m", "\x1b[0m"}, "only clearing and bold", found)
    tap.ok("\x1b[H\x1b[2J" in wizard.output, "a terminal with escapes is cleared")
    wizard.send("Cla\x0c")
    wizard.expect("\x1b[H\x1b[2J")
    wizard.expect("Company name: Cla")
    tap.ok(True, "^L draws the section and what is typed again")


def size_query(machine, wizard):
    """Without a size from the kernel the terminal is asked, and what was typed is kept."""
    wizard.expect("\x1b[6n")
    wizard.send("\x1b[24;132R")
    wizard.expect("Press Enter to begin: ")
    tap.ok(True, "the answer to the size query is not taken for input")


def main():
    for test, options in ((help_and_escape, {}), (back, {}), (refused, {}), (passwords, {}),
                          (shell, {}), (follow, {}), (small_terminal, {"size": (24, 40)}),
                          (colours, {"term": "xterm", "size": (25, 80)}),
                          (size_query, {"term": "vt220"})):
        tap.run(test.__name__, with_wizard_bound(test, options))
    return tap.done()


def with_wizard_bound(test, options):
    return lambda: with_wizard(test, **options)


sys.exit(main())
