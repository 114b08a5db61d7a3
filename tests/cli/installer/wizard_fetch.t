#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""Answers by URL: which names are tried, what is trusted, what a wrong answer leads to."""

import hashlib
import http.server
import json
import os
import sys
import threading

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "../../lib")]
from tap import Tap  # noqa: E402
from wizard_pty import ADMIN_MAC, Machine, Wizard, run  # noqa: E402

tap = Tap()
ANSWERS = json.dumps({
    "unattended": True, "datacenter_company_name": "Clavius", "region_name": "orbit",
    "datacenter_name": "coal-1", "datacenter_location": "Moon", "admin_nic": ADMIN_MAC,
    "admin_ip": "10.99.99.7", "setup_external_network": False, "dns_domain": "example.com",
    "root_password": "rootpass", "admin_password": "adminpass1"}).encode()
DIGEST = hashlib.sha256(ANSWERS).hexdigest()


class Server(http.server.ThreadingHTTPServer):
    """Files from a dictionary; what was asked for is remembered."""

    def __init__(self, files):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files = files
        self.asked = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def url(self, path):
        return f"http://127.0.0.1:{self.server_address[1]}{path}"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        body = self.server.files.get(self.path)
        self.send_response(200 if body is not None else 404)
        self.end_headers()
        self.wfile.write(body or b"<html>no such file</html>")

    def log_message(self, *_):
        pass


def attempt(files, path, words, test):
    """Run without a terminal with triton.answers=URL and more words on the command line."""
    server = Server(files)
    machine = Machine(cmdline=f"triton.answers={server.url(path)} {words}")
    try:
        done = run(machine)
        test(server, machine, done)
        tap.ok("adminpass1" not in done.stdout, "  and no password is shown")
    finally:
        server.shutdown()
        machine.remove()


def insecure(server, machine, done):
    tap.equal(done.returncode, 1, "plain http without a digest is refused")
    tap.ok("triton.answers.insecure=1" in done.stdout, "and it says what would help", done.stdout)
    tap.equal(server.asked, [], "nothing was asked for")


def allowed(server, machine, done):
    tap.ok(done.returncode == 0, "triton.answers.insecure=1 allows it", done.stdout)
    tap.ok("W_HTTP" in done.stdout, "with a warning", done.stdout)
    tap.ok(not machine.exists("run/triton/answers.json"), "the copy in RAM is gone at the end")


def pinned(server, machine, done):
    tap.ok(done.returncode == 0, "a digest makes plain http good enough", done.stdout)


def wrong_digest(server, machine, done):
    tap.equal(done.returncode, 1, "another digest is refused")
    tap.equal(len(server.asked), 3, "after three tries")
    tap.ok(not machine.exists("mnt/usbkey/config"), "nothing is written")


def not_found(server, machine, done):
    tap.equal(done.returncode, 1, "404 ends an unwatched run")
    tap.ok("404" in done.stdout, "with the reason", done.stdout)


def garbage(server, machine, done):
    tap.equal(done.returncode, 2, "a page instead of answers is invalid input")
    tap.ok("E_JSON" in done.stdout, "with the place where it stops to be JSON", done.stdout)


def folder(server, machine, done):
    tap.ok(done.returncode == 0, "a folder", done.stdout)
    tap.equal(server.asked, ["/d/00:50:56:34:60:4c-answers.json", "/d/answers.json"],
              "is asked for the MAC's own answers first")


def by_mac(server, machine, done):
    tap.ok(done.returncode == 0, "%m is the boot NIC's MAC", done.stdout)


def watched():
    """With a person there: retry, then go on."""
    server = Server({})
    machine = Machine(cmdline=f"triton.answers={server.url('/a')} triton.answers.insecure=1")
    wizard = Wizard(machine)
    try:
        wizard.expect("404")
        server.files["/a"] = ANSWERS
        wizard.answer("retry (by itself after 30 s), shell, or interactive setup [retry]", "")
        tap.equal(wizard.wait(), 0, "retry fetches once more")
        tap.equal(len(machine.config()), 83, "and the setup runs")
    finally:
        wizard.close()
        server.shutdown()
        machine.remove()


def main():
    boot_nic = "BOOTIF=01-00-50-56-34-60-4c triton.answers.insecure=1"
    html = b"<html>It works!</html>"
    for files, path, words, test in (
            ({"/a": ANSWERS}, "/a", "", insecure),
            ({"/a": ANSWERS}, "/a", "triton.answers.insecure=1", allowed),
            ({"/a": ANSWERS}, "/a", f"triton.answers.sha256={DIGEST}", pinned),
            ({"/a": ANSWERS}, "/a", f"triton.answers.sha256={DIGEST[::-1]}", wrong_digest),
            ({}, "/a", "triton.answers.insecure=1", not_found),
            ({"/a": html}, "/a", "triton.answers.insecure=1", garbage),
            ({"/d/answers.json": ANSWERS}, "/d/", boot_nic, folder),
            ({"/00:50:56:34:60:4c": ANSWERS}, "/%m", boot_nic, by_mac)):
        tap.run(test.__name__, attempt, files, path, words, test)
    tap.run("watched", watched)
    return tap.done()


sys.exit(main())
