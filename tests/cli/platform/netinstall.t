#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""The key tree of a network bundle: brought whole and once, or refused in words."""

import functools
import hashlib
import http.server
import io
import os
import subprocess
import sys
import tarfile
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../lib"))
from tap import Tap  # noqa: E402

tap = Tap()
PROGRAM = os.path.join(os.environ["BIN"], "triton-netinstall")
FILES = {".joyliveusb": b"", "version": b"main-1\n", "os/20260102T030405Z/root.img": b"r" * 700000,
         "boot/grub/grub.cfg": b"set a=b\n"}
asked = []


class Server(http.server.SimpleHTTPRequestHandler):
    """Files of a folder; each request is kept."""

    def do_GET(self):
        asked.append(self.path)
        super().do_GET()

    def log_message(self, *args):
        pass


def manifest(files):
    lines = sorted(f"{hashlib.sha256(d).hexdigest()}  {len(d)}  {n}\n" for n, d in files.items())
    return "".join(sorted(lines, key=lambda line: line.split("  ")[2])).encode()


def archive(path, files, listed=None, more=None):
    """A tree with its manifest; listed: what the manifest says instead; more: odd members."""
    with tarfile.open(path, "w:gz", format=tarfile.USTAR_FORMAT) as t:
        for name, data in {**files, "usb_key.manifest": manifest(listed or files)}.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))
        for info in more or []:
            t.addfile(info, io.BytesIO(b"x" * info.size))


def member(name, **kw):
    info = tarfile.TarInfo(name)
    for key, value in kw.items():
        setattr(info, key, value)
    return info


class Bundle:
    """A server's folder with an archive, and the pool's folder."""

    def __init__(self, top):
        self.web = os.path.join(top, "web")
        self.pool = os.path.join(top, "pool/.install")
        os.makedirs(self.web)
        os.makedirs(os.path.dirname(self.pool))
        self.file = os.path.join(self.web, "fulliso.tgz")
        self.server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), functools.partial(Server, directory=self.web))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}"

    def run(self, url=None, sha256=None, size=None):
        with open(self.file, "rb") as f:
            data = f.read()
        asked.clear()
        return subprocess.run(
            [PROGRAM, f"--url={url or self.base + '/triton-installer.ipxe/../fulliso.tgz'}",
             f"--sha256={sha256 or hashlib.sha256(data).hexdigest()}",
             f"--size={size or len(data)}", self.pool],
            capture_output=True, text=True, timeout=120, check=False)

    def left(self):
        return sorted(os.listdir(self.pool)) if os.path.isdir(self.pool) else []

    def read(self, name):
        with open(os.path.join(self.pool, "key", name), "rb") as f:
            return f.read()


def good(b):
    archive(b.file, FILES)
    r = b.run()
    tap.equal((r.returncode, asked), (0, ["/fulliso.tgz"]), "one request, without the dots")
    tap.ok("fetching http" in r.stderr, "says what it fetches", r.stderr)
    tap.equal(b.left(), ["key"], "the tree and nothing else")
    tap.ok(all(b.read(n) == d for n, d in FILES.items()), "every file is the same")
    r = b.run()
    tap.equal((r.returncode, asked), (0, []), "once more: nothing is asked for")


def interrupted(b):
    subprocess.run(["rm", "-rf", b.pool], check=True)
    os.makedirs(os.path.join(b.pool, "key.new/os"))
    for name in ("fulliso.tgz.part", "key.new/version"):
        with open(os.path.join(b.pool, name), "wb") as f:
            f.write(b"half")
    r = b.run()
    tap.equal((r.returncode, b.left()), (0, ["key"]), "cut off before: begun anew")
    tap.equal(b.read("version"), FILES["version"], "with the right files")
    subprocess.run(["rm", "-rf", b.pool], check=True)
    os.makedirs(b.pool)
    subprocess.run(["cp", b.file, b.pool], check=True)
    r = b.run()
    tap.equal((r.returncode, asked, b.left()), (0, [], ["key"]),
              "cut off behind the fetch: what was fetched is used")


def refused(b):
    digest = "0123456789abcdef" * 4
    cases = [
        ("a wrong digest", {"sha256": digest}, {}, f"expected {digest}"),
        ("a server that has more", {"size": 100}, {}, "100 bytes"),
        ("no digest", {"sha256": "none"}, {}, "is not 64 hex digits"),
        ("no size", {"size": "many"}, {}, "triton.isosize 'many'"),
        ("no URL", {"url": "triton-installer.ipxe/../fulliso.tgz"}, {}, "set base-url"),
        ("a name that goes up", {}, {"more": [member("../up", size=1)]}, "leaves its folder"),
        ("a link", {}, {"more": [member("os/l", type=tarfile.SYMTYPE, linkname="/etc")]},
         "holds no links"),
        ("a file that the manifest has and the archive not", {},
         {"listed": {**FILES, "os/x": b"1"}}, "'os/x': it is missing"),
        ("another size than the manifest's", {}, {"listed": {**FILES, "version": b"1"}},
         "'version': it is missing, or has not the size"),
    ]
    for what, options, changes, words in cases:
        subprocess.run(["rm", "-rf", b.pool], check=True)
        archive(b.file, FILES, **changes)
        r = b.run(**options)
        tap.ok(r.returncode == 1 and words in r.stderr, f"refused: {what}", r.stderr)
        tap.ok("key" not in b.left() and "key.new" not in b.left(), "and no tree stays", b.left())
    archive(b.file, {n: d for n, d in FILES.items() if n != ".joyliveusb"})
    r = b.run()
    tap.ok(r.returncode == 1 and "'.joyliveusb'" in r.stderr, "refused: no key", r.stderr)
    with open(b.file, "wb") as f:
        f.write(b"no archive at all")
    r = b.run()
    tap.ok(r.returncode == 1 and "it ends too early" in r.stderr, "refused: no archive", r.stderr)
    archive(b.file, FILES)
    r = b.run(url=b.base + "/none/fulliso.tgz")
    tap.ok(r.returncode == 1 and "has no such file" in r.stderr, "refused: not there", r.stderr)


with tempfile.TemporaryDirectory(prefix="triton-netinstall-") as folder:
    bundle = Bundle(folder)
    tap.run("brought", good, bundle)
    tap.run("interrupted", interrupted, bundle)
    tap.run("refused", refused, bundle)
sys.exit(tap.done())
