# SPDX-License-Identifier: ISC
"""test_install.py - make install: a program builds against it, pages are clean, shells complete"""

import glob
import os
import pty
import re
import select
import shutil
import subprocess
import tempfile
import time
import unittest

from nodtest import DEADLINE, NOD, ROOT, environ, need, run

SANITIZED = False  # the plain build is what is installed

PROGRAM = r"""
#include <nod/nod.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
	struct nod_session_conf conf = { .blocking = true };
	struct nod_endpoint at;
	struct nod_session *listener, *client, *server;
	struct nod_failure why;
	char buf[64];

	if (strcmp(nod_version(), NOD_VERSION) != 0 || nod_htons(1) != nod_ntohs(1))
		return 1;
	if (nod_endpoint_parse(&at, "127.0.0.1:0") < 0)
		return 2;
	if (nod_session_listen(nod_service_kernel(), &at, &conf, &listener, &why) < 0)
		return 3;
	if (nod_session_local(listener, &at) < 0)
		return 4;
	if (nod_session_dial(nod_service_kernel(), &at, &conf, &client, &why) < 0)
		return 5;
	if (nod_session_accept(listener, &server, NULL) < 0)
		return 6;
	if (nod_session_send(client, "nod", 3) != 3 || nod_session_recv(server, buf, 64) != 3)
		return 7;
	printf("%.3s %s\n", buf, nod_version());
	nod_session_close(client);
	nod_session_close(server);
	nod_session_close(listener);
	return 0;
}
"""


def make(*args, **env):
    """make, as if nobody had called it from another make."""
    clean = {k: v for k, v in environ(**env).items() if not k.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(["make", "--no-print-directory", *args], cwd=ROOT, env=clean,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=100,
                          check=False, text=True)


def tree(top):
    """Files below @top, as they would be named once installed."""
    return sorted("/" + os.path.relpath(os.path.join(d, f), top)
                  for d, _, files in os.walk(top) for f in files)


@need("make", "cc")
class Install(unittest.TestCase):
    PREFIX = "/opt/nod"

    @classmethod
    def setUpClass(cls):
        cls.top = tempfile.mkdtemp(prefix="nod-install-")
        cls.addClassCleanup(shutil.rmtree, cls.top)
        cls.dest = os.path.join(cls.top, "dest")
        cls.args = ["BUILD=" + os.path.dirname(NOD), "DESTDIR=" + cls.dest,
                    "PREFIX=" + cls.PREFIX]
        done = make("install", *cls.args, LC_ALL="zh_CN.UTF-8")
        assert done.returncode == 0, done.stdout
        cls.home = cls.dest + cls.PREFIX

    def test_everything_is_there_and_readable(self):
        files = tree(self.dest)
        for name in ("/bin/nod", "/lib/libnod.a", "/lib/pkgconfig/nod.pc",
                     "/include/nod/nod.h", "/share/man/man1/nod.1",
                     "/share/man/man3/libnod.3", "/share/zsh/site-functions/_nod",
                     "/share/bash-completion/completions/nod",
                     "/share/fish/vendor_completions.d/nod.fish"):
            self.assertIn(self.PREFIX + name, files)
        for name in files:
            mode = os.stat(self.dest + name).st_mode & 0o777
            self.assertEqual(mode, 0o755 if name.endswith("/bin/nod") else 0o644, name)
            self.assertTrue(name.startswith(self.PREFIX))

    def test_all_headers_and_pages_of_the_tree(self):
        for pattern, to in (("include/nod/*.h", "include/nod"), ("man/*.1", "share/man/man1"),
                            ("man/*.3", "share/man/man3"), ("man/*.7", "share/man/man7")):
            want = sorted(os.path.basename(p) for p in glob.glob(os.path.join(ROOT, pattern)))
            self.assertEqual(sorted(os.listdir(os.path.join(self.home, to))), want)

    def test_command_runs_from_there(self):
        done = subprocess.run([self.home + "/bin/nod", "--version"], stdout=subprocess.PIPE,
                              timeout=DEADLINE, check=True, text=True)
        self.assertEqual(done.stdout, run("--version").out)

    def flags(self):
        done = subprocess.run(
            ["pkg-config", "--cflags", "--libs", "nod"], stdout=subprocess.PIPE, check=True,
            timeout=DEADLINE, text=True,
            env=environ(PKG_CONFIG_PATH=self.home + "/lib/pkgconfig",
                        PKG_CONFIG_SYSROOT_DIR=self.dest))
        return done.stdout.split()

    @need("pkg-config")
    def test_program_builds_by_pkg_config(self):
        flags = self.flags()
        self.assertIn("-I%s/include" % self.home, flags)
        source, program = self.top + "/p.c", self.top + "/p"
        with open(source, "w", encoding="utf-8") as f:
            f.write(PROGRAM)
        subprocess.run(["cc", "-std=c17", "-Wall", "-Wextra", "-Wpedantic", "-Werror",
                        "-D_POSIX_C_SOURCE=200809L", "-o", program, source, *flags],
                       check=True, timeout=60)
        done = subprocess.run([program], stdout=subprocess.PIPE, timeout=DEADLINE, check=False,
                              text=True)
        self.assertEqual((done.returncode, done.stdout), (0, "nod " + run("--version").out[4:]))

    @need("pkg-config")
    def test_each_header_stands_alone_in_c(self):
        flags = self.flags()
        for header in sorted(os.listdir(self.home + "/include/nod")):
            with self.subTest(header=header):
                done = subprocess.run(
                    ["cc", "-std=c17", "-Wall", "-Wextra", "-Wpedantic", "-Werror",
                     "-fsyntax-only", "-x", "c", "-", *[f for f in flags if f[:2] == "-I"]],
                    input="#include <nod/%s>\n#include <nod/%s>\nint x;\n" % (header, header),
                    stderr=subprocess.PIPE, timeout=60, check=False, text=True)
                self.assertEqual(done.returncode, 0, done.stderr)

    def test_pc_names_the_prefix_and_not_the_destination(self):
        with open(self.home + "/lib/pkgconfig/nod.pc", encoding="utf-8") as f:
            text = f.read()
        self.assertIn("prefix=%s\n" % self.PREFIX, text)
        self.assertNotIn(self.dest, text)
        self.assertIn("Version: " + run("--version").out.split()[1], text)

    def test_completions_are_english_whoever_installs(self):
        for name in tree(self.home + "/share"):
            if "/man/" in name:
                continue
            with open(self.home + "/share" + name, encoding="utf-8") as f:
                self.assertFalse(any("一" <= c <= "鿿" for c in f.read()), name)

    def test_uninstall_takes_all_of_it_away(self):
        dest = os.path.join(self.top, "other")
        args = [a.replace(self.dest, dest) for a in self.args]
        self.assertEqual(make("install", *args).returncode, 0)
        mine = os.path.join(dest, "opt/nod/bin/mine")
        with open(mine, "w", encoding="utf-8"):
            pass
        self.assertEqual(make("uninstall", *args).returncode, 0)
        self.assertEqual(tree(dest), ["/opt/nod/bin/mine"])
        self.assertFalse(os.path.exists(dest + "/opt/nod/include/nod"))
        self.assertEqual(make("uninstall", *args).returncode, 0, "twice is no error")

    def test_without_completions(self):
        dest = os.path.join(self.top, "bare")
        args = [a.replace(self.dest, dest) for a in self.args]
        self.assertEqual(make("install", "COMPLETIONS=no", *args).returncode, 0)
        self.assertEqual([f for f in tree(dest) if "/share/" in f and "/man/" not in f], [])

    def test_a_place_that_cannot_be_written_is_a_failure(self):
        done = make("install", self.args[0], "DESTDIR=/dev/null", self.args[2])
        self.assertNotEqual(done.returncode, 0)


class Pages(unittest.TestCase):
    PAGES = sorted(glob.glob(os.path.join(ROOT, "man", "*.[137]")))

    @need("mandoc")
    def test_mandoc_finds_nothing(self):
        self.assertTrue(self.PAGES)
        for page in self.PAGES:
            done = subprocess.run(["mandoc", "-Tlint", page], stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, timeout=DEADLINE, check=False,
                                  text=True)
            found = [line for line in done.stdout.splitlines()
                     if "referenced manual not found" not in line and "outdated mandoc.db"
                     not in line]
            self.assertEqual(found, [], page)

    def test_references_between_pages_lead_somewhere(self):
        here = {os.path.basename(p) for p in self.PAGES}
        for page in self.PAGES:
            with open(page, encoding="utf-8") as f:
                for name, section in re.findall(r"^\.Xr ((?:nod|libnod)\S*) (\d)", f.read(),
                                                re.M):
                    self.assertIn("%s.%s" % (name, section), here, page)

    def test_every_command_has_its_page_with_all_of_its_options(self):
        names = [line.split()[0] for line in run("--help", lang="en").out.splitlines()
                 if re.match(r"  \w+  ", line)]
        for name in names:
            if name == "help":
                continue
            with self.subTest(command=name):
                with open(os.path.join(ROOT, "man", "nod-%s.1" % name), encoding="utf-8") as f:
                    page = f.read().replace("\\-", "-")
                told = run("help", name, lang="en").out
                for option in re.findall(r"^ +(?:-\w, )?--([\w-]+)", told, re.M):
                    if option not in ("json", "lang", "help"):
                        self.assertTrue(re.search(r"Fl -%s\b" % re.escape(option), page),
                                        "--" + option)

    def test_libnod_names_every_public_call(self):
        with open(os.path.join(ROOT, "man", "libnod.3"), encoding="utf-8") as f:
            page = f.read()
        for header in glob.glob(os.path.join(ROOT, "include", "nod", "*.h")):
            with open(header, encoding="utf-8") as f:
                text = re.sub(r"/\*.*?\*/", "", f.read(), flags=re.S)
            for call in re.findall(r"NOD_API[^;(]*?\b(nod_\w+)\(", text):
                self.assertTrue(re.search(r"\b%s\b" % call, page), "%s: %s" % (header, call))

    @need("cc", "mandoc")
    def test_example_in_libnod_compiles(self):
        text = subprocess.run(["mandoc", "-Tutf8", os.path.join(ROOT, "man", "libnod.3")],
                              stdout=subprocess.PIPE, timeout=DEADLINE, check=True).stdout
        text = re.sub(".\b", "", text.decode())
        code = re.search(r"^EXAMPLES\n.*?(#include.*?)^SEE ALSO", text, re.S | re.M).group(1)
        done = subprocess.run(
            ["cc", "-std=c17", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only",
             "-I", os.path.join(ROOT, "include"), "-x", "c", "-"], input=code, check=False,
            stderr=subprocess.PIPE, timeout=60, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)


class Completions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.top = tempfile.mkdtemp(prefix="nod-complete-")
        cls.addClassCleanup(shutil.rmtree, cls.top)
        for shell, name in (("bash", "nod"), ("zsh", "_nod"), ("fish", "nod.fish")):
            r = run("help", "--completions", shell, lang="en")
            assert (r.status, r.err) == (0, ""), r
            with open(os.path.join(cls.top, name), "w", encoding="utf-8") as f:
                f.write(r.out)
        overview = run("--help", lang="en").out
        cls.commands = [line.split()[0] for line in overview.splitlines()
                        if re.match(r"  \w+  ", line)]

    CASES = (  # what is typed so far, what is offered, what is not
        ("nod lay", {"layers"}, {"help"}),
        ("nod --ver", {"--version"}, set()),
        ("nod --lang ", {"en", "zh"}, {"layers"}),
        ("nod --lang zh hel", {"help"}, {"layers"}),
        ("nod help --completions ", {"bash", "zsh", "fish"}, set()),
        ("nod layers hand", {"handshake"}, {"close"}),
        ("nod layers --js", {"--json"}, {"--lang"}),
        ("nod layers tcp --lang ", {"en", "zh"}, set()),
        ("nod serve --how ", {"process", "thread", "select", "poll", "epoll"}, {"--how"}),
        ("nod serve --how thread --ch", {"--chat"}, {"--echo"}),
        ("nod ping --from ", set(), {"ADDRESS", "IF"}),
        ("nod nosuch ", set(), {"layers", "--json"}),
    )

    def check(self, offered):
        """@offered(typed) gives the set of words that the shell offers."""
        for typed, want, unwanted in self.CASES:
            with self.subTest(typed=typed):
                got = offered(typed)
                self.assertLessEqual(want, got)
                self.assertFalse(unwanted & got, got)
        self.assertLessEqual(set(self.commands), offered("nod "))
        self.assertLessEqual(set(self.commands), offered("nod help "))

    def test_no_such_shell(self):
        for shell in ("csh", "", "bash zsh", "../bash"):
            r = run("help", "--completions", shell, lang="en")
            self.assertEqual((r.status, r.out), (2, ""))
            self.assertIn("bash, zsh and fish", r.err)
        self.assertEqual(run("help", "--completions").status, 2)

    def test_every_option_of_every_command_is_in_each_script(self):
        scripts = {shell: run("help", "--completions", shell, lang="en").out
                   for shell in ("bash", "zsh", "fish")}
        for name in self.commands:
            for option in re.findall(r"^ +(?:-\w, )?--([\w-]+)",
                                     run("help", name, lang="en").out, re.M):
                self.assertRegex(scripts["bash"], r"--%s\b" % option)
                self.assertRegex(scripts["zsh"], r"--%s\b" % option)
                self.assertRegex(scripts["fish"], r"contains %s \(__nod_command\)' -l %s\b" % (
                    name, option))

    @need("bash")
    def test_bash(self):
        script = (
            'source "$1"; COMP_WORDBREAKS=$\' \\t\\n"\\\'><=;|&(:\'\n'
            'typed=$2; read -ra COMP_WORDS <<<"${typed//=/ = }"\n'
            '[[ $typed == *[\\ =] ]] && COMP_WORDS+=("")\n'
            'COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMP_LINE=$typed; COMP_POINT=${#typed}\n'
            '_nod nod "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"\n'
            'printf "%s\\n" "${COMPREPLY[@]}"\n')

        def offered(typed):
            done = subprocess.run(
                ["bash", "--norc", "-euc", script, "bash", self.top + "/nod", typed],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=DEADLINE, check=False,
                text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            return set(done.stdout.split())

        self.check(offered)
        self.assertLessEqual({"en", "zh"}, offered("nod layers --lang="))
        self.assertEqual({"zh"}, offered("nod layers --lang=z"))
        self.assertIn("layers", offered("nod --lang=zh lay"))

    @need("shellcheck")
    def test_bash_script_is_clean(self):
        done = subprocess.run(["shellcheck", "-s", "bash", self.top + "/nod"],
                              stdout=subprocess.PIPE, timeout=60, check=False, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)

    @need("fish")
    def test_fish(self):
        def offered(typed):
            done = subprocess.run(
                ["fish", "--no-config", "-c",
                 "source %s/nod.fish; complete -C '%s'" % (self.top, typed)],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=DEADLINE, check=False,
                env=environ(HOME=self.top, XDG_CONFIG_HOME=self.top), text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            return {line.split("\t")[0] for line in done.stdout.splitlines()}

        self.check(offered)

    @need("zsh")
    def test_zsh(self):
        with Zsh(self.top) as shell:
            self.check(shell.offered)


class Zsh:
    """A real zsh on a terminal, whose compadd writes down what it is given."""

    SETUP = r"""
PS1= PS2=
unsetopt zle_bracketed_paste list_beep beep
fpath=($ZDOTDIR $fpath)
autoload -Uz compinit
compinit -u -D
compadd() {
	if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
		builtin compadd "$@"
		return
	fi
	local -a offered
	builtin compadd -A offered "$@"
	(( $#offered )) && print -rl -- W:$^offered >>$FOUND
	builtin compadd "$@"
}
ask() { BUFFER=$(<$ASK); CURSOR=$#BUFFER; zle complete-word; BUFFER= }
told() { print -r -- DONE >>$FOUND }
zle -N ask
zle -N told
bindkey '^X' ask
bindkey '^Y' told
print -r -- READY >>$FOUND
"""

    def __init__(self, top):
        self.found, self.ask = os.path.join(top, "found"), os.path.join(top, "ask")
        for path, text in ((self.found, ""), (self.ask, ""),
                           (os.path.join(top, ".zshrc"), self.SETUP)):
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
        self.parent, child = pty.openpty()
        self.process = subprocess.Popen(
            ["zsh", "-d", "-i"], stdin=child, stdout=child, stderr=child,
            start_new_session=True, cwd=top,
            env=environ(HOME=top, ZDOTDIR=top, FOUND=self.found, ASK=self.ask, TERM="xterm"))
        os.close(child)
        try:
            self.until("READY")
        except BaseException:
            self.__exit__()
            raise

    def until(self, mark):
        deadline = time.monotonic() + DEADLINE
        seen = b""
        while True:
            with open(self.found, encoding="utf-8") as f:
                text = f.read()
            if mark in text.splitlines():
                return text
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise AssertionError("zsh did not get to %s: %s" % (mark, seen[-2000:]))
            if select.select([self.parent], [], [], 0.02)[0]:
                seen += os.read(self.parent, 65536)

    def offered(self, typed):
        with open(self.ask, "w", encoding="utf-8") as f:
            f.write(typed)
        with open(self.found, "w", encoding="utf-8"):
            pass
        os.write(self.parent, b"\x18\x19")
        return {line[2:].rstrip("=") for line in self.until("DONE").splitlines()
                if line.startswith("W:")}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        os.close(self.parent)


if __name__ == "__main__":
    unittest.main()
