#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""Every recorded exchange of the metadata protocol: over a socket and over a serial line, in
one write and a byte at a time."""

import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../lib"))
from metadata import Agent, Port, SerialLine, UUID, parse, wait_for  # noqa: E402
from tap import Tap  # noqa: E402

tap = Tap()
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "vectors.json"),
          encoding="utf-8") as source:
    ALL = json.load(source)
# The line that shows that an earlier one was not answered.
PROBE, PROBED = b"NEGOTIATE V9\n", b"FAILURE\n"


def receive(guest, size):
    data = b""
    guest.settimeout(10)
    try:
        while len(data) < size:
            more = guest.recv(size - len(data))
            if not more:
                break
            data += more
    except TimeoutError:
        pass
    return data


def send(guest, data, piece):
    for at in range(0, len(data), piece):
        guest.sendall(data[at:at + piece])
        if piece == 1 and at % 16 == 0:
            time.sleep(0.0005)  # so that the agent reads in the middle of a line


def same(got, want, vector):
    if got == want:
        return True
    if "Compare the decoded JSON" not in vector["note"]:
        return False
    return json.loads(parse(got[:-1])[1]) == json.loads(parse(want[:-1])[1])


def one(guest, vector, piece, how):
    want = (vector["response"] or "").encode()
    send(guest, vector["request"].encode(), piece)
    guest.sendall(PROBE)
    got = receive(guest, len(want) + len(PROBED))
    tap.ok(got.endswith(PROBED) and same(got[:-len(PROBED)], want, vector),
           f"{vector['id']}, {how}", f"got  {got!r}\nwant {want!r}")


def run(fixture, serial, piece):
    how = f"{'serial line' if serial else 'socket'}, {'whole' if piece > 1 else 'by bytes'}"
    with Agent() as agent:
        record = ALL["fixtures"][fixture]
        agent.instance(UUID, record["customer_metadata"], record["internal_metadata"],
                       brand="kvm" if serial else "lx",
                       internal_metadata_namespaces=record["internal_metadata_namespaces"],
                       **{k: v for k, v in record["vm"].items() if k != "uuid"})
        line = SerialLine(agent) if serial else None
        agent.start()
        if serial:
            tap.ok(wait_for(line.connected), f"the agent comes to the serial port, {how}")
        guest = Port(line.device) if serial else agent.connect()
        for vector in ALL["vectors"]:
            if vector["fixture"] == fixture:
                one(guest, vector, piece, how)
        guest.close()
        tap.equal(agent.stop(), 0, f"the agent ends in order, {how}")
        if line:
            line.close()


tap.ok(len(ALL["vectors"]) >= 65, "all exchanges are there")
for fixture_name in ALL["fixtures"]:
    for on_serial in (False, True):
        for size in (1 << 20, 1):
            run(fixture_name, on_serial, size)
sys.exit(tap.done())
