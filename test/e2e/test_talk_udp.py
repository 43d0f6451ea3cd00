# SPDX-License-Identifier: ISC
"""test_talk_udp.py - nod talk over datagrams: to one, to all, to a group"""

import os
import socket
import subprocess
import unittest

from nodtest import (DEADLINE, NetNS, Running, Server, eventually, free_port, need, need_netns,
                     run)


def udp_socket(address="127.0.0.1", port=0):
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET,
                         socket.SOCK_DGRAM)
    sock.settimeout(DEADLINE)
    sock.bind((address, port))
    return sock


class Datagrams(unittest.TestCase):
    def test_each_line_is_one(self):
        with udp_socket() as sock:
            with Running("talk", "-u", "127.0.0.1", str(sock.getsockname()[1])) as talk:
                talk.type("one\n你好\n\n")
                got = []
                for _ in range(3):
                    data, peer = sock.recvfrom(65536)
                    got.append(data.decode())
                self.assertEqual(got, ["one\n", "你好\n", "\n"])
                sock.sendto("答复\n".encode(), peer)
                sock.sendto(b"no newline", peer)
                talk.out.wait("答复\nno newline\n")
                talk.hang_up()
                self.assertEqual(talk.wait(), 0)

    def test_no_newline(self):
        with udp_socket() as sock:
            with Running("talk", "-u", "--no-newline",
                         "127.0.0.1:%d" % sock.getsockname()[1]) as talk:
                talk.type("one\n\n")
                self.assertEqual([sock.recv(100), sock.recv(100)], [b"one", b""])

    def test_serve(self):
        with Server("-u", "--echo") as server:
            r = run("talk", "-u", "127.0.0.1", str(server.port), input="a\nb\nc\n")
            self.assertEqual((r.status, r.lines()), (0, ["a", "b", "c"]))

    def test_nobody_there(self):
        port = free_port(socket.SOCK_DGRAM)
        r = run("talk", "-u", "127.0.0.1", str(port), input="x\n")
        self.assertEqual(r.status, 1)
        self.assertIn("nothing listens on UDP port %d" % port, r.err)
        r = run("--lang", "zh", "talk", "-u", "127.0.0.1", str(port), input="x\n")
        self.assertIn("没有程序在监听 UDP 端口 %d" % port, r.err)

    def test_an_answer_forgives_a_refusal(self):
        with udp_socket() as sock:
            port = sock.getsockname()[1]
            with Running("talk", "-u", "127.0.0.1", str(port)) as talk:
                talk.type("first\n")
                peer = sock.recvfrom(100)[1]
                sock.close()
                talk.type("lost\n")
                talk.err.wait("nothing listens")
                with udp_socket(port=port) as again:
                    talk.type("found\n")
                    self.assertEqual(again.recv(100), b"found\n")
                    again.sendto(b"here I am\n", peer)
                    talk.out.wait("here I am")
                    talk.hang_up()
                    self.assertEqual(talk.wait(), 0)

    def test_too_long(self):
        with udp_socket() as sock:
            r = run("talk", "-u", "127.0.0.1", str(sock.getsockname()[1]),
                    input="x" * 65520 + "\nshort\n")
            self.assertEqual(sock.recv(65536), b"short\n")
            self.assertEqual(r.status, 1)
            self.assertIn("too long for one datagram", r.err)

    def test_raw(self):
        data = os.urandom(1000)
        with udp_socket() as sock:
            with Running("talk", "-u", "--raw", "127.0.0.1", str(sock.getsockname()[1])) as talk:
                talk.type(data)
                got, peer = sock.recvfrom(65536)
                self.assertEqual(got, data)
                sock.sendto(data[::-1], peer)
                eventually(lambda: bytes(talk.out.data) == data[::-1])
                talk.hang_up()
                self.assertEqual(talk.wait(), 0)

    @need("socat")
    def test_socat(self):
        with udp_socket() as probe:
            port = probe.getsockname()[1]
        socat = subprocess.Popen(["socat", "UDP4-LISTEN:%d,bind=127.0.0.1,reuseaddr" % port,
                                  "PIPE"])
        try:
            def said():
                r = run("talk", "-u", "--wait", "500ms", "127.0.0.1", str(port), input="hi\n")
                return r.out == "hi\n"
            eventually(said, step=0.1)
        finally:
            socat.kill()
            socat.wait()

    def test_broadcast(self):
        with udp_socket("0.0.0.0") as sock:
            port = str(sock.getsockname()[1])
            r = run("talk", "-u", "127.255.255.255", port, input="x\n")
            self.assertEqual(r.status, 1)
            self.assertIn("give --broadcast", r.err)
            with Running("talk", "--broadcast", "127.255.255.255", port) as talk:
                talk.type("to all\n")
                data, peer = sock.recvfrom(100)
                self.assertEqual(data, b"to all\n")
                sock.sendto(b"from one\n", peer)
                talk.out.wait("127.0.0.1:%s: from one\n" % port)
                talk.hang_up()
                self.assertEqual(talk.wait(), 0)

    def member(self, group, port):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.settimeout(DEADLINE)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((group, port))
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                        socket.inet_aton(group) + socket.inet_aton("127.0.0.1"))
        return sock

    def test_multicast(self):
        group = "239.77.%d.%d" % (os.getpid() >> 8 & 255, os.getpid() & 255)
        port = free_port(socket.SOCK_DGRAM)
        with self.member(group, port) as sock:
            words = ("talk", "--multicast", group, str(port), "--interface", "lo")
            with Running(*words, "--loop", "--ttl", "2") as talk:
                talk.type("to the group\n")
                data, peer = sock.recvfrom(100)
                self.assertEqual(data, b"to the group\n")
                talk.out.wait("to the group\n")  # --loop: heard here too
                sock.sendto(b"to you alone\n", peer)
                talk.out.wait(": to you alone\n")
                with Running(*words, "--loop") as other:
                    other.type("from another\n")
                    talk.out.wait(": from another\n")
                talk.hang_up()
                self.assertEqual(talk.wait(), 0)

    @need_netns()
    def test_multicast_over_a_cable(self):
        with NetNS() as a, NetNS() as b:
            a.join(b, "10.9.0.1/24", "10.9.0.2/24")
            words = ("talk", "--multicast", "239.1.2.3", "9000", "--interface", "eth0", "-v")
            with Running(*words, prefix=a.prefix) as one, \
                    Running(*words, prefix=a.prefix) as beside, \
                    Running(*words, prefix=b.prefix) as other:
                for talk in (one, beside, other):
                    talk.err.wait("sending to 239.1.2.3:9000")
                # whoever hears it has joined; what went before is lost, as datagrams may be
                eventually(lambda: one.type("hello\n") or "10.9.0.1" in other.out.text(),
                           step=0.1)
                eventually(lambda: other.type("good day\n") or (
                    "good day" in one.out.text() and "good day" in beside.out.text()), step=0.1)
                # without --loop this machine's other program hears nothing of it
                self.assertNotIn("hello", beside.out.text())

    @need_netns()
    def test_multicast_of_ipv6_over_a_cable(self):
        with NetNS() as a, NetNS() as b:
            a.join(b, "2001:db8::1/64", "2001:db8::2/64")
            with Running("talk", "--multicast", "ff02::77%eth0", "9000", prefix=a.prefix) as one, \
                    Running("talk", "--multicast", "ff02::77", "9000", "--interface", "eth0",
                            prefix=b.prefix) as other:
                eventually(lambda: one.type("hello\n") or "]:" in other.out.text(), step=0.1)
                other.out.wait("hello\n")

    def test_a_group_whose_port_is_taken_here_can_still_be_talked_to(self):
        with udp_socket("0.0.0.0") as sock:
            port = str(sock.getsockname()[1])
            r = run("talk", "--multicast", "239.1.2.3", port, "--interface", "lo", input="x\n")
            self.assertEqual(r.status, 0)
            self.assertIn("cannot be heard here", r.err)
            self.assertIn("port %s is in use" % port, r.err)
            self.assertIn("process %d" % os.getpid(), r.err)

    @need_netns()
    def test_multicast_without_a_route(self):
        with NetNS() as ns:
            r = run("talk", "--multicast", "239.1.2.3", input="x\n", prefix=ns.prefix)
            self.assertEqual(r.status, 1)
            self.assertIn("--interface", r.err)


if __name__ == "__main__":
    unittest.main()
