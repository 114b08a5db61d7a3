#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""Debian's cloud-init reads its metadata from the agent with its own client classes, over a
socket and over a serial line."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../lib"))
from metadata import Agent, SerialLine, UUID, wait_for  # noqa: E402
from tap import Tap  # noqa: E402

from cloudinit.sources import DataSourceSmartOS as source  # noqa: E402

tap = Tap()
NIC = {"mac": "90:b8:d0:11:22:33", "interface": "net0", "ips": ["10.88.88.20/24"],
       "gateways": ["10.88.88.2"], "primary": True, "nic_tag": "external", "mtu": 1500}


def read(client, how):
    with client:
        got = {name: client.get(key) for name, key in source.SMARTOS_ATTRIB_MAP.items()
               for key in [key[0]]}
        lists = {name: client.get_json(key) for name, key in source.SMARTOS_ATTRIB_JSON.items()}
        tap.equal([got["instance-id"], got["local-hostname"], got["public-keys"],
                   got["user-script"], got["legacy-user-data"], got["operator-script"]],
                  [UUID, None, "ssh-ed25519 AAAA x\n", "#!/bin/sh\n", "data", "#!op"],
                  f"the keys that it asks for, {how}")
        tap.equal((lists["network-data"][0]["ips"], lists["dns_servers"], lists["routes"]),
                  (NIC["ips"], ["8.8.8.8"], []), f"and the lists, {how}")
        network = source.convert_smartos_network_data(
            network_data=lists["network-data"], dns_servers=lists["dns_servers"],
            routes=lists["routes"])
        subnet = network["config"][0]["subnets"][0]
        tap.equal((subnet["address"], subnet["gateway"]), ("10.88.88.20/24", "10.88.88.2"),
                  f"the network it makes of them, {how}")
        tap.ok(client.put("reply", "from cloud-init"), f"it can tell that PUT worked, {how}")
        tap.equal(client.get("reply"), "from cloud-init", f"and reads it back, {how}")
        client.delete("reply")
        tap.equal((client.get("reply", default="gone"), "user-script" in client.list()),
                  ("gone", True), f"delete and list, {how}")


def on(serial):
    with Agent() as agent:
        agent.instance(UUID, {"root_authorized_keys": "ssh-ed25519 AAAA x\n",
                              "user-script": "#!/bin/sh\n", "user-data": "data"},
                       {"operator-script": "#!op"}, brand="kvm" if serial else "lx",
                       alias="web0", nics=[NIC], resolvers=["8.8.8.8"])
        line = SerialLine(agent) if serial else None
        agent.start()
        if serial:
            wait_for(line.connected)
            client = source.JoyentMetadataSerialClient(device=line.device, timeout=10)
        else:
            agent.connect().close()
            client = source.JoyentMetadataSocketClient(agent.socket_path())
        read(client, "serial line" if serial else "socket")
        if line:
            line.close()


for on_serial in (False, True):
    tap.run("serial line" if on_serial else "socket", on, on_serial)
sys.exit(tap.done())
