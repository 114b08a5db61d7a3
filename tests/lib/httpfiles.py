#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""One HTTP connection on standard input and output, for QEMU's guestfwd: files of a folder.

    httpfiles.py FOLDER LOG       each request is a line "METHOD PATH STATUS" of LOG"""

import os
import shutil
import sys
from urllib.parse import unquote


def serve(folder, path):
    """(status, file) for a path of a request."""
    name = os.path.join(folder, os.path.normpath("/" + unquote(path)).lstrip("/"))
    if not os.path.isfile(name):
        return "404 Not Found", None
    return "200 OK", name


def main():
    folder, log = sys.argv[1:]
    reader, writer = sys.stdin.buffer, sys.stdout.buffer
    words = reader.readline(8192).split()
    while reader.readline(8192).strip():
        pass
    if len(words) < 2:
        return
    method, path = words[0].decode("ascii", "replace"), words[1].decode("ascii", "replace")
    status, name = serve(folder, path.split("?")[0])
    with open(log, "a", encoding="utf-8") as f:
        f.write(f"{method} {path} {status.split()[0]}\n")
    size = os.path.getsize(name) if name else 0
    writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {size}\r\nConnection: close\r\n\r\n"
                 .encode("ascii"))
    if name and method == "GET":
        with open(name, "rb") as f:
            shutil.copyfileobj(f, writer, 1 << 18)
    writer.flush()


main()
