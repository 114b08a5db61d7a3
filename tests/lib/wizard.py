# SPDX-License-Identifier: MPL-2.0
"""A person at the first-boot wizard: types what the CoaL table says, question by question."""

import re

# (prompt, what is typed); order is the order of the questions. Enter alone takes the default.
COAL = [
    ("Press Enter to begin", ""),
    ("Company name", "Clavius"),
    ("Region of the data center", "orbit"),
    ("Name of the data center", "coal-1"),
    ("City and state of the data center", "Moon, Earth"),
    ("NIC of the admin network", "2"),
    ("Headnode address on the admin network", "10.99.99.7"),
    ("Netmask of the admin network", ""),
    ("First address for service zones", ""),
    ("Add an external network now?", "Y"),
    ("NIC of the external network", "1"),
    ("Headnode address on the external network", "10.88.88.200"),
    ("Netmask of the external network", ""),
    ("Gateway of the external network", "10.88.88.2"),
    ("VLAN of the external network", ""),
    ("First external address for instances", ""),
    ("Last external address for instances", ""),
    ("Default gateway of the headnode", ""),
    ("First DNS resolver", ""),
    ("Second DNS resolver", ""),
    ("Domain name of the headnode", "example.com"),
    ("Search domain", "example.com"),
    ("NTP servers", ""),
    ("Root password", "rootpass"),
    ("Root password, again", "rootpass"),
    ("Admin password", "adminpass1"),
    ("Admin password, again", "adminpass1"),
    ("Operator's mail address", ""),
    ("Sender of the system's mail", ""),
    ("Send usage data?", ""),
    ("Update channel", "release"),
    ("Install extra operator packages?", ""),
]

# What may come in between, and any number of times: live checks without a network behind.
BETWEEN = [
    ("retry, change or keep (kept after 10 s)", "keep"),
    ("retry, change, or keep it all the same", "keep"),
]

REVIEW = "Is this right?"
EDIT = "Edit the config file first?"
GOES_ON = "Setup goes on: storage pool, network, services."


def _pattern(prompt):
    # "[default]" may stand behind the prompt; a longer prompt must not match a shorter one
    return re.escape(prompt) + r"( \[[^\]\n]*\])?: "


def answer(console, until=None, timeout=60, table=tuple(COAL)):
    """Type the table up to the question `until` (not answered) or to its end.

    Returns the prompts that were answered. The wizard's order is part of the test: a prompt
    that is skipped or comes early is a time-out here."""
    done = []
    between = [_pattern(p) for p, _ in BETWEEN]
    for prompt, text in table:
        if prompt == until:
            return done
        while True:
            index, _ = console.expect([_pattern(prompt)] + between, timeout)
            if index == 0:
                break
            console.line(BETWEEN[index - 1][1])
        console.line(text)
        done.append(prompt)
    return done


def review(console, reply="y", timeout=60):
    """The summary's question, whatever checks ask before it."""
    between = [_pattern(p) for p, _ in BETWEEN]
    while True:
        index, _ = console.expect([re.escape(REVIEW)] + between, timeout)
        if index == 0:
            console.line(reply)
            return
        console.line(BETWEEN[index - 1][1])


def finish(console, edits=(), timeout=60):
    """Confirm; with edits (pairs of old and new text) change the config file in vi."""
    review(console, "y", timeout)
    console.expect(re.escape(EDIT), timeout)
    if not edits:
        console.line("")
    else:
        console.line("y")
        console.expect(r"coal=true|swap=", timeout)  # the editor shows the file
        console.quiet(1)
        for old, new in edits:
            console.send(f":%s/{old}/{new}/\r")
            console.quiet(0.5)
        console.send(":wq\r")
        console.expect(r"edit again, apply, revert or shell", timeout)
        console.line("apply")
    console.expect(re.escape(GOES_ON), timeout)
