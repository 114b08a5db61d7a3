# SPDX-License-Identifier: MPL-2.0
"""One serial port of a machine: what it says is kept, what one waits for is found in it."""

import re
import socket
import threading
import time

from unixsocket import connect


class Timeout(Exception):
    """What was waited for did not come; the message holds the end of the console."""


class Ended(Exception):
    """The machine closed the port before what was waited for came."""


# ECMA-48 control sequences, two-byte escapes, and the bells and backspaces of line editors.
_ESCAPES = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[^\[]|[\x00\x07\x0f\r]")
_PARTIAL = re.compile(rb"\x1b(\[[0-?]*[ -/]*)?\Z")


class Console:
    """text is everything said so far without escapes; expect() goes on behind the last hit."""

    def __init__(self, path, name, log=None):
        self.name = name
        self.text = ""
        self.raw = b""
        self.position = 0
        self.closed = False
        self.speed = 1.0
        self._rest = b""
        self._log = open(log, "ab") if log else None
        self._more = threading.Condition()
        self._socket = connect(path)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        while True:
            try:
                data = self._socket.recv(65536)
            except OSError:
                data = b""
            with self._more:
                if not data:
                    self.closed = True
                    self._more.notify_all()
                    return
                if self._log:
                    self._log.write(data)
                    self._log.flush()
                self.raw += data
                data = self._rest + data
                partial = _PARTIAL.search(data)
                cut = partial.start() if partial else len(data)
                data, self._rest = data[:cut], data[cut:]
                self.text += _ESCAPES.sub(b"", data).decode("utf-8", "replace")
                self._more.notify_all()

    def expect(self, pattern, timeout=60):
        r"""Wait for a regular expression behind the last hit; returns the match.

        Text arrives in pieces: a pattern whose end is open, such as (.*)$ or (\d+), may match
        half of a line. End it with \n where the whole is wanted.
        timeout is in seconds of the reference machine and scaled by the measured speed.
        A list of patterns gives (index, match) of the one that comes first."""
        patterns = pattern if isinstance(pattern, list) else [pattern]
        compiled = [re.compile(p, re.MULTILINE) for p in patterns]
        until = time.monotonic() + timeout * self.speed
        with self._more:
            while True:
                hits = [(m.start(), i, m) for i, c in enumerate(compiled)
                        if (m := c.search(self.text, self.position))]
                if hits:
                    _, index, match = min(hits, key=lambda h: h[:2])
                    self.position = match.end()
                    return (index, match) if isinstance(pattern, list) else match
                if self.closed:
                    raise Ended(f"{self.name} closed while waiting for {pattern!r}:\n"
                                + self.tail())
                left = until - time.monotonic()
                if left <= 0:
                    raise Timeout(f"{self.name}: {pattern!r} did not come in "
                                  f"{timeout * self.speed:.0f} s:\n" + self.tail())
                self._more.wait(left)

    def saw(self, pattern):
        """Whether it was said at any time so far."""
        return re.search(pattern, self.text, re.MULTILINE) is not None

    def quiet(self, seconds):
        """Wait until nothing was said for so long."""
        while True:
            with self._more:
                before = len(self.raw)
                if not self._more.wait_for(lambda: len(self.raw) != before or self.closed,
                                           seconds * self.speed):
                    return
                if self.closed:
                    return

    def send(self, text):
        """Bytes or text as they are; a line ends with \\r, as a keyboard sends it."""
        self._socket.sendall(text if isinstance(text, bytes) else text.encode())

    def line(self, text=""):
        self.send(text + "\r")

    def command(self, text, timeout=60):
        """Run a shell command at a prompt; returns (status, output).

        The marks are split in what is typed, so that its echo never matches."""
        self.line(f"echo BEG''IN; {text}; echo E''ND $?")
        self.expect(r"^BEGIN\n", timeout)
        start = self.position
        match = self.expect(r"^END (\d+)\n", timeout)
        return int(match.group(1)), self.text[start:match.start()]

    def tail(self, lines=30):
        return "\n".join(self.text.rstrip().splitlines()[-lines:])

    def close(self):
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._thread.join(2)
        self._socket.close()
        if self._log:
            self._log.close()
