# SPDX-License-Identifier: MPL-2.0
"""Connect to a socket of QEMU, whose file is there a moment before anyone listens on it."""

import socket
import time


def connect(path, seconds=20):
    until = time.monotonic() + seconds
    while True:
        s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            s.connect(path)
            return s
        except (ConnectionRefusedError, FileNotFoundError):
            s.close()
            if time.monotonic() > until:
                raise
            time.sleep(0.02)
