# SPDX-License-Identifier: MPL-2.0
"""Run triton-setup and sdc-config of $BIN on files of a temporary folder."""

import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../lib"))
from tap import Tap  # noqa: E402,F401

BIN = os.environ["BIN"]
SETUP = os.path.join(BIN, "triton-setup")
SDC_CONFIG = os.path.join(BIN, "sdc-config")
SHA512 = ("$6$TritonCoaLdemo01$UlQTMe2t22wulgl0tWCsSdKWy49bH1AhoAqVlnXKetPgQznpTpwmZXF2xdXybaB6VNfVD4d"
          "HOgbxxOmwyawXJ0")
ADMIN_MAC = "00:50:56:34:60:4c"
EXTERNAL_MAC = "00:50:56:3d:a7:95"
NICS = [{"number": 1, "link": "eth0", "mac": EXTERNAL_MAC, "state": "up"},
        {"number": 2, "link": "eth1", "mac": ADMIN_MAC, "state": "up"}]

# The answers of the worked example.
COAL = {
    "unattended": True, "config_console": "vga", "skip_instructions": True, "simple_headers": True,
    "skip_dns_check": True, "datacenter_company_name": "Clavius", "region_name": "orbit",
    "datacenter_name": "coal-1", "datacenter_location": "Moon, Earth",
    "admin_nic": ADMIN_MAC, "admin_ip": "10.99.99.7", "admin_netmask": "<default>",
    "admin_provisionable_start": "<default>", "dhcp_range_end": "10.99.99.253",
    "setup_external_network": True, "external_nic": EXTERNAL_MAC, "external_ip": "10.88.88.200",
    "external_netmask": "<default>", "external_gateway": "10.88.88.2", "external_vlan_id": "<default>",
    "external_provisionable_start": "<default>", "external_provisionable_end": "<default>",
    "headnode_default_gateway": "<default>", "dns_resolver1": "<default>",
    "dns_resolver2": "<default>", "dns_domain": "example.com", "dns_search": "<default>",
    "ntp_hosts": "<default>", "root_password": "rootpass", "admin_password": "adminpass1",
    "mail_to": "<default>", "mail_from": "<default>", "phonehome_automatic": "<default>",
    "install_pkgsrc": True, "update_channel": "release"}


class Folder:
    """A temporary folder that goes away with the test."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="tt-cli-")

    def __enter__(self):
        self.write("nics.json", NICS)
        return self

    def __exit__(self, *unused):
        shutil.rmtree(self.path)

    def at(self, name):
        return os.path.join(self.path, name)

    def write(self, name, content):
        """Text, bytes, or something that becomes JSON; returns the path."""
        path = self.at(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if isinstance(content, (dict, list)):
            content = json.dumps(content, indent=1, ensure_ascii=False)
        with open(path, "wb") as f:
            f.write(content if isinstance(content, bytes) else content.encode())
        return path

    def read(self, name):
        with open(self.at(name), encoding="utf-8") as f:
            return f.read()


def run(*argv, stdin=b"", env=None):
    """Exit status, standard output and standard error; never longer than a minute."""
    full = dict(os.environ, **(env or {}))
    if env is None:
        full.pop("SDC_CONFIG_FILENAME", None)
    p = subprocess.run(list(argv), input=stdin, capture_output=True, timeout=60, env=full, check=False)
    return p.returncode, p.stdout.decode(errors="replace"), p.stderr.decode(errors="replace")


def answers(changes=None, without=()):
    """The example's answers with changes."""
    a = dict(COAL)
    a.update(changes or {})
    for key in without:
        a.pop(key, None)
    return a


def findings(path, *options, command="validate"):
    """Exit status and the findings as dictionaries."""
    status, out, _ = run(SETUP, command, "--json", *options, path)
    return status, [json.loads(line) for line in out.splitlines()]


def keys(config):
    """The assignments of a config in order, as bash sees the bare ones."""
    pairs = []
    for line in config.splitlines():
        if line and not line.startswith("#"):
            key, value = line.split("=", 1)
            if value.startswith("'"):
                value = value[1:-1].replace("'\\''", "'")
            pairs.append((key, value))
    return pairs
