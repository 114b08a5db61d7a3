#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""The set-up of VMware's networks on macOS and Linux, in a made-up root with recorded files."""

import os
import re
import sys

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "../../lib")]
from hosts import BACKUP, Host, read, table  # noqa: E402
from tap import Tap  # noqa: E402

tap = Tap()
NETS = table()
MAC = "coal-mac-vmware-setup"
LINUX = "coal-linux-vmware-setup"
FUSION = "Applications/VMware Fusion.app/Contents/Library"
PREFERENCES = "Library/Preferences/VMware Fusion/networking"


def mac(running=0):
    host = Host()
    host.put("mac/networking", PREFERENCES)
    host.tool("vmnet-cli", folder=host.path(FUSION))
    host.tool("vmrun", f"echo 'Total running VMs: {running}'", folder=host.path(FUSION))
    return host


def linux(running=0):
    host = Host()
    host.put("linux/networking", "etc/vmware/networking")
    host.put("linux/nat.conf", "etc/vmware/vmnet8/nat/nat.conf")
    host.put("linux/dhcpd.conf", "etc/vmware/vmnet8/dhcpd/dhcpd.conf")
    host.tool("vmware-networks")
    host.tool("vmrun", f"echo 'Total running VMs: {running}'")
    return host


def answers(text):
    return dict(re.findall(r"^answer (VNET_[18]_\w+) (.*)$", text, re.MULTILINE))


WANTED = {
    "VNET_1_DHCP": "no", "VNET_1_NAT": "no", "VNET_1_VIRTUAL_ADAPTER": "yes",
    "VNET_1_HOSTONLY_SUBNET": "10.99.99.0", "VNET_1_HOSTONLY_NETMASK": "255.255.255.0",
    "VNET_1_VIRTUAL_ADAPTER_ADDR": "10.99.99.254",
    "VNET_8_DHCP": "yes", "VNET_8_NAT": "yes", "VNET_8_VIRTUAL_ADAPTER": "yes",
    "VNET_8_HOSTONLY_SUBNET": "10.88.88.0", "VNET_8_HOSTONLY_NETMASK": "255.255.255.0",
    "VNET_8_VIRTUAL_ADAPTER_ADDR": "10.88.88.1",
}

def restart(command):
    return {MAC: ["vmnet-cli --stop", "vmnet-cli --configure", "vmnet-cli --start"],
            LINUX: ["vmware-networks --stop", "vmware-networks --start"]}[command]


def networking(host, command):
    return host.path(PREFERENCES if command == MAC else "etc/vmware/networking")


def life(make, command):
    """Dry run, change, again, undo, again: what is there after each."""
    host = make()
    try:
        path = networking(host, command)
        before = host.files()
        old = read(path)
        r = host.run(command, "--dry-run")
        calls = [c for c in host.calls() if not c.startswith("vmrun")]
        tap.equal((r.returncode, calls, host.files() == before), (0, [], True),
                  f"{command} --dry-run changes and restarts nothing")
        tap.ok(f"+answer VNET_1_HOSTONLY_SUBNET {NETS['ADMIN_SUBNET']}" in r.stdout and
               f"would run: {restart(command)[0]}" in r.stdout, "and says what would change",
               r.stdout + r.stderr)
        r = host.run(command)
        tap.equal(r.returncode, 0, f"{command} sets the networks up: {r.stderr}")
        tap.equal([c for c in host.calls() if not c.startswith("vmrun")], restart(command),
                  "and restarts them")
        tap.equal(answers(read(path)), WANTED, "the answers of both networks")
        others = [line for line in old.splitlines() if not re.match(r"answer VNET_[18]_", line)]
        kept = [line for line in read(path).splitlines()
                if not re.match(r"answer VNET_[18]_", line)]
        tap.equal(kept, others, "other networks and mappings are as they were")
        tap.equal(read(path + BACKUP), old, "the old file is beside it")
        after = host.files()
        r = host.run(command)
        tap.equal((r.returncode, host.calls(), host.files() == after), (0, [], True),
                  "a second time nothing happens")
        tap.ok("already" in r.stdout, "and that is said", r.stdout)
        host.run(command, "--undo", "--dry-run")
        tap.equal(host.files() == after, True, "a dry undo changes nothing")
        host.calls()
        r = host.run(command, "--undo")
        tap.equal((r.returncode, host.files() == before), (0, True), "undo: all as before")
        tap.equal([c for c in host.calls() if not c.startswith("vmrun")], restart(command),
                  "restarted again")
        r = host.run(command, "--undo")
        tap.ok(r.returncode == 0 and "nothing to undo" in r.stdout and not host.calls(),
               "a second undo does nothing", r.stdout + r.stderr)
    finally:
        host.close()


def linux_files():
    host = linux()
    try:
        host.run(LINUX)
        nat = read(host.path("etc/vmware/vmnet8/nat/nat.conf"))
        tap.ok("\nip = 10.88.88.2\nnetmask = 255.255.255.0\n" in nat, "nat.conf: the gateway", nat)
        tap.ok("ip = 192.0.2.53" in nat and "timeWaitTimeout = 30" in nat,
               "its other sections are as they were")
        dhcp = read(host.path("etc/vmware/vmnet8/dhcpd/dhcpd.conf"))
        tap.ok("subnet 10.88.88.0 netmask 255.255.255.0 {" in dhcp and "172.16." not in dhcp,
               "dhcpd.conf: the subnet", dhcp)
        tap.ok("range 10.88.88.201 10.88.88.254;" in dhcp,
               "it lends none of the addresses that CoaL gives out")
        tap.ok("option routers 10.88.88.2;" in dhcp and "fixed-address 10.88.88.1;" in dhcp and
               "fixed-address 10.88.88.77;" in dhcp, "routers and hosts have moved along")
    finally:
        host.close()


def backup_once():
    """What a person changes after the set-up must not become the 'original'."""
    host = linux()
    try:
        path = networking(host, LINUX)
        old = read(path)
        host.run(LINUX)
        with open(path, "a", encoding="ascii") as f:
            f.write("answer VNET_1_DHCP yes\n")
        r = host.run(LINUX)
        tap.equal(answers(read(path)), WANTED, f"a damaged set-up is repaired: {r.stderr}")
        tap.equal(read(path + BACKUP), old, "the backup is still the first original")
    finally:
        host.close()


def interrupted():
    """The file was written, the power went before the restart: the next run restarts."""
    host = mac()
    try:
        host.tool("vmnet-cli", '[ "$1" != --start ]', folder=host.path(FUSION))
        r = host.run(MAC)
        tap.ok(r.returncode == 1 and "vmnet-cli --start' failed" in r.stderr,
               "a tool that fails is named", r.stderr)
        host.tool("vmnet-cli", folder=host.path(FUSION))
        host.calls()
        r = host.run(MAC)
        tap.equal(r.returncode, 0, "the next run goes on")
        tap.ok("vmnet-cli --start" in host.calls(), "and restarts the networks")
        tap.ok("already" in host.run(MAC).stdout, "then all is done")
    finally:
        host.close()


def refusals():
    for command, make, name in ((MAC, mac, "VMware Fusion"), (LINUX, linux, "VMware Workstation")):
        host = Host()
        r = host.run(command)
        tap.ok(r.returncode == 1 and f"{name} is not installed" in r.stderr,
               f"{command} without VMware", r.stderr)
        host.close()
        host = make(running=2)
        before = host.files()
        r = host.run(command)
        tap.ok(r.returncode == 1 and "2 virtual machine(s) run" in r.stderr and
               host.files() == before, "not while machines run", r.stderr)
        os.unlink(networking(host, command))
        r = host.run(command)
        tap.ok(r.returncode == 1 and "is missing: start" in r.stderr, "no networking file", r.stderr)
        r = host.run(command, "--force")
        tap.ok(r.returncode == 2 and "unknown option '--force'" in r.stderr, "unknown option")
        r = host.run(command, "--help")
        tap.ok(r.returncode == 0 and "--undo" in r.stdout, "help", r.stdout)
        host.close()


for what, part in (("macOS", lambda: life(mac, MAC)), ("Linux", lambda: life(linux, LINUX)),
                   ("files of Linux", linux_files), ("backup", backup_once),
                   ("interrupted", interrupted), ("refusals", refusals)):
    tap.run(what, part)
sys.exit(tap.done())
