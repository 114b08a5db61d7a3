#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""A virtual machine asks for a value of 60 kB over its second serial port: the platform's
kernel with our mdata-get as its only program, and the agent at the other end of QEMU's COM2."""

import hashlib
import glob
import os
import re
import select
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
from metadata import Agent, UUID  # noqa: E402
from tap import Tap  # noqa: E402
from unixsocket import connect  # noqa: E402
from vm import speed  # noqa: E402

tap = Tap()
BUILD = os.environ["BUILD"]
SMBIOS = (f"type=1,manufacturer=Joyent,product=SmartDC HVM,version=7.20260101T000000Z,"
          f"serial={UUID},uuid={UUID},sku=001,family=Virtual Machine")
VALUE = "BEGIN\n" + "".join(hashlib.sha256(b"%d" % n).hexdigest()[:59] + "\n"
                            for n in range(1000)) + "END\n"


def cpio(entries):
    """An archive in the form that the kernel unpacks: (name, mode, data, major, minor)."""
    out = b""
    for number, (name, mode, data, major, minor) in enumerate([*entries,
                                                               ("TRAILER!!!", 0, b"", 0, 0)]):
        fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, major, minor, len(name) + 1, 0)
        out += b"070701" + b"".join(b"%08x" % f for f in fields) + name.encode() + b"\0"
        out += bytes(-len(out) % 4) + data
        out += bytes(-len(out) % 4)
    return out


def initramfs():
    with open(os.path.join(BUILD, "bin/mdata-static"), "rb") as f:
        program = f.read()
    return cpio([("dev", 0o40755, b"", 0, 0), ("dev/console", 0o20600, b"", 5, 1),
                 ("dev/ttyS1", 0o20600, b"", 4, 65), ("mdata-get", 0o100755, program, 0, 0)])


def kernel():
    found = sorted(glob.glob(os.path.join(BUILD, "platform/2*/vmlinuz")), key=os.path.getmtime)
    if not found:
        raise SystemExit(f"{BUILD}/platform has no kernel; `make platform` builds it")
    return found[-1]


class Relay(threading.Thread):
    """Between the agent and QEMU's socket: knows when the guest said its first word."""

    def __init__(self, agent):
        super().__init__(daemon=True)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(agent.path("run", UUID, "vm.ttyb"))
        self.listener.listen(1)
        self.machine_path = agent.path("run", UUID, "com2")
        self.first = None

    def run(self):
        peer, _ = self.listener.accept()
        machine = connect(self.machine_path, 60)
        other = {peer: machine, machine: peer}
        while True:
            for end in select.select([peer, machine], [], [])[0]:
                data = end.recv(65536)
                if not data:
                    return
                if end is machine and self.first is None:
                    self.first = time.monotonic()
                other[end].sendall(data)


def guest(agent, seconds):
    """What the machine prints on its console until it has printed the value."""
    with open(agent.path("initrd"), "wb") as f:
        f.write(initramfs())
    argv = ["qemu-system-x86_64", "-accel", "tcg", "-cpu", "qemu64", "-m", "256", "-nodefaults",
            "-display", "none", "-no-reboot", "-smbios", SMBIOS, "-kernel", kernel(),
            "-initrd", agent.path("initrd"), "-append",
            "console=ttyS0 quiet loglevel=0 panic=-1 rdinit=/mdata-get -- big",
            "-serial", "stdio", "-chardev",
            f"socket,id=serial1,path={agent.path('run', UUID, 'com2')},server=on,wait=off",
            "-serial", "chardev:serial1"]
    text = b""
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as machine:
        until = time.monotonic() + seconds
        try:
            os.set_blocking(machine.stdout.fileno(), False)
            while machine.poll() is None and time.monotonic() < until:
                more = machine.stdout.read()
                text += more or b""
                if b"END" in text:
                    break
                time.sleep(0.02)
        finally:
            machine.kill()
            text += machine.stdout.read() or b""
    return text.decode(errors="replace").replace("\r\n", "\n")


with Agent() as the_agent:
    the_agent.instance(UUID, {"big": VALUE}, brand="kvm")
    os.mkdir(the_agent.path("run", UUID))
    the_agent.start()
    relay = Relay(the_agent)
    relay.start()
    output = guest(the_agent, 60 + 60 * speed())
    took = time.monotonic() - (relay.first or 0)
    value = re.search(r"BEGIN\n.*END\n", output, re.DOTALL)
    tap.ok(value is not None and value[0] == VALUE, f"{len(VALUE)} bytes come through COM2 whole",
           output[-2000:])
    tap.ok(took < 10 * speed(), f"{took:.1f} s from the guest's first word to the last on its "
           "console")
    tap.ok("connected to a serial port" in the_agent.log(), "the agent came to the port itself")
sys.exit(tap.done())
