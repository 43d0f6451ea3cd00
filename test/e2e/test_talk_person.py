# SPDX-License-Identifier: ISC
"""test_talk_person.py - nod talk on a terminal, with somebody who types"""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import unittest

from nodtest import DEADLINE, NOD, Collected, Script, Server, directory, environ, eventually, need
from talktest import REPLY, Answering, notes_server


def echoed(line):
    """A line typed, and below it the same from the peer; the next prompt may come between."""
    return re.compile("%s\r\n([^\n]*\r(\x1b\\[J|\n))?%s\r\n" % (line, line))


def has_libedit():
    with open(NOD, "rb") as f:
        return b"libedit" in f.read()


class Terminal:
    """`nod talk ARGS` on a pseudo-terminal, as a person has it: .type(), .out, .wait()."""

    def __init__(self, *args, lang=None, columns=80, command=None, **env):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        self.home = directory()
        home = self.home.__enter__()

        def own_terminal():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        env.setdefault("TERM", "xterm")
        self.process = subprocess.Popen(
            command or [NOD, "talk", *args], stdin=slave, stdout=slave, stderr=slave,
            preexec_fn=own_terminal,
            env=environ(lang, HOME=home, XDG_STATE_HOME=env.pop("XDG_STATE_HOME", home), **env))
        self.out = Collected(os.fdopen(self.master, "rb", buffering=0, closefd=False))

    def type(self, text):
        os.write(self.master, text.encode())

    def wait(self, timeout=DEADLINE):
        return self.process.wait(timeout)

    def settings(self):
        return termios.tcgetattr(self.slave)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.slave)  # the last one: the master reads EIO
        self.out.thread.join(DEADLINE)
        os.close(self.master)
        self.home.__exit__(None, None, None)


class Person(unittest.TestCase):
    def test_the_notes_conversation(self):
        for lang, prompt in (("zh", "发消息>> "), ("en", "message>> ")):
            with self.subTest(lang=lang), notes_server() as (port, out), \
                    Terminal("--lang", lang, "--no-newline", "127.0.0.1", str(port)) as t:
                t.out.wait(prompt)
                t.type("你好，世界\r")
                t.out.wait(REPLY)
                out.wait("你好，世界\n")
                t.type("\r")
                self.assertEqual(t.wait(), 0)
                out.wait(re.compile("世界\nwaiting for connect"))
                self.assertEqual(t.settings(), t.before)

    def test_ctrl_d_ends_it(self):
        with Server("--echo") as server, Terminal("127.0.0.1", str(server.port)) as t:
            t.out.wait("message>> ")
            t.type("last words\r")
            t.out.wait(echoed("last words"))
            t.type("\x04")
            self.assertEqual(t.wait(), 0)

    def test_backspace_takes_a_whole_character(self):
        def play(peer):
            self.got = peer.line().decode()
            peer.to_end()

        with Answering(play) as server, Terminal("127.0.0.1", str(server.port)) as t:
            t.out.wait("message>> ")
            t.type("你好吗\x7f\x7f们\r")
            t.type("\r")
            self.assertEqual(t.wait(), 0)
        self.assertEqual(self.got, "你们")

    @unittest.skipUnless(has_libedit(), "needs nod built with libedit")
    def test_what_arrives_does_not_tear_the_line(self):
        with Script() as script, Terminal("127.0.0.1", str(script.port)) as t, \
                script.accept() as peer:
            t.out.wait("message>> ")
            t.type("半句话")
            t.out.wait("半句话")
            before = len(t.out.data)
            peer.send("来自对方\n".encode())
            # erased, shown, drawn again: on its row, then the prompt with what was typed
            t.out.wait("\r\x1b[J来自对方\r\nmessage>> 半句话", start=before)
            t.type("\x1b")  # a lone Escape may not hold up what arrives
            peer.send("还有\n".encode())
            t.out.wait("还有\r\n", start=before)
            t.type("说完\r")
            self.assertIn("半句话", peer.line().decode())
            t.type("\r")
            self.assertEqual(peer.to_end(), b"")
            peer.close()
            self.assertEqual(t.wait(), 0)

    @unittest.skipUnless(has_libedit(), "needs nod built with libedit")
    def test_a_line_of_several_rows_is_erased_whole(self):
        with Script() as script, \
                Terminal("127.0.0.1", str(script.port), columns=20) as t, \
                script.accept() as peer:
            t.out.wait("message>> ")
            t.type("一二三四五六七八九十")  # 10 + 20 columns: two rows
            t.out.wait("十")
            before = len(t.out.data)
            peer.send(b"hello\n")
            t.out.wait("\x1b[1A\r\x1b[Jhello\r\n", start=before)

    @unittest.skipUnless(has_libedit(), "needs nod built with libedit")
    def test_history(self):
        with directory() as state, Server("--echo") as server:
            for i in range(2):
                with Terminal("127.0.0.1", str(server.port), XDG_STATE_HOME=state) as t:
                    t.out.wait("message>> ")
                    t.type("\x1b[A\r" if i else "记住这句\r")
                    t.out.wait(echoed("记住这句"))
                    t.type("\r")
                    self.assertEqual(t.wait(), 0)
            path = os.path.join(state, "nod", "talk_history")
            self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)

    def test_the_peer_closes(self):
        with Script() as script, Terminal("127.0.0.1", str(script.port)) as t:
            with script.accept() as peer:
                t.out.wait("message>> ")
                peer.send(b"bye\n")
            t.out.wait("the peer has closed the connection")
            self.assertEqual(t.wait(), 0)
            self.assertEqual(t.settings(), t.before)

    def test_the_peer_breaks_off(self):
        with Script() as script, Terminal("127.0.0.1", str(script.port)) as t:
            peer = script.accept()
            t.out.wait("message>> ")
            peer.reset()
            t.out.wait("(RST)")
            self.assertEqual(t.wait(), 1)
            self.assertEqual(t.settings(), t.before)

    def test_a_peer_that_does_not_close_is_not_waited_for_long(self):
        with Script() as script, Terminal("--wait", "200ms", "127.0.0.1", str(script.port)) as t, \
                script.accept():
            t.out.wait("message>> ")
            t.type("\r")
            self.assertEqual(t.wait(5), 0)

    def test_signals_leave_the_terminal_in_order(self):
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            with self.subTest(number=number), Script() as script, \
                    Terminal("127.0.0.1", str(script.port)) as t, script.accept():
                t.out.wait("message>> ")
                if number == signal.SIGINT:
                    t.type("\x03")
                else:
                    t.process.send_signal(number)
                self.assertEqual(t.wait(), -number)
                self.assertEqual(t.settings(), t.before)

    def test_stop_and_go_on(self):
        with Script() as script, Terminal("127.0.0.1", str(script.port)) as t, \
                script.accept() as peer:
            t.out.wait("message>> ")
            t.process.send_signal(signal.SIGTSTP)
            self.assertTrue(os.WIFSTOPPED(os.waitpid(t.process.pid, os.WUNTRACED)[1]))
            self.assertEqual(t.settings(), t.before)
            before = len(t.out.data)
            t.process.send_signal(signal.SIGCONT)
            t.out.wait("message>> " if has_libedit() else "", start=before)
            t.type("back again\r")
            self.assertEqual(peer.line(), b"back again")

    @need("bash")
    def test_a_background_job_goes_on(self):
        with Script() as script, Terminal(command=[
                "bash", "-mc", '"$1" talk 127.0.0.1 "$2" & wait', "bash", NOD,
                str(script.port)]) as t, script.accept() as peer:
            before = t.settings()
            peer.send(b"heard in the background\n")
            t.out.wait("heard in the background")
            t.type("not for talk\r")
            peer.send(b"and again\n")
            t.out.wait("and again")
            self.assertTrue(peer.is_quiet(0.3))
            self.assertEqual(t.settings(), before)
            peer.close()
            self.assertEqual(t.wait(), 0)

    def test_a_terminal_that_knows_no_cursor(self):
        with Server("--echo") as server, Terminal("127.0.0.1", str(server.port),
                                                  TERM="dumb") as t:
            t.out.wait("message>> ")
            t.type("plain\n")
            t.out.wait(echoed("plain"))
            self.assertNotIn("\x1b", t.out.text())
            t.type("\n")
            self.assertEqual(t.wait(), 0)

    def test_output_elsewhere(self):
        with directory() as d, Server("--echo") as server:
            path = os.path.join(d, "said")
            with Terminal(command=["sh", "-c", 'exec "$1" talk 127.0.0.1 "$2" >"$3"', "sh", NOD,
                                   str(server.port), path]) as t:
                t.out.wait("message>> ")
                t.type("kept\r")
                eventually(lambda: os.path.getsize(path) == len("kept\n"))
                t.type("\r")
                self.assertEqual(t.wait(), 0)

    def test_raw_on_a_terminal_ends_with_the_peer(self):
        with Script() as script, Terminal("--raw", "127.0.0.1", str(script.port)) as t:
            with script.accept() as peer:
                peer.send(b"raw words\n")
                t.out.wait("raw words")
            self.assertEqual(t.wait(), 0)


if __name__ == "__main__":
    unittest.main()
