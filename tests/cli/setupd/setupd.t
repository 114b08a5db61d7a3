#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""triton-setupd and sdcadm on a folder that looks like a headnode after its boot steps."""

import json
import os
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../lib"))
from setupd import FakeRoot, Setupd  # noqa: E402
from tap import Tap  # noqa: E402

tap = Tap()
END = "seconds). Press [enter] to get login prompt.\n"


def whole():
    with FakeRoot() as root, Setupd(root) as daemon:
        tap.ok("READY=1" in daemon.ready(), "the service manager is told")
        tap.ok(daemon.wait_status("complete"), "setup completes")
        text = root.read("con0")
        tap.equal(root.read("con1"), text, "all consoles show the same")
        lines = text.splitlines()
        tap.equal(lines[0], "--> Welcome to Triton! <--", "banner")
        tap.ok("preparing for setup...                                    done (0s)" in lines,
               "work line of 58 columns, result, seconds", text)
        tap.ok(lines[-1].startswith("==> Setup complete (in ") and text.endswith(END),
               "the last line", text)
        journal = root.journal()
        tap.ok(journal["complete"] is True and journal["error"] is None, "journaled")
        tap.equal(journal["current_state"], "setup_complete", "its state")
        tap.equal(oct(os.stat(root.at("var/lib/setup.json")).st_mode & 0o777), "0o400",
                  "its mode")
        files(root)
        status(daemon)
        tap.equal(daemon.stop(), 0, "SIGTERM ends it")
        offline = daemon.sdcadm("status")
        tap.ok(offline.returncode == 0 and "Setup is complete" in offline.stdout,
               "without the daemon the journal tells", offline.stdout + offline.stderr)
        again(root)


def files(root):
    tap.equal(os.readlink(root.at("opt/smartdc/bin/sdcadm")), "/usr/sbin/sdcadm", "tools")
    tap.equal(os.readlink(root.at("usbkey/os/latest")), "20260202T000000Z", "newest platform")
    node = root.read("usbkey/extra/joysetup/node.config")
    tap.ok("swap=0.5x\n" in node and "ntp_hosts=10.99.99.7\n" in node,
           "compute_node_ keys win in node.config", node)
    tap.ok("root_shadow='$6$x$it'\\''s'\n" in node and "admin_ip" not in node,
           "quoted, and nothing else in it", node)
    rules = [json.loads(root.read(f"var/fw/rules/{f}"))
             for f in os.listdir(root.at("var/fw/rules"))]
    tap.equal(sorted(r["rule"] for r in rules), [
        "FROM any TO all vms ALLOW icmp TYPE all",
        "FROM any TO all vms ALLOW icmp6 TYPE all",
        "FROM subnet 127.0.0.0/24 TO tag smartdc_role ALLOW tcp PORT all",
        "FROM subnet 127.0.0.0/24 TO tag smartdc_role ALLOW udp PORT all"], "firewall rules")
    tap.equal(root.read("var/fw/.default_rules_setup"), "2\n", "and their version")


def status(daemon):
    table = daemon.sdcadm("status")
    tap.equal(table.returncode, 0, "status of a complete setup is 0")
    tap.ok(table.stdout.startswith("STAGE") and "Setup is complete, 9 of 9 stages done" in
           table.stdout, "status as a table", table.stdout)
    tap.ok(not daemon.sdcadm("status", "-H").stdout.startswith("STAGE"), "-H: no headings")
    state = daemon.state()
    tap.equal(state["progress"]["percent"], 100, "-j: the whole state")
    refused = daemon.sdcadm("resume")
    tap.ok(refused.returncode == 1 and "--from" in refused.stderr,
           "nothing to resume", refused.stderr)
    unknown = daemon.sdcadm("resume", "--from", "nope")
    tap.ok(unknown.returncode == 1 and "'nope'" in unknown.stderr, "an unknown stage",
           unknown.stderr)
    redo = daemon.sdcadm("resume", "--from", "gz_tools")
    tap.ok(redo.returncode == 0 and "Setup is complete" in redo.stdout, "--from a stage",
           redo.stdout + redo.stderr)


def again(root):
    """Later boots: silent, at once, and only what follows the config is renewed."""
    root.write("usbkey/config", root.read("usbkey/config").replace("example.com", "example.org"))
    before = root.read("var/lib/setup.json")
    start = time.monotonic()
    with Setupd(root, ssh=False) as daemon:
        tap.ok("READY=1" in daemon.ready(), "a finished headnode is ready")
        tap.ok(time.monotonic() - start < 2, "at once, without waiting for ssh")
        tap.ok(daemon.wait_status("complete"), "and says it is complete")
        time.sleep(0.3)
        tap.equal(root.read("con0"), "", "nothing is printed")
        tap.ok("dns_domain=example.org" in root.read("usbkey/extra/joysetup/node.config"),
               "node.config follows the config")
        tap.equal(root.read("var/lib/setup.json"), before, "the journal is left alone")


def failing():
    with FakeRoot() as root:
        os.unlink(root.at("zones/.system_pool"))
        with Setupd(root) as daemon:
            failed_without_pool(root, daemon)


def failed_without_pool(root, daemon):
    tap.ok(daemon.wait_status("running"), "under way")
    follow = daemon.sdcadm("status", "-f")
    tap.ok(follow.returncode == 1 and "Setup has failed" in follow.stdout,
           "no pool: setup fails within its limit", follow.stdout)
    tap.ok("READY=1" in daemon.ready(), "the logins come all the same")
    text = root.read("con0")
    tap.ok("headnode configuration: fatal error: preparing for setup: 'zones' zpool state is not"
           " ONLINE" in text, "the cause", text)
    tap.ok("sdcadm setup resume [--from prepare]" in text, "and the way on", text)
    tap.equal(daemon.sdcadm("status").returncode, 1, "status of a failed setup is 1")
    root.write("zones/.system_pool", "")
    resumed = daemon.sdcadm("resume")
    tap.ok(resumed.returncode == 0 and "Setup is complete" in resumed.stdout,
           "resume completes it", resumed.stdout + resumed.stderr)
    tap.ok(root.read("con0").endswith(END), "which the console says, too")
    tap.equal(root.journal()["attempt"], 2, "as the second attempt")


def waiting():
    with FakeRoot() as root, Setupd(root, ssh=False) as daemon:
        time.sleep(2.5)
        text = root.read("con0")
        tap.ok(text.endswith("waiting for SSH on the admin network...                   "),
               "work that takes longer shows its line first", text)
        tap.equal(daemon.sdcadm("status").returncode, 3, "status of a setup under way is 3")
        daemon.ssh.start()
        tap.ok(daemon.wait_status("complete"), "and goes on when it can")


def answer_one(server):
    """A name server that says 192.0.2.7 to the first question."""
    query, peer = server.recvfrom(512)
    address = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04" + bytes([192, 0, 2, 7])
    server.sendto(query[:2] + b"\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00" + query[12:] + address,
                  peer)


def taken_names():
    """One resolver knows our name, the other is silent: a warning, and two seconds at most."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server, \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent, FakeRoot() as root:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
        silent.bind(("127.0.0.2", port))
        config = root.read("usbkey/config")
        root.write("usbkey/config", config.replace("dns_resolvers=127.0.0.1",
                                                   "dns_resolvers=127.0.0.1,127.0.0.2"))
        threading.Thread(target=answer_one, args=(server,), daemon=True).start()
        start = time.monotonic()
        with Setupd(root, dns_port=port) as daemon:
            tap.ok(daemon.wait_status("complete"), "a taken name does not stop the setup")
            tap.ok(time.monotonic() - start < 4, "and a silent resolver costs two seconds")
            text = root.read("con0")
            tap.ok("public DNS answers sapi." in text and "192.0.2.7 (asked 127.0.0.1)" in text,
                   "the warning names the record", text)


def killed():
    """SIGKILL at moments spread over a setup; the next life completes it."""
    for i in range(6):
        with FakeRoot() as root:
            with Setupd(root) as daemon:
                time.sleep(0.02 + i * 0.04)
                daemon.process.kill()
            with Setupd(root) as daemon:
                tap.ok(daemon.wait_status("complete"), f"killed after {20 + i * 40} ms: resumed")


def usage():
    with FakeRoot() as root, Setupd(root) as daemon:
        tap.equal(daemon.sdcadm("statsu").returncode, 2, "an unknown subcommand is usage")
        tap.equal(daemon.sdcadm("status", "--nope").returncode, 2, "an unknown option is usage")


for part in (whole, failing, waiting, taken_names, killed, usage):
    tap.run(part.__name__, part)
sys.exit(tap.done())
