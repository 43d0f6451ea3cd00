#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""check-names.py [TREE] - comments speak of what is there

A function named in a comment with its parentheses, as in nod_session_call(), must stand in
the code of the tree, or be one of libc's.  A file named in a comment (file.c, file.h) must
lie somewhere in the tree, or be one of the system's headers.

Says its results in TAP.
"""

import ctypes
import os
import re

import c_text

FUNCTIONS = "functions named in comments exist"
FILES = "files named in comments exist"

FUNCTION = re.compile(r"(?<![\w.>-])([A-Za-z_]\w*)\(\)")
# not <netdb.h>, not x_wire.[ch], not test_*.c
FILE = re.compile(r"(?<![\w<*?.\]}/-])((?:[\w-]+/)*[\w-]+\.[ch])(?![\w\[*])")


def in_libc(name, libc=ctypes.CDLL(None)):
    return hasattr(libc, name)


def main():
    c_text.enter_tree()
    rules = c_text.Rules(FUNCTIONS, FILES)
    paths = c_text.files("src/**/*.[ch]", "include/**/*.[ch]", "test/**/*.[ch]", "fuzz/*.[ch]",
                         "bench/**/*.[ch]", "examples/*.[ch]")
    known, said = set(), []
    for path in paths:
        for t in c_text.tokens(c_text.read(path)):
            if t.kind == "word":
                known.add(t.text)
            elif t.kind == "comment":
                said.append((path, t))
    names = {os.path.basename(p) for p in paths}
    for path, comment in said:
        for n, text in enumerate(comment.text.split("\n")):
            for name in FUNCTION.findall(text):
                if name not in known and not in_libc(name):
                    rules.bad(FUNCTIONS, path, comment.line + n, name + "()")
            for name in FILE.findall(text):
                base = os.path.basename(name)
                fits = base in names if base == name else any(
                    p.endswith("/" + name) or p == name for p in paths)
                if not fits and not os.path.exists("/usr/include/" + name):
                    rules.bad(FILES, path, comment.line + n, name)
    rules.say()


main()
