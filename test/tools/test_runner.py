# SPDX-License-Identifier: ISC
"""test_runner.py - test/run sees every way in which a test can fail"""

import os
import shutil
import stat
import subprocess
import tempfile
import textwrap
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Runner(unittest.TestCase):
    """A tree of its own with test/run and tests that misbehave."""

    def setUp(self):
        self.tree = tempfile.mkdtemp(prefix="nod-runner-")
        self.addCleanup(shutil.rmtree, self.tree)
        self.write("test/run", open(os.path.join(ROOT, "test/run"), encoding="utf-8").read())
        self.write("build/nod", "#!/bin/sh\n")
        self.write("build/asan/nod", "#!/bin/sh\n")

    def write(self, path, text):
        path = os.path.join(self.tree, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)

    def check(self, script):
        self.write("tools/check-it.sh", "#!/bin/sh\n" + textwrap.dedent(script))

    def e2e(self, body, top=""):
        self.write("test/e2e/test_it.py", "import os, subprocess, time, unittest\n" + top +
                   "\nclass It(unittest.TestCase):\n" +
                   textwrap.indent(textwrap.dedent(body), "    "))

    def run_it(self, *args):
        env = {k: v for k, v in os.environ.items() if k != "NOD_TEST_JOB"}
        done = subprocess.run([os.path.join(self.tree, "test/run"), *args], env=env,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        self.said = done.stdout.decode()
        return done.returncode, self.said.splitlines()[-1]

    def expect(self, passed, failed, skipped, *words, args=()):
        status, last = self.run_it(*args)
        self.assertEqual(last, "%d passed, %d failed, %d skipped" % (passed, failed, skipped),
                         self.said)
        self.assertEqual(status, 1 if failed else 0)
        for word in words:
            self.assertIn(word, self.said)

    def test_passed(self):
        self.check("echo 'ok 1 - one'; echo 'ok 2 - two'; echo 1..2")
        self.expect(2, 0, 0)

    def test_skip_is_counted_with_its_reason(self):
        self.check("echo 'ok 1 - one # SKIP needs a moon'; echo 1..1")
        self.expect(0, 0, 1, "skipped, needs a moon:", "tools/check-it: one")

    def test_all_skipped(self):
        self.check("echo '1..0 # SKIP no sun'")
        self.expect(0, 0, 1, "skipped, no sun:")

    def test_failure_is_shown_with_its_detail(self):
        self.check("echo 1..2; echo 'not ok 1 - one'; echo '# it was blue'; echo 'ok 2 - two'")
        self.expect(1, 1, 0, "not ok: one", "| it was blue")

    def test_no_plan(self):
        self.check("echo 'ok 1 - one'")
        self.expect(1, 1, 0, "no plan")

    def test_nothing_said(self):
        self.check("exit 0")
        self.expect(0, 1, 0, "no plan")

    def test_plan_not_kept(self):
        self.check("echo 'ok 1 - one'; echo 1..2")
        self.expect(1, 1, 0, "planned 2 tests, ran 1")

    def test_status_counts_though_all_were_ok(self):
        self.check("echo 'ok 1 - one'; echo 1..1; exit 3")
        self.expect(1, 1, 0, "exit status 3")

    def test_crash(self):
        self.check("echo 'ok 1 - one'; kill -SEGV $$")
        self.expect(1, 1, 0, "died of SIGSEGV")

    def test_crash_after_the_plan(self):
        self.check("echo 'ok 1 - one'; echo 1..1; kill -ABRT $$")
        self.expect(1, 1, 0, "died of SIGABRT")

    def test_cannot_be_started(self):
        self.write("tools/check-it.sh", "#!/no/such/shell\n")
        self.expect(0, 1, 0, "cannot be run")

    def test_sanitizer_report_counts_though_nobody_looked(self):
        self.check("""\
            path=${ASAN_OPTIONS##*log_path=}
            echo 'ERROR: AddressSanitizer: odd' >$path.123
            echo 'ok 1 - one'; echo 1..1""")
        self.expect(1, 1, 0, "a sanitizer's report", "| ERROR: AddressSanitizer: odd")

    def test_unit_program_not_built(self):
        self.write("test/unit/test_it.c", "")
        self.expect(0, 2, 0, "not built")

    def test_e2e_once_a_build(self):
        self.e2e("def test_a(self): self.assertIn('build/asan', os.environ['NOD'])")
        self.expect(1, 1, 0, "FAILED e2e/test_it: It.test_a")

    def test_e2e_not_sanitized_where_it_says_so(self):
        self.e2e("def test_a(self): pass", top="SANITIZED = False")
        self.expect(1, 0, 0)

    def test_e2e_failures_errors_and_subtests(self):
        self.e2e("""\
            def test_a(self): self.fail('blue')
            def test_b(self): raise OSError('red')
            def test_c(self):
                for i in range(3):
                    with self.subTest(i=i):
                        self.assertEqual(i, 1)
            @unittest.skip('no moon')
            def test_d(self): pass
            def test_e(self): pass
            """, top="SANITIZED = False")
        self.expect(1, 4, 1, "blue", "red", "(i=0)", "(i=2)", "skipped, no moon")

    def test_e2e_file_that_cannot_be_read(self):
        self.e2e("def test_a(self) pass", top="SANITIZED = False")
        self.expect(0, 2, 0, "SyntaxError")

    def test_setup_that_fails(self):
        self.e2e("""\
            @classmethod
            def setUpClass(cls): raise OSError('flat')
            def test_a(self): pass
            """, top="SANITIZED = False")
        self.expect(0, 1, 0, "flat")

    def test_process_left_behind_is_a_failure_and_ended(self):
        self.e2e("""\
            def test_a(self):
                child = subprocess.Popen(['sleep', '86399'], start_new_session=True)
                with open(%r, 'w') as f: f.write(str(child.pid))
            """ % os.path.join(self.tree, "pid"), top="SANITIZED = False")
        self.expect(1, 1, 0, "left 1 process(es) behind", "sleep 86399")
        self.is_gone()

    def test_time_limit_ends_the_whole_family(self):
        self.e2e("""\
            def test_a(self): pass
            def test_b(self):
                child = subprocess.Popen(['sleep', '86398'], start_new_session=True)
                with open(%r, 'w') as f: f.write(str(child.pid))
                time.sleep(3600)
            """ % os.path.join(self.tree, "pid"), top="SANITIZED = False\nTIME_LIMIT = 2")
        started = time.monotonic()
        self.expect(1, 1, 0, "took longer than 2 s")
        self.assertLess(time.monotonic() - started, 30)
        self.is_gone()

    def is_gone(self):
        with open(os.path.join(self.tree, "pid"), encoding="ascii") as f:
            pid = f.read()
        try:
            with open("/proc/%s/stat" % pid, encoding="ascii") as f:
                self.assertEqual(f.read().rpartition(")")[2].split()[0], "Z")
        except (FileNotFoundError, ProcessLookupError):
            pass

    def test_selection(self):
        self.check("echo 'ok 1 - one'; echo 1..1")
        self.e2e("def test_a(self): self.fail()")
        self.expect(1, 0, 0, args=("check-it",))
        self.expect(1, 0, 0, args=("tools/*",))
        self.expect(1, 0, 0, args=("--quick",))
        self.assertEqual(self.run_it("nonsense")[0], 2)
        self.assertEqual(self.run_it("-l"), (0, "asan/e2e/test_it"))

    def test_nothing_run_is_not_success(self):
        self.e2e("pass", top="SANITIZED = False")
        self.expect(0, 1, 0)


if __name__ == "__main__":
    unittest.main()
