#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""mdata-get, -put, -delete, -list against the agent, over a socket and over a serial line:
texts, exit codes, many at once, and an agent that is killed meanwhile."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../lib"))
from metadata import Agent, SerialLine, UUID, wait_for  # noqa: E402
from tap import Tap  # noqa: E402

tap = Tap()
LONG = os.environ.get("MATRIX") == "1"
VALUE = "".join(f"line {n} of a value that is long enough\n" for n in range(1500))
links = tempfile.TemporaryDirectory(prefix="triton-mdata-")  # pylint: disable=consider-using-with
for name in ("get", "put", "delete", "list"):
    os.symlink(os.path.join(os.environ["BIN"], "mdata"), os.path.join(links.name, f"mdata-{name}"))


def start(name, *args, **environment):
    return subprocess.Popen([f"mdata-{name}", *args], stdin=subprocess.PIPE, text=True,
                            executable=os.path.join(links.name, f"mdata-{name}"),
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)


def finish(process, stdin=None, seconds=60):
    try:
        out, err = process.communicate(stdin, seconds)
    finally:
        process.kill()
    return process.returncode, out, err


def run(environment, name, *args, stdin=None):
    return finish(start(name, *args, **environment), stdin)


def basics(environment, how):
    def tool(*args, stdin=None):
        return run(environment, *args, stdin=stdin)
    tap.equal([tool("get", k)[:2] for k in ("plain", "lf", "empty", "sdc:alias")],
              [(0, "text\n"), (0, "a\nb\n"), (0, "\n"), (0, "web0\n")], f"values, {how}")
    tap.equal(tool("get", "nosuch"), (1, "", "No metadata for 'nosuch'\n"), f"no such key, {how}")
    tap.equal(tool("list"), (0, "plain\nlf\nempty\nbig\n", ""), f"the list, {how}")
    tap.equal(tool("list", "extra")[0], 0, f"extra words to it, {how}")
    tap.equal(tool("get", "big")[1] == VALUE, True, f"a value of {len(VALUE)} bytes, {how}")
    tap.equal([tool("put", "new", "v 1"), tool("put", "in", stdin="from\nstdin\n")],
              [(0, "", "")] * 2, f"PUT, {how}")
    tap.equal([tool("get", "new")[1], tool("get", "in")[1]], ["v 1\n", "from\nstdin\n"],
              f"is there, {how}")
    tap.equal([tool("delete", "new"), tool("delete", "in"), tool("delete", "in")],
              [(0, "", "")] * 3, f"DELETE, of what is gone too, {how}")
    tap.equal(tool("get", "in")[0], 1, f"is gone, {how}")
    tap.equal([tool("put", "sdc:x", "1"), tool("put", "docker:x", "1"), tool("delete", "sdc:x")],
              [(2, "", "Error putting metadata for key 'sdc:x': "
                "Cannot update the \"sdc\" Namespace.\n"),
               (2, "", "Error putting metadata for key 'docker:x': "
                "Cannot update the \"docker\" Namespace.\n"),
               (2, "", "Error deleting metadata key 'sdc:x': "
                "Cannot update the \"sdc\" Namespace.\n")], f"what is refused, {how}")
    tap.equal(tool("put", "new", ""), (2, "", "Error putting metadata for key 'new': "
                                       "Invalid PUT Request\n"), f"an empty value, {how}")
    tap.equal(tool("put", "new", stdin="x" * ((1 << 20) + 1)),
              (2, "", "Error putting metadata for key 'new': Request too large\n"),
              f"too large a value, {how}")


def together(environment, how):
    """Five that want one value and five that want another, at once."""
    processes = [start("get", "big" if n % 2 else "plain", **environment) for n in range(10)]
    got = [finish(p, seconds=120)[:2] for p in processes]
    tap.ok(got == [(0, "text\n"), (0, VALUE)] * 5, f"ten at once get whole values, {how}")


def killed(agent, environment, how, line=None):
    """The agent dies when a tool has said its first word, and comes back."""
    agent.process.send_signal(signal.SIGSTOP)
    process = start("get", "plain", **environment)
    time.sleep(0.7)
    agent.process.send_signal(signal.SIGKILL)
    agent.process.wait(10)
    time.sleep(0.3)
    agent.start()
    status, out, err = finish(process)
    tap.equal((status, out), (0, "text\n"), f"killed while it is asked, {how}")
    tap.ok(err != "", f"the tool says so, {how}")
    if line and LONG:
        wait_for(line.connected)
        line.swallow = True
        process = start("get", "plain", **environment)
        time.sleep(3)
        line.swallow = False
        tap.equal(finish(process, seconds=120)[:2], (0, "text\n"), f"lost requests, {how}")


class OldAgent(threading.Thread):
    """Version 1 only."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(5)

    def run(self):
        while True:
            peer, _ = self.listener.accept()
            for text in peer.makefile("r"):
                answer = {"": "invalid command\n", "GET k": "SUCCESS\n..x\ny\n.\n",
                          "GET no": "NOTFOUND\n", "KEYS": "SUCCESS\nk\n.\n"}
                peer.sendall(answer.get(text.strip(), "FAILURE\n").encode())
            peer.close()


def alone():
    """What needs no agent."""
    where = os.path.join(links.name, "old.sock")
    OldAgent(where).start()
    old = {"MDATA_SOCKET": where}
    tap.equal([run(old, "get", "k"), run(old, "get", "no")[0], run(old, "list")],
              [(0, ".x\ny\n", ""), 1, (0, "k\n", "")], "an agent of version 1")
    tap.equal([run(old, "put", "k", "v"), run(old, "delete", "k")],
              [(2, "", "ERROR: host does not support PUT\n"),
               (2, "", "ERROR: host does not support DELETE\n")], "which cannot change anything")
    tap.equal(run({"MDATA_TTY": "/nonexistent/port"}, "get", "k"),
              (2, "", "ERROR: could not initialise protocol: Could not open serial device.\n"),
              "no serial port")
    tap.equal([run({}, "get"), run({}, "get", "a", "b"), run({}, "delete"), run({}, "put")],
              [(3, "", "mdata-get: Usage: mdata-get <keyname>\n")] * 2 +
              [(3, "", "mdata-delete: Usage: mdata-delete <keyname>\n"),
               (3, "", "mdata-put: Usage: mdata-put <keyname> [ <value> ]\n")], "wrong usage")
    master, slave = os.openpty()
    tap.equal(subprocess.run([os.path.join(links.name, "mdata-put"), "k"], stdin=slave, env={},
                             stderr=subprocess.DEVNULL, check=False, timeout=20).returncode, 3,
              "mdata-put does not read a terminal")
    os.close(master)
    os.close(slave)
    late = {"MDATA_SOCKET": os.path.join(links.name, "late.sock")}
    process = start("get", "k", **late)
    time.sleep(0.5)
    OldAgent(late["MDATA_SOCKET"]).start()
    tap.equal(finish(process)[:2], (0, ".x\ny\n"), "a socket that is not there yet is waited for")


def on(serial):
    how = "serial line" if serial else "socket"
    with Agent() as agent:
        agent.instance(UUID, {"plain": "text", "lf": "a\nb\n", "empty": "", "big": VALUE},
                       brand="bhyve" if serial else "lx", alias="web0",
                       internal_metadata_namespaces=["docker"])
        line = SerialLine(agent) if serial else None
        environment = ({"MDATA_TTY": line.device} if serial
                       else {"MDATA_SOCKET": agent.socket_path()})
        agent.start()
        if serial:
            wait_for(line.connected)
        for part in (basics, together):
            tap.run(f"{part.__name__}, {how}", part, environment, how)
        tap.run(f"killed, {how}", killed, agent, environment, how, line)
        tap.equal(agent.stop(), 0, f"the agent ends in order, {how}")
        if line:
            line.close()


alone()
on(False)
on(True)
links.cleanup()
sys.exit(tap.done())
