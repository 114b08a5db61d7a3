#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""Live checks against a name server and a time server of the test."""

import os
import socket
import struct
import sys
import threading
import time

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "../../lib")]
from tap import Tap  # noqa: E402
from wizard_pty import Machine, Wizard, since, until  # noqa: E402

tap = Tap()
NTP_EPOCH = 2208988800


class Server:
    """UDP on a free port; answer(query) gives the reply or None."""

    def __init__(self, answer):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.asked = []
        self.answer = answer
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                query, client = self.socket.recvfrom(2048)
            except OSError:
                return
            reply = self.answer(self, query)
            if reply:
                self.socket.sendto(reply, client)


def name_of(query):
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode())
        at += 1 + query[at]
    return ".".join(labels)


def dns(taken=(), silent=lambda: False):
    """A name server: everything else does not exist."""
    def answer(server, query):
        name = name_of(query)
        server.asked.append(name)
        if silent():
            return None
        if name == "" or not any(name.endswith(t) for t in taken):
            code = 0 if name == "" else 3
            return query[:2] + struct.pack(">H", 0x8180 | code) + query[4:6] + bytes(6) + query[12:]
        record = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + bytes([203, 0, 113, 7])
        return (query[:2] + struct.pack(">H", 0x8180) + query[4:6] + b"\0\1" + bytes(4) +
                query[12:] + record)
    return Server(answer)


def ntp(offset=0):
    def answer(server, query):
        server.asked.append("time")
        now = int(time.time() + offset) + NTP_EPOCH
        return bytes([0x24, 2]) + bytes(22) + query[40:48] + bytes(8) + struct.pack(">II", now, 0)
    return Server(answer)


def dialogue(test, names, times=None):
    def body():
        machine = Machine()
        env = {"TRITON_TEST_DNS_PORT": str(names.port),
               "TRITON_TEST_NTP_PORT": str((times or names).port)}
        wizard = Wizard(machine, env=env)
        try:
            test(machine, wizard)
        finally:
            wizard.close()
            machine.remove()
    return body


def all_good(machine, wizard):
    wizard.answers(until("Domain name"))
    part = wizard.expect("Domain name of the headnode: ")
    tap.ok("Checking the resolvers" in part and "warning" not in part, "resolvers that answer", part)
    wizard.line("example.com")
    wizard.answer("Search domain [example.com]", "")
    part = wizard.expect("NTP servers")
    tap.ok("is free" in part and "warning" not in part, "a name that nobody has", part)
    wizard.expect(": ")
    wizard.line("10.99.99.250")
    part = wizard.expect("Root password: ")
    tap.ok("Checking the time servers" in part and "warning" not in part, "a clock that is right",
           part)
    wizard.line("rootpass")
    wizard.answers(since("Root password, again"))
    tap.equal(wizard.wait(), 0, "nothing is asked when all checks pass")


def silent_resolver(machine, wizard):
    global quiet
    quiet = True
    wizard.answers(until("Domain name"))
    wizard.expect("resolver 8.8.8.8 does not answer")
    wizard.expect("resolver 8.8.4.4 does not answer")
    wizard.answer("retry, change or keep", "c")
    wizard.answer("First DNS resolver [8.8.8.8]", "9.9.9.9")
    wizard.answer("Second DNS resolver", "")
    wizard.expect("resolver 9.9.9.9 does not answer")
    wizard.expect("retry, change or keep")
    wizard.expect(": ")
    quiet = False
    wizard.line("r")
    part = wizard.expect("Domain name of the headnode: ")
    tap.ok("warning" not in part, "retry asks again", part)


def typed_through(machine, wizard):
    """Nobody answers, and the next answer is typed all the same: it is kept and carried on."""
    wizard.answers(until("Domain name"))
    wizard.expect("retry, change or keep")
    wizard.expect(": ")
    wizard.line("example.com")
    wizard.expect("Domain name of the headnode: example.com")
    wizard.expect("Search domain [example.com]: ")
    tap.ok(True, "an answer to the next question is not lost")


def keeps_by_itself(machine, wizard):
    wizard.answers(until("Domain name"))
    wizard.expect("retry, change or keep")
    start = time.monotonic()
    wizard.expect("Domain name of the headnode: ", 15)
    tap.ok(8 < time.monotonic() - start < 13, "without a key it is kept after ten seconds")


def interrupted(machine, wizard):
    wizard.answers(until("Second DNS"))
    wizard.answer("Second DNS resolver", "")
    wizard.expect("(^C ends it) ...")
    start = time.monotonic()
    wizard.send("\x03")
    wizard.expect("Check ended.")
    wizard.expect("Domain name of the headnode: ")
    tap.ok(time.monotonic() - start < 1.5, "^C ends a check, not the setup")


def typed_ahead(machine, wizard):
    wizard.answers(until("Second DNS"))
    wizard.answer("Second DNS resolver", "")
    wizard.line("example.com")
    part = wizard.expect("Search domain [example.com]: ")
    tap.ok("retry" not in part, "lines typed ahead skip the question", part)


def taken_name(machine, wizard):
    wizard.answers(until("Domain name"))
    wizard.answer("Domain name of the headnode", "taken.example")
    wizard.answer("Search domain", "")
    part = wizard.expect("retry, change, or keep it all the same [change]: ")
    tap.ok("coal-1.taken.example already resolves to 203.0.113.7, by a wildcard" in
           part.replace("\r\n", " "), "the record is named, and that it is a wildcard", part)
    wizard.line("perhaps")
    wizard.expect("[change]: ")
    wizard.line()
    wizard.answer("Search domain [taken.example]", "free.example")
    wizard.expect("NTP servers")
    tap.ok(True, "another search domain is asked for, and checked")


def wrong_clock(machine, wizard):
    wizard.answers(until("NTP servers"))
    wizard.answer("NTP servers", "10.99.99.250")
    part = wizard.expect("Root password: ")
    tap.ok("days off" in part, "a clock that is days off is a warning", part)
    wizard.line("rootpass")
    wizard.answers(until("Is this right?", since("Root password, again")))
    part = wizard.expect("Is this right?")
    tap.ok("days off" in part, "which stands at the review, too", part)


quiet = False


def main():
    silent = dns(silent=lambda: True)
    good = dns()
    clock = ntp()
    for test, names, times in (
            (all_good, good, clock), (silent_resolver, dns(silent=lambda: quiet), clock),
            (typed_through, silent, clock), (keeps_by_itself, silent, clock),
            (interrupted, silent, clock), (typed_ahead, silent, clock),
            (taken_name, dns(taken=("taken.example",)), clock),
            (wrong_clock, good, ntp(-3 * 86400))):
        tap.run(test.__name__, dialogue(test, names, times))
    tap.ok(any(n.startswith("binder.coal-1.example.com") for n in good.asked) and
           any(n.startswith("sapi.coal-1.example.com") for n in good.asked) and "" in good.asked,
           "binder, sapi and the root are asked for", good.asked)
    return tap.done()


sys.exit(main())
