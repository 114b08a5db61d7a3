# SPDX-License-Identifier: MPL-2.0
"""Pictures of a screen as a page: PNG images, each with a title and the text read from it."""

import html
import os
import struct
import zlib

import screen


def png(picture):
    """A screen.Picture as the bytes of a PNG file (RFC 2083), eight bits a colour."""
    def chunk(kind, data):
        return (struct.pack(">I", len(data)) + kind + data
                + struct.pack(">I", zlib.crc32(kind + data)))

    rows = b"".join(b"\0" + picture.row(y) for y in range(picture.height))
    head = struct.pack(">IIBBBBB", picture.width, picture.height, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 6))
            + chunk(b"IEND", b""))


class Album:
    def __init__(self, folder):
        self.folder, self.parts = folder, []
        os.makedirs(folder, exist_ok=True)
        for name in os.listdir(folder):
            if name.endswith(".png"):
                os.unlink(os.path.join(folder, name))

    def add(self, title, ppm, lines):
        name = f"{len(self.parts) + 1:02}.png"
        with open(os.path.join(self.folder, name), "wb") as f:
            f.write(png(screen.Picture(ppm)))
        text = html.escape("\n".join(lines).strip("\n"))
        self.parts.append(f'<h2>{html.escape(title)}</h2>\n<img src="{name}" alt="">\n'
                          f"<details><summary>text</summary><pre>{text}</pre></details>\n")

    def write(self, title):
        path = os.path.join(self.folder, "index.html")
        with open(path, "w", encoding="utf-8") as f:
            f.write(f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{title}</title>\n'
                    f"<h1>{title}</h1>\n{''.join(self.parts)}</html>\n")
        return path
