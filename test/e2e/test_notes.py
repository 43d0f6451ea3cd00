# SPDX-License-Identifier: ISC
"""test_notes.py - the notes' own Python server and client with nod's, octet for octet

test/e2e/notes/ has the course's two programs.  A wire tap stands between both sides, so
that what nod puts on the wire is compared with what the notes' program puts there.
"""

import os
import re
import socket
import subprocess
import sys
import threading
import unittest

from nodtest import DEADLINE, NOD, Collected, Peer, Running, Server, environ, eventually, run

NOTES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "notes")
ANSWER = "来,确认下眼神"
SAID = "你好\nhello\n一二三\n\n"  # the empty line ends the notes' client
PROMPT = "发消息>>"


class Tap:
    """Passes one connection on to @port and keeps what went each way."""

    def __init__(self, port):
        self.to = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(DEADLINE)
        self.port = self.listener.getsockname()[1]
        self.there, self.back = bytearray(), bytearray()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        client = self.listener.accept()[0]
        server = socket.create_connection(("127.0.0.1", self.to))
        client.settimeout(DEADLINE)
        server.settimeout(DEADLINE)
        other = threading.Thread(target=self._pass, args=(server, client, self.back), daemon=True)
        other.start()
        self._pass(client, server, self.there)
        other.join(DEADLINE)
        client.close()
        server.close()

    @staticmethod
    def _pass(source, target, kept):
        try:
            while data := source.recv(65536):
                kept += data
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.thread.join(DEADLINE)
        self.listener.close()


class NotesServer:
    """The notes' tcp_server.py, listening; its output in .out."""

    def __init__(self):
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(NOTES, "tcp_server.py"), "127.0.0.1", str(self.port)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=environ(PYTHONIOENCODING="utf-8"))
        self.out = Collected(self.process.stdout)
        eventually(self.listens)

    def listens(self):
        """Without a connection of ours: the server serves one at a time."""
        assert self.process.poll() is None, self.out.text()
        return "waiting for connect" in self.out.text()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.out.thread.join(DEADLINE)
        self.process.stdout.close()


def notes_client(port, said=SAID):
    """Run the notes' tcp_client.py with @said as what is typed; its output."""
    done = subprocess.run(
        [sys.executable, os.path.join(NOTES, "tcp_client.py"), "127.0.0.1", str(port)],
        input=said.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=DEADLINE,
        env=environ(PYTHONIOENCODING="utf-8"))
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


class NotesClient(unittest.TestCase):
    """The notes' client cannot tell nod's server from the notes'."""

    def test_octet_for_octet(self):
        with NotesServer() as server, Tap(server.port) as theirs:
            wanted = notes_client(theirs.port)
        for how in ("process", "thread", "select", "poll", "epoll"):
            with self.subTest(how=how), Server("--how", how) as server, \
                    Tap(server.port) as ours:
                shown = notes_client(ours.port)
                ours.thread.join(DEADLINE)
                self.assertEqual(shown, wanted)
                self.assertEqual(shown, (PROMPT + ANSWER + "\n") * 3 + PROMPT)
                self.assertEqual(ours.there, theirs.there)
                self.assertEqual(ours.back, theirs.back)
                self.assertEqual(bytes(ours.back).decode(), ANSWER * 3)

    def test_what_the_server_shows(self):
        with NotesServer() as server:
            notes_client(server.port)
            server.out.wait(re.compile("一二三\nwaiting for connect"))
            theirs = server.out.text()
        with Server() as server:
            notes_client(server.port)
            server.out.wait(re.compile("一二三\n[\\s\\S]*waiting for connect"))
            ours = server.out.text()
        # the same events in the same order; nod says who speaks
        shape = r"waiting for connect\.\.\.\.\n.*connect from .*127\.0\.0\.1.*\n" \
                r".*你好\n.*hello\n.*一二三\n(?:.*\n)?waiting for connect\.\.\.\.\n"
        self.assertRegex(theirs, shape)
        self.assertRegex(ours, shape)

    def test_several_at_once_which_the_notes_server_cannot(self):
        with Server() as server:
            clients = [subprocess.Popen(
                [sys.executable, os.path.join(NOTES, "tcp_client.py"), "127.0.0.1",
                 str(server.port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                env=environ(PYTHONIOENCODING="utf-8")) for _ in range(3)]
            try:
                for client in clients:  # all are connected before the first one speaks
                    client.stdin.write(SAID.encode())
                for client in reversed(clients):
                    out, _ = client.communicate(timeout=DEADLINE)
                    self.assertEqual(out.decode(), (PROMPT + ANSWER + "\n") * 3 + PROMPT)
            finally:
                for client in clients:
                    client.kill()
                    client.wait()

    def test_echo_and_chat_serve_it_too(self):
        with Server("--echo") as server:
            self.assertEqual(notes_client(server.port, "你好\n\n"), PROMPT + "你好\n" + PROMPT)
        with Server("--chat") as server:
            shown = notes_client(server.port, "你好\n\n")
            self.assertIn("welcome", shown)
            server.out.wait("guest1: 你好\n")


class NotesTalk(unittest.TestCase):
    """The notes' server cannot tell `nod talk --no-newline` from the notes' client."""

    def test_octet_for_octet(self):
        with NotesServer() as server, Tap(server.port) as theirs:
            notes_client(theirs.port)
        with NotesServer() as server, Tap(server.port) as ours:
            with Running("talk", "--no-newline", "127.0.0.1", str(ours.port)) as talk:
                # as the notes' client: what is said at once would be one message
                for n, line in enumerate(SAID.splitlines(keepends=True), 1):
                    talk.type(line)
                    if line.strip():
                        talk.out.wait(re.compile(r"(%s\s*){%d}" % (ANSWER, n)))
                talk.hang_up()
                self.assertEqual(talk.wait(), 0)
            ours.thread.join(DEADLINE)
            server.out.wait("一二三")
        self.assertEqual(talk.out.text().count(ANSWER), 3)
        self.assertEqual(bytes(ours.back), bytes(theirs.back))
        self.assertEqual(bytes(ours.there), bytes(theirs.there))

    def test_talk_and_serve(self):
        with Server() as server:
            r = run("talk", "127.0.0.1", str(server.port), input="你好\nhello\n")
            self.assertEqual(r.status, 0, r)
            self.assertEqual(r.out.count(ANSWER), 2, r)
            server.out.wait("hello\n")


class Wire(unittest.TestCase):
    def test_messages_of_the_notes_that_run_together(self):
        """TCP keeps no bounds: two sends at once are one message, and answered once."""
        with Server() as server, Peer.connect(("127.0.0.1", server.port)) as peer:
            peer.send("你".encode()[:2])  # even within a character
            peer.send("你".encode()[2:] + "好".encode())
            self.assertEqual(peer.exactly(len(ANSWER.encode())).decode(), ANSWER)
            server.out.wait(": 你好\n")
            self.assertTrue(peer.is_quiet(0.2))


if __name__ == "__main__":
    unittest.main()
