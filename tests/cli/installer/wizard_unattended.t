#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""Answers that are wrong, missing or half there; machines without NICs; exit codes."""

import json
import os
import sys

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "../../lib")]
from tap import Tap  # noqa: E402
from wizard_pty import ADMIN_MAC, Machine, Wizard, run, since  # noqa: E402

tap = Tap()
ANSWERS = {
    "datacenter_company_name": "Clavius", "region_name": "orbit", "datacenter_name": "coal-1",
    "datacenter_location": "Moon, Earth", "admin_nic": ADMIN_MAC, "admin_ip": "10.99.99.7",
    "admin_netmask": "<default>", "admin_provisionable_start": "<default>",
    "setup_external_network": False, "headnode_default_gateway": "none",
    "dns_resolver1": "<default>", "dns_resolver2": "none", "dns_domain": "example.com",
    "dns_search": "<default>", "ntp_hosts": "local", "root_password": "rootpass",
    "admin_password": "adminpass1", "mail_to": "<default>", "mail_from": "<default>",
    "phonehome_automatic": False, "update_channel": "release",
}


def with_machine(test, **options):
    def body():
        machine = Machine(**options)
        try:
            test(machine)
        finally:
            machine.remove()
    return body


def write(machine, **changes):
    answers = {k: v for k, v in dict(ANSWERS, **changes).items() if v is not None}
    machine.write("mnt/usbkey/private/answers.json", json.dumps(answers))


def dialogue(machine, test, **options):
    wizard = Wizard(machine, **options)
    try:
        test(wizard)
    finally:
        wizard.close()


def invalid(machine):
    write(machine, unattended=True, admin_ip="10.99.99.0", datacenter_name="ca",
          update_channel="stable")
    done = run(machine)
    tap.ok(done.returncode == 2, "invalid answers end an unattended run with 2", done.stdout)
    for code in ("E_IP_ROLE", "E_RESERVED", "E_ENUM"):
        tap.ok(code in done.stdout, f"{code} is among all that is reported", done.stdout)
    tap.ok("answers.json:1:" in done.stdout, "with its place in the file")
    tap.ok(not machine.exists("mnt/usbkey/config"), "and nothing is written")


def missing_value(machine):
    write(machine, unattended=True, dns_domain=None)
    done = run(machine)
    tap.equal(done.returncode, 2, "a missing value without a default, too")
    tap.ok("E_REQUIRED" in done.stdout, "E_REQUIRED names it", done.stdout)


def fix(machine):
    write(machine, unattended=True, datacenter_name="ca")

    def talk(wizard):
        wizard.expect("E_RESERVED")
        wizard.answer("fix (asks what is wrong), shell or reboot", "shell")
        wizard.expect("A shell.")
        wizard.line("exit")
        wizard.answer("fix (asks what is wrong), shell or reboot", "fix")
        wizard.answer("Name of the data center", "coal-1")
        wizard.answer("Is this right?", "")
        wizard.answer("Edit the config file first?", "")
        tap.equal(wizard.wait(), 0, "the console asks only what is wrong")
        tap.equal(len(machine.config()), 83, "83 keys without an external network")
    dialogue(machine, talk)


def named_but_absent(machine):
    done = run(machine, "-f", machine.path("nothing.json"))
    tap.equal(done.returncode, 1, "-f with a file that is not there ends with 1")
    tap.ok("does not exist" in done.stdout, "and says so", done.stdout)


def no_nic(machine):
    write(machine, unattended=True)
    done = run(machine)
    tap.equal(done.returncode, 3, "no NIC ends with 3")
    tap.ok("no network interface found" in done.stdout, "and says so")


def no_nic_asked(machine):
    def talk(wizard):
        wizard.answer("Press Enter to begin", "")
        wizard.answer("rescan, shell or poweroff [rescan]", "")
        wizard.expect("no network interface found")
        wizard.answer("rescan, shell or poweroff [rescan]", "poweroff")
        tap.equal(wizard.wait(), 3, "poweroff leaves with 3")
    dialogue(machine, talk)


def one_nic(machine):
    def talk(wizard):
        wizard.answers(since("Press Enter")[:1])
        for prompt, text in (("Company name", "C"), ("Region", "r"), ("Name of the data", "d"),
                             ("City", "x")):
            wizard.answer(prompt, text)
        part = wizard.expect("Headnode address on the admin network: ")
        tap.ok("eth0 (00:50:56:3d:a7:95), the only interface" in part,
               "a single NIC is taken, and said", part)
    dialogue(machine, talk)


def not_json(machine):
    machine.write("mnt/usbkey/private/answers.json", "{ \"region_name\": ")
    tap.equal(run(machine).returncode, 2, "answers that are not JSON stop an unwatched run")

    def talk(wizard):
        wizard.expect("E_JSON")
        wizard.answer("retry (by itself after 30 s), shell, or interactive setup [retry]",
                      "interactive")
        wizard.expect("Press Enter to begin: ")
        tap.ok(True, "a person may go on without them")
    dialogue(machine, talk)


def partly(machine):
    """Interactive: what the answers hold is not asked, what is wrong in them is."""
    write(machine, region_name="US", admin_password=None, x_note=1, admin_ipp="1.2.3.4")

    def talk(wizard):
        part = wizard.expect("Press Enter to begin: ")
        tap.ok("E_LABEL" in part and "W_UNKNOWN" in part, "findings stand on the first screen", part)
        wizard.line()
        wizard.answer("Region of the data center", "us")
        wizard.answer("Admin password", "adminpass1")
        wizard.answer("Admin password, again", "adminpass1")
        wizard.answer("Is this right?", "n")
        wizard.answer("Section (1-6)", "1")
        wizard.answer("Company name [Clavius]", "Discovery")
        wizard.answer("Region of the data center [us]", "<<")
        wizard.answer("Section (1-6)", "")
        wizard.answer("Is this right?", "y")
        wizard.answer("Edit the config file first?", "n")
        tap.equal(wizard.wait(), 0, "half of the answers from a file")
        config = machine.config()
        tap.equal((config["region_name"], config["datacenter_company_name"]),
                  ("us", "Discovery"), "a wrong answer of the file can be corrected")
    dialogue(machine, talk)


def chosen_console(machine):
    """config_console names another console: this one waits for it, then steps in."""
    write(machine, unattended=True, config_console="vga")

    def talk(wizard):
        tap.equal(wizard.wait(), 0, "a chosen console that is not there is not waited for long")
        tap.equal(len(machine.config()), 83, "the config is there")
    dialogue(machine, talk)


def none(machine):
    write(machine, unattended=True)

    def talk(wizard):
        wizard.expect("Press Enter to begin: ")
        tap.ok(True, "triton.answers=none asks although there are answers")
    dialogue(machine, talk)


def initrd(machine):
    os.makedirs(machine.path("system/boot"))
    machine.write("system/boot/answers.json", json.dumps(dict(ANSWERS, unattended=True)))
    tap.equal(run(machine).returncode, 0, "answers in the initrd")


def on_medium(machine):
    machine.write("mnt/usbkey/other.json", json.dumps(ANSWERS))
    tap.equal(run(machine).returncode, 0,
              "triton.answers= names a file on the medium, triton.unattended=1 is obeyed")


def provider(machine):
    os.makedirs(machine.path("system/boot"))
    machine.write("system/boot/tinkerbell.json", json.dumps({
        "facility": "ewr1", "customdata": {"region_name": "us-east"},
        "ssh_keys": ["ssh-ed25519 AAAAC3Nz operator"],
        "network": {"interfaces": [{"name": "eth0", "mac": "00:50:56:3d:a7:95"},
                                   {"name": "eth1", "mac": ADMIN_MAC}],
                    "addresses": [{"address_family": 4, "public": True,
                                   "address": "203.0.113.5", "netmask": "255.255.255.248",
                                   "gateway": "203.0.113.1"}]}}))
    done = run(machine)
    tap.ok(done.returncode == 0, "a hosting provider's metadata", done.stdout)
    config = machine.config()
    tap.equal((config["region_name"], config["datacenter_name"], config["external_ip"]),
              ("us-east", "ewr1", "203.0.113.5"), "its values are in the config")
    tap.ok(machine.exists("mnt/usbkey/private/generated-passwords"), "generated passwords are kept")


def main():
    for test, options in (
            (invalid, {}), (missing_value, {}), (fix, {}), (named_but_absent, {}),
            (no_nic, {"nics": 0}), (no_nic_asked, {"nics": 0}), (one_nic, {"nics": 1}),
            (not_json, {}), (partly, {}), (chosen_console, {}),
            (none, {"cmdline": "triton.answers=none"}), (initrd, {}),
            (on_medium, {"cmdline": "triton.answers=/other.json triton.unattended=1"}),
            (provider, {"cmdline": "triton.unattended=1"})):
        tap.run(test.__name__, with_machine(test, **options))
    return tap.done()


sys.exit(main())
