# SPDX-License-Identifier: MPL-2.0
"""The few commands of QEMU's machine protocol that the tests need."""

import json

from unixsocket import connect


class Qmp:
    def __init__(self, path):
        self._socket = connect(path)
        self._socket.settimeout(60)
        self._file = self._socket.makefile("r")
        self._file.readline()
        self.command("qmp_capabilities")

    def command(self, name, **arguments):
        """The return value; events in between are dropped."""
        request = {"execute": name}
        if arguments:
            request["arguments"] = arguments
        self._socket.sendall(json.dumps(request).encode() + b"\n")
        while True:
            line = self._file.readline()
            if not line:
                raise ConnectionError(f"QEMU ended during {name}")
            answer = json.loads(line)
            if "error" in answer:
                raise RuntimeError(f"{name}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]

    def monitor(self, line):
        return self.command("human-monitor-command", **{"command-line": line})

    def close(self):
        self._file.close()
        self._socket.close()


# Names of keys that need more than their own character (QEMU's QKeyCode).
_SHIFTED = {"_": "minus", ":": "semicolon", "\"": "apostrophe", "{": "bracket_left",
            "}": "bracket_right", "|": "backslash", "<": "comma", ">": "dot", "?": "slash",
            "+": "equal", "~": "grave_accent", "!": "1", "@": "2", "#": "3", "$": "4",
            "%": "5", "^": "6", "&": "7", "*": "8", "(": "9", ")": "0"}
_PLAIN = {" ": "spc", "-": "minus", "=": "equal", ".": "dot", ",": "comma", "/": "slash",
          ";": "semicolon", "'": "apostrophe", "[": "bracket_left", "]": "bracket_right",
          "\\": "backslash", "`": "grave_accent", "\n": "ret", "\r": "ret", "\t": "tab"}


def keys_of(char):
    """QKeyCodes to hold down together for one character of a US keyboard."""
    if char in _SHIFTED:
        return ["shift", _SHIFTED[char]]
    if char in _PLAIN:
        return [_PLAIN[char]]
    if char.isupper():
        return ["shift", char.lower()]
    return [char]
