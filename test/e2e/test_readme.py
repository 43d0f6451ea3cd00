# SPDX-License-Identifier: ISC
"""test_readme.py - what the READMEs and docs claim: commands, outputs, links, the first line"""

import glob
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest

from nodtest import NOD, ROOT, Running, directory, environ, need, run

SANITIZED = False  # nothing here but texts, and one build
TIME_LIMIT = 300

READMES = ("README.md", "README.zh-CN.md")
TEXTS = READMES + ("CONTRIBUTING.md", "docs/LAYERS.md", "docs/ARCHITECTURE.md")


def read(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as f:
        return f.read()


def blocks(text, kind):
    return re.findall(r"^```%s\n(.*?)^```" % kind, text, re.S | re.M)


def commands():
    return [line.split()[0] for line in run("--help", lang="en").out.splitlines()
            if re.match(r"  \w+  ", line)]


def is_chinese(text):
    return any("一" <= c <= "鿿" for c in text)


class Equal(unittest.TestCase):
    """The two READMEs say the same."""

    def both(self, find):
        en, zh = (find(read(name)) for name in READMES)
        self.assertTrue(en)
        self.assertEqual(en, zh)

    def test_sections_and_blocks(self):
        self.both(lambda t: re.findall(r"^#+|^```\w*", t, re.M))

    def test_lines_to_paste(self):
        def without_comments(text):
            return [re.sub(r"\s+#.*", "", b, flags=re.M) for b in blocks(text, "sh")]
        self.both(without_comments)

    def test_links(self):
        self.both(lambda t: sorted(set(re.findall(r"\]\(([^)]+)\)", t)) - set(READMES)))

    def test_tables_row_by_row(self):
        self.both(lambda t: [re.findall(r"`[^`]+`", row)
                             for row in re.findall(r"^\|.*", t, re.M)])

    def test_what_is_shown(self):
        def shown(text):
            found = re.findall(r"^\$ (.*)", "".join(blocks(text, "console")), re.M)
            return [c.replace("挥手", "close") for c in found]
        self.both(shown)

    def test_each_in_its_language(self):
        en, zh = (read(name) for name in READMES)
        prose = re.sub(r"```.*?```|`[^`]*`|\[中文说明\]|握手|挥手|端口", "", en, flags=re.S)
        self.assertFalse(is_chinese(prose), re.findall("[一-鿿]+", prose))
        for paragraph in re.sub(r"```.*?```", "", zh, flags=re.S).split("\n\n"):
            if not paragraph.startswith(("# ", "## ", "    ")) and paragraph.strip():
                self.assertTrue(is_chinese(paragraph), paragraph)


class Claims(unittest.TestCase):
    """What they say is so."""

    def test_relative_links_lead_somewhere(self):
        for name in TEXTS:
            for link in re.findall(r"\]\(([^)#]+)\)", read(name)):
                if "://" not in link:
                    path = os.path.join(ROOT, os.path.dirname(name), link)
                    self.assertTrue(os.path.exists(path), "%s: %s" % (name, link))

    def test_calls_that_are_named_are_public(self):
        public = "".join(read(os.path.relpath(p, ROOT))
                         for p in glob.glob(os.path.join(ROOT, "include", "nod", "*.h")))
        for name in TEXTS:
            for call in re.findall(r"\b(nod_\w+)\(", read(name)):
                self.assertRegex(public, r"\b%s\(" % call, name)

    def test_files_that_are_named_exist(self):
        have = {os.path.basename(f) for f in glob.glob(os.path.join(ROOT, "**", "*"),
                                                       recursive=True)}
        for name in TEXTS:
            for path in re.findall(r"`([\w./*-]+\.(?:c|h|sh|py|md|mk))`", read(name)):
                if path in ("hello.c", "test_*.c") or path.startswith("src/cmd/NAME"):
                    continue
                found = glob.glob(os.path.join(ROOT, path)) or \
                    glob.glob(os.path.join(ROOT, "src", path)) or \
                    glob.glob(os.path.join(ROOT, "src", "*", path)) or \
                    os.path.basename(path) in have
                self.assertTrue(found, "%s: %s" % (name, path))

    def test_commands_and_options_that_are_named_exist(self):
        known = commands()
        helps = {name: run("help", name, lang="en").out for name in known}
        for name in READMES:
            text = read(name)
            said = re.findall(r"`nod ([^`]+)`", text.replace("\n", " "))
            for kind in ("sh", "console"):
                for block in blocks(text, kind):
                    said += re.findall(r"^(?:\$ )?nod ([^#\n]+)", block, re.M)
            said = [s for s in said if not s.startswith(("nod", "talk:", "serve:"))]
            self.assertGreater(len(said), 30)
            for words in said:
                command, *rest = words.split()
                if command.startswith("-"):
                    continue
                self.assertIn(command, known, words)
                for word in rest:
                    if re.match(r"--?[a-z]", word):
                        option = word.split("=")[0].rstrip(",;.)")
                        self.assertRegex(helps[command], r"(^|\s)%s[\s,=\[]" %
                                         re.escape(option), words)

    def test_outputs_that_do_not_change_are_real(self):
        checked = 0
        for name, lang in zip(READMES, ("en", "zh")):
            for block in blocks(read(name), "console"):
                for shown in re.split(r"^\$ nod ", block, flags=re.M)[1:]:
                    line, _, out = shown.partition("\n")
                    if line.split()[0] not in ("addr", "order", "port", "layers"):
                        continue
                    real = run(*line.split(), lang=lang).out
                    if out.endswith("...\n"):
                        out, real = out[:-4], real[:len(out) - 4]
                    self.assertEqual(out, real, "%s: nod %s" % (name, line))
                    checked += 1
        self.assertEqual(checked, 10)

    def test_refusals_that_are_shown_are_real(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = str(unused.getsockname()[1])
            for name, lang in zip(READMES, ("en", "zh")):
                shown = re.search(r"^nod talk: .*\b9999\b.*$", read(name), re.M).group(0)
                self.assertEqual(run("talk", "127.0.0.1", port, lang=lang).err,
                                 shown.replace("9999", port) + "\n")

    def test_two_hosts_on_a_cable_say_what_is_shown(self):
        def tame(text, wire):  # what chance and time decide; up to "..."
            text = text.replace(wire, "WIRE").partition("\n...")[0]
            text = re.sub(r"([0-9a-f]{2}:){5}[0-9a-f]{2}|fe80:[0-9a-f:]+", "ADDRESS", text)
            return re.sub(r"[\d.]+( ms| 毫秒)", r"TIME\1", text).splitlines()
        for name, lang in zip(READMES, ("en", "zh")):
            up, ping = (re.match(r"\$ nod (.*)\n", b)
                        for b in blocks(read(name), "console") if "cable:/tmp/wire" in b)
            with directory() as d:
                wire = os.path.join(d, "wire")
                def words(shown):
                    return shown.group(1).replace("/tmp/wire", wire).split()
                with Running(*words(up), lang=lang, stderr=subprocess.STDOUT) as first:
                    first.out.wait("10.0.0.1/24")
                    second = Running(*words(ping), lang=lang, stderr=subprocess.STDOUT)
                    with second:
                        self.assertEqual(second.wait(), 0)
                    for shown, real in ((up, first), (ping, second)):
                        lines = tame(shown.string[shown.end():], "/tmp/wire")
                        self.assertEqual(lines, tame(real.out.text(), wire)[:len(lines)])

    @need("cc")
    def test_program_to_embed_compiles(self):
        for name in READMES:
            (code,) = blocks(read(name), "c")
            done = subprocess.run(
                ["cc", "-std=c17", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only",
                 "-I", os.path.join(ROOT, "include"), "-x", "c", "-"], input=code, check=False,
                stderr=subprocess.PIPE, timeout=60, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)


class Conversation(unittest.TestCase):
    SCRIPT = os.path.join(ROOT, "examples", "conversation.sh")

    def hold(self, *args, cwd=ROOT, script=None, **env):
        done = subprocess.run([script or self.SCRIPT, *args], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
                              cwd=cwd, env=environ(**env), check=False, text=True)
        return done

    def test_guests_talk_and_answer(self):
        done = self.hold(NOD=NOD)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        for said in ("Ada: Ben, can you hear me?", "Ben: I heard you, Ada.", "Ada: welcome!",
                     "** Ada nods to guest3", "Ben: good question, guest3",
                     "    guest3: hello, all"):
            self.assertIn(said, done.stdout)

    def test_in_chinese(self):
        done = self.hold(NOD=NOD, lang="zh")
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        for said in ("小艾: 老本，来，确认下眼神", "小艾: 欢迎！", "** 小艾 向 访客3 点头",
                     "老本: 问得好，访客3", "    访客3: 大家好"):
            self.assertIn(said, done.stdout)

    def test_a_port_that_is_taken_is_explained(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            done = self.hold(str(taken.getsockname()[1]), NOD=NOD)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("is in use", done.stderr)

    def test_no_command(self):
        done = self.hold(NOD="/nonexistent/nod")
        self.assertEqual(done.returncode, 1)

    def test_ended_from_outside_it_leaves_nothing(self):
        with tempfile.TemporaryDirectory() as top:
            process = subprocess.Popen([self.SCRIPT], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                       env=environ(NOD=NOD, TMPDIR=top))
            process.stdout.readline()
            process.send_signal(signal.SIGTERM)
            process.stdin.close()
            rest = process.stdout.read()  # to its end: nobody holds it any more
            self.assertEqual(process.wait(60), 143, rest)
            process.stdout.close()
            self.assertEqual(os.listdir(top), [])


@need("git", "make", "gcc")
class FreshClone(unittest.TestCase):
    """The two lines to paste, in a copy of what git knows; what apt-get does is left out."""

    @classmethod
    def setUpClass(cls):
        cls.lines = [b.strip() for b in blocks(read("README.md"), "sh") if "apt-get" in b]
        cls.top = tempfile.mkdtemp(prefix="nod-clone-")
        cls.addClassCleanup(shutil.rmtree, cls.top)
        known = subprocess.run(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=ROOT,
                               stdout=subprocess.PIPE, check=False)
        if known.returncode != 0:
            raise unittest.SkipTest("needs the repository")
        for name in known.stdout.decode().split("\0"):
            source = os.path.join(ROOT, name)
            if name and os.path.isfile(source):
                os.makedirs(os.path.dirname(os.path.join(cls.top, name)), exist_ok=True)
                shutil.copy2(source, os.path.join(cls.top, name))

    def test_there_are_two_and_they_work_with_and_without_sudo(self):
        self.assertEqual(len(self.lines), 2)
        for line in self.lines:
            self.assertNotIn("\n", line)
            self.assertTrue(line.startswith("S=; [ \"$(id -u)\" = 0 ] || S=sudo; $S apt-get "))
            for shell in ("sh", "bash"):
                subprocess.run([shell, "-n", "-c", line], check=True, timeout=20)

    def test_the_first_builds_and_converses(self):
        line = self.lines[0]
        rest = line[line.index("make -j4"):]
        clean = {k: v for k, v in environ(lang="en").items()
                 if not k.startswith(("MAKE", "MFLAGS")) and
                 k not in ("NOD", "BUILD", "SANITIZE", "CFLAGS")}
        done = subprocess.run(["sh", "-c", rest], cwd=self.top, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=280,
                              env=clean, check=False, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout[-2000:])
        self.assertIn("** Ada nods to guest3", done.stdout)

    def test_the_second_is_the_test_command(self):
        self.assertTrue(self.lines[1].endswith("&& make -j4 test"))
        done = subprocess.run(["make", "-n", "BUILD=build", "test"], cwd=self.top,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
                              check=False, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("test/run", done.stdout)
        self.assertIn("make test", read(".ci/run"))


if __name__ == "__main__":
    unittest.main()
