# SPDX-License-Identifier: ISC
"""ssh and iperf3, other people's programs whole, over TCP of nod's own

ssh notices a single wrong octet (each of its packets has a MAC), speaks both ways at once, now
in keystrokes and now in megabytes, and minds how a connection ends.  Here it goes through nod
talk as its ProxyCommand, and through nod serve with an sshd for each client or a relay to one.

iperf3 speaks to nobody but iperf3: it asks for a control connection and some of data on one
port.  nod serve hands each of them on to the iperf3 behind it, and so its octets cross nod's
stack, and the kernel's on the other side.  Not by its --bidir: by the order in which its
connections come it knows who sends on which, and relays that start side by side mix it up.
"""

import contextlib
import json
import os
import shlex
import subprocess
import tempfile
import unittest

from nettest import TAP, Daemon, need_tap, tap_net
from nodtest import (DEADLINE, NOD, SIGTERM, Collected, NetNS, Server, environ,
                     is_sanitized, need, need_netns)

TIME_LIMIT = 240
MIB = 1 << 20
BULK = (1 if is_sanitized() else 8) * MIB
PATIENCE = 3 * DEADLINE  # a key exchange beside other tests, and BULK both ways

# What sshd wants of a machine, in a file system and a list of processes of its own: its
# directory, where it keeps account of who logged in, and an account that is not locked and has
# no start-up files.  What it started ends with it.
SSHD = """
mount -t tmpfs none /run && mkdir -m 755 /run/sshd && mount -t tmpfs none /var/log &&
touch /var/log/lastlog && mount --bind {dir}/shadow /etc/shadow &&
mount --bind {dir}/passwd /etc/passwd &&
exec "$(command -v sshd)" -e -f {dir}/sshd_config "$@"
"""

SSHD_CONFIG = """
Port 2222
ListenAddress 10.9.0.1
ListenAddress 2001:db8::1
HostKey {dir}/host
AuthorizedKeysFile {dir}/user.pub
PidFile {dir}/pid
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
UseDNS no
Subsystem sftp internal-sftp
"""

SSH_CONFIG = """
Host *
User root
IdentityFile {dir}/user
IdentitiesOnly yes
UserKnownHostsFile {dir}/known
GlobalKnownHostsFile /dev/null
HostKeyAlias sshd
StrictHostKeyChecking yes
BatchMode yes
LogLevel ERROR
"""

TALK = (NOD, "talk", "--raw", "--net", TAP, "%h", "%p")  # a ProxyCommand

need_ssh = need("ssh", "sshd", "ssh-keygen", "scp", "unshare", "mount")


class Ssh:
    """Keys and settings for this once, in a directory: .sshd is the command, .run() a client's."""

    def __init__(self, dir):
        self.dir = dir
        for key in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", key, "-f",
                            os.path.join(dir, key)], check=True, timeout=DEADLINE)
        with open(os.path.join(dir, "host.pub"), encoding="ascii") as f:
            self.write("known", "sshd " + f.read())
        self.write("passwd", f"root:x:0:0::{dir}:/bin/sh\n"
                             "sshd:x:65534:65534::/run/sshd:/bin/false\n")
        self.write("shadow", "root:*:20000:0:99999:7:::\n")
        self.write("sshd_config", SSHD_CONFIG.format(dir=dir))
        self.write("ssh_config", SSH_CONFIG.format(dir=dir))
        self.sshd = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c",
                     SSHD.format(dir=dir), "sshd"]

    def write(self, name, text):
        with open(os.path.join(self.dir, name), "w", encoding="ascii") as f:
            f.write(text)

    def command(self, program, *args, net, port=2222, by=None):
        """@program by these settings in @net; command @by carries its octets, or the kernel."""
        proxy = ("-o", f"ProxyCommand={shlex.join(by)}") if by else ()
        return [*net.prefix, program, "-F", os.path.join(self.dir, "ssh_config"), *proxy,
                "-o", f"Port={port}", *args]

    def run(self, *args, input=b"", **how):
        return subprocess.run(self.command(*args, **how), input=input, capture_output=True,
                              timeout=PATIENCE, env=environ())


class Terminal:
    """A shell's command at the far end of ssh, on a terminal there, that is spoken to."""

    def __init__(self, ssh, host, command, **how):
        self.process = subprocess.Popen(
            ssh.command("ssh", "-tt", host, command, **how), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environ())
        self.out = Collected(self.process.stdout)

    def type(self, text):
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.out.thread.join(DEADLINE)
        self.process.stdout.close()
        with contextlib.suppress(OSError):
            self.process.stdin.close()


class Case(unittest.TestCase):
    """A network whose kernel has 10.9.0.1 and 2001:db8::1 on tap0, an sshd on their port 2222."""

    @classmethod
    def setUpClass(cls):
        cls.ssh = Ssh(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.net = tap_net()
        cls.addClassCleanup(cls.net.__exit__)
        cls.sshd = cls.enterClassContext(Daemon(cls.net, *cls.ssh.sshd, "-D"))
        for address in ("10.9.0.1", "2001:db8::1"):
            cls.sshd.said(f"Server listening on {address} port 2222")

    def all_of_it(self, host, **how):
        """A command and its status, much both ways, a file there and back, keystrokes."""
        how["net"] = self.net
        r = self.ssh.run("ssh", host, "echo said; echo aside >&2; exit 7", **how)
        self.assertEqual((r.stdout, r.stderr, r.returncode), (b"said\n", b"aside\n", 7),
                         self.sshd.out.text())
        data = os.urandom(BULK)
        r = self.ssh.run("ssh", host, "cat", input=data, **how)
        self.assertEqual(r.returncode, 0, r.stderr)
        self.assertTrue(r.stdout == data, f"{len(r.stdout)} octets back, of {len(data)}")
        self.file_there_and_back(host, data, **how)
        self.keystrokes(host, **how)

    def file_there_and_back(self, host, data, **how):
        remote = f"[{host}]:" if ":" in host else f"{host}:"
        with tempfile.TemporaryDirectory() as d:
            here, there, back = (os.path.join(d, n) for n in ("here", "there", "back"))
            with open(here, "wb") as f:
                f.write(data)
            for source, target in ((here, remote + there), (remote + there, back)):
                r = self.ssh.run("scp", "-q", source, target, **how)
                self.assertEqual(r.returncode, 0, r.stderr)
            for name in (there, back):
                with open(name, "rb") as f:
                    self.assertTrue(f.read() == data, name)

    def keystrokes(self, host, **how):
        with Terminal(self.ssh, host, "echo up; exec cat", **how) as t:
            t.out.wait("up")
            word = "keystrokes"
            for i, key in enumerate(word, 1):  # the terminal there echoes one before the next
                t.type(key)
                t.out.wait(word[:i])
            t.type("\n\x04")
            self.assertEqual(t.process.wait(DEADLINE), 0)


@need_tap
@need_netns()
@need_ssh
class Talked(Case):
    """ssh - its ProxyCommand, nod talk - nod's stack - the kernel's stack - sshd"""

    def test_by_ipv4(self):
        self.all_of_it("10.9.0.1", by=TALK)

    def test_by_ipv6(self):
        self.all_of_it("2001:db8::1", by=TALK)

    def test_nobody_there_is_explained(self):
        r = self.ssh.run("ssh", "10.9.0.1", "true", net=self.net, port=2223, by=TALK)
        self.assertEqual(r.returncode, 255, r.stderr)
        self.assertIn(b"nothing listens on", r.stderr)


@need_tap
@need_netns()
@need_ssh
class Served(Case):
    """ssh - the kernel's stack - nod's stack - nod serve --exec - sshd"""

    def server(self, *command, how="epoll"):
        return Server("--exec", shlex.join(command), "--how", how, "--net", TAP, at=":7777",
                      prefix=self.net.prefix)

    def test_an_sshd_for_each_client(self):
        for how, host in (("poll", "10.9.0.2"), ("thread", "2001:db8::2")):
            with self.subTest(how=how), self.server(*self.ssh.sshd, "-i", how=how):
                self.all_of_it(host, port=7777)

    def test_a_relay_to_the_one_sshd(self):
        for how, host in (("epoll", "10.9.0.2"), ("select", "2001:db8::2")):
            relay = self.server(NOD, "talk", "--raw", "10.9.0.1", "2222", how=how)
            with self.subTest(how=how), relay:
                self.all_of_it(host, port=7777)

    def test_the_servers_end_is_the_sessions_end(self):
        with self.server(*self.ssh.sshd, "-i") as server, \
                Terminal(self.ssh, "10.9.0.2", "echo up; exec cat", net=self.net,
                         port=7777) as t:
            t.out.wait("up")
            server.signal(SIGTERM)
            self.assertEqual(server.wait(), 0)
            self.assertEqual(t.process.wait(DEADLINE), 255)


@need_tap
@need_netns()
@need_ssh
class BothEnds(unittest.TestCase):
    """ssh - nod talk - nod's stack - a bad cable - nod's stack - nod serve --exec - sshd"""

    def test_much_both_ways_over_a_bad_cable(self):
        dir = self.enterContext(tempfile.TemporaryDirectory())
        net = self.enterContext(NetNS())
        ssh = Ssh(dir)
        cable = f"cable:{dir}/wire"
        data = os.urandom(MIB)
        with Server("--exec", shlex.join([*ssh.sshd, "-i"]),
                    "--net", f"{cable},10.9.0.1/24,at-once",
                    "--impair", "loss=2%,dup=1%,delay=2ms",
                    at="10.9.0.1:2222", prefix=net.prefix):
            r = ssh.run("ssh", "10.9.0.1", "cat", input=data, net=net, by=(
                NOD, "talk", "--raw", "--net", f"{cable},10.9.0.2/24,at-once", "%h", "%p"))
            self.assertEqual(r.returncode, 0, r.stderr)
            self.assertTrue(r.stdout == data, f"{len(r.stdout)} octets back, of {len(data)}")


@need_tap
@need_netns()
@need("iperf3")
class Iperf3(unittest.TestCase):
    """iperf3 - the kernel's stack - nod's stack - nod serve --exec - a relay - iperf3 -s"""

    @classmethod
    def setUpClass(cls):
        cls.net = tap_net()
        cls.addClassCleanup(cls.net.__exit__)
        cls.enterClassContext(Daemon(cls.net, "iperf3", "-s", "-B", "127.0.0.1",
                                     "--forceflush", ready="Server listening"))

    def measure(self, host, *args, connections):
        """What iperf3 has measured; all of its @connections came through nod."""
        relay = shlex.join([NOD, "talk", "--raw", "127.0.0.1", "5201"])
        with Server("--exec", relay, "--net", TAP, at=":5201", prefix=self.net.prefix) as server:
            p = subprocess.run([*self.net.prefix, "iperf3", "-c", host, "--json", *args],
                               capture_output=True, timeout=PATIENCE)
            told = json.loads(p.stdout)
            self.assertEqual((p.returncode, told.get("error")), (0, None))
            self.assertEqual(server.out.text().count("connect from"), connections)
            return told["end"]

    def test_what_it_sends(self):
        # It stops counting when its control connection says so, which does not wait behind
        # what the relay and the buffers on the way still hold.
        end = self.measure("10.9.0.2", "-n", str(8 * BULK), connections=2)
        self.assertGreaterEqual(end["sum_sent"]["bytes"], 8 * BULK)
        self.assertGreater(end["sum_received"]["bytes"], 2 * BULK)

    def test_what_it_receives_on_four_connections(self):
        end = self.measure("2001:db8::2", "-R", "-P", "4", "-n", str(8 * BULK), connections=5)
        self.assertGreaterEqual(end["sum_received"]["bytes"], 8 * BULK)


if __name__ == "__main__":
    unittest.main()
