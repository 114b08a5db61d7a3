#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""Containers on a headnode: an image, an instance within its limits on its network, a killed
daemon, a power cut, and nothing left behind."""

import json
import os
import shlex
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from login import login  # noqa: E402
from tap import Tap  # noqa: E402
from vm import VM, coal_answers  # noqa: E402

IMAGE = "11111111-2222-4333-8444-555555555555"
UUID = "0a0a0a0a-2222-4333-8444-555555555555"
PROGRAMS = "bash sleep ls cat dd touch id ip ping mkdir rm stat unshare fallocate"

# A small Linux of the live system's own programs: nothing has to come from outside.
MAKE_IMAGE = f"""
mkdir -p /tmp/i/t/{{usr/bin,etc,tmp,proc,sys,dev,root}} && cd /tmp/i/t &&
for d in bin sbin lib lib64; do ln -s usr/$d $d; done;
mkdir -p usr/lib usr/lib64 usr/sbin;
for p in {PROGRAMS}; do f=$(command -v $p); cp -L $f usr/bin/$p;
  for l in $(ldd $f | grep -o '/[^ ]*'); do
    mkdir -p usr$(dirname $l | sed 's,^/usr,,'); cp -Ln $l usr$(echo $l | sed 's,^/usr,,'); done; done;
echo root:x:0:0:root:/root:/bin/bash > etc/passwd; mknod disk b 254 0; chmod 666 disk;
tar -czf ../t.tgz . && cd .. && sum=$(sha256sum t.tgz | cut -d' ' -f1) &&
echo '{{"v":2,"uuid":"{IMAGE}","name":"tiny","version":"1.0","type":"docker","os":"linux",
"files":[{{"size":'$(stat -c %s t.tgz)',"sha256":"'$sum'"}}]}}' > t.json &&
sed 's/"sha256":"./"sha256":"x/' t.json > bad.json
""".replace("\n", " ")

PAYLOAD = {
    "uuid": UUID, "brand": "lx", "docker": True, "kernel_version": "6.12", "alias": "one",
    "image_uuid": IMAGE, "max_physical_memory": 64, "max_swap": 256, "quota": 1,
    "max_lwps": 50, "cpu_cap": 50, "delegate_dataset": True, "autoboot": True,
    "nics": [{"nic_tag": "admin", "ips": ["10.99.99.40/24"], "primary": True,
              "gateways": ["10.99.99.7"]}],
    "internal_metadata_namespaces": ["docker"],
    "internal_metadata": {"docker:cmd": '["/bin/bash","-c","echo hello; exec sleep 10000"]'},
}


class Node:
    def __init__(self, tap, port):
        self.tap = tap
        self.port = port

    def run(self, command, timeout=60):
        status, text = self.port.command(command, timeout)
        return status, text.strip()

    def ok(self, command, want, what):
        status, text = self.run(command)
        self.tap.ok(want in text, what, f"{command}: status {status}\n{text}")

    def inside(self, command):
        return f"crun --root /run/triton/crun exec {UUID} /bin/bash -c '{command}'"

    def payload(self, **changes):
        text = json.dumps({**PAYLOAD, **changes})
        self.run(f"printf %s {shlex.quote(text)} > /tmp/i/p.json")


def images(n):
    status, text = n.run(MAKE_IMAGE, 120)
    n.tap.equal(status, 0, "an image is made")
    if status:
        n.tap.note(text)
    n.ok("imgadm install -m /tmp/i/bad.json -f /tmp/i/t.tgz", "SHA-256", "a wrong digest is refused")
    n.ok("head -c 200000 /tmp/i/t.tgz > /tmp/i/c.tgz; jq=$(sed 's/\"files.*/\"x\":1}/' /tmp/i/t.json "
         "| tr -d '\\n'); echo \"$jq\" > /tmp/i/c.json; imgadm install -m /tmp/i/c.json -f /tmp/i/c.tgz",
         "cut short", "a truncated file is refused")
    n.ok("ls /zones/.import | wc -l", "0", "and leaves nothing behind")
    n.ok("imgadm install -m /tmp/i/t.json -f /tmp/i/t.tgz", f"Installed image {IMAGE}", "installed")
    n.ok("imgadm list", "tiny", "and listed")
    n.ok("imgadm get 22222222-2222-4333-8444-555555555555; echo =$?", "=3", "another is not there: 3")


def create(n):
    n.payload(max_locked_memory=65)
    n.ok("vmadm create -f /tmp/i/p.json", "max_locked_memory must be <= max_physical_memory",
         "a bad payload is refused in words")
    n.payload(image_uuid="22222222-2222-4333-8444-555555555555")
    n.ok("vmadm create -f /tmp/i/p.json", "22222222-2222-4333-8444-555555555555",
         "so is a missing image")
    n.payload(nics=[{"nic_tag": "nowhere", "ips": ["10.0.0.1/24"]}])
    n.ok("vmadm create -f /tmp/i/p.json", "nowhere", "so is an unknown NIC tag")
    n.payload(internal_metadata={"docker:cmd": '["/no/such/program"]'})
    n.ok("vmadm create -f /tmp/i/p.json", "/no/such/program", "so is a program that is not there")
    n.ok("ls -d /zones/*-*-*-*-* | grep -vc 'img-\\|seed-'", "0", "none of them leaves anything")
    n.payload()
    n.ok("vmadm create -f /tmp/i/p.json", f"Successfully created VM {UUID}", "created")
    n.ok("vmadm list", f"{UUID}  LX    64   running  one", "listed as running")
    n.ok("vmadm lookup -1 alias=one", UUID, "found by alias")
    n.payload(uuid=UUID)
    n.ok("vmadm create -f /tmp/i/p.json", UUID, "its uuid is taken")


def confined(n):
    i = n.inside
    n.ok(i("id -u; cat /proc/self/uid_map"), "1000000", "root inside is nobody's root outside")
    n.ok(i("touch /usr/bin/new && stat -c %u /usr/bin/new"), "0", "it writes its own files")
    n.ok(f"stat -c %u /zones/{UUID}/root/upper/usr/bin/new", "0", "the disk keeps ids from 0")
    n.ok(i("touch /data/f && stat -c %u /data/f"), "0", "and its delegated data")
    n.ok(f"stat -c %a /zones/img-{IMAGE}/usr/bin/new 2>&1", "No such file", "not the image's")
    n.ok(f"ls /zones/img-{IMAGE}/disk 2>&1", "No such file", "a device node stayed outside")
    n.ok(i("unshare -U true") + " 2>&1", "not permitted", "no namespaces of its own")
    n.ok(f"cat /zones/{UUID}/console.log", "hello", "its output is kept")
    n.ok(f"cat /sys/fs/cgroup/triton/{UUID}/memory.max", str(64 << 20), "memory limit")
    n.ok(i("dd if=/dev/zero of=/dev/null bs=400M count=1; echo =$?"), "=137",
         "a process over memory and swap is killed")
    n.ok(i("dd if=/dev/zero of=/dev/null bs=200M count=1; echo =$?"), "=0", "one within is not")
    n.ok(f"cat /sys/fs/cgroup/triton/{UUID}/cpu.max", "50000 100000", "cpu cap")
    n.ok(i("fallocate -l 1100M /big") + " 2>&1", "Disk quota exceeded", "quota")
    n.ok(i("rm /big; fallocate -l 1000M /big; echo =$?; rm /big"), "=0", "of that size")
    n.ok("ping -c1 -W3 10.99.99.40", " 0% packet loss", "it is on the admin network")
    n.ok(i("ping -c1 -W3 10.99.99.7") + " 2>&1", "1 received", "and reaches the node")
    n.ok(f"vmadm update {UUID} max_physical_memory=128 max_lwps=100",
         "Successfully updated", "updated while it runs")
    n.ok(f"cat /sys/fs/cgroup/triton/{UUID}/memory.max", str(128 << 20), "in effect at once")
    # last: nobody in there reaps them, so they count until it is stopped
    n.ok(i("for k in {1..120}; do sleep 5 & done") + " 2>&1",
         "Resource temporarily unavailable", "no more processes than max_lwps")


def life(n):
    _, before = n.run(f"echo $(cat /run/triton/{UUID}/pid)")
    n.run("systemctl kill -s KILL triton-vmadmd")
    n.ok(f"for k in {{1..20}}; do vmadm get {UUID} 2>&1 | grep '\"pid\"' && break; sleep 1; done",
         before, "the daemon is killed, the instance goes on")
    n.ok(f"vmadm start {UUID}", "already running", "it cannot be started twice")
    n.ok(f"imgadm delete {IMAGE}", "is used by VM", "its image cannot be deleted")
    n.ok(f"vmadm stop -F {UUID}", "Successfully completed stop", "stopped")
    n.ok("vmadm list -H -o state", "stopped", "and shown so")
    n.ok(f"vmadm start {UUID}", "Successfully completed start", "started")
    n.ok(n.inside("ls /usr/bin/new /data/f"), "/data/f", "with its files")
    n.ok(f"vmadm kill {UUID}", "Successfully completed kill", "its program is killed")
    n.ok("for k in 1 2 3 4 5 6 7 8; do vmadm list -H -o state | grep -q stopped && break; sleep 1; "
         "done; vmadm list -H -o state", "stopped", "which is noticed")
    n.ok(f"vmadm reboot {UUID}", "already stopped", "what is stopped is not rebooted")
    n.ok(f"vmadm start {UUID}", "Successfully completed start", "and it starts again")


def gone(n):
    n.ok(f"vmadm delete {UUID}", f"Successfully deleted VM {UUID}", "deleted")
    n.ok(f"vmadm get {UUID}", "No such zone", "and not there any more")
    for place in (f"/zones/{UUID}", f"/run/triton/{UUID}", f"/sys/fs/cgroup/triton/{UUID}",
                  "/sys/class/net/t0n0", f"/zones/.trash/{UUID}"):
        n.ok(f"ls {place} 2>&1", "No such file", f"nothing of it is in {os.path.dirname(place)}")
    n.ok(f"grep -c {UUID} /proc/mounts", "0", "no mount")
    n.ok(f"imgadm delete {IMAGE}", "Deleted image", "now its image can be deleted")
    n.ok("ls -d /zones/img-* /zones/seed-* 2>&1 | grep -c cannot", "2", "with all that it had")


tap = Tap()
with VM(answers=coal_answers(), power_cut=True, disks=(8,),
        product="VMware Virtual Platform") as vm:
    vm.start()
    vm.pass_menu()
    vm.expect_setup()
    login(vm.serial[0])
    node = Node(tap, vm.serial[0])
    images(node)
    create(node)
    confined(node)
    life(node)
    tap.equal(vm.markers(but=["already running"]), [], "nothing went wrong")
    vm.cut()
    vm.start()
    vm.pass_menu()
    login(vm.serial[0], timeout=180)
    node = Node(tap, vm.serial[0])
    node.ok("for k in 1 2 3 4 5 6 7 8 9; do vmadm list -H -o state | grep -q running && break; "
            "sleep 1; done; vmadm list", "running  one", "behind a power cut it runs again")
    node.ok(node.inside("ls /data/f"), "/data/f", "with its data")
    gone(node)
sys.exit(tap.done())
