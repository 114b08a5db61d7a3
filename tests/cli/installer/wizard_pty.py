# SPDX-License-Identifier: MPL-2.0
"""triton-setup in a pseudo terminal, on a machine made of files: a folder with NICs below
sys/class/net, a medium, and nothing of the host's network."""

import fcntl
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import tempfile
import termios
import time

ADMIN_MAC = "00:50:56:34:60:4c"
EXTERNAL_MAC = "00:50:56:3d:a7:95"

# What a person types on CoaL: (a piece of the prompt, the line).
COAL = [
    ("Press Enter to begin", ""),
    ("Company name", "Clavius"),
    ("Region of the data center", "orbit"),
    ("Name of the data center", "coal-1"),
    ("City and state", "Moon, Earth"),
    ("NIC of the admin network", "2"),
    ("Headnode address on the admin network", "10.99.99.7"),
    ("Netmask of the admin network [255.255.255.0]", ""),
    ("First address for service zones [10.99.99.8]", ""),
    ("Add an external network now?", "Y"),
    ("NIC of the external network", "1"),
    ("Headnode address on the external network", "10.88.88.200"),
    ("Netmask of the external network [255.255.255.0]", ""),
    ("Gateway of the external network", "10.88.88.2"),
    ("VLAN of the external network [none]", ""),
    ("First external address for instances [10.88.88.3]", ""),
    ("Last external address for instances [10.88.88.199]", ""),
    ("Default gateway of the headnode [10.88.88.2]", ""),
    ("First DNS resolver [8.8.8.8]", ""),
    ("Second DNS resolver [8.8.4.4]", ""),
    ("Domain name of the headnode", "example.com"),
    ("Search domain [example.com]", "example.com"),
    ("NTP servers [0.smartos.pool.ntp.org]", ""),
    ("Root password", "rootpass"),
    ("Root password, again", "rootpass"),
    ("Admin password", "adminpass1"),
    ("Admin password, again", "adminpass1"),
    ("Operator's mail address [root@localhost]", ""),
    ("Sender of the system's mail [support@example.com]", ""),
    ("Send usage data? [no]", ""),
    ("Update channel [release]", "release"),
    ("Install extra operator packages? [yes]", ""),
    ("Is this right?", ""),
    ("Edit the config file first?", ""),
]


def make_nic(root, name, mac, bus, state="up"):
    device = os.path.join(root, "sys/devices/pci0000:00", bus)
    driver = os.path.join(root, "sys/bus/pci/drivers/e1000")
    link = os.path.join(root, "sys/class/net", name)
    for folder in (device, driver, link):
        os.makedirs(folder, exist_ok=True)
    os.symlink(os.path.relpath(driver, device), os.path.join(device, "driver"))
    os.symlink(os.path.relpath(device, link), os.path.join(link, "device"))
    for key, value in (("address", mac), ("operstate", state), ("type", "1"),
                       ("carrier", "1" if state == "up" else "0"), ("speed", "1000"),
                       ("addr_len", "6"), ("flags", "0x1003")):
        with open(os.path.join(link, key), "w", encoding="ascii") as f:
            f.write(value + "\n")


class Machine:
    """A root folder with CoaL's two NICs, and a medium in it."""

    def __init__(self, nics=2, product="VMware Virtual Platform", cmdline=""):
        self.root = tempfile.mkdtemp(prefix="wizard.")
        self.media = os.path.join(self.root, "mnt/usbkey")
        for folder in ("mnt/usbkey/private", "run/triton", "var/log", "proc",
                       "sys/class/net", "sys/class/dmi/id"):
            os.makedirs(os.path.join(self.root, folder))
        self.write("sys/class/dmi/id/product_name", product + "\n")
        self.write("proc/cmdline", "headnode=true " + cmdline + "\n")
        self.write("mnt/usbkey/version", "20260101T000000Z\n")
        if nics > 0:
            make_nic(self.root, "eth0", EXTERNAL_MAC, "0000:02:00.0")
        if nics > 1:
            make_nic(self.root, "eth1", ADMIN_MAC, "0000:02:01.0")

    def path(self, name):
        return os.path.join(self.root, name)

    def write(self, name, text, mode=0o600):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(self.path(name), mode)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as f:
            return f.read()

    def exists(self, name):
        return os.path.exists(self.path(name))

    def config(self, name="mnt/usbkey/config"):
        """The config as bash reads it."""
        script = 'set -e; . "$1"; while IFS= read -r k; do printf "%s\\0%s\\0" "$k" "${!k}"; ' \
                 "done < <(grep -o '^[a-z][a-z0-9_]*' \"$1\")"
        out = subprocess.run(["bash", "-c", script, "bash", self.path(name)], check=True,
                             stdout=subprocess.PIPE, env={"PATH": os.environ["PATH"]}).stdout
        parts = out.decode().split("\0")[:-1]
        return dict(zip(parts[::2], parts[1::2]))

    def remove(self):
        shutil.rmtree(self.root, ignore_errors=True)


class Wizard:
    """One triton-setup on a pseudo terminal of its own."""

    def __init__(self, machine, args=(), term="dumb", size=None, env=None, console=True):
        self.master, slave = pty.openpty()
        self.name = os.ttyname(slave).removeprefix("/dev/")
        self.before = termios.tcgetattr(slave)
        if size:
            termios.tcsetwinsize(slave, size)
        variables = {"PATH": os.environ["PATH"], "TERM": term, "LANG": "C.UTF-8",
                     "HOME": machine.root,
                     "ASAN_OPTIONS": "detect_leaks=0"}
        variables.update(env or {})
        program = os.path.join(os.environ["BIN"], "triton-setup")
        argv = [program, "--root", machine.root] + (["-c", self.name] if console else []) + list(args)
        self.process = subprocess.Popen(argv + [machine.media], stdin=slave, stdout=slave,
                                        stderr=slave, env=variables, close_fds=True,
                                        preexec_fn=lambda: self.own_session(slave))
        self.slave = slave
        self.output = ""
        self.seen = 0

    @staticmethod
    def own_session(slave):
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

    def read(self, timeout):
        ready, _, _ = select.select([self.master], [], [], timeout)
        if not ready:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError:
            return False
        self.output += data.decode("utf-8", "replace")
        return bool(data)

    def expect(self, text, timeout=20):
        """Wait for text behind what was seen last; the output up to it, or AssertionError."""
        end = time.monotonic() + timeout
        while True:
            at = self.output.find(text, self.seen)
            if at >= 0:
                part = self.output[self.seen:at + len(text)]
                self.seen = at + len(text)
                return part
            if time.monotonic() > end or (not self.read(0.1) and self.process.poll() is not None
                                          and not self.read(0.1)):
                raise AssertionError(f"no '{text}' in: ...{self.output[self.seen:][-1500:]!r}")

    def send(self, text):
        os.write(self.master, text.encode())

    def line(self, text=""):
        self.send(text + "\r")

    def answer(self, prompt, text, timeout=20):
        """Wait for the prompt and the colon behind it, then type the line."""
        self.expect(prompt, timeout)
        self.expect(": ", timeout)
        self.line(text)

    def answers(self, dialogue):
        for prompt, text in dialogue:
            self.answer(prompt, text)

    def wait(self, timeout=30):
        """The exit code."""
        end = time.monotonic() + timeout
        while self.process.poll() is None and time.monotonic() < end:
            self.read(0.1)
        while self.read(0.05):
            pass
        assert self.process.poll() is not None, f"still runs: {self.output[-800:]!r}"
        return self.process.returncode

    def kill(self, sig=signal.SIGKILL):
        if self.process.poll() is None:
            self.process.send_signal(sig)
            self.process.wait()

    def close(self):
        self.kill()
        os.close(self.master)
        os.close(self.slave)


def run(machine, *args):
    """triton-setup without a terminal."""
    return subprocess.run([os.path.join(os.environ["BIN"], "triton-setup"), "--root",
                           machine.root, *args, machine.media], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                          text=True, timeout=60,
                          env={"PATH": os.environ["PATH"], "ASAN_OPTIONS": "detect_leaks=0"})


def escapes(text):
    return re.findall(r"\x1b\[[0-9;]*[A-Za-z]|\x1b.", text)


def until(prompt, dialogue=None):
    """The part of the dialogue before the question with this prompt."""
    part = []
    for question, text in dialogue or COAL:
        if prompt in question:
            return part
        part.append((question, text))
    raise ValueError(prompt)


def since(prompt, dialogue=None):
    """The rest of the dialogue from this question on."""
    return (dialogue or COAL)[len(until(prompt, dialogue)):]
