# SPDX-License-Identifier: MPL-2.0
"""The 93 lines of a CoaL config and how a generated one is compared with them.

tests/boot/coal.config holds one key a line in the order of the file; a part in <...> is a
regular expression for what differs in every install."""

import os
import re

_FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../boot/coal.config")


def _pattern(line):
    parts = re.split(r"<(.*)>", line)
    return "".join(re.escape(p) if i % 2 == 0 else p for i, p in enumerate(parts))


def expected(**changes):
    """Lines of the file; changes maps a key to another expectation."""
    with open(_FILE, encoding="utf-8") as f:
        lines = f.read().splitlines()
    return [f"{k}={changes[k]}" if (k := line.split("=", 1)[0]) in changes else line
            for line in lines]


def settings(text):
    """The lines of a config that set a key."""
    return [line for line in text.splitlines() if re.match(r"[A-Za-z]", line)]


def differences(text, **changes):
    """What is not as expected, as sentences; order counts."""
    want, got = expected(**changes), settings(text)
    found = []
    if len(got) != len(want):
        found.append(f"{len(got)} keys instead of {len(want)}")
    want_keys = [line.split("=", 1)[0] for line in want]
    got_keys = [line.split("=", 1)[0] for line in got]
    found += [f"missing: {k}" for k in want_keys if k not in got_keys]
    found += [f"not expected: {k}" for k in got_keys if k not in want_keys]
    if not found and got_keys != want_keys:
        at = next(i for i, pair in enumerate(zip(got_keys, want_keys)) if pair[0] != pair[1])
        found.append(f"order: {got_keys[at]} where {want_keys[at]} belongs")
    by_key = dict(line.split("=", 1) for line in got)
    for line in want:
        key = line.split("=", 1)[0]
        if key in by_key and not re.fullmatch(_pattern(line), f"{key}={by_key[key]}"):
            found.append(f"{key}={by_key[key]} instead of {line}")
    return found
