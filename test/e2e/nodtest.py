# SPDX-License-Identifier: ISC
"""nodtest.py - what the end-to-end tests share: the command, servers, peers, networks

    from nodtest import Server, need, run

    class Echo(unittest.TestCase):
        def test_what_is_said_comes_back(self):
            with Server("--echo") as server, server.connect() as peer:
                peer.send(b"hello\\n")
                self.assertEqual(peer.line(), b"hello")

        def test_bad_port(self):
            r = run("serve", "127.0.0.1:99999")
            self.assertEqual(r.status, 2)
            self.assertIn("99999", r.err)

Everything waits for events and is bounded in time (DEADLINE); nothing sleeps to be safe.
Ports are the system's choice (127.0.0.1:0).  The command is $NOD, or build/nod.
"""

import contextlib
import functools
import json
import os
import re
import resource
import select
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NOD = os.path.abspath(os.environ.get("NOD") or os.path.join(ROOT, "build", "nod"))
DEADLINE = 20.0  # seconds that anything may take unless a test says otherwise


@functools.lru_cache(maxsize=None)
def is_sanitized():
    """Whether the command is an AddressSanitizer build: slower, and bigger in memory."""
    with open(NOD, "rb") as f:
        return b"__asan_init" in f.read()


# ---- running the command to its end --------------------------------------------------------


class Result:
    """How a command ended: .status, .out and .err (text), .raw (stdout's octets)."""

    def __init__(self, args, status, out, err):
        self.args, self.status, self.raw = args, status, out
        self.out = out.decode("utf-8", "replace")
        self.err = err.decode("utf-8", "replace")

    def lines(self):
        return self.out.splitlines()

    def json(self):
        """The objects of --json, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    def __repr__(self):
        return "nod %s -> %s\nstdout: %s\nstderr: %s" % (
            " ".join(self.args), self.status, self.out, self.err)


def environ(lang=None, **more):
    """A tame environment: UTF-8, the language asked for, no colour settings of the caller's."""
    env = {k: v for k, v in os.environ.items()
           if not k.startswith("LC_") and k not in ("LANG", "LANGUAGE", "NO_COLOR")}
    env["LC_ALL"] = {None: "C.UTF-8", "en": "en_US.UTF-8", "zh": "zh_CN.UTF-8"}[lang]
    env.update(more)
    return env


def run(*args, input=b"", timeout=DEADLINE, lang=None, env=None, prefix=(), **popen):
    """Run `nod ARGS` to its end.  @input: str or octets; @prefix: a command that runs it."""
    if isinstance(input, str):
        input = input.encode()
    done = subprocess.run(
        [*prefix, NOD, *args], input=input, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        timeout=timeout, env=environ(lang, **(env or {})), **popen)
    return Result(args, done.returncode, done.stdout, done.stderr)


# ---- a command that goes on running --------------------------------------------------------


class Collected:
    """What a process has written to one of its pipes so far; a thread reads it on."""

    def __init__(self, pipe):
        self.pipe, self.data, self.ended = pipe, bytearray(), False
        self.grown = threading.Condition()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        while True:
            try:
                more = os.read(self.pipe.fileno(), 65536)
            except (OSError, ValueError):
                more = b""
            with self.grown:
                self.data += more
                self.ended = not more
                self.grown.notify_all()
            if not more:
                return

    def text(self):
        with self.grown:
            return self.data.decode("utf-8", "replace")

    def wait(self, wanted, timeout=DEADLINE, start=0):
        """Wait for a string, or a compiled pattern: its match.  AssertionError in the end."""
        until = time.monotonic() + timeout
        with self.grown:
            while True:
                text = self.data[start:].decode("utf-8", "replace")
                found = wanted.search(text) if hasattr(wanted, "search") else wanted in text
                if found:
                    return found
                left = until - time.monotonic()
                if self.ended or left <= 0:
                    raise AssertionError("%s before %r; so far: %s" % (
                        "ended" if self.ended else "%g s passed" % timeout,
                        getattr(wanted, "pattern", wanted), text[-4000:] or "nothing"))
                self.grown.wait(left)


    def to_end(self, timeout=DEADLINE):
        """Wait until the pipe is closed: its octets."""
        until = time.monotonic() + timeout
        with self.grown:
            while not self.ended:
                left = until - time.monotonic()
                if left <= 0:
                    raise AssertionError("%g s and the pipe is still open; so far: %r" % (
                        timeout, bytes(self.data[-1000:])))
                self.grown.wait(left)
            return bytes(self.data)


class Running:
    """`nod ARGS` while it runs, its stdin a pipe.  A context manager: ends it at the end.

    .out and .err are Collected; .type(text) writes to stdin, .hang_up() closes it.
    """

    def __init__(self, *args, lang=None, env=None, prefix=(), **popen):
        self.args = args
        popen.setdefault("stdin", subprocess.PIPE)
        popen.setdefault("stdout", subprocess.PIPE)
        popen.setdefault("stderr", subprocess.PIPE)
        self.process = subprocess.Popen(
            [*prefix, NOD, *args], env=environ(lang, **(env or {})), **popen)
        self.pid = self.process.pid
        self.out = Collected(self.process.stdout) if self.process.stdout else None
        self.err = Collected(self.process.stderr) if self.process.stderr else None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def type(self, text):
        self.process.stdin.write(text.encode() if isinstance(text, str) else text)
        self.process.stdin.flush()

    def hang_up(self):
        self.process.stdin.close()

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, timeout=DEADLINE):
        """Wait for its end; the exit status.  Its output is complete afterwards."""
        try:
            status = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError("nod %s still runs after %g s; it said: %s%s" % (
                " ".join(self.args), timeout, self.out.text() if self.out else "",
                self.err.text() if self.err else "")) from None
        for collected in (self.out, self.err):
            if collected:
                collected.thread.join(timeout)
        return status

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for pipe, collected in ((self.process.stdout, self.out), (self.process.stderr, self.err)):
            if pipe:
                collected.thread.join(DEADLINE)
                pipe.close()
        if self.process.stdin:
            with contextlib.suppress(OSError):
                self.process.stdin.close()

    # what the kernel knows of it

    def status_kib(self, field):
        """A line of /proc/PID/status in KiB, such as VmRSS or VmHWM."""
        with open("/proc/%d/status" % self.pid, encoding="ascii", errors="replace") as f:
            for line in f:
                if line.startswith(field + ":"):
                    return int(line.split()[1])
        raise KeyError(field)

    def descriptors(self):
        return len(os.listdir("/proc/%d/fd" % self.pid))

    def cpu_seconds(self):
        with open("/proc/%d/stat" % self.pid, encoding="ascii", errors="replace") as f:
            fields = f.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


LISTENING = re.compile(r"^(?:listening on|正在监听) ([^\s（]+)(?: \(UDP\)|（UDP）)?$",
                       re.MULTILINE)


class Server(Running):
    """`nod serve ARGS 127.0.0.1:0`, ready when made: .port says where.

    @at: addresses instead of 127.0.0.1:0; .addresses has what was listened on, in order.
    Leaving the context stops it with SIGTERM and asserts that it exits with 0.
    """

    def __init__(self, *args, at=("127.0.0.1:0",), **more):
        self.at = [at] if isinstance(at, str) else list(at)
        super().__init__("serve", *args, *self.at, **more)
        try:
            self.addresses = self._await_addresses("--json" in args)
        except BaseException as e:
            self.kill()
            raise AssertionError("nod serve did not start: %s\nstderr: %s" % (
                e, self.err.text() if self.err else "")) from None
        ports = [a.rpartition(":")[2] for a in self.addresses if not a.startswith("unix:")]
        self.port = int(ports[0]) if ports else None

    def _await_addresses(self, is_json):
        until = time.monotonic() + DEADLINE
        seen = 0
        while True:
            text = self.out.text() if self.out else self.err.text()
            found = list(self._addresses(text, is_json))
            if len(found) >= len(self.at):
                return found
            collected = self.out or self.err
            with collected.grown:
                if len(collected.data) == seen:
                    left = until - time.monotonic()
                    if collected.ended or left <= 0:
                        raise AssertionError("no word of listening; it said: " + text)
                    collected.grown.wait(left)
                seen = len(collected.data)

    @staticmethod
    def _addresses(text, is_json):
        if not is_json:
            yield from (m.group(1) for m in LISTENING.finditer(text))
            return
        for line in text.splitlines(keepends=True):
            if line.endswith("\n") and line.startswith("{"):
                said = json.loads(line)
                if said.get("event") == "listening":
                    yield said["at"]

    def events(self, kind=None):
        """The objects of --json so far, or those of one kind."""
        text = self.out.text()
        whole = text[:text.rfind("\n") + 1]
        said = [json.loads(line) for line in whole.splitlines()]
        return [e for e in said if kind is None or e["event"] == kind]

    def event(self, kind, n=1, timeout=DEADLINE, **fields):
        """Wait for the @n-th event of a kind that has these fields; the event."""
        until = time.monotonic() + timeout
        while True:
            with self.out.grown:
                size, ended = len(self.out.data), self.out.ended
            found = [e for e in self.events(kind)
                     if all(e.get(k) == v for k, v in fields.items())]
            if len(found) >= n:
                return found[n - 1]
            left = until - time.monotonic()
            if ended or left <= 0:
                raise AssertionError("%d of %d events %r %r; it said: %s" % (
                    len(found), n, kind, fields, self.out.text()[-4000:]))
            with self.out.grown:
                if len(self.out.data) == size and not self.out.ended:
                    self.out.grown.wait(left)

    def connect(self, **more):
        """A new TCP client (a Peer)."""
        return Peer.connect(("127.0.0.1", self.port), **more)

    def stop(self, timeout=DEADLINE):
        """SIGTERM; the exit status."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.wait(timeout)

    def __exit__(self, kind, *_):
        try:
            if kind is None:
                already = self.process.poll()
                status = already if already is not None else self.stop()
                assert status == 0, "nod serve exited with %s; stderr: %s" % (
                    status, self.err.text() if self.err else "")
        finally:
            self.kill()


# ---- the other side of a conversation ------------------------------------------------------


class Peer:
    """A socket with a deadline on every call.  A context manager; closes at the end."""

    def __init__(self, sock, timeout=DEADLINE):
        self.sock, self.timeout, self.rest = sock, timeout, bytearray()
        sock.settimeout(timeout)

    @classmethod
    def connect(cls, to, timeout=DEADLINE, rcvbuf=None, source=None):
        """To ("host", port) by TCP, or a Unix socket's path."""
        family = socket.AF_UNIX if isinstance(to, str) else (
            socket.AF_INET6 if ":" in to[0] else socket.AF_INET)
        sock = socket.socket(family, socket.SOCK_STREAM)
        if rcvbuf:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
        if source:
            sock.bind(source)
        sock.settimeout(timeout)
        try:
            sock.connect(to)
        except BaseException:
            sock.close()
            raise
        return cls(sock, timeout)

    @classmethod
    def udp(cls, to, timeout=DEADLINE):
        sock = socket.socket(socket.AF_INET6 if ":" in to[0] else socket.AF_INET,
                             socket.SOCK_DGRAM)
        sock.connect(to)
        return cls(sock, timeout)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def close(self):
        self.sock.close()

    def send(self, data):
        self.sock.sendall(data.encode() if isinstance(data, str) else data)

    def finish(self):
        """Half-close: nothing more will be sent."""
        self.sock.shutdown(socket.SHUT_WR)

    def reset(self):
        """Vanish with a RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def recv(self, most=65536):
        """What is there, b"" at the end of the stream."""
        if self.rest:
            data, self.rest = bytes(self.rest[:most]), self.rest[most:]
            return data
        return self.sock.recv(most)

    def _more(self, why, until):
        left = until - time.monotonic()
        if left > 0:
            self.sock.settimeout(left)
            try:
                data = self.sock.recv(65536)
            except TimeoutError:
                data = None
            finally:
                self.sock.settimeout(self.timeout)
            if data:
                self.rest += data
                return
            if data is not None:
                raise AssertionError("the peer closed before %s; so far: %r" % (
                    why, bytes(self.rest[-1000:])))
        raise AssertionError("%g s without %s; so far: %r" % (
            self.timeout, why, bytes(self.rest[-1000:])))

    def until(self, end):
        """Octets up to and with @end."""
        deadline = time.monotonic() + self.timeout
        looked = 0
        while True:
            at = self.rest.find(end, max(0, looked - len(end)))
            if at >= 0:
                break
            looked = len(self.rest)
            self._more("%r" % end, deadline)
        cut = at + len(end)
        data, self.rest = bytes(self.rest[:cut]), self.rest[cut:]
        return data

    def line(self):
        """The next line without its end."""
        return self.until(b"\n")[:-1].removesuffix(b"\r")

    def to_line_or_end(self):
        """The next line without its end, or b"" when the peer closes first."""
        try:
            return self.line()
        except (AssertionError, ConnectionError):
            return b""

    def exactly(self, n):
        deadline = time.monotonic() + self.timeout
        while len(self.rest) < n:
            self._more("%d octets" % n, deadline)
        data, self.rest = bytes(self.rest[:n]), self.rest[n:]
        return data

    def to_end(self):
        """Everything until the peer closes; a reset counts as an end."""
        deadline = time.monotonic() + self.timeout
        data = bytearray(self.rest)
        self.rest = bytearray()
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise AssertionError("%g s and the peer has not closed" % self.timeout)
            self.sock.settimeout(left)
            try:
                more = self.sock.recv(65536)
            except TimeoutError:
                continue
            except ConnectionResetError:
                return bytes(data)
            if not more:
                return bytes(data)
            data += more

    def is_quiet(self, seconds):
        """Whether nothing comes for so long (the one wait that cannot be an event)."""
        if self.rest:
            return False
        return not select.select([self.sock], [], [], seconds)[0]


class Crowd:
    """Many TCP clients in one thread: what each has received is in .data[i].

        with Crowd(("127.0.0.1", server.port), 1000) as crowd:
            crowd.send(3, b"hello\\n")
            crowd.pump(lambda: all(b"hello" in d for d in crowd.data))
    """

    def __init__(self, to, n, timeout=DEADLINE):
        need_descriptors(n + 64)
        self.timeout = timeout
        self.poll = select.epoll()
        self.socks, self.data, self.ended = [], [], []
        self.pending, self.by_fd = {}, {}
        try:
            for _ in range(n):
                self.add(to)
        except BaseException:
            self.close()
            raise

    def add(self, to):
        sock = socket.create_connection(to, self.timeout)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setblocking(False)
        self.by_fd[sock.fileno()] = len(self.socks)
        self.socks.append(sock)
        self.data.append(bytearray())
        self.ended.append(False)
        self.poll.register(sock, select.EPOLLIN)
        return len(self.socks) - 1

    def send(self, i, data):
        """Sends what can be sent now; pump() sends the rest."""
        waiting = self.pending.get(i)
        if waiting:
            waiting += data
            return
        try:
            n = self.socks[i].send(data)
        except BlockingIOError:
            n = 0
        if n < len(data):
            self.pending[i] = bytearray(data[n:])
            self.poll.modify(self.socks[i], select.EPOLLIN | select.EPOLLOUT)

    def pump(self, done=lambda: False, timeout=None, step=0.2):
        """Move octets until @done(), which is asked after every round.  AssertionError."""
        until = time.monotonic() + (timeout or self.timeout)
        while not done():
            if time.monotonic() > until:
                raise AssertionError("not done after %g s; received %d octets in all" % (
                    timeout or self.timeout, sum(map(len, self.data))))
            for fd, bits in self.poll.poll(step):
                i = self.by_fd[fd]
                if bits & select.EPOLLOUT and i in self.pending:
                    self._send_more(i)
                if bits & (select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR):
                    self._receive(i)

    def _send_more(self, i):
        waiting = self.pending[i]
        with contextlib.suppress(BlockingIOError):
            del waiting[:self.socks[i].send(waiting)]
        if not waiting:
            del self.pending[i]
            self.poll.modify(self.socks[i], select.EPOLLIN)

    def _receive(self, i):
        try:
            more = self.socks[i].recv(1 << 18)
        except BlockingIOError:
            return
        except OSError:
            more = b""
        if more:
            self.data[i] += more
        else:
            self.ended[i] = True
            self.poll.unregister(self.socks[i])

    def close(self):
        for sock in self.socks:
            sock.close()
        self.poll.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def need_descriptors(n):
    """Room for @n descriptors in this process and its children, or the test is skipped."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < n <= hard or hard == resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(n, soft), hard))
    elif soft < n:
        raise unittest.SkipTest("needs %d descriptors, may have %d (ulimit -n)" % (n, hard))


class Script:
    """A server that a test plays itself: accepts one connection, gives it as a Peer."""

    def __init__(self, host="127.0.0.1"):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.sock = socket.create_server((host, 0), family=family)
        self.sock.settimeout(DEADLINE)
        self.port = self.sock.getsockname()[1]

    def accept(self):
        return Peer(self.sock.accept()[0])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()


def free_port(kind=socket.SOCK_STREAM, host="127.0.0.1"):
    """A port that nobody has right now.  Prefer port 0 where the program allows it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, kind) as sock:
        sock.bind((host, 0))
        return sock.getsockname()[1]


def eventually(claim, timeout=DEADLINE, step=0.02):
    """Wait until @claim() is true, for what has no event to wait for; its value."""
    until = time.monotonic() + timeout
    while True:
        value = claim()
        if value:
            return value
        if time.monotonic() > until:
            raise AssertionError("not true after %g s" % timeout)
        time.sleep(step)


@contextlib.contextmanager
def directory():
    """A directory of the test's own, gone afterwards.  Its path is short (Unix sockets)."""
    path = tempfile.mkdtemp(prefix="nod-")
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


# ---- what a test needs ---------------------------------------------------------------------


def need(*programs):
    """Skip unless all of @programs are installed."""
    absent = [p for p in programs if not shutil.which(p)]
    return unittest.skipIf(absent, "needs " + " and ".join(absent or ("nothing",)))


def need_root():
    return unittest.skipUnless(os.geteuid() == 0, "needs root")


def need_ipv6():
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            missing = False
    except OSError:
        missing = True
    return unittest.skipIf(missing, "needs IPv6 on the loopback")


@functools.lru_cache(maxsize=None)
def _can_netns():
    if not all(shutil.which(p) for p in ("unshare", "nsenter", "ip")):
        return False
    try:
        done = subprocess.run([*NetNS.UNSHARE, "ip", "link", "set", "lo", "up"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, timeout=DEADLINE)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def need_netns():
    """Skip where no network namespace can be made (root, or user namespaces, and iproute2)."""
    return unittest.skipUnless(_can_netns(), "needs network namespaces (iproute2, util-linux)")


class NetNS:
    """A network of the test's own: a namespace with its loopback up, gone with its holder.

        with NetNS() as a, NetNS() as b:
            a.join(b, "10.1.0.1/24", "10.1.0.2/24")
            run("ping", "-c1", "10.1.0.2", prefix=a.prefix)

    Nothing has a name outside, so nothing can be left behind.
    """

    UNSHARE = ("unshare", "--net") if os.geteuid() == 0 else (
        "unshare", "--net", "--user", "--map-root-user")

    def __init__(self):
        self.holder = subprocess.Popen(
            [*self.UNSHARE, "sh", "-c", "ip link set lo up && echo ready && exec cat"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if self.holder.stdout.readline() != b"ready\n":
            self.__exit__()
            raise unittest.SkipTest("needs network namespaces (iproute2, util-linux)")
        user = () if os.geteuid() == 0 else ("--user", "--preserve-credentials")
        self.prefix = ("nsenter", "--target", str(self.holder.pid), "--net", *user)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.holder.kill()
        self.holder.wait()
        self.holder.stdin.close()
        self.holder.stdout.close()

    def run(self, *command, **more):
        """Run any command inside; subprocess.CompletedProcess, CalledProcessError."""
        more.setdefault("timeout", DEADLINE)
        return subprocess.run([*self.prefix, *command], check=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)

    def join(self, other, here=None, there=None, name="eth0"):
        """A cable to @other: an interface @name on each side, with these addresses/prefixes."""
        if os.geteuid() != 0:  # each has a user namespace of its own, and no right in the other
            raise unittest.SkipTest("needs root, to lay a cable between two networks")
        self.run("ip", "link", "add", name, "type", "veth", "peer", "name", name,
                 "netns", str(other.holder.pid))
        for side, address in ((self, here), (other, there)):
            if address:
                nodad = ("nodad",) if ":" in address else ()
                side.run("ip", "address", "add", address, "dev", name, *nodad)
            side.run("ip", "link", "set", name, "up")


SIGTERM, SIGINT, SIGUSR1 = signal.SIGTERM, signal.SIGINT, signal.SIGUSR1
