#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""sysinfo on a made-up machine: every field, its type, and the shell form."""

import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../lib"))
from tap import Tap  # noqa: E402

tap = Tap()
BIN = os.path.join(os.environ["BIN"], "sysinfo")
FILES = {
    "proc/cmdline": "triton.root=/os/20260102T030405Z/root.img headnode=true root_shadow=$6$x\n",
    "proc/stat": "cpu 1\nbtime 1767323045\n",
    "proc/meminfo": "MemTotal:        2097152 kB\n",
    "proc/sys/kernel/hostname": "headnode\n",
    "proc/cpuinfo": "".join(
        f"processor\t: {i}\nmodel name\t: It's a CPU\nphysical id\t: {i // 2}\n"
        f"core id\t: {i % 2}\nflags\t: fpu vmx\n\n" for i in range(4)),
    "sys/class/dmi/id/sys_vendor": "VMware, Inc.\n",
    "sys/class/dmi/id/product_name": "VMware20,1\n",
    "sys/class/dmi/id/product_uuid": "6157D253-DBC2-4D2F-81EB-222CB76E33E5\n",
    ".smartdc_version": "7.0\n",
    "sys/block/vda/size": "20971520\n",
    "sys/class/net/ens1/address": "00:50:56:34:60:4c\n",
    "sys/class/net/ens1/operstate": "up\n",
    "sys/class/net/ens1/device/vendor": "x\n",
    "sys/class/net/br0/address": "00:50:56:34:60:4c\n",
    "sys/class/net/external0/address": "02:01:02:03:04:05\n",
    "sys/class/net/external0/operstate": "down\n",
    "run/triton/nictags.json": json.dumps({
        "admin": {"uplink": "ens1", "bridge": "br0", "link": "br0", "vlan": 0},
        "external": {"uplink": "ens1", "bridge": "br0", "link": "external0", "vlan": 4}}),
    "usbkey/config": "datacenter_name=coal-1\nadmin_ip=10.99.99.7\n# end of config, 2 keys\n",
    "var/lib/setup.json": '{"node_type":"headnode","start_time":"t","complete":true}',
}
WANT = {
    "Live Image": "20260102T030405Z", "System Type": "Linux", "Boot Time": "1767323045",
    "Datacenter Name": "coal-1", "SDC Version": "7.0", "Manufacturer": "VMware, Inc.",
    "Product": "VMware20,1", "Setup": "true", "VM Capable": True, "Bhyve Capable": True,
    "HVM API": True, "CPU Type": "It's a CPU", "CPU Virtualization": "vmx",
    "CPU Physical Cores": 2, "CPU Total Cores": 4, "CPU Socket Count": 2, "CPU Core Count": 4,
    "CPU Online Count": 4, "CPU Count": 4, "Admin NIC Tag": "admin", "Admin IP": "10.99.99.7",
    "UUID": "6157d253-dbc2-4d2f-81eb-222cb76e33e5", "Hostname": "headnode",
    "MiB of Memory": "2048", "Zpool": "", "Zpool Encrypted": False, "Zpool Disks": "",
    "Disks": {"vda": {"Size in GB": 10}},
    "Network Interfaces": {"ens1": {"MAC Address": "00:50:56:34:60:4c", "ip4addr": "",
                                    "Link Status": "up", "NIC Names": ["admin", "external"]}},
    "Virtual Network Interfaces": {"external0": {
        "MAC Address": "02:01:02:03:04:05", "ip4addr": "", "Link Status": "down",
        "Host Interface": "ens1", "VLAN": 4}},
    "Link Aggregations": {}, "SDC Agents": [], "Psrinfo": {},
}
PRESENT = ["Headnode ID", "Serial Number", "SKU Number", "HW Version", "HW Family",
           "Bhyve Max Vcpus", "Zpool Profile", "Zpool Creation", "Zpool Size in GiB",
           "Zpool Recovery", "Boot Parameters"]

with tempfile.TemporaryDirectory() as root:
    for name, text in FILES.items():
        path = os.path.join(root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
    env = dict(os.environ, SYSINFO_ROOT=root)
    p = subprocess.run([BIN], capture_output=True, text=True, check=False, env=env)
    tap.equal(p.returncode, 0, "exit code")
    got = json.loads(p.stdout)
    for key, value in WANT.items():
        tap.equal(got.get(key), value, key)
    for key in PRESENT:
        tap.ok(key in got, f"{key} is there")
    tap.ok("$6$x" not in p.stdout, "no password of the command line")
    shell = subprocess.run([BIN, "-p"], capture_output=True, text=True, check=False, env=env)
    echo = subprocess.run(["bash", "-c", shell.stdout + 'printf "%s|%s|%s" "$CPU_Type" "$UUID" '
                           '"$Network_Interfaces_ens1_MAC_Address"'],
                          capture_output=True, text=True, check=False)
    tap.equal(echo.stdout, f"It's a CPU|{WANT['UUID']}|00:50:56:34:60:4c",
              "the shell form survives a shell")
    quiet = subprocess.run([BIN, "-u"], capture_output=True, text=True, check=False, env=env)
    tap.equal((quiet.returncode, quiet.stdout), (0, ""), "-u prints nothing")
sys.exit(tap.done())
