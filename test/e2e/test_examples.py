# SPDX-License-Identifier: ISC
"""test_examples.py - examples/*.c against libnod: small, and the notes' programs to the octet"""

import glob
import os
import shutil
import subprocess
import tempfile
import unittest

from nodtest import DEADLINE, NOD, ROOT, Peer, Server, environ, eventually, free_port
from test_notes import ANSWER, PROMPT, SAID, NotesServer, Tap, notes_client
from test_peers import listens

SANITIZED = False  # they are programs of their own
WARNINGS = ("-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Werror")


class Examples(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="nod-examples-")
        cls.addClassCleanup(shutil.rmtree, cls.directory)
        cls.sources = sorted(glob.glob(os.path.join(ROOT, "examples", "*.c")))
        for source in cls.sources:
            name = os.path.splitext(os.path.basename(source))[0]
            subprocess.run(
                ["cc", "-std=c17", *WARNINGS, "-I", os.path.join(ROOT, "include"), "-o",
                 os.path.join(cls.directory, name), source,
                 os.path.join(os.path.dirname(NOD), "libnod.a"), "-pthread"],
                check=True, timeout=60)

    def program(self, name, *args, **more):
        process = subprocess.Popen([os.path.join(self.directory, name), *args],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env=environ(), **more)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        process.kill()
        process.communicate()

    def serve(self):
        port = free_port()
        process = self.program("server", "127.0.0.1:%d" % port)
        eventually(lambda: listens(port))
        return process, port

    def converse(self, port, said=SAID):
        process = self.program("client", "127.0.0.1", str(port))
        out, err = process.communicate(said.encode(), timeout=DEADLINE)
        self.assertEqual((process.returncode, err), (0, b""))
        return out.decode()

    def test_each_is_under_sixty_lines(self):
        names = [os.path.basename(s) for s in self.sources]
        self.assertIn("client.c", names)
        self.assertIn("server.c", names)
        for source in self.sources:
            with open(source, encoding="utf-8") as f:
                self.assertLess(len(f.readlines()), 60, source)

    def test_the_client_is_the_notes_client(self):
        with NotesServer() as server, Tap(server.port) as theirs:
            wanted = notes_client(theirs.port)
        with NotesServer() as server, Tap(server.port) as ours:
            shown = self.converse(ours.port)
        self.assertEqual(shown, wanted)
        self.assertEqual(ours.there, theirs.there)
        self.assertEqual(ours.back, theirs.back)

    def test_the_server_is_the_notes_server(self):
        with NotesServer() as server, Tap(server.port) as theirs:
            wanted = notes_client(theirs.port)
        process, port = self.serve()
        with Tap(port) as ours:
            shown = notes_client(ours.port)
        self.assertEqual(shown, wanted)
        self.assertEqual(ours.there, theirs.there)
        self.assertEqual(ours.back, theirs.back)
        process.kill()
        out, _ = process.communicate()
        self.assertRegex(out.decode(), r"^waiting for connect\.\.\.\.\nconnect from 127\.0\.0\.1:\d+\n"
                                       r"你好\nhello\n一二三\nwaiting for connect\.\.\.\.\n$")

    def test_both_with_each_other_and_with_nod(self):
        shown = (PROMPT + ANSWER + "\n") * 3 + PROMPT
        _, port = self.serve()
        self.assertEqual(self.converse(port), shown)
        with Server() as server:
            self.assertEqual(self.converse(server.port), shown)

    def test_a_reset_does_not_end_the_server(self):
        process, port = self.serve()
        for _ in range(3):
            peer = Peer.connect(("127.0.0.1", port))
            peer.send(b"x")
            peer.reset()
        self.assertIn(ANSWER, self.converse(port))
        self.assertIsNone(process.poll())

    def test_two_hosts_talk_in_one_program(self):
        process = self.program("two_hosts", "你好")
        out, err = process.communicate(timeout=DEADLINE)
        self.assertEqual((process.returncode, err), (0, b""))
        self.assertRegex(out.decode(), r"^你好, says 10\.0\.0\.1:\d+\n你好, comes back\n$")

    def test_failures_are_explained(self):
        port = free_port()
        process = self.program("client", "127.0.0.1", str(port))
        _, err = process.communicate(timeout=DEADLINE)
        self.assertEqual(process.returncode, 1)
        self.assertIn("refused", err.decode())
        self.assertIn(str(port), err.decode())
        _, port = self.serve()
        process = self.program("server", "127.0.0.1:%d" % port)
        _, err = process.communicate(timeout=DEADLINE)
        self.assertEqual(process.returncode, 1)
        self.assertIn(str(port), err.decode())
        process = self.program("server", "nonsense")
        _, err = process.communicate(timeout=DEADLINE)
        self.assertEqual(process.returncode, 2)


if __name__ == "__main__":
    unittest.main()
