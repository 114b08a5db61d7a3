# SPDX-License-Identifier: MPL-2.0
"""Shells on the serial console of a machine under test."""

import json

# bash's prompt for root; a bare '#' at a line's end also stands in kernel messages
PROMPT = r"root@[\w.()-]+:\S*# ?|^(ba)?sh-[\d.]+# ?"


def login(console, password="rootpass", user="root", timeout=60):
    """Log in on a serial console; the console is at a shell prompt afterwards."""
    console.line("")
    console.expect(r"login: ?$", timeout)
    console.line(user)
    console.expect(r"Password: ?", timeout)
    console.line(password)
    console.expect(PROMPT, timeout)
    settle(console)


def settle(console):
    """No line editing, no colours, a wide terminal: what comes back is what was printed."""
    console.line("stty cols 500 -echo; PS1=; TERM=dumb; export TERM; bind 'set enable-bracketed-paste off'")
    console.quiet(1)


def read_json(console, path):
    status, text = console.command(f"cat {path}")
    if status != 0:
        raise RuntimeError(f"{path}: {text}")
    return json.loads(text)
