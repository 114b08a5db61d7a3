#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""GET /setup of a running triton-setupd: each file of cases/ is one request and what its
answer must be: status, headers by pattern, and members of the JSON body by path and pattern."""

import glob
import http.client
import json
import os
import re
import sys

HERE = os.path.dirname(__file__)
sys.path.insert(0, os.path.join(HERE, "../../lib"))
from setupd import FakeRoot, Setupd  # noqa: E402
from tap import Tap  # noqa: E402

tap = Tap()


def member(value, path):
    for part in path.split("."):
        value = value[int(part)] if isinstance(value, list) else value[part]
    return value


def replay(case, port, name):
    request, want = case["request"], case["expect"]
    conn = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    conn.request(request.get("method", "GET"), request["path"], request.get("body"),
                 request.get("headers", {}))
    answer = conn.getresponse()
    body = answer.read().decode()
    tap.equal(answer.status, want["status"], f"{name}: status")
    for header, pattern in want.get("headers", {}).items():
        got = answer.getheader(header) or ""
        tap.ok(re.fullmatch(pattern, got), f"{name}: header {header}", got)
    for path, pattern in want.get("json", {}).items():
        got = json.dumps(member(json.loads(body), path))
        tap.ok(re.fullmatch(pattern, got), f"{name}: {path}", got)
    if "body" in want:
        tap.ok(re.fullmatch(want["body"], body, re.S), f"{name}: body", body)
    conn.close()


def events(port):
    conn = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    conn.request("GET", "/setup", headers={"Accept": "text/event-stream"})
    answer = conn.getresponse()
    tap.equal(answer.getheader("Content-Type"), "text/event-stream", "an event stream")
    lines = [answer.readline().decode() for _ in range(4)]
    tap.ok(lines[0].startswith("id: ") and lines[1] == "event: setup\n" and lines[3] == "\n",
           "one message: id, event, data", lines)
    state = json.loads(lines[2].removeprefix("data: "))
    tap.equal(state["status"], "complete", "its data is the state of now")
    conn.close()


with FakeRoot() as root, Setupd(root) as daemon:
    tap.ok(daemon.wait_status("complete"), "setup completes")
    for file in sorted(glob.glob(os.path.join(HERE, "cases/*.json"))):
        with open(file, encoding="utf-8") as f:
            tap.run(file, replay, json.load(f), daemon.port, os.path.basename(file)[:-5])
    tap.run("events", events, daemon.port)
sys.exit(tap.done())
