# SPDX-License-Identifier: ISC
"""How hosts come by their addresses: DHCP and router advertisements, nod's and others', both ways"""

import os
import re
import unittest

from nettest import Beside, Daemon, Up, need_tap
from nodtest import NetNS, directory, eventually, need, run


@need_tap
@need("ip")
class Dhcp(unittest.TestCase):
    @need("udhcpc")
    def test_a_stock_client_from_nods_server(self):
        serving = ("--dhcp-server", "192.168.7.100-192.168.7.110")
        with directory() as d, Beside("192.168.7.1/24,at-once,dns=192.168.7.1", kernel=False,
                                      options=serving) as b:
            script = os.path.join(d, "script")
            with open(script, "w", encoding="ascii") as f:
                f.write("#!/bin/sh\n[ \"$1\" = bound ] || exit 0\n"
                        "ip addr add $ip/$mask dev $interface\n"
                        "ip route add default via $router\n"
                        "echo bound $ip $mask $router $dns $lease\n")
            os.chmod(script, 0o755)
            out = b.net.run("udhcpc", "-i", "tap0", "-n", "-q", "-f", "-s", script).stdout.decode()
            ip, *rest = re.search("^bound (.*)", out, re.M).group(1).split()
            self.assertRegex(ip, r"^192\.168\.7\.1(0\d|10)$")
            self.assertEqual(rest, ["24", "192.168.7.1", "192.168.7.1", "3600"])
            out = b.net.run("ping", "-n", "-c1", "-W2", "192.168.7.1").stdout
            self.assertIn(b" 0% packet loss", out)
            self.assertTrue(b.up.events("DHCP_SERVE"))

    @need("dnsmasq")
    def test_nods_client_from_dnsmasq(self):
        with Beside("dhcp,name=guest", kernel=False) as b:
            b.net.run("ip", "addr", "add", "192.168.7.1/24", "dev", "tap0")
            with directory() as d, Daemon(
                    b.net, "dnsmasq", "--keep-in-foreground", "--log-facility=-", "--log-dhcp",
                    "--port=0", "--conf-file=/dev/null", "--interface=tap0", "--user=root",
                    f"--dhcp-leasefile={d}/leases", "--dhcp-range=192.168.7.50,192.168.7.59,1h",
                    "--dhcp-option=option:dns-server,192.168.7.53") as masq:
                lease = b.up.event("DHCP_LEASE")
                b.up.event("ADDR_READY", src=lease["src"])
                masq.said(r"DHCPACK\(tap0\) 192\.168\.7\.5\d .* guest")
                out = b.net.run("ping", "-n", "-c1", "-W2", lease["src"]).stdout
                self.assertIn(b" 0% packet loss", out)
                self.assertEqual(b.up.stop(), 0)
                masq.said(r"DHCPRELEASE\(tap0\) " + lease["src"].replace(".", r"\."))

    @need("dnsmasq")
    def test_what_a_lease_gives_is_used(self):
        """Gateway and name server of the lease: a name is looked up there, and pinged."""
        with NetNS() as net, directory() as d:
            net.run("ip", "tuntap", "add", "mode", "tap", "name", "tap0", "vnet_hdr")
            net.run("ip", "addr", "add", "192.168.7.1/24", "dev", "tap0")
            net.run("ip", "link", "set", "tap0", "up")
            with Daemon(net, "dnsmasq", "--keep-in-foreground", "--log-facility=-", "--no-resolv",
                        "--no-hosts", "--conf-file=/dev/null", "--interface=tap0", "--user=root",
                        "--bind-dynamic", f"--dhcp-leasefile={d}/leases",
                        "--dhcp-range=192.168.7.50,192.168.7.60,1h",
                        "--address=/far.example/192.168.7.1", ready="started"):
                p = run("ping", "--net", "tap:tap0,dhcp", "-c1", "-4", "far.example",
                        prefix=net.prefix, timeout=40)
                self.assertEqual(p.status, 0, p)
                self.assertIn("PING far.example (192.168.7.1)", p.out)
                p = run("ifconfig", "--net", "tap:tap0,dhcp", "--json", "tap0",
                        prefix=net.prefix, timeout=40)
                tap0 = p.json()[0]
                self.assertEqual((tap0["dhcp"]["state"], tap0["dhcp"]["server"],
                                  tap0["dhcp"]["dns"]),
                                 ("BOUND", "192.168.7.1", ["192.168.7.1"]))
                self.assertIn({"to": "0.0.0.0", "prefix": 0, "gateway": "192.168.7.1",
                               "metric": 0, "origin": "dhcp"}, tap0["routes"])

    def test_when_nobody_answers_it_takes_an_address_of_its_own(self):
        with Beside("dhcp", kernel=False) as b:
            b.net.run("ip", "addr", "add", "169.254.0.1/16", "dev", "tap0")
            address = b.up.event("LINK_LOCAL", timeout=30)["src"]
            self.assertTrue(address.startswith("169.254."))
            b.up.ready(address, timeout=30)
            out = b.net.run("ping", "-n", "-c1", "-W5", address).stdout
            self.assertIn(b" 0% packet loss", out)

    def test_a_range_that_cannot_be(self):
        for words, text in (
                (("here",), "FIRST-LAST"), (("10.0.0.1-",), "FIRST-LAST"),
                (("::1-::2",), "FIRST-LAST"),
                (("10.9.0.1-10.9.0.9",), "none of the networks"),
                (("10.0.0.9-10.0.0.2",), "lower one first"),
                (("10.0.0.9-10.0.1.2",), "in one network")):
            with self.subTest(range=words), directory() as d:
                p = run("up", "--net", f"cable:{d}/wire,10.0.0.1/24", "--dhcp-server", *words)
                self.assertEqual(p.status, 2)
                self.assertIn(text, p.err)
        p = run("up", "--net", "cable:wire,2001:db8::1/64", "--advertise")
        self.assertEqual(p.status, 2)
        self.assertIn("--forward", p.err)


@need_tap
@need("ip", "ping")
class Slaac(unittest.TestCase):
    @need("radvd")
    def test_nod_of_radvd(self):
        with directory() as d, Beside("192.168.7.2/24,at-once", kernel=False) as b:
            b.net.run("sysctl", "-q", "-w", "net.ipv6.conf.all.forwarding=1")
            b.net.run("ip", "addr", "add", "2001:db8:7::1/64", "dev", "tap0", "nodad")
            eventually(lambda: b"inet6 fe80" in b.net.run(
                "ip", "-6", "addr", "show", "dev", "tap0", "scope", "link", "-tentative").stdout)
            conf = os.path.join(d, "radvd.conf")
            with open(conf, "w", encoding="ascii") as f:
                f.write("interface tap0 { AdvSendAdvert on; MinRtrAdvInterval 3; "
                        "MaxRtrAdvInterval 4; AdvLinkMTU 1400;"
                        "prefix 2001:db8:7::/64 { AdvOnLink on; AdvAutonomous on; }; "
                        "RDNSS 2001:db8:7::53 {}; };\n")
            with Daemon(b.net, "radvd", "-n", "-m", "stderr", "-C", conf, "-p", f"{d}/pid",
                        "-u", "root"):
                def made():
                    return [e["src"] for e in b.up.events("ADDR_READY")
                            if e["src"].startswith("2001:db8:7:")]
                eventually(lambda: len(made()) == 2)  # the stable one and a temporary one
                for address in made():
                    out = b.net.run("ping", "-n", "-c1", "-W2", "-s", "2000", address).stdout
                    self.assertIn(b" 0% packet loss", out)


if __name__ == "__main__":
    unittest.main()
