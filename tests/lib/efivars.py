# SPDX-License-Identifier: MPL-2.0
"""A firmware variable store with one's own Secure Boot certificate enrolled.

OVMF's empty store (OVMF_VARS_4M.fd) plus PK, KEK and db, each holding that one X.509
certificate: with a platform key there the firmware switches Secure Boot on by itself.

Formats: UEFI 2.10, 32.4.1 (EFI_SIGNATURE_LIST); MdeModulePkg/Include/Guid/VariableFormat.h
(AUTHENTICATED_VARIABLE_HEADER).
"""

import struct
import uuid

GLOBAL = uuid.UUID("8be4df61-93ca-11d2-aa0d-00e098032b8c")
DATABASE = uuid.UUID("d719b2cb-3d3a-4596-a3bc-dad00e67656f")
X509 = uuid.UUID("a5c059a1-94e4-4aa7-87b5-ab155c2bf072")
STORE = uuid.UUID("aaf32c78-947b-439a-a180-2e144ec37792")
OWNER = uuid.UUID("5452494f-4e00-4000-8000-0000000000ff")
# non-volatile, boot services, runtime, time-based authenticated writes
ATTRIBUTES = 0x27
TIME = struct.pack("<HBBBBBBIhBB", 2026, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0)


def signature_list(der):
    entry = OWNER.bytes_le + der
    return X509.bytes_le + struct.pack("<III", 28 + len(entry), 0, len(entry)) + entry


def variable(name, guid, data):
    text = name.encode("utf-16-le") + b"\0\0"
    head = struct.pack("<HBBIQ", 0x55aa, 0x3f, 0, ATTRIBUTES, 0) + TIME
    head += struct.pack("<III", 0, len(text), len(data)) + guid.bytes_le
    whole = head + text + data
    return whole + b"\xff" * (-len(whole) % 4)


def enroll(template, der, to):
    """Write the store `to`: the empty one of `template` with the certificate enrolled."""
    with open(template, "rb") as f:
        store = bytearray(f.read())
    at = store.find(STORE.bytes_le)
    if at < 0 or store[at + 28:at + 88] != b"\xff" * 60:
        raise RuntimeError(f"{template} is not an empty store of authenticated variables")
    data = signature_list(der)
    rows = b"".join(variable(name, guid, data) for name, guid in
                    (("PK", GLOBAL), ("KEK", GLOBAL), ("db", DATABASE)))
    store[at + 28:at + 28 + len(rows)] = rows
    with open(to, "wb") as f:
        f.write(store)
