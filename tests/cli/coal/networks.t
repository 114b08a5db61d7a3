#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""One table of networks for all hosts: the Windows command's values and form, the libvirt
networks, and the addresses that CoaL's answers use."""

import ipaddress
import json
import os
import re
import sys

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "../../lib")]
from hosts import TOP, read, table  # noqa: E402
from tap import Tap  # noqa: E402

tap = Tap()
NETS = table()
BAT = os.path.join(TOP, "coal/coal-windows-vmware-setup.bat")


def windows():
    with open(BAT, "rb") as f:
        raw = f.read()
    tap.equal(raw.count(b"\n"), raw.count(b"\r\n"), "every line of the .bat ends with CR LF")
    tap.ok(raw.isascii() and raw.startswith(b"@echo off\r\n"), "plain ASCII")
    text = raw.decode().replace("\r\n", "\n")
    values = dict(re.findall(r"^set ((?:EXTERNAL|ADMIN)_\w+)=(.*)$", text, re.MULTILINE))
    tap.equal({k: NETS.get(k) for k in values}, values, "the same networks as networks.sh")
    tap.equal(sorted(values), ["ADMIN_HOST", "ADMIN_NETMASK", "ADMIN_SUBNET", "EXTERNAL_HOST",
                               "EXTERNAL_NETMASK", "EXTERNAL_SUBNET"], "all of them")
    used = set(re.findall(r"%((?:EXTERNAL|ADMIN)_\w+)%", text))
    tap.equal(used, set(values), "and each is used")
    labels = set(re.findall(r"^:(\w+)$", text, re.MULTILINE))
    goals = set(re.findall(r"(?:goto|call) :?(\w+)", text))
    tap.equal(goals - labels, set(), "every jump has its label")
    tap.equal(labels - goals, set(), "every label is jumped to")
    depth, low = 0, 0
    for line in text.splitlines():
        if line.startswith("rem"):
            continue
        bare = re.sub(r'"[^"]*"|\^.', "", line)
        depth += bare.count("(") - bare.count(")")
        low = min(low, depth)
    tap.equal((depth, low), (0, 0), "brackets are balanced")
    body = text.split(":checks\n")[1].split(":update")[0]
    changes = [line for line in body.splitlines()
               if re.search(r"\b(netsh|reg export|reg import|copy|mkdir|rmdir|-- (set|add|remove|stop|start))\b",
                            line) and not line.startswith(("rem", "set LIB"))]
    tap.ok(changes and all("%RUN%" in c or "%LIB%" in c for c in changes),
           "every change goes through RUN, which --dry-run replaces", "\n".join(changes))


def addresses():
    external = ipaddress.ip_network(f"{NETS['EXTERNAL_SUBNET']}/{NETS['EXTERNAL_NETMASK']}")
    admin = ipaddress.ip_network(f"{NETS['ADMIN_SUBNET']}/{NETS['ADMIN_NETMASK']}")
    tap.equal((str(external), str(admin)), ("10.88.88.0/24", "10.99.99.0/24"), "the networks")
    with open(os.path.join(TOP, "coal/answers.json"), encoding="utf-8") as f:
        answers = json.load(f)
    tap.equal(answers["external_gateway"], NETS["EXTERNAL_GATEWAY"], "the answers' gateway")
    start, end = (ipaddress.ip_address(NETS[f"EXTERNAL_DHCP_{k}"]) for k in ("START", "END"))
    mine = ipaddress.ip_address(answers["external_ip"])
    tap.ok(mine in external and mine < start <= end and end in external,
           "what the host lends lies behind the headnode's address")
    tap.ok(ipaddress.ip_address(NETS["ADMIN_HOST"]) in admin and
           ipaddress.ip_address(answers["dhcp_range_end"]) < ipaddress.ip_address(NETS["ADMIN_HOST"]),
           "the data center's own DHCP range ends below the host's address")


for part in (windows, addresses):
    tap.run(part.__name__, part)
sys.exit(tap.done())
