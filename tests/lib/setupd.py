# SPDX-License-Identifier: MPL-2.0
"""A root folder for triton-setupd, and the daemon running on it.

    with FakeRoot() as root, Setupd(root) as daemon:
        daemon.wait_status("complete")
"""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time

CONFIG = """datacenter_name=coal-1
dns_domain=example.com
dns_resolvers=127.0.0.1
admin_ip=127.0.0.1
admin_network=127.0.0.0
admin_netmask=255.255.255.0
ufds_admin_uuid=930896af-bf8c-48d4-885c-6573a94b1853
root_shadow='$6$x$it'\\''s'
swap=0.25x
compute_node_swap=0.5x
ntp_hosts=ntp.example.com
compute_node_ntp_hosts=10.99.99.7
show_setup_timers=true
# end of config, 13 keys
"""


def binary(name):
    return os.path.join(os.environ["BIN"], name)


class FakeRoot:
    """What the boot steps leave behind: pool, /var, config, programs."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="setupd-test-")
        for folder in ("zones", "var/lib", "opt", "usbkey/os/20260101T000000Z",
                       "usbkey/os/20260202T000000Z", "usr/sbin", "usr/bin", "run/triton"):
            os.makedirs(self.at(folder))
        self.write("zones/.system_pool", "")
        self.write("usbkey/config", CONFIG)
        for tool in ("sdcadm", "sdc-config", "triton-setup", "sysinfo", "disklayout"):
            self.program(f"usr/sbin/{tool}", "exit 0")
        self.program("usr/bin/chronyc", "echo Leap status : Normal")

    def at(self, name):
        return os.path.join(self.path, name)

    def write(self, name, text):
        with open(self.at(name), "w", encoding="utf-8") as f:
            f.write(text)

    def read(self, name):
        with open(self.at(name), encoding="utf-8") as f:
            return f.read()

    def program(self, name, text):
        self.write(name, f"#!/bin/sh\n{text}\n")
        os.chmod(self.at(name), 0o755)

    def journal(self):
        return json.loads(self.read("var/lib/setup.json"))

    def __enter__(self):
        return self

    def __exit__(self, *args):
        shutil.rmtree(self.path)


class Ssh:
    """Something that greets like an SSH server on a loopback port."""

    def __init__(self):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.on = False

    def start(self):
        self.socket.listen(8)
        self.on = True
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            client.sendall(b"SSH-2.0-test\r\n")
            client.close()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Setupd:
    """The daemon; its consoles are the files con0 and con1 of the root folder."""

    def __init__(self, root, ssh=True, environment=None, dns_port=None):
        self.root = root
        self.ssh = Ssh()
        if ssh:
            self.ssh.start()
        self.port = free_port()
        self.socket = root.at("setupd.sock")
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify_path = tempfile.mktemp(prefix="notify-", dir=root.path)
        self.notify.bind(self.notify_path)
        self.notify.settimeout(30)
        for console in ("con0", "con1"):
            root.write(console, "")
        env = dict(os.environ, NOTIFY_SOCKET=self.notify_path, **(environment or {}))
        self.log = open(root.at("log"), "w", encoding="utf-8")
        self.process = subprocess.Popen(
            [binary("triton-setupd"), "-r", root.path, "-c", root.at("con0"), "-c",
             root.at("con1"), "-s", self.socket, "-p", str(self.port), "--ssh-port",
             str(self.ssh.port), "--dns-port", str(dns_port or free_port())],
            env=env, stderr=self.log)

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.stop()
        self.notify.close()

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        status = self.process.wait(20)
        self.ssh.socket.close()
        self.log.close()
        return status

    def ready(self):
        """The first notification to the service manager."""
        return self.notify.recv(4096).decode()

    def sdcadm(self, *words, timeout=60):
        return subprocess.run(
            [binary("sdcadm"), "setup", words[0], "--socket", self.socket, "--file",
             self.root.at("var/lib/setup.json"), *words[1:]],
            capture_output=True, text=True, timeout=timeout, check=False)

    def state(self):
        return json.loads(self.sdcadm("status", "-j").stdout)

    def wait_status(self, want, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if os.path.exists(self.socket) and self.state().get("status") == want:
                return True
            time.sleep(0.1)
        return False
