# SPDX-License-Identifier: ISC
"""talktest.py - what the tests of nod talk share: peers that answer, the notes' server"""

import contextlib
import os
import subprocess
import sys
import threading

from nodtest import DEADLINE, Collected, Script, environ, free_port

NOTES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "notes")
REPLY = "来,确认下眼神"


@contextlib.contextmanager
def notes_server():
    """The notes' own server; its port and what it has printed so far."""
    port = free_port()
    server = subprocess.Popen([sys.executable, os.path.join(NOTES, "tcp_server.py"),
                               "127.0.0.1", str(port)], stdout=subprocess.PIPE,
                              env=environ(PYTHONIOENCODING="utf-8"))
    out = Collected(server.stdout)
    try:
        out.wait("waiting for connect")
        yield port, out
    finally:
        server.kill()
        server.wait()
        out.thread.join(DEADLINE)
        server.stdout.close()


class Answering:
    """A thread that plays a peer: @play(peer) is called with the connection."""

    def __init__(self, play, host="127.0.0.1"):
        self.script, self.play, self.error = Script(host), play, None
        self.port = self.script.port
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        try:
            with self.script.accept() as peer:
                self.play(peer)
        except Exception as e:  # shown by the test's own thread
            self.error = e

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.thread.join(DEADLINE)
        self.script.__exit__()
        if kind is None and self.error:
            raise self.error
