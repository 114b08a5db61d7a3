#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""The set-up of libvirt's networks: against a made-up virsh that remembers networks, and its
texts against libvirt's own schema and parser."""

import os
import subprocess
import sys

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "../../lib")]
from hosts import Host  # noqa: E402
from tap import Tap  # noqa: E402

tap = Tap()
COMMAND = "coal-linux-kvm-setup"

# Networks are files; a second one beside them says that the network runs. What is dumped
# has a UUID, a MAC and other quotes, as libvirt writes it.
VIRSH = r"""
[ "$1" = -c ] && shift 2
N={state}
mkdir -p "$N"
case $1 in
net-list) ls "$N" ;;
net-info)
	[ -e "$N/$2.xml" ] || { echo "error: no network" >&2; exit 1; }
	echo "Name:           $2"
	[ -e "$N/$2.up" ] && echo "Active:         yes" || echo "Active:         no"
	;;
net-dumpxml)
	shift
	[ "$1" = --inactive ] && shift
	sed "s|<name>|<uuid>0d1f8ad1-3b6e-4f5e-9a36-6f1a3d5bd6b0</uuid>\n  <name>|; s/<ip address/<ip family='ipv4' address/; s/family='ipv4' //" "$N/$1.xml"
	;;
net-define)
	name=$(sed -n 's|.*<name>\(.*\)</name>.*|\1|p' "$2")
	[ ! -e "$N/$name.xml" ] || exit 1
	cp "$2" "$N/$name.xml"
	;;
net-undefine) [ ! -e "$N/$2.up" ] && rm "$N/$2.xml" ;;
net-start) [ -e "$N/$2.xml" ] && : > "$N/$2.up" ;;
net-destroy) rm "$N/$2.up" ;;
net-autostart) [ -e "$N/$2.xml" ] ;;
*) exit 1 ;;
esac
"""

FOREIGN = """<network>
  <name>coal-admin</name>
  <bridge name='virbr7'/>
  <ip address='192.168.99.1' netmask='255.255.255.0'>
  </ip>
</network>
"""


def new_host():
    host = Host()
    state = os.path.join(host.dir, "networks")
    host.tool("virsh", VIRSH.replace("{state}", state))
    os.makedirs(state)
    return host, state


def networks(state):
    found = {}
    for name in sorted(os.listdir(state)):
        with open(os.path.join(state, name), encoding="utf-8") as f:
            found[name] = f.read()
    return found


def life():
    host, state = new_host()
    try:
        r = host.run(COMMAND, "--dry-run")
        tap.ok(r.returncode == 0 and not networks(state) and "would run: virsh" in r.stdout and
               "<name>coal-external</name>" in r.stdout, "a dry run shows and changes nothing",
               r.stdout + r.stderr)
        r = host.run(COMMAND)
        tap.equal((r.returncode, sorted(networks(state))),
                  (0, ["coal-admin.up", "coal-admin.xml", "coal-external.up", "coal-external.xml"]),
                  f"both networks are made and run: {r.stderr}")
        before = networks(state)
        host.calls()
        r = host.run(COMMAND)
        changes = [c for c in host.calls() if any(w in c for w in ("define", "start", "destroy"))]
        tap.equal((r.returncode, changes, networks(state) == before), (0, [], True),
                  "a second time nothing happens")
        os.unlink(os.path.join(state, "coal-admin.up"))
        host.run(COMMAND)
        tap.equal(networks(state) == before, True, "one that does not run is started")
        texts(before)
        r = host.run(COMMAND, "--undo")
        tap.equal((r.returncode, networks(state)), (0, {}), "undo removes both")
        r = host.run(COMMAND, "--undo")
        tap.ok(r.returncode == 0 and r.stdout.count("nothing to undo") == 2, "once", r.stdout)
    finally:
        host.close()


def foreign():
    host, state = new_host()
    try:
        for name, text in (("coal-admin.xml", FOREIGN), ("coal-admin.up", "")):
            with open(os.path.join(state, name), "w", encoding="ascii") as f:
                f.write(text)
        r = host.run(COMMAND)
        tap.ok(r.returncode == 0 and "10.99.99.254" in networks(state)["coal-admin.xml"],
               "a network of that name gives way", r.stdout + r.stderr)
        r = host.run(COMMAND, "--undo")
        tap.ok(r.returncode == 0 and "192.168.99.1" in networks(state).get("coal-admin.xml", "") and
               "coal-admin.up" in networks(state), "and comes back", r.stdout + r.stderr)
        tap.ok("coal-external.xml" not in networks(state), "ours is gone")
    finally:
        host.close()


def texts(found):
    for name in ("coal-admin", "coal-external"):
        path = f"/tmp/{name}-{os.getpid()}.xml"
        with open(path, "w", encoding="ascii") as f:
            f.write(found[f"{name}.xml"])
        r = subprocess.run(["virt-xml-validate", path, "network"], capture_output=True, text=True,
                           check=False, timeout=60)
        tap.ok(r.returncode == 0, f"{name} fits libvirt's schema", r.stdout + r.stderr)
        r = subprocess.run(["virsh", "-c", "test:///default", f"net-define {path}; net-dumpxml {name}"],
                           capture_output=True, text=True, check=False, timeout=60)
        tap.ok(r.returncode == 0 and f"<name>{name}</name>" in r.stdout, f"libvirt takes {name}",
               r.stdout + r.stderr)
        os.unlink(path)


def refusals():
    host = Host()
    os.symlink("/usr/bin/dirname", os.path.join(host.tools, "dirname"))
    r = subprocess.run(["/bin/sh", os.path.join(os.getcwd(), "coal", COMMAND)], check=False,
                       env={"PATH": host.tools, "COAL_ROOT": host.root}, capture_output=True,
                       text=True, timeout=60)
    tap.ok(r.returncode == 1 and "libvirt is not installed" in r.stderr, "no libvirt", r.stderr)
    host.tool("virsh", "exit 1")
    r = host.run(COMMAND)
    tap.ok(r.returncode == 1 and "start libvirtd" in r.stderr, "libvirt that does not answer",
           r.stderr)
    host.close()


for part in (life, foreign, refusals):
    tap.run(part.__name__, part)
sys.exit(tap.done())
