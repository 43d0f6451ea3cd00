# SPDX-License-Identifier: ISC
"""nod up: a host on nod's own stack, seen by the machine's kernel over a TAP device."""

import os
import subprocess
import unittest

from nettest import Beside, Up, need_tap
from nodtest import DEADLINE, NetNS, need, run


def ask(net, address, data, family, port=7, timeout=5):
    """Send @data to UDP @port inside @net, and return what came back."""
    program = f"""
import socket, sys
s = socket.socket(socket.{family}, socket.SOCK_DGRAM)
s.settimeout({timeout})
s.connect(("{address}", {port}))
s.send(sys.stdin.buffer.read())
sys.stdout.buffer.write(s.recv(70000))
"""
    return subprocess.run([*net.prefix, "python3", "-c", program], input=data,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=DEADLINE)


@need_tap
@need("ip", "ping")
class WithTheKernel(unittest.TestCase):
    """The kernel cannot tell that the host on the other end is not another kernel."""

    @classmethod
    def setUpClass(cls):
        cls.beside = Beside()
        cls.net = cls.beside.net
        try:
            cls.beside.up.ready("192.168.7.2")
        except BaseException:
            cls.beside.__exit__()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.beside.__exit__()

    def ping(self, address, size):
        out = self.net.run("ping", "-n", "-c2", "-i0.2", "-W2", "-s", str(size), address)
        self.assertIn(b" 0% packet loss", out.stdout)
        self.assertNotIn(b"wrong data", out.stdout)

    def test_ping_of_each_size(self):
        for size in (0, 1, 7, 8, 56, 1471, 1472, 1473, 2952, 8000, 65507):
            with self.subTest(size=size):
                self.ping("192.168.7.2", size)

    def test_ping6_of_each_size(self):
        for size in (0, 1, 56, 1451, 1452, 1453, 8000, 65487):
            with self.subTest(size=size):
                self.ping("2001:db8::2", size)

    def test_the_kernel_finds_its_neighbour(self):
        self.ping("192.168.7.2", 56)
        out = self.net.run("ip", "neigh", "show", "192.168.7.2").stdout.decode()
        self.assertRegex(out, "REACHABLE|DELAY|STALE")

    def test_a_neighbour_that_went_stale_is_found_again(self):
        self.net.run("ip", "neigh", "flush", "dev", "tap0")
        self.ping("192.168.7.2", 56)
        self.ping("2001:db8::2", 56)

    def test_udp_is_echoed_whatever_its_length(self):
        for size in (0, 1, 1472, 1473, 20000, 65507):
            for family, address in (("AF_INET", "192.168.7.2"), ("AF_INET6", "2001:db8::2")):
                with self.subTest(size=size, address=address):
                    if size == 65507 and family == "AF_INET6":
                        size = 65487
                    data = os.urandom(size)
                    answer = ask(self.net, address, data, family)
                    self.assertEqual(answer.returncode, 0, answer.stderr.decode())
                    self.assertEqual(answer.stdout, data)

    def stream(self, program, *args):
        out = self.net.run("python3", "-c", """
import os, socket, struct, sys, threading
def tcp(host, port=7):
    return socket.create_connection((host, port), 15)
""" + program, *args)
        return out.stdout.decode().split()

    def test_a_stream_is_echoed_though_nobody_reads_for_long(self):
        for address in ("192.168.7.2", "2001:db8::2"):
            self.assertEqual(self.stream("""
s, data = tcp(sys.argv[1]), os.urandom(20 << 20)
sent = threading.Event()
def give():
    s.sendall(data)
    s.shutdown(socket.SHUT_WR)
t = threading.Thread(target=give)
t.start()
t.join(0.5)  # by then the way is full, and the echo waits
print(t.is_alive())
got = bytearray()
while True:
    more = s.recv(1 << 20)
    if not more:
        break
    got += more
t.join()
print(got == data)
""", address), ["True", "True"])

    def test_a_stream_is_discarded(self):
        self.assertEqual(self.stream("""
s = tcp("192.168.7.2", 9)
s.sendall(bytes(10 << 20))
s.shutdown(socket.SHUT_WR)
print(s.recv(9))
"""), ["b''"])

    def test_a_stream_over_a_broken_wire_loses_nothing(self):
        faults = "loss=2%,dup=2%,corrupt=1%,reorder=2%,delay=2ms~1ms,seed=7"
        with Beside("192.168.7.2/24,at-once", options=("--impair", faults)) as beside:
            out = beside.net.run("python3", "-c", """
import os, socket, threading
s, data = socket.create_connection(("192.168.7.2", 7), 15), os.urandom(1 << 20)
t = threading.Thread(target=lambda: (s.sendall(data), s.shutdown(socket.SHUT_WR)))
t.start()
got = bytearray()
while len(got) < len(data):
    more = s.recv(1 << 20)
    if not more:
        break
    got += more
t.join()
print(got == data)
""").stdout
            self.assertEqual(out, b"True\n")
            for fault in ("FAULT_LOSS", "FAULT_CORRUPT", "FAULT_DUPLICATE"):
                self.assertTrue(beside.up.events(fault), fault)

    def test_of_too_many_streams_the_last_are_reset_and_places_come_back(self):
        self.assertEqual(self.stream("""
def served():
    try:
        s = tcp("192.168.7.2")
        s.sendall(b"x")
        return s if s.recv(9) == b"x" else None
    except (ConnectionResetError, BrokenPipeError):
        return None
peers = [s for s in (served() for _ in range(260)) if s]
print(len(peers))
for s in peers:
    s.shutdown(socket.SHUT_WR)
    s.recv(9)
    s.close()
print(served() is not None)
"""), ["256", "True"])

    def test_a_closed_port_refuses(self):
        for family, address in (("AF_INET", "192.168.7.2"), ("AF_INET6", "2001:db8::2")):
            answer = ask(self.net, address, b"x", family, port=4242)
            self.assertIn(b"ConnectionRefusedError", answer.stderr)

    def test_a_port_of_services_is_not_echoed(self):
        """Two echo services would never end: H35."""
        program = """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(float(sys.argv[2]))
s.bind(("", int(sys.argv[1])))
s.sendto(b"x", ("192.168.7.2", 7))
print(s.recv(9))
"""
        for port, timeout, answered in ((7, 0.5, False), (511, 0.5, False), (512, 5, True)):
            with self.subTest(port=port):
                p = subprocess.run([*self.net.prefix, "python3", "-c", program, str(port),
                                    str(timeout)], capture_output=True, timeout=DEADLINE)
                self.assertEqual(p.stdout, b"b'x'\n" if answered else b"", p.stderr)

    def test_discard_says_nothing(self):
        answer = ask(self.net, "192.168.7.2", b"x", "AF_INET", port=9, timeout=0.5)
        self.assertIn(b"imeout", answer.stderr)

    def test_a_broadcast_is_not_answered_by_ping(self):
        out = subprocess.run([*self.net.prefix, "ping", "-n", "-b", "-c1", "-W1",
                              "192.168.7.255"], capture_output=True, timeout=DEADLINE)
        self.assertIn(b"100% packet loss", out.stdout)

    def test_all_nodes_answer_multicast_ping6(self):
        out = self.net.run("ping", "-6", "-n", "-c1", "-W2", "ff02::1%tap0").stdout
        self.assertIn(b"bytes from fe80::", out)

    def test_a_larger_mtu_there_is_cut_here(self):
        self.net.run("ip", "link", "set", "tap0", "mtu", "1300")
        try:
            self.ping("192.168.7.2", 4000)
        finally:
            self.net.run("ip", "link", "set", "tap0", "mtu", "1500")

    @need("arping")
    def test_arping(self):
        out = self.net.run("arping", "-c2", "-I", "tap0", "192.168.7.2").stdout
        self.assertRegex(out.decode(), r"(?i)reply from 192\.168\.7\.2")


@need_tap
@need("ip")
class AnAddress(unittest.TestCase):
    def test_one_that_is_taken_is_not_used(self):
        with Beside("192.168.7.1/24") as b:
            b.up.event("ADDR_DUPLICATE", src="192.168.7.1")

    def test_without_its_interface_it_ends_and_says_so(self):
        with Beside() as b:
            b.net.run("ip", "link", "del", "tap0")
            self.assertEqual(b.up.wait(), 1)
            self.assertIn("interface was removed", b.up.err.text())

    def test_what_it_cannot_have_is_said(self):
        for spec, text in (("224.0.0.1/24", "no host can have it"),
                           ("10.0.0.2/24,10.0.0.2/24", "given twice")):
            with self.subTest(spec=spec), NetNS() as net:
                p = run("up", "--net", f"tap:t,{spec}", prefix=net.prefix)
                self.assertEqual(p.status, 1)
                self.assertIn(text, p.err)
                self.assertEqual(p.out, "", "nothing has happened yet")

    def test_interrupted_it_ends_well(self):
        with NetNS() as net:
            with Up("tap:tap0", prefix=net.prefix) as up:
                self.assertEqual(up.stop(), 0)
            left = subprocess.run([*net.prefix, "ip", "link", "show", "tap0"],
                                  capture_output=True, timeout=DEADLINE)
            self.assertNotEqual(left.returncode, 0)


class Refusals(unittest.TestCase):
    def refused(self, words, status, *text):
        p = run("up", *words)
        self.assertEqual(p.status, status, p.err)
        for t in text:
            self.assertIn(t, p.err)

    def test_bad_use(self):
        for words, text in (
                ((), "--net"),
                (("--net", "wire"), "tap:NAME"),
                (("--net", "tap:"), "no name"),
                (("--net", "tap:a-name-that-is-too-long"), "no name"),
                (("--net", "tap:t,192.168.1.300/24"), "192.168.1.300/24"),
                (("--net", "tap:t,gw=here"), "gw=here"),
                (("--net", "tap:t,10.0.0.2/24,gw=10.0.1.1"), "10.0.1.1"),
                (("--net", "tap:t/u"), "no name"),
                (("--net", "tap:t%d"), "no name"),
                (("--net", "tap:t,mac=01:00:00:00:00:01"), "mac=01"),
                (("--net", "tap:t,mac=2:0:0:0:0"), "mac="),
                (("--net", "tap:t,mtu=67"), "mtu=67"),
                (("--net", "tap:t,vlan=4095"), "vlan=4095"),
                (("--net", "tap:t,dns=one"), "dns=one"),
                (("--net", "tap:t,name=-a"), "name=-a"),
                (("--net", "cable:"), "no path"),
                (("--net", "cable:" + "x" * 108), "no path"),
                (("--net", "kernel"), "kernel is up by itself"),
                (("--net", "tap:t", "--net", "kernel"), "stands alone"),
                (("--net", "tap:t") * 9, "at most 8"),
                (("--net", "tap:t", "more"), "more"),
                (("--nett", "tap:t"), "--nett")):
            with self.subTest(words=words):
                self.refused(words, 2, text)


if __name__ == "__main__":
    unittest.main()
