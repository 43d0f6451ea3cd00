#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""check-form.py [TREE] - what no eye should have to look for: calls we do not make, form

Says its results in TAP.
"""

import re
import subprocess

import c_text

BANNED = "no call of a function without bounds or state of its own"
PACKED = "no packed structs, and byte order swapped only in base/"
SEQUENCE = "sequence numbers are compared by seq_lt() and kin"
UNFINISHED = "nothing says of itself that it is unfinished"
WIDTH = "no line is wider than 100 columns, but for a text that should not be broken"
SPACE = "no white space ends a line, files end with one newline"
INDENT = "C is indented with tabs"
HEAD = "every file begins with its licence and says what it is"
LENGTH = "no file of C is longer than 800 lines"

CALLS = {"sprintf", "vsprintf", "strcpy", "strcat", "stpcpy", "strncpy", "strncat", "atoi",
         "atol", "atoll", "atof", "strtok", "gets", "scanf", "fscanf", "tmpnam",
         "mktemp", "alloca", "setjmp", "longjmp", "asctime", "ctime", "gmtime", "localtime",
         "inet_ntoa", "gethostbyname", "gethostbyaddr", "getservbyname", "getservbyport",
         "rand", "srand", "random"}
SWAPS = {"ntohs", "ntohl", "htons", "htonl", "htobe16", "htobe32", "htobe64", "be16toh",
         "be32toh", "be64toh"}
OWN = ("tools/check-form.py", "test/tools/test_checks.py")  # these words are their business
LONG_TEXT = re.compile(r'"(?:\\.|[^"\\]){40,}"')
# where octets of the system's own structs are filled in, not those of a wire format
MAY_SWAP = re.compile(r"src/(base|cmd|physical)/|src/session/kernel")
SEQ_NAME = re.compile(r"(^|_)seq$|^(una|nxt|wl1|wl2|iss|irs)$")
WORDS = re.compile(r"\b(TODO|FIXME|XXX|HACK|not implemented)\b")
TEXTS = ("src/**/*.[ch]", "include/**/*.h", "test/**/*.[ch]", "fuzz/*.[ch]", "bench/**/*.[ch]",
         "examples/*.[ch]")
ALSO = ("test/**/*.py", "tools/*", "mk/*.mk", "Makefile", "man/*", "bench/**/*.py", ".ci/run",
        "test/run", "completions/*")


def columns(line):
    n = 0
    for c in line:
        n += 8 - n % 8 if c == "\t" else 1
    return n


def calls(path, source, rules):
    toks = c_text.code(source)
    for i, t in enumerate(toks[:-1]):
        called = t.kind == "word" and toks[i + 1].text == "("
        member = i > 0 and toks[i - 1].text in (".", ">")
        if called and not member and t.text in CALLS and path.startswith(("src/", "include/")):
            rules.bad(BANNED, path, t.line, t.text + "()")
        if t.kind == "word" and t.text in ("packed", "__packed__"):
            rules.bad(PACKED, path, t.line, t.text)
        if called and t.text in SWAPS and path.startswith("src/") and not MAY_SWAP.match(path):
            rules.bad(PACKED, path, t.line, t.text + "()")
        if path.startswith("src/transport/") and t.kind == "word" and \
                SEQ_NAME.search(t.text) and toks[i + 1].text in ("<", ">") and \
                toks[i + 1].text != toks[min(i + 2, len(toks) - 1)].text:
            rules.bad(SEQUENCE, path, t.line, "%s %s" % (t.text, toks[i + 1].text))


def form(path, source, is_c, rules):
    lines = source.split("\n")
    if lines[-1] or (len(lines) > 1 and not lines[-2]):
        rules.bad(SPACE, path, len(lines), "the end is not one newline")
    for n, line in enumerate(lines, 1):
        if columns(line) > (120 if LONG_TEXT.search(line) else 100):
            rules.bad(WIDTH, path, n, "%d columns" % columns(line))
        if line != line.rstrip():
            rules.bad(SPACE, path, n, "white space at the end")
        if is_c and line.startswith("  "):
            rules.bad(INDENT, path, n, line.strip())
        if path not in OWN and WORDS.search(line):
            rules.bad(UNFINISHED, path, n, line.strip())
    if is_c and len(lines) > 801:
        rules.bad(LENGTH, path, 1, "%d lines" % (len(lines) - 1))
    if is_c:
        head = source.split("\n", 1)
        second = head[1] if len(head) > 1 else ""
        name = path.rsplit("/", 1)[-1]
        if head[0] != "/* SPDX-License-Identifier: ISC */":
            rules.bad(HEAD, path, 1, "the first line is not the licence's")
        elif not re.match(r"/\*\s*(\*\s*)?%s - \S" % re.escape(name), second):
            rules.bad(HEAD, path, 2, "no comment \"%s - what it is\"" % name)


def tracked(paths):
    """Those that git knows, or all of them outside a repository."""
    try:
        known = subprocess.run(["git", "ls-files", "-z", "-co", "--exclude-standard"],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    except (OSError, subprocess.CalledProcessError):
        return paths
    names = set(known.stdout.decode().split("\0"))
    return [p for p in paths if p in names]


def main():
    c_text.enter_tree()
    rules = c_text.Rules(BANNED, PACKED, SEQUENCE, UNFINISHED, WIDTH, SPACE, INDENT, HEAD, LENGTH)
    sources = c_text.files(*TEXTS)
    for path in tracked(sources + c_text.files(*ALSO)):
        try:
            source = c_text.read(path)
        except (IsADirectoryError, UnicodeDecodeError):
            continue
        is_c = path in sources
        form(path, source, is_c, rules)
        if is_c:
            calls(path, source, rules)
    rules.say()


main()
