# SPDX-License-Identifier: ISC
"""test_command.py - what every use of nod shares: help, version, languages, bad use"""

import os
import subprocess
import unittest

from nodtest import NOD, environ, run


class Overview(unittest.TestCase):
    def test_version(self):
        r = run("--version")
        self.assertEqual((r.status, r.err), (0, ""))
        self.assertRegex(r.out, r"^nod \d+\.\d+\.\d+\n$")

    def test_help_goes_to_stdout(self):
        r = run("--help")
        self.assertEqual((r.status, r.err), (0, ""))
        self.assertIn("usage: nod COMMAND", r.out)

    def test_nothing_said_is_bad_use(self):
        r = run()
        self.assertEqual((r.status, r.out), (2, ""))
        self.assertIn("usage: nod COMMAND", r.err)

    def test_help_of_each_command_in_both_languages(self):
        names = [line.split()[0] for line in run("--help").out.splitlines()
                 if line.startswith("  ") and len(line.split()) > 1]
        self.assertIn("help", names)
        for name in names:
            for lang in ("en", "zh"):
                with self.subTest(command=name, lang=lang):
                    for words in (("help", name), (name, "--help")):
                        r = run(*words, lang=lang)
                        self.assertEqual((r.status, r.err), (0, ""), r)
                        chinese = any("一" <= c <= "鿿" for c in r.out)
                        self.assertEqual(chinese, lang == "zh", r)


class BadUse(unittest.TestCase):
    CASES = (
        (["frob"], "frob"),
        (["hlep"], "did you mean \"help\"?"),
        (["--frob"], "--frob"),
        (["--lang", "fr", "help"], "fr"),
        (["--lang=", "help"], "en and zh"),
        (["--lang"], "--lang"),
        (["help", "--frob"], "--frob"),
        (["help", "-Q"], "-Q"),
        (["help", "--jsn"], "--json"),
        (["help", "--json=1"], "takes no value"),
        (["help", "--lang"], "needs a value"),
        (["help", "help", "help"], "one command"),
        (["help", "nosuch"], "nosuch"),
        ([""], "\"\""),
    )

    def test_told_with_status_2_and_nothing_on_stdout(self):
        for args, said in self.CASES:
            with self.subTest(args=args):
                r = run(*args)
                self.assertEqual((r.status, r.out), (2, ""), r)
                self.assertIn(said, r.err)

    def test_told_in_chinese_too(self):
        for args, _ in self.CASES:
            with self.subTest(args=args):
                r = run(*args, lang="zh")
                self.assertEqual(r.status, 2)
                self.assertTrue(any("一" <= c <= "鿿" for c in r.err), r)


class Language(unittest.TestCase):
    def speaks(self, expected, *args, **env):
        done = subprocess.run([NOD, *args], env={**environ(), "LC_ALL": "", **env},
                              stdout=subprocess.PIPE, check=True, timeout=20)
        self.assertIn(expected, done.stdout.decode())

    def test_by_locale_in_posix_order(self):
        self.speaks("usage:", "--help")
        self.speaks("用法", "--help", LANG="zh_CN.UTF-8")
        self.speaks("usage:", "--help", LC_MESSAGES="C", LANG="zh_CN.UTF-8")
        self.speaks("用法", "--help", LC_ALL="zh_TW", LC_MESSAGES="en_US", LANG="en_US")
        self.speaks("usage:", "--help", LANG="zhuang")

    def test_option_wins_over_locale(self):
        self.speaks("usage:", "--lang", "en", "--help", LANG="zh_CN.UTF-8")
        self.speaks("用法", "--lang=zh", "--help", LANG="en_US.UTF-8")
        self.speaks("用法", "help", "--lang", "zh", "help", LANG="en_US.UTF-8")


class Output(unittest.TestCase):
    def test_full_disk_is_a_failure(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("needs /dev/full")
        with open("/dev/full", "wb") as full:
            done = subprocess.run([NOD, "--help"], stdout=full, stderr=subprocess.PIPE,
                                  env=environ(), timeout=20)
        self.assertEqual(done.returncode, 1)
        self.assertIn("could not be written", done.stderr.decode())

    def test_a_reader_that_leaves_is_not_told(self):
        reader, writer = os.pipe()
        os.close(reader)
        with os.fdopen(writer, "wb") as gone:
            done = subprocess.run([NOD, "--help"], stdout=gone, stderr=subprocess.PIPE,
                                  env=environ(), timeout=20)
        self.assertEqual((done.returncode, done.stderr), (1, b""))


if __name__ == "__main__":
    unittest.main()
