# SPDX-License-Identifier: ISC
"""nettest.py - what the tests of nod's own stack share: hosts that run, and a kernel beside them"""

import json
import os
import re
import signal
import subprocess
import unittest

from nodtest import DEADLINE, Collected, NetNS, Running


def need_tap(case):
    """A decorator: skip where no TAP device can be made."""
    case = unittest.skipUnless(os.path.exists("/dev/net/tun"), "needs /dev/net/tun")(case)
    return unittest.skipUnless(os.geteuid() == 0, "needs root, for a TAP device")(case)


class Up(Running):
    """`nod up --json` on these networks, once it is up.  Ends with an interrupt."""

    def __init__(self, *nets, options=(), **more):
        words = [w for net in nets for w in ("--net", net)]
        super().__init__("up", "--json", *words, *options, stdin=subprocess.DEVNULL, **more)
        try:
            self.event("SOCKET_BIND", src="[::]:9")
        except BaseException:
            self.kill()
            raise

    def events(self, kind=None):
        """What it has told so far."""
        told = [json.loads(line) for line in self.out.text().split("\n")[:-1]]
        return [e for e in told if kind in (None, e["event"])]

    def event(self, kind, timeout=DEADLINE, **fields):
        """Wait for an event of this kind with these fields."""
        def found():
            for e in self.events(kind):
                if all(e.get(k) == v for k, v in fields.items()):
                    return e
            return None
        with self.out.grown:
            if not self.out.grown.wait_for(lambda: self.out.ended or found(), timeout) or \
                    not found():
                raise AssertionError(f"no {kind} {fields}; so far: {self.out.text()[-4000:]} "
                                     f"{self.err.text()}")
            return found()

    def ready(self, address, **more):
        """Wait until it uses @address."""
        return self.event("ADDR_READY", src=address, **more)

    def stop(self):
        """Interrupt it; the exit status."""
        self.signal(signal.SIGINT)
        return self.wait()

    def __exit__(self, *_):
        try:
            if self.process.poll() is None:
                self.stop()
        finally:
            self.kill()


class Daemon:
    """A program of somebody else's that runs in @net until the end; .said() waits for a text."""

    def __init__(self, net, *command, ready=None):
        self.process = subprocess.Popen([*net.prefix, *command], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.out = Collected(self.process.stdout)
        if ready:
            self.said(ready)

    def said(self, text, timeout=DEADLINE):
        return self.out.wait(re.compile(text), timeout)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.out.thread.join(DEADLINE)
        self.process.stdout.close()


class Beside:
    """A kernel with an interface tap0 at 192.168.7.1 and 2001:db8::1, and `nod up` beside it."""

    def __init__(self, net="192.168.7.2/24,2001:db8::2/64", options=(), kernel=True):
        self.net = NetNS()
        try:
            self.up = Up(f"tap:tap0,{net}", options=options, prefix=self.net.prefix)
            for address in ("192.168.7.1/24", "2001:db8::1/64") if kernel else ():
                nodad = ("nodad",) if ":" in address else ()
                self.net.run("ip", "addr", "add", address, "dev", "tap0", *nodad)
            self.net.run("ip", "link", "set", "tap0", "up")
        except BaseException:
            self.net.__exit__()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.up.__exit__()
        self.net.__exit__()


# ---- nod serve and nod talk on a stack, beside a kernel -------------------------------------

TAP = "tap:tap0,10.9.0.2/24,2001:db8::2/64,at-once"
TAP4 = "tap:tap0,10.9.0.2/24,at-once"

# What a peer's program begins with: python3 -c, inside the network.
PEER = """
import socket, struct, sys
def udp(family=socket.AF_INET, timeout=%g):
    s = socket.socket(family, socket.SOCK_DGRAM)
    s.settimeout(timeout)
    return s
def tcp(host, port=7777, timeout=%g):
    return socket.create_connection((host, port), timeout)
def rest(s):
    got = b""
    while True:
        more = s.recv(65536)
        if not more:
            return got
        got += more
""" % (DEADLINE, DEADLINE)


def tap_net():
    """A network whose kernel has 10.9.0.1 and 2001:db8::1 on tap0, which nobody has opened yet."""
    net = NetNS()
    net.run("ip", "tuntap", "add", "mode", "tap", "name", "tap0")
    net.run("ip", "address", "add", "10.9.0.1/24", "dev", "tap0")
    net.run("ip", "address", "add", "2001:db8::1/64", "dev", "tap0", "nodad")
    net.run("ip", "link", "set", "tap0", "up")
    return net


class Peer:
    """A python program beside the kernel; .line() is the next of what it prints."""

    def __init__(self, net, program, *args):
        self.process = subprocess.Popen(
            [*net.prefix, "python3", "-u", "-c", PEER + program, *args],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def line(self):
        return self.process.stdout.readline().decode().rstrip("\n")

    def end(self):
        out, err = self.process.communicate(timeout=DEADLINE)
        return out.decode(), err.decode()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()


def ask(net, program, *args, input=b""):
    """Run a peer's program to its end: what it printed, stripped."""
    p = subprocess.run([*net.prefix, "python3", "-c", PEER + program, *args], input=input,
                       capture_output=True, timeout=DEADLINE)
    if p.returncode:
        raise AssertionError(p.stderr.decode())
    return p.stdout.decode().strip()
