#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""triton-setup validate-config: what an edit of a generated config can break, with line numbers."""

import os
import re
import sys

sys.path.insert(0, os.path.dirname(__file__))
from setup_cli import SETUP, SHA512, Folder, Tap, answers, findings, run  # noqa: E402

# What is replaced (a regular expression), by what, the code and the key; code None: no finding but notes
EDITS = [
    (r"^mail_to=.*", "mail_to='open", "E_CFG_SYNTAX", "mail_to"),
    (r"^swap=.*", "swap=$(id)", "E_CFG_EXPANSION", "swap"),
    (r"^swap=.*", "swap=\"`id`\"", "E_CFG_EXPANSION", "swap"),
    (r"^swap=.*", "swap=0.25x\nswap=0.5x", "E_CFG_DUP", "swap"),
    (r"^admin_network=.*", "admin_network=10.99.98.0", "E_CFG_MISMATCH", "admin_network"),
    (r"^swap=.*", "swap = 1", "E_CFG_SYNTAX", ""),
    (r"^swap=.*", "!swap=1", "E_CFG_SYNTAX", ""),
    (r"^swap=.*", "swap=0.25x\r", "E_CONTROL", "swap"),
    (r"^swap=.*\n", "", "E_REQUIRED", "swap"),
    (r"^external_gateway=.*\n", "", "E_REQUIRED", "external_gateway"),
    (r"^admin_ip=.*", "admin_ip=10.99.99.300", "E_IP", "admin_ip"),
    (r"^admin_ip=.*", "admin_ip=10.99.99.7/24", "E_IP", "admin_ip"),
    (r"^admin_ip=.*", "admin_ip=10.99.99.20", "E_SLOTS", "dhcp_range_start"),
    (r"^admin_netmask=.*", "admin_netmask=/24", "E_MASK", "admin_netmask"),
    (r"^admin_netmask=.*", "admin_netmask=255.255.255.128", "E_DHCP", "dhcp_range_end"),
    (r"^external_ip=.*", "external_ip=10.88.88.100", "E_RANGE_HOST", "external_provisionable_end"),
    (r"^external_network=.*", "external_network=10.88.0.0", "E_CFG_MISMATCH", "external_network"),
    (r"^moray_admin_ips=.*", "moray_admin_ips=10.99.98.1", "E_SUBNET", "moray_admin_ips"),
    (r"^moray_admin_ips=.*", "moray_admin_ips=10.99.99.18", "E_CFG_MISMATCH", "ufds_admin_ips"),
    (r"^moray_admin_ips=.*", "moray_admin_ips=10.99.99.7", "E_CFG_MISMATCH", "moray_admin_ips"),
    (r"^moray_admin_ips=.*", "moray_admin_ips=x", "E_IP", "moray_admin_ips"),
    (r"^moray_admin_ips=.*", "moray_admin_ips=10.99.99.17,10.99.99.200", None, None),
    (r"^moray_domain=.*", "moray_domain=moray.other.example.com", "E_CFG_MISMATCH", "moray_domain"),
    (r"^dns_domain=.*", "dns_domain=example.org", "E_CFG_MISMATCH", "moray_domain"),
    (r"^dns_domain=.*", "dns_domain=Example.com", "E_NAME", "dns_domain"),
    (r"^dns_resolvers=.*", "dns_resolvers=8.8.8.8,dns", "E_IP", "dns_resolvers"),
    (r"^dns_resolvers=.*", "dns_resolvers=8.8.8.8,8.8.4.4,1.1.1.1", None, None),
    (r"^ufds_admin_email=.*", "ufds_admin_email=a@b", "E_CFG_MISMATCH", "ufds_admin_email"),
    (r"^mail_to=.*", "mail_to=a@b", "E_CFG_MISMATCH", "ufds_admin_email"),
    (r"^capi_client_url=.*", "capi_client_url=http://10.99.99.19:8080", "E_CFG_MISMATCH", "capi_client_url"),
    (r"^assets_admin_ip=.*", "assets_admin_ip=10.99.99.9", "E_CFG_MISMATCH", "assets_admin_ip"),
    (r"^rabbitmq=.*", "rabbitmq=a:b:10.99.99.21:5672", "E_CFG_MISMATCH", "rabbitmq"),
    (r"^rabbitmq=.*", "rabbitmq=guest", "E_TYPE", "rabbitmq"),
    (r"^root_shadow=.*", "root_shadow=rootpass", "E_HASH", "root_shadow"),
    (r"^ufds_admin_pw=.*", "ufds_admin_pw=''", None, None),
    (r"^ufds_admin_pw=.*", "ufds_admin_pw=short", "E_PW_POLICY", "ufds_admin_pw"),
    (r"^update_channel=.*", "update_channel=stable", "E_ENUM", "update_channel"),
    (r"^phonehome_automatic=.*", "phonehome_automatic=yes", "E_BOOL", "phonehome_automatic"),
    (r"^dhcp_lease_time=.*", "dhcp_lease_time=soon", "E_TYPE", "dhcp_lease_time"),
    (r"^dhcp_range_end=.*", "dhcp_range_end=10.99.99.30", "E_DHCP", "dhcp_range_end"),
    (r"^external_mac=.*", "external_mac=01:00:00:00:00:01", "E_MAC", "external_mac"),
    (r"^admin_nic=.*", "admin_nic=eth1", "E_MAC", "admin_nic"),
    (r"^external_nic=.*", "external_nic=00:50:56:34:60:4c", "E_NIC_SHARED", "external_nic"),
    (r"^external_gateway=.*", "external_gateway=10.88.89.1", "E_GW_SUBNET", "external_gateway"),
    (r"^headnode_default_gateway=.*", "headnode_default_gateway=192.0.2.1", "E_GW_SUBNET",
     "headnode_default_gateway"),
    (r"^compute_node_ntp_hosts=.*", "compute_node_ntp_hosts=a.example,10.99.99.7", None, None),
    (r"^ufds_admin_uuid=.*", "ufds_admin_uuid=x", "E_TYPE", "ufds_admin_uuid"),
    (r"^default_rack_size=.*", "default_rack_size=48", None, None),
    (r"^swap=.*", "swap=1x\nstorage_nic=00:50:56:00:00:01\nstorage_ip=10.1.1.1", "W_CFG_COUNT", ""),
    (r"^# end.*\n", "", "E_CFG_SYNTAX", ""),
    (r"^mail_from=.*", "mail_from=\"support@example.com\" # as before", None, None),
    (r"^datacenter_location=.*", "datacenter_location=$'Moon\\u002c Earth'", None, None),
]


def config_of(folder, changes=None):
    path = folder.write("answers.json", answers(dict({"root_password_hash": SHA512}, **(changes or {})),
                                                ["root_password"]))
    return run(SETUP, "render", "--vm-product", "VMware", path)[1]


def edits(tap, folder):
    config = config_of(folder)
    for pattern, new, code, key in EDITS:
        edited, n = re.subn(pattern, lambda unused, new=new: new, config, count=1, flags=re.M)
        tap.equal(n, 1, f"edit {pattern}")
        status, found = findings(folder.write("config", edited), command="validate-config")
        loud = [f for f in found if f["severity"] != "note"]
        if code is None:
            tap.equal((status, loud), (0, []), f"{new[:50]!r} is accepted")
            continue
        hits = [f for f in loud if (f["code"], f["key"]) == (code, key)]
        if not tap.ok(hits, f"{new[:50]!r} gives {code} {key}", found):
            continue
        tap.equal(status, 2 if code[0] == "E" else 0, "exit status")
        if code in ("E_REQUIRED", "W_CFG_COUNT") or pattern.startswith("^# end"):
            continue
        line = edited.splitlines()[hits[0].get("line", 0) - 1]
        tap.ok(line.startswith(key + "=") or key == "", f"line {hits[0].get('line')} is the right one", line)


def notes(tap, folder):
    config = config_of(folder).replace("swap=0.25x\n", "swap=0.25x\nstorage_nic=00:50:56:00:00:01\nmail_form=x\n", 1)
    _, found = findings(folder.write("config", config.replace("mail_from=", "#mail_from=")),
                        command="validate-config")
    unknown = {f["key"]: f for f in found if f["code"] == "N_UNKNOWN"}
    tap.equal(sorted(unknown), ["mail_form", "storage_nic"], "unknown keys are noted")
    tap.ok("did you mean mail_from" in unknown["mail_form"]["message"], "with the nearest one that is missing")
    tap.equal(unknown["storage_nic"]["severity"], "note", "as notes")
    _, found = findings(folder.write("config", config_of(folder).replace("ufds_admin_pw=", "ufds_admin_pw=geheim\n#")),
                        command="validate-config")
    tap.ok("geheim" not in str(found) and found, "no finding shows a password", found)


def other_plans(tap, folder):
    for changes in ({"setup_external_network": False}, {"external_vlan_id": 7}, {"external_gateway": "none"},
                    {"external_nic": "00:50:56:34:60:4c", "external_vlan_id": 9}, {"dns_resolver2": "none"},
                    {"admin_netmask": "/26", "admin_ip": "10.99.99.1", "dhcp_range_end": "<default>"},
                    {"dns_resolver1": "2001:db8::1", "admin_ip6": "fd00::1/64", "external_ip6": "addrconf"},
                    {"config_extra": {"storage_nic": "00:50:56:00:00:01"}, "dtrace_zone_setup": True}):
        status, found = findings(folder.write("config", config_of(folder, changes)), command="validate-config")
        tap.equal((status, [f for f in found if f["severity"] != "note"]), (0, []), f"clean: {changes}")
    tagged = config_of(folder, {"external_vlan_id": 7})
    _, found = findings(folder.write("config", tagged.replace("adminui_external_vlan=7", "adminui_external_vlan=8")),
                        command="validate-config")
    tap.equal([(f["code"], f["key"]) for f in found], [("E_CFG_MISMATCH", "adminui_external_vlan")], "VLANs differ")


def odd_files(tap, folder):
    for name, content in (("empty", b""), ("zeros", b"\0" * 4096), ("binary", bytes(range(256)) * 8),
                          ("bom", b"\xef\xbb\xbfa=1\n"), ("large", b"a=1\n" * 70000), ("crlf", b"a=1\r\nb=2\r\n")):
        status, found = findings(folder.write(name, content), command="validate-config")
        tap.ok(status == 2 and found, f"{name}: refused with findings", (status, found[:3]))
    tap.equal(run(SETUP, "validate-config", folder.write("huge", b"a=1\n" * 200000))[0], 2, "huge: refused")
    tap.equal(run(SETUP, "validate-config", folder.at("absent"))[0], 1, "a file that cannot be opened: 1")
    status, out, _ = run(SETUP, "validate-config", "-", stdin=config_of(folder).encode())
    tap.equal((status, out), (0, ""), "standard input")


def main():
    tap = Tap()
    with Folder() as folder:
        for part in (edits, notes, other_plans, odd_files):
            tap.run(part.__name__, part, tap, folder)
    return tap.done()


sys.exit(main())
