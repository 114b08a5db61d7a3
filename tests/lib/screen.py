# SPDX-License-Identifier: MPL-2.0
"""Read text off a picture of the screen.

The glyphs are those of the machine itself: the 8x16 font of QEMU's VGA BIOS, the classic
PC font that the boot loader's text mode shows and that the Linux console's built-in font
follows but for a few letters. Each cell is compared with every glyph, in normal and inverse video; the nearest
wins if it is near enough."""

import glob

# Glyph 1, the white face: it stands right behind the 16 zero bytes of glyph 0.
_FACE = bytes.fromhex("00007e81a58181bd9981817e00000000")
# Letters that the Linux console's font draws otherwise.
_LINUX = {
    "0": "0000386cc6c6d6d6c6c66c3800000000",
    "M": "0000c6eefefed6c6c6c6c6c600000000",
    "T": "00007e7e5a1818181818183c00000000",
    "V": "0000c6c6c6c6c6c6c66c381000000000",
    "W": "0000c6c6c6c6d6d6d6feee6c00000000",
    "X": "0000c6c66c7c38387c6cc6c600000000",
    "Y": "0000666666663c181818183c00000000",
    "Z": "0000fec6860c183060c2c6fe00000000",
    "f": "00001c36323078303030307800000000",
    "m": "0000000000ecfed6d6d6d6c600000000",
    "v": "0000000000c6c6c6c6c66c3800000000",
    "w": "0000000000c6c6d6d6d6fe6c00000000",
    "x": "0000000000c66c3838386cc600000000",
    "~": "0076dc00000000000000000000000000",
}
_NEAR = 8  # differing pixels of 128 that are still the same glyph


def _font():
    for path in sorted(glob.glob("/usr/share/seabios/vgabios-stdvga.bin")
                       + glob.glob("/usr/share/*/vgabios*.bin")):
        data = open(path, "rb").read()
        at = data.find(_FACE)
        if at >= 16 and data[at - 16:at] == bytes(16):
            font = data[at - 16:at - 16 + 4096]
            glyphs = {int.from_bytes(font[c * 16:c * 16 + 16], "big"): chr(c)
                      for c in range(126, 31, -1)}
            glyphs.update((int(shape, 16), c) for c, shape in _LINUX.items())
            return glyphs
    raise RuntimeError("no 8x16 font in QEMU's VGA BIOS; is qemu-system-x86 installed?")


class Picture:
    """A PPM file (P6) as QEMU's screendump writes it."""

    def __init__(self, path):
        data = open(path, "rb").read()
        fields, at = [], 0
        while len(fields) < 4:
            end = at
            while data[end:end + 1] not in (b" ", b"\n", b"\t"):
                end += 1
            fields.append(data[at:end])
            at = end + 1
        if fields[0] != b"P6":
            raise ValueError(f"{path} is no PPM picture")
        self.width, self.height = int(fields[1]), int(fields[2])
        self.pixels = data[at:]

    def row(self, y):
        start = y * self.width * 3
        return self.pixels[start:start + self.width * 3]


def _cell_bits(rows, x):
    """128 bits of the 8x16 pixels at column x: set where the pixel differs from the most
    frequent colour of the cell."""
    pixels = [r[(x + i) * 3:(x + i) * 3 + 3] for r in rows for i in range(8)]
    ground = max(set(pixels), key=pixels.count)
    bits = 0
    for p in pixels:
        bits = bits << 1 | (p != ground)
    return bits


def read_text(path):
    """Lines of text of a screen picture."""
    font = _font()
    cache = {}
    picture = Picture(path)
    # Text mode shows cells nine pixels wide, a framebuffer console eight.
    cell = 9 if picture.width == 720 else 8
    lines = []
    for top in range(0, picture.height - 15, 16):
        rows = [picture.row(top + y) for y in range(16)]
        if all(r == rows[0][:3] * picture.width for r in rows):
            lines.append("")
            continue
        line = ""
        for x in range(0, picture.width - 7, cell):
            bits = _cell_bits(rows, x)
            if bits not in cache:
                cache[bits] = _nearest(font, bits)
            line += cache[bits]
        lines.append(line.rstrip())
    return lines


def _nearest(font, bits):
    if bits == 0:
        return " "
    full = (1 << 128) - 1
    best, char = 129, "?"
    for glyph, c in font.items():
        for candidate in (bits, bits ^ full):
            distance = (glyph ^ candidate).bit_count()
            if distance < best:
                best, char = distance, c
    return char if best <= _NEAR else "?"
