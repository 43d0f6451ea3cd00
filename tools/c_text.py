# SPDX-License-Identifier: ISC
"""c_text.py - C source as the checks need it: words, strings and comments told apart

Neighbours: check-*.py.  Reads far less than C: no preprocessing, and that is enough to tell
what is said to people from what is said to the compiler.
"""

import glob
import os
import re
import sys

TOKEN = re.compile(r"""
    (?P<comment>/\*.*?\*/|//[^\n]*)
  | (?P<include>^[ \t]*\#[ \t]*include[^\n]*)
  | (?P<string>(?:u8|[uUL])?"(?:\\.|[^"\\\n])*")
  | (?P<char>(?:u8|[uUL])?'(?:\\.|[^'\\\n])*')
  | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<number>\.?[0-9][A-Za-z0-9_.']*)
  | (?P<space>(?:\s|\\\n)+)
  | (?P<mark>.)
""", re.VERBOSE | re.DOTALL | re.MULTILINE)


class Token:
    __slots__ = ("kind", "text", "line")

    def __init__(self, kind, text, line):
        self.kind, self.text, self.line = kind, text, line


def tokens(source):
    """All tokens but white space, each with its line."""
    line = 1
    for m in TOKEN.finditer(source):
        if m.lastgroup != "space":
            yield Token(m.lastgroup, m.group(), line)
        line += m.group().count("\n")


def code(source):
    """Tokens without comments and include lines."""
    return [t for t in tokens(source) if t.kind not in ("comment", "include")]


def comments(source):
    return [t for t in tokens(source) if t.kind == "comment"]


def inside(token):
    """What stands between a string's quotes, as written."""
    return token.text[token.text.index('"') + 1:-1]


def arguments(toks, at):
    """toks[at] is "(": its top-level arguments as lists of tokens, and where ")" stands."""
    depth, args, i = 0, [[]], at
    while i < len(toks):
        text = toks[i].text
        if toks[i].kind == "mark" and text in "([{":
            depth += 1
            if depth > 1:
                args[-1].append(toks[i])
        elif toks[i].kind == "mark" and text in ")]}":
            depth -= 1
            if depth == 0:
                return args, i
            args[-1].append(toks[i])
        elif toks[i].kind == "mark" and text == "," and depth == 1:
            args.append([])
        else:
            args[-1].append(toks[i])
        i += 1
    return args, i


def files(*patterns):
    """Paths of the tree (the working directory), sorted."""
    return sorted(p for pattern in patterns for p in glob.glob(pattern, recursive=True))


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def enter_tree():
    """To the tree given as the first argument, or the one that this tool lies in."""
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    os.chdir(sys.argv[1] if len(sys.argv) > 1 else here)


class Rules:
    """Faults by rule, said in TAP in the end."""

    def __init__(self, *names):
        self.faults = {name: [] for name in names}

    def bad(self, rule, path, line, what):
        self.faults[rule].append("%s:%s: %s" % (path, line, what))

    def say(self):
        for n, (name, faults) in enumerate(self.faults.items(), 1):
            print("%sok %d - %s" % ("not " if faults else "", n, name))
            for fault in faults:
                print("# " + fault)
        print("1..%d" % len(self.faults))
