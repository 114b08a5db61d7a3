#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""triton-setup render: the keys of the worked example in order, the counts, seeds, and what bash makes of it."""

import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(__file__))
from setup_cli import COAL, SDC_CONFIG, SETUP, SHA512, Folder, Tap, answers, findings, keys, run  # noqa: E402

GROUPS = """
coal=true swap=0.25x compute_node_swap=0.25x

binder_admin_ips=10.99.99.11 manatee_admin_ips=10.99.99.16

moray_admin_ips=10.99.99.17 moray_domain=moray.coal-1.example.com
ufds_admin_ips=10.99.99.18 ufds_domain=ufds.coal-1.example.com
workflow_admin_ips=10.99.99.19 workflow_domain=workflow.coal-1.example.com
imgapi_admin_ips=10.99.99.21 imgapi_domain=imgapi.coal-1.example.com
cnapi_admin_ips=10.99.99.22 cnapi_domain=cnapi.coal-1.example.com
fwapi_admin_ips=10.99.99.25 fwapi_domain=fwapi.coal-1.example.com
vmapi_admin_ips=10.99.99.26 vmapi_domain=vmapi.coal-1.example.com
sdc_admin_ips=10.99.99.27 sdc_domain=sdc.coal-1.example.com
papi_admin_ips=10.99.99.28 papi_domain=papi.coal-1.example.com
adminui_admin_ips=10.99.99.30 adminui_domain=adminui.coal-1.example.com
mahi_admin_ips=10.99.99.32 mahi_domain=mahi.coal-1.example.com

region_name=orbit datacenter_name=coal-1 datacenter_company_name=Clavius datacenter_location=Moon,_Earth

default_rack_name=RACK1 default_rack_size=30 default_server_role=pro default_package_sizes=128,256,512,1024

mail_to=root@localhost mail_from=support@example.com

admin_nic=00:50:56:34:60:4c admin_ip=10.99.99.7 admin_netmask=255.255.255.0 admin_network=10.99.99.0

external_nic=00:50:56:3d:a7:95 external_ip=10.88.88.200 external_mac=* external_gateway=10.88.88.2
external_netmask=255.255.255.0 external_network=10.88.88.0 external_provisionable_start=10.88.88.3
external_provisionable_end=10.88.88.199

headnode_default_gateway=10.88.88.2

binder_resolver_ips=10.99.99.11,10.99.99.12,10.99.99.13,10.99.99.14,10.99.99.15

dns_resolvers=8.8.8.8,8.8.4.4 dns_domain=example.com

dhcp_range_start=10.99.99.37 dhcp_range_end=10.99.99.253 dhcp_lease_time=2592000

root_shadow=*

ntp_hosts=0.smartos.pool.ntp.org compute_node_ntp_hosts=10.99.99.7

adminui_help_url=*

amon_admin_ips=10.99.99.24 amon_domain=amon.coal-1.example.com amonredis_admin_ips=10.99.99.23
amonredis_domain=amonredis.coal-1.example.com

assets_admin_ip=10.99.99.8 assets_admin_ips=10.99.99.8

dhcpd_admin_ip=10.99.99.9 dhcpd_admin_ips=10.99.99.9 dhcpd_domain=dhcpd.coal-1.example.com

rabbitmq_admin_ip=10.99.99.20 rabbitmq_admin_ips=10.99.99.20 rabbitmq=*
rabbitmq_domain=rabbitmq.coal-1.example.com

ufds_is_master=true ufds_ldap_root_dn=cn=root ufds_ldap_root_pw=* ufds_admin_login=admin
ufds_admin_pw=adminpass1 ufds_admin_email=root@localhost ufds_admin_uuid=930896af-bf8c-48d4-885c-6573a94b1853
capi_client_url=http://10.99.99.18:8080

cnapi_client_url=http://10.99.99.22:80 fwapi_client_url=http://10.99.99.25:80

napi_admin_ips=10.99.99.10 napi_client_url=http://10.99.99.10:80 napi_mac_prefix=90b8d0
napi_domain=napi.coal-1.example.com

sapi_admin_ips=10.99.99.31 sapi_domain=sapi.coal-1.example.com

install_pkgsrc=true phonehome_automatic=false update_channel=release show_setup_timers=true
"""
PATTERNS = {
    "external_mac": r"02(:[0-9a-f]{2}){5}", "root_shadow": r"\$y\$j9T\$[./0-9A-Za-z]{22}\$[./0-9A-Za-z]{43}",
    "adminui_help_url": r"https?://\S+", "rabbitmq": r"[a-z]+:[0-9a-f]{32}:10\.99\.99\.20:5672",
    "ufds_ldap_root_pw": r"[0-9a-f]{32}"}
EXTERNAL = ["external_nic", "external_ip", "external_mac", "external_gateway", "external_netmask",
            "external_network", "external_provisionable_start", "external_provisionable_end"]
VLAN = ["external_vlan_id", "adminui_external_vlan", "cloudapi_external_vlan"]


def wanted():
    """Groups of (key, value); * is a pattern."""
    return [[tuple(pair.split("=", 1)) for pair in group.split()] for group in GROUPS.split("\n\n")]


def render(path, *options, vmware=True):
    product = ("--vm-product", "VMware Virtual Platform" if vmware else "Standard PC")
    return run(SETUP, "render", *product, *options, path)


def groups_of(config):
    body = config.split("\n\n")[1:-1]
    return [keys(group) for group in body]


def example(tap, folder):
    path = folder.write("coal.json", COAL)
    status, config, err = render(path)
    tap.equal(status, 0, "renders")
    groups = groups_of(config)
    tap.equal([[k for k, _ in g] for g in groups], [[k for k, _ in g] for g in wanted()],
              "keys, order and group breaks")
    got = dict(keys(config))
    for key, value in [pair for group in wanted() for pair in group]:
        if value == "*":
            tap.ok(re.fullmatch(PATTERNS[key], got.get(key, "")), f"{key} is {PATTERNS[key]}", got.get(key))
        else:
            tap.equal(got.get(key), value.replace("_Earth", " Earth"), key)
    tap.equal(len(keys(config)), 93, "93 keys")
    tap.ok(config.endswith("\n# end of config, 93 keys\n"), "the last line")
    tap.ok(config.startswith("#"), "a header")
    tap.ok("rootpass" not in config + err, "no clear root password anywhere")
    status, found = findings(folder.write("config", config), command="validate-config")
    tap.equal((status, found), (0, []), "its own check finds it clean")


def counts(tap, folder):
    def names(changes, **options):
        a = answers(dict({"root_password_hash": SHA512}, **changes), ["root_password"])
        status, config, err = render(folder.write("a.json", a), **options)
        tap.ok(status == 0, f"renders {changes}", err)
        names = [k for k, _ in keys(config)]
        tap.ok(config.endswith(f"\n# end of config, {len(names)} keys\n"), "its number")
        return names
    full = names({})
    tap.equal(len(names({}, vmware=False)), 92, "92 keys without VMware")
    admin = names({"setup_external_network": False}, vmware=False)
    tap.equal(len(admin), 82, "admin only, without VMware")
    admin = names({"setup_external_network": False})
    tap.equal(len(admin), 83, "83 keys with the admin network alone")
    tap.equal(sorted(set(full) - set(admin)), sorted(EXTERNAL + ["headnode_default_gateway", "install_pkgsrc"]),
              "the external ones are gone")
    tagged = names({"external_vlan_id": 102})
    tap.equal(sorted(set(tagged) - set(full)), sorted(VLAN), "a VLAN adds three")
    tap.equal(tagged.index("external_vlan_id"), tagged.index("external_netmask") + 1, "in its place")
    extra = names({"dtrace_zone_setup": True, "admin_ip6": "addrconf", "config_extra": {"zz_nic": "x", "aa": "it's"},
                   "install_pkgsrc": False})
    tap.equal(extra[-4:], ["dtrace_zone_setup", "admin_ip6", "zz_nic", "aa"], "additions stand at the end")
    tap.ok("install_pkgsrc" not in extra, "no packages, no key")
    route = names({"headnode_default_gateway": "none"})
    tap.ok("headnode_default_gateway" not in route, "no route, no key")


def seeds(tap, folder):
    path = folder.write("coal.json", COAL)
    root = folder.at("root")
    folder.write("root/proc/cmdline", "quiet\n")
    one, two = render(path, "--seed", "01", "--root", root)[1], render(path, "--seed", "01", "--root", root)[1]
    tap.ok(one == two and one.count("\n") > 93, "the same seed, the same config")
    tap.ok(render(path, "--seed", "02", "--root", root)[1] != one, "another seed, another config")
    tap.ok(render(path)[1] != render(path)[1], "no seed, another config each time")
    tap.equal(render(path, "--seed", "xyz")[0], 2, "a seed is hex")
    folder.write("root/proc/cmdline", "ro headnode=true\n")
    status, out, err = render(path, "--seed", "01", "--root", root)
    tap.ok(status == 2 and out == "" and "refused" in err, "a booted headnode refuses a seed", err)
    tap.equal(render(path, "--root", root)[0], 0, "and renders without one")


def refusals(tap, folder):
    status, out, err = render(folder.write("bad.json", answers({"admin_ip": "1.2.3"})))
    tap.ok(status == 2 and out == "" and "E_IP admin_ip" in err, "bad answers: exit 2, no config", err)
    status, out, err = render(folder.write("less.json", answers({"unattended": False}, ["mail_to", "dns_domain"])))
    tap.ok(status == 2 and "E_REQUIRED dns_domain" in err and "mail_to" not in err,
           "defaults fill in, what has none is missing", err)
    tap.equal(render(folder.at("absent"))[0], 1, "no such file: 1")
    path = folder.write("link.json", answers({"admin_nic": "eth1", "external_nic": "0:50:56:3d:a7:95"}))
    status, config, err = render(path, "--nics", folder.at("nics.json"))
    got = dict(keys(config))
    tap.equal((got.get("admin_nic"), got.get("external_nic")), ("00:50:56:34:60:4c", "00:50:56:3d:a7:95"),
              "NICs in normal form")


def sourced(tap, folder):
    nasty = {"datacenter_company_name": "A \"B\" $(id) `id` 'c' \\ & ; é", "mail_to": "a&id@c.d",
             "admin_password": "it's 1 $x", "datacenter_location": "~ # ! *"}
    path = folder.write("nasty.json", answers(nasty))
    _, config, _ = render(path)
    folder.write("config", config)
    script = ('set -eu; . "$1"; printf "%s\\0" "$datacenter_company_name" "$mail_to" "$ufds_admin_email" '
              '"$ufds_admin_pw" "$datacenter_location" "$admin_ip"')
    p = subprocess.run(["bash", "-c", script, "bash", folder.at("config")], capture_output=True, check=False)
    tap.equal(p.stdout.decode().split("\0")[:-1],
              [nasty["datacenter_company_name"], nasty["mail_to"], nasty["mail_to"], nasty["admin_password"],
               nasty["datacenter_location"], "10.99.99.7"], "bash reads back what was put in")
    tap.equal(p.stderr, b"", "without a word")
    status, out, _ = run(SDC_CONFIG, "ufds_admin_pw", env={"SDC_CONFIG_FILENAME": folder.at("config")})
    tap.equal((status, out), (0, nasty["admin_password"] + "\n"), "so does the loader")


def main():
    tap = Tap()
    with Folder() as folder:
        for part in (example, counts, seeds, refusals, sourced):
            tap.run(part.__name__, part, tap, folder)
    return tap.done()


sys.exit(main())
