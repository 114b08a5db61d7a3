#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""The review, the section menu, and the hand edit of the finished config."""

import os
import sys

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "../../lib")]
from tap import Tap  # noqa: E402
from wizard_pty import Machine, Wizard, until  # noqa: E402

tap = Tap()


def to_review(wizard):
    wizard.answers(until("Is this right?"))


def section_menu(machine, wizard):
    to_review(wizard)
    wizard.answer("Is this right?", "n")
    wizard.expect("What do you want to change?")
    wizard.answer("Section (1-6)", "2")
    wizard.answer("NIC of the admin network [", "")
    wizard.answer("Headnode address on the admin network [10.99.99.7]", "10.99.99.9")
    wizard.answer("Netmask", "")
    wizard.answer("First address for service zones [10.99.99.10]", "")
    wizard.answer("Last DHCP address for compute nodes [10.99.99.254]", "10.99.99.253")
    wizard.answer("IPv6 address on the admin network", "addrconf")
    wizard.answer("IPv6 gateway", "<<")
    wizard.answer("Section (1-6)", "")
    part = wizard.expect("Is this right?")
    tap.ok("* Service zones from: 10.99.99.10, * DHCP to: 10.99.99.253" in part,
           "what changed is marked", part)
    tap.ok("* changed since the last review" in part, "and the mark is explained")
    wizard.expect(": ")
    wizard.line("maybe")
    wizard.expect("Please answer y, n, e, r")
    wizard.answer("Is this right?", "yes")
    wizard.answer("Edit the config file first?", "")
    tap.equal(wizard.wait(), 0, "yes is yes")
    config = machine.config()
    tap.equal((config["admin_ip"], config["assets_admin_ip"], config["dhcp_range_end"],
               config.get("admin_ip6")),
              ("10.99.99.9", "10.99.99.10", "10.99.99.253", "addrconf"),
              "computed values followed, the menu's keys are in the config")


def section_number(machine, wizard):
    to_review(wizard)
    wizard.answer("Is this right?", "6")
    wizard.answer("Send usage data? [no]", "yes")
    wizard.answer("Update channel [release]", "<")
    wizard.answer("Send usage data? [yes]", "")
    wizard.answer("Update channel [release]", "")
    wizard.answer("Install extra", "no")
    wizard.answer("Is this right?", "")
    wizard.answer("Edit the config file first?", "n")
    tap.equal(wizard.wait(), 0, "a section by its number")
    config = machine.config()
    tap.equal((config["phonehome_automatic"], "install_pkgsrc" in config), ("true", False),
              "both yes/no answers changed")


def editor(machine, script):
    """An editor that runs a sed script on the file."""
    machine.write("editor", f"#!/bin/sh\nexec sed -i '{script}' \"$1\"\n", 0o700)
    return machine.path("editor")


def edit_good(machine, wizard):
    to_review(wizard)
    wizard.answer("Is this right?", "e")
    part = wizard.expect("edit again, apply, revert or shell [apply]: ")
    tap.ok("-swap=0.25x\r\n+swap=0.5x" in part, "the diff shows the changed line", part)
    tap.ok("+ufds_ldap_root_pw=***" in part and "0123456789" not in part, "secrets are masked")
    wizard.line()
    tap.equal(wizard.wait(), 0, "an edit without errors is applied")
    tap.equal((machine.config()["swap"], machine.config()["ufds_ldap_root_pw"]),
              ("0.5x", "0123456789abcdef0123456789abcdef"), "and written")
    tap.ok(not machine.exists("run/triton/edit/config"), "the edited copy is gone")


def edit_bad(machine, wizard):
    to_review(wizard)
    wizard.answer("Is this right?", "")
    wizard.answer("Edit the config file first?", "y")
    part = wizard.expect("(errors: it cannot be applied) [edit]: ")
    tap.ok("E_CFG_EXPANSION" in part and "config:" in part, "findings have line numbers", part)
    wizard.line("apply")
    wizard.expect("have to be put right first")
    wizard.answer("edit again", "s")
    wizard.expect("A shell.")
    wizard.line("exit")
    wizard.answer("edit again", "revert")
    tap.equal(wizard.wait(), 0, "revert writes what was generated")
    tap.equal(machine.config()["swap"], "0.25x", "the bad edit is not in it")


def no_editor(machine, wizard):
    to_review(wizard)
    wizard.answer("Is this right?", "e")
    wizard.expect("no editor")
    tap.equal(wizard.wait(), 0, "without an editor the generated config is written")


def with_wizard(test, script=None, path=None):
    def run():
        machine = Machine()
        env = {"EDITOR": editor(machine, script)} if script else {}
        if path:
            env["EDITOR"] = path
        wizard = Wizard(machine, env=env)
        try:
            test(machine, wizard)
        finally:
            wizard.close()
            machine.remove()
    return run


def main():
    tap.run("section menu", with_wizard(section_menu))
    tap.run("section number", with_wizard(section_number))
    tap.run("good edit", with_wizard(
        edit_good, "s/^swap=.*/swap=0.5x/; "
        "s/^ufds_ldap_root_pw=.*/ufds_ldap_root_pw=0123456789abcdef0123456789abcdef/"))
    tap.run("bad edit", with_wizard(edit_bad, "s/^swap=.*/swap=$(id)/"))
    if not any(os.path.exists(f"/usr/bin/{e}") for e in ("vi", "nano")):
        tap.run("no editor", with_wizard(no_editor, path="/nonexistent"))
    return tap.done()


sys.exit(main())
