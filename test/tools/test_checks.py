# SPDX-License-Identifier: ISC
"""test_checks.py - each rule of tools/check-* fails on a tree that breaks it, and only then"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HEAD = "/* SPDX-License-Identifier: ISC */\n/* %s - for the test */\n"

GOOD = {
    "src/base/low.h": "int low(void);\n",
    "src/base/low.c": '#include "low.h"\n\nint low(void)\n{\n\treturn 1;\n}\n',
    "src/network/mid.h": '#include "../base/low.h"\n\nint mid(void);\n',
    "src/network/mid.c": '#include "mid.h"\n\n#include "nod/addr.h"\n\n'
                         "/* As low() says, see low.h and strlen(). */\n"
                         "int mid(void)\n{\n\treturn low();\n}\n",
    "src/cmd/say.c": '#include "../network/mid.h"\n#include "../presentation/lang.h"\n\n'
                     'static const char *text(void)\n{\n'
                     '\treturn T("port %u of %s", "%2$s 的端口 %1$u");\n}\n\n'
                     'int main(void)\n{\n\tprintf(text(), 1u, "a");\n'
                     '\tprintf("%-10s nod %5u ms\\n", "x", 1u);\n'
                     '\tfputs("plain words\\n", stdout); /* untranslated: data */\n'
                     "\treturn mid();\n}\n",
    "src/presentation/lang.h": "int lang(void);\n",
    "include/nod/api.h": '#define NOD_API __attribute__((visibility("default")))\n',
    "include/nod/addr.h": '#include "api.h"\n\nNOD_API int nod_addr(void);\n',
    "include/nod/session.h": '#include "addr.h"\n',
}


class Checks(unittest.TestCase):
    def setUp(self):
        self.tree = tempfile.mkdtemp(prefix="nod-checks-")
        self.addCleanup(shutil.rmtree, self.tree)
        for path, text in GOOD.items():
            self.write(path, text)

    def write(self, path, text, head=True):
        full = os.path.join(self.tree, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as f:
            f.write((HEAD % os.path.basename(path) if head else "") + text)

    def run_check(self, tool):
        done = subprocess.run([os.path.join(ROOT, "tools", tool), self.tree],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        text = done.stdout.decode()
        self.assertRegex(text, r"(?m)^1\.\.\d+$", text)
        return text

    def good(self, tool):
        text = self.run_check(tool)
        self.assertNotRegex(text, r"(?m)^not ok", text)

    def bad(self, tool, rule, said, text=None):
        """@tool fails in @rule alone, and its detail fits @said."""
        text = text or self.run_check(tool)
        failed = re.findall(r"(?m)^not ok \d+ - (.*)$", text)
        self.assertEqual(len(failed), 1, text)
        self.assertIn(rule, failed[0])
        self.assertRegex(text, said)

    def each(self, tool, cases):
        self.good(tool)
        for rule, said, path, content in cases:
            with self.subTest(rule=rule, content=content):
                before = GOOD.get(path)
                self.write(path, content)
                self.bad(tool, rule, said)
                if before is None:
                    os.remove(os.path.join(self.tree, path))
                else:
                    self.write(path, before)
        self.good(tool)

    def test_layers(self):
        self.each("check-layers.sh", (
            ("looks up", r"base/ looks up at src/network/mid.h", "src/base/x.c",
             '#include "../network/mid.h"\n'),
            ("looks up", r"src/network/x.c:3: .*src/session/x.h", "src/network/x.c",
             '#  include "../session/x.h"\n'),
            ("looks up", r"link/ looks up at nod/addr.h", "src/link/x.c",
             '#include "nod/addr.h"\n'),
            ("looks up", r"transport/ looks up at nod/session.h", "src/transport/x.c",
             "#include <nod/session.h>\n"),
            ("looks up", r"application/ looks up at src/cmd", "src/application/x.c",
             '#include "../application/../cmd/command.h"\n'),
            ("lies in a layer", r"misc/ is no layer", "src/misc/x.c", "int x;\n"),
            ("lies in a layer", r"outside src", "src/cmd/x.c",
             '#include "../../test/unit/tap.h"\n'),
            ("only each other", r"public header looks at", "include/nod/x.h",
             '#include "../../src/base/low.h"\n'),
            (".c file", r"includes low.c", "src/base/x.c", '#include "low.c"\n'),
        ))

    def test_layers_of_nothing(self):
        shutil.rmtree(os.path.join(self.tree, "src"))
        shutil.rmtree(os.path.join(self.tree, "include"))
        self.bad("check-layers.sh", "lies in a layer", "nothing to look at")

    def test_ledger(self):
        head = "id\tlevel\twhat\treference\tnot tested because\n"
        table = head + "IP4-1\tMUST\tdo\tRFC 1\t\nIP4-2\tMUST\tdo | not\tRFC 2\twith TCP\n"
        self.write("docs/requirements/host.tsv", table, head=False)
        self.write("src/network/x.c", "/* (IP4-1) */\nint x;\n")
        self.write("test/unit/test_x.c", 'int y; /* "IP4-1" */\n')
        self.bad("check-ledger.py", "as `make ledger`", "HOST-REQUIREMENTS.md:1: not what")
        subprocess.run([sys.executable, os.path.join(ROOT, "tools/ledger.py"), self.tree],
                       check=True, timeout=60)
        self.good("check-ledger.py")
        with open(os.path.join(self.tree, "docs/HOST-REQUIREMENTS.md"), encoding="utf-8") as f:
            self.assertIn("| IP4-2 | MUST | do \\| not | RFC 2 |  | *with TCP* |", f.read())
        for rule, said, path, content in (
                ("each requirement", "IP4-1 is cited by no test", "test/unit/test_x.c", "int y;\n"),
                ("each requirement", "IP4-1 is cited by no code", "src/network/x.c", "int x;\n"),
                ("in a table", "test_x.c:0: IP4-3", "test/unit/test_x.c", "/* IP4-1..IP4-3 */\n"),
                ("each requirement", "tsv:3: IP4-2 is cited by no test and no code",
                 "docs/requirements/host.tsv", table.replace("with TCP", ""))):
            with self.subTest(said=said):
                with open(os.path.join(self.tree, path), encoding="utf-8") as f:
                    before = f.read()
                self.write(path, content, head=False)
                text = self.run_check("check-ledger.py")
                self.assertRegex(text, r"(?m)^not ok \d - .*" + rule)
                self.assertIn(said, text)
                self.write(path, before, head=False)
        self.good("check-ledger.py")

    def test_languages(self):
        def c(body):
            return "void x(void)\n{\n\t%s\n}\n" % body

        path = "src/cmd/x.c"
        self.each("check-languages.py", (
            ("two texts", "1 argument", path, c('puts(T("one"));')),
            ("two texts", "3 argument", path, c('puts(T("one", "一", "two"));')),
            ("two texts", "of which 1 literal", path, c('puts(T("one", other));')),
            ("has no Chinese", "端口", path, c('puts(T("the 端口", "端口"));')),
            ("is Chinese", "port", path, c('puts(T("the port", "the port"));')),
            ("is Chinese", "port", path, 'struct text t = TX("the port", "port");\n'),
            ("same conversions", "x.c:5:", path, c('printf(T("%s of %u", "%u 属于 %s"), a, b);')),
            ("same conversions", "x.c:5:", path, c('printf(T("%d ports", "端口"), a);')),
            ("same conversions", "x.c:5:", path, c('printf(T("%ld ports", "%d 个端口"), a);')),
            ("same conversions", "x.c:5:", path, c('printf(T("%*s port", "%s 端口"), 3, a);')),
            ("same conversions", "x.c:5:", path,
             c('printf(T("%s of %u", "%2$s 属于 %1$u"), a, b);')),
            ("printed past", "x.c:5: printf", path, c('printf("Port: %u\\n", p);')),
            ("printed past", "x.c:5: fputs", path, c('fputs(on ? "open" : "", stderr);')),
            ("printed past", "x.c:5: bad_use", path, c('return bad_use(in, "wrong");')),
            ("outside T", "a whole", path,
             c('const char *why = "a whole sentence"; puts(why);')),
        ))

    def test_languages_in_any_layer(self):
        self.write("src/application/x.c", 'const char *why = "the peer, sadly, left";\n')
        self.bad("check-languages.py", "outside T", "sadly")

    def test_names(self):
        self.each("check-names.py", (
            ("functions", r"src/base/x.c:3: lost\(\)", "src/base/x.c", "/* As lost() says. */\n"),
            ("functions", r"src/base/x.c:4: lost\(\)", "src/base/x.c", "/*\n * lost() */\n"),
            ("files", "lost.c", "src/base/x.c", "/* Neighbours: lost.c */\n"),
            ("files", "link/low.h", "src/base/x.c", "/* see link/low.h */\n"),
        ))

    def test_form(self):
        path = "src/base/x.c"
        self.each("check-form.py", (
            ("function without bounds", r"sprintf\(\)", path, "int a = sprintf(b);\n"),
            ("function without bounds", r"strtok\(\)", path, "int a = strtok (b, c);\n"),
            ("packed", "packed", path, "struct s {\n\tint a;\n} __attribute__((packed));\n"),
            ("packed", "ntohs", "src/network/x.c", "int a = ntohs(b);\n"),
            ("sequence", "seq <", "src/transport/x.c", "int a = seg.seq < c->rcv;\n"),
            ("sequence", "nxt >", "src/transport/x.c", "int a = snd.nxt >= b;\n"),
            ("unfinished", "TODO", path, "/* TODO: the rest */\n"),
            ("100 columns", "101 columns", path, "int %s;\n" % ("a" * 96)),
            ("100 columns", "columns", path, "\t" * 12 + "a = bbb;\n"),
            ("white space", "at the end", path, "int a; \n"),
            ("white space", "one newline", path, "int a;\n\n"),
            ("white space", "one newline", path, "int a;"),
            ("tabs", "int a", path, "    int a;\n"),
            ("800 lines", "8.. lines", path, "int a;\n" * 810),
        ))

    def test_form_of_heads(self):
        for text in ("int a;\n", "/* x.c - what */\nint a;\n",
                     "/* SPDX-License-Identifier: ISC */\nint a;\n",
                     "/* SPDX-License-Identifier: ISC */\n/* other.c - what */\nint a;\n"):
            with self.subTest(text=text):
                self.write("src/base/x.c", text, head=False)
                self.bad("check-form.py", "licence", "x.c:[12]:")

    def test_comments_and_strings_are_not_code(self):
        self.write("src/base/x.c", "/* unlike sprintf() */\nconst char *a = \"ntohs(1)\";\n")
        self.good("check-form.py")


class Built(unittest.TestCase):
    """Checks that look at what the compiler made."""

    def setUp(self):
        self.tree = tempfile.mkdtemp(prefix="nod-checks-")
        self.addCleanup(shutil.rmtree, self.tree)

    def make(self, **objects):
        """layer_name="source": build/src/layer/name.o and an archive of all but cmd's."""
        os.makedirs(os.path.join(self.tree, "include/nod"))
        with open(os.path.join(self.tree, "include/nod/a.h"), "w", encoding="ascii") as f:
            f.write("NOD_API int nod_a(void);\nNOD_API int\nnod_b(\n\tint x);\n")
        archived = []
        for name, source in objects.items():
            path = "src/%s.c" % name.replace("_", "/")
            for where in ("", "build"):
                os.makedirs(os.path.join(self.tree, where, os.path.dirname(path)), exist_ok=True)
            with open(os.path.join(self.tree, path), "w", encoding="ascii") as f:
                f.write(source)
            done = "build/" + path[:-1] + "o"
            subprocess.run(["cc", "-w", "-c", "-o", done, path], cwd=self.tree, check=True)
            if not path.startswith("src/cmd/"):
                archived.append(done)
        subprocess.run(["ar", "rcs", "build/libnod.a", *archived], cwd=self.tree, check=True)

    def check(self):
        env = {k: v for k, v in os.environ.items() if k != "NOD_BUILD"}
        done = subprocess.run([os.path.join(ROOT, "tools/check-symbols.sh"), self.tree],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
                              env=env)
        return done.stdout.decode()

    AB = "int nod_a(void) { return 1; }\nint nod_b(int x) { return x; }\n"

    def test_good(self):
        self.make(base_a=self.AB, cmd_b="void *f(void) { return (void *)socket; }"
                  .replace("void *f", "int socket();\nvoid *f"))
        self.assertNotIn("not ok", self.check())

    def test_other_names_exported(self):
        self.make(base_a=self.AB + "int helper(void) { return 2; }\n")
        self.assertRegex(self.check(), r"not ok 1 .*\n# helper\n")

    def test_promised_and_absent(self):
        self.make(base_a="int nod_a(void) { return 1; }\n")
        self.assertRegex(self.check(), r"not ok 2 .*\n# nod_b is declared and not defined")

    def test_exported_and_not_promised(self):
        self.make(base_a=self.AB + "int nod_c(void) { return 2; }\n")
        self.assertRegex(self.check(), r"not ok 3 .*\n# nod_c is exported and not declared")

    def test_system_called_from_the_wrong_room(self):
        self.make(base_a=self.AB, network_x="int socket();\nint f(void) { return socket(); }\n")
        self.assertRegex(self.check(), r"not ok 4 .*\n# build/src/network/x.o calls socket")

    def test_not_built(self):
        self.assertRegex(self.check(), r"not ok 1 .*\n# there is no build/libnod.a")

    def test_warnings_stop_the_build(self):
        shutil.copy(os.path.join(ROOT, "Makefile"), self.tree)
        shutil.copytree(os.path.join(ROOT, "mk"), os.path.join(self.tree, "mk"))
        for path, text in (("src/cmd/a.c", "int main(void)\n{\n\tint unused;\n}\n"),
                           ("src/base/b.c", "int nod_b(void);\nint nod_b(void)\n{\n"
                                            "\treturn 1;\n}\n"),
                           ("include/nod/c.h", "size_t needs_stddef(void);\n")):
            os.makedirs(os.path.dirname(os.path.join(self.tree, path)), exist_ok=True)
            with open(os.path.join(self.tree, path), "w", encoding="ascii") as f:
                f.write(text)
        done = subprocess.run([os.path.join(ROOT, "tools/check-build.sh"), self.tree, "build"],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=100)
        said = done.stdout.decode()
        self.assertRegex(said, r"not ok 1 - gcc finds")
        self.assertIn("unused", said)
        self.assertRegex(said, r"not ok 3 - each public header stands alone in C")


if __name__ == "__main__":
    unittest.main()
