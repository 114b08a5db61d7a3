# SPDX-License-Identifier: MPL-2.0
"""Read and change files of a key image that a machine does not hold: what somebody with the
stick in his hands can do.
"""

import subprocess
import tempfile

PARTITION = 4096  # first sector of the key's FAT partition


def at(key):
    """How mtools name the FAT partition of this image."""
    return f"{key}@@{PARTITION * 512}"


def read(key, path):
    return subprocess.run(["mtype", "-i", at(key), f"::{path}"], capture_output=True,
                          check=True, timeout=120).stdout


def names(key, folder):
    """Names in a folder, folders with a / behind them."""
    text = subprocess.run(["mdir", "-b", "-i", at(key), f"::{folder}/"], capture_output=True,
                          text=True, check=True, timeout=60).stdout
    return [line.split(f"::/{folder}/", 1)[-1] for line in text.split("\n") if line]


def write(key, path, data):
    with tempfile.NamedTemporaryFile(prefix="triton-key-") as f:
        f.write(data)
        f.flush()
        subprocess.run(["mcopy", "-o", "-n", "-i", at(key), f.name, f"::{path}"], check=True,
                       timeout=120)


def stamp(key):
    """The stamp of the key's only platform."""
    (name,) = names(key, "os")
    return name.rstrip("/")


def flip(key, path, where):
    """Turn one bit; where is a place in the file, or bytes whose first occurrence it is."""
    data = bytearray(read(key, path))
    place = data.index(where) if isinstance(where, bytes) else where
    data[place] ^= 1
    write(key, path, bytes(data))


def archive(name, text):
    """A newc archive of one file, padded: the kernel unpacks it behind the initramfs."""
    def record(ino, path, data):
        path = path.encode() + b"\0"
        head = b"070701" + b"".join(b"%08x" % n for n in (
            ino, 0o100644 if data else 0, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(path), 0))
        out = head + path
        out += bytes(-len(out) % 4) + data
        return out + bytes(-len(out) % 4)
    whole = record(1, name, text) + record(0, "TRAILER!!!", b"")
    return whole + bytes(-len(whole) % 512)
