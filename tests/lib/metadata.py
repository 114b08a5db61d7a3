# SPDX-License-Identifier: MPL-2.0
"""A metadata agent on folders of its own, and guests that talk to it.

    with Agent() as agent:
        agent.instance(UUID, customer={"key": "value"})
        agent.start()
        guest = agent.connect(UUID)
        guest.sendall(frame("GET", b"key"))

A virtual machine's serial port is played by SerialLine: a pseudo terminal whose other end is
the socket that QEMU would have.
"""

import base64
import binascii
import fcntl
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import tty

UUID = "7d6b5a30-1f6d-4ac4-9d2a-3a1f5a0a1c11"


def uuid_of(number):
    return f"00000000-0000-4000-8000-{number:012x}"


def frame(command, payload=b"", reqid="0badcafe"):
    body = f"{reqid} {command}".encode()
    if payload:
        body += b" " + base64.b64encode(payload)
    return b"V2 %d %08x %s\n" % (len(body), binascii.crc32(body), body)


def put_payload(key, value):
    return base64.b64encode(key) + b" " + base64.b64encode(value)


def parse(line):
    """(result, payload) of a response; what is wrong with it is an exception."""
    match = re.fullmatch(rb"V2 (\d+) ([0-9a-f]{8}) (([0-9a-f]{8}) ([A-Z]+)(?: (\S+))?)", line)
    if not match or int(match[1]) != len(match[3]) or int(match[2], 16) != binascii.crc32(match[3]):
        raise ValueError(f"no good frame: {line[:200]!r}")
    return match[5].decode(), base64.b64decode(match[6] or b"", validate=True)


def read_line(sock, seconds=10):
    """One line without its end; b"" when the peer is gone, None when none comes."""
    data = b""
    sock.settimeout(seconds)
    try:
        while not data.endswith(b"\n"):
            more = sock.recv(1 << 16, socket.MSG_PEEK)
            if not more:
                return b""
            end = more.find(b"\n")
            data += sock.recv(end + 1 if end >= 0 else len(more))
    except TimeoutError:
        return None
    return data[:-1]


def ask(sock, command, payload=b"", seconds=10):
    """(result, payload), or None when there is no answer in time."""
    sock.settimeout(seconds)
    sock.sendall(frame(command, payload))
    line = read_line(sock, seconds)
    return parse(line) if line else None


def wait_for(condition, seconds=10):
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


class Agent:
    def __init__(self, program=None):
        self.folder = tempfile.mkdtemp(prefix="triton-metadata-")
        self.program = program or os.path.join(os.environ["BIN"], "metadatad")
        self.process = None
        self.slots = 0
        for name in ("zones", "control", "run"):
            os.mkdir(self.path(name))

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.stop(signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def write(self, uuid, name, value):
        """Replace a file as vmadmd does."""
        path = self.path("zones", uuid, name)
        with open(path + ".tmp", "w", encoding="utf-8") as f:
            json.dump(value, f)
        os.rename(path + ".tmp", path)

    def read(self, uuid, name="metadata.json"):
        with open(self.path("zones", uuid, name), encoding="utf-8") as f:
            return json.load(f)

    def instance(self, uuid=UUID, customer=None, internal=None, tags=None, **vm):
        os.makedirs(self.path("zones", uuid), exist_ok=True)
        self.slots += 1
        self.write(uuid, "metadata.json", {"customer_metadata": customer or {},
                                           "internal_metadata": internal or {}})
        self.write(uuid, "tags.json", tags or {})
        self.write(uuid, "vm.json", {"brand": "joyent-minimal", "slot": self.slots,
                                     "uuid": uuid, **vm})
        return uuid

    def start(self):
        # pylint: disable=consider-using-with
        # what is freed goes back at once, so that its memory can be judged
        environment = dict(os.environ, ASAN_OPTIONS="detect_leaks=1:quarantine_size_mb=1")
        with open(self.path("log"), "ab") as log:
            self.process = subprocess.Popen(
                [self.program, f"--zones={self.path('zones')}",
                 f"--control={self.path('control')}", f"--run={self.path('run')}"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)

    def stop(self, how=signal.SIGTERM):
        """Its exit status; leaks are errors there, when it ends by itself."""
        if self.process is None:
            return None
        self.process.send_signal(how)
        status = self.process.wait(60)
        self.process = None
        return status

    def log(self):
        with open(self.path("log"), encoding="utf-8", errors="replace") as f:
            return f.read()

    def socket_path(self, uuid=UUID):
        return self.path("control", uuid, "metadata.sock")

    def connect(self, uuid=UUID, seconds=10):
        until = time.monotonic() + seconds
        while True:
            s = socket.socket(socket.AF_UNIX)
            try:
                s.connect(self.socket_path(uuid))
                return s
            except (FileNotFoundError, ConnectionRefusedError):
                s.close()
                if time.monotonic() > until:
                    raise
                time.sleep(0.02)

    def rss_kib(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as f:
            return int(re.search(r"VmRSS:\s+(\d+)", f.read())[1])


class SerialLine:
    """The socket that QEMU has for a second serial port, joined to a pseudo terminal."""

    def __init__(self, agent, uuid=UUID):
        folder = agent.path("run", uuid)
        os.makedirs(folder, exist_ok=True)
        self.path = os.path.join(folder, "vm.ttyb")
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(1)
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        fcntl.fcntl(self.master, fcntl.F_SETFL, os.O_NONBLOCK)
        self.device = os.ttyname(self.slave)
        self.agent_end = None
        self.swallow = False  # lose what the guest writes
        self.closing = False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def connected(self):
        return self.agent_end is not None

    def _from_agent(self):
        try:
            data = self.agent_end.recv(4096)
        except OSError:
            data = b""
        if not data:
            self.agent_end.close()
            self.agent_end = None
        while data and not self.closing:
            try:
                data = data[os.write(self.master, data):]
            except BlockingIOError:
                select.select([], [self.master], [], 0.1)

    def _run(self):
        while not self.closing:
            ends = [self.master, self.agent_end or self.listener]
            ready, _, _ = select.select(ends, [], [], 0.1)
            if self.listener in ready:
                self.agent_end, _ = self.listener.accept()
            elif self.agent_end in ready:
                self._from_agent()
            if self.master in ready:
                data = os.read(self.master, 4096)
                if self.agent_end and not self.swallow:
                    try:
                        self.agent_end.sendall(data)
                    except OSError:
                        pass

    def close(self):
        self.closing = True
        self.thread.join(10)
        for end in (self.listener, self.agent_end):
            if end:
                end.close()
        os.close(self.master)
        os.close(self.slave)
        os.unlink(self.path)


class Port:
    """A guest's end of a SerialLine with the calls of a socket that the tests use."""

    def __init__(self, device):
        self.fd = os.open(device, os.O_RDWR | os.O_NOCTTY)
        self.timeout = None
        self.data = b""

    def settimeout(self, seconds):
        self.timeout = seconds

    def sendall(self, data):
        while data:
            data = data[os.write(self.fd, data):]

    def recv(self, size, flags=0):
        if not self.data:
            ready, _, _ = select.select([self.fd], [], [], self.timeout)
            if not ready:
                raise TimeoutError
            self.data = os.read(self.fd, size)
        data = self.data[:size]
        if not flags & socket.MSG_PEEK:
            self.data = self.data[len(data):]
        return data

    def close(self):
        os.close(self.fd)
