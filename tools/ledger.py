# SPDX-License-Identifier: ISC
"""ledger.py [TREE] - which requirement is kept where, and which test sees it

Writes docs/*.md from docs/requirements/*.tsv and from what the code and the tests cite: a row's
name in a comment or in a test's name ("H07", "IP4-9", "ND-1..ND-4").  `make ledger` runs it,
check-ledger.py sees that what it would write is what is there.

A table's last column says why a row is not tested; where it is empty the row has to be cited.

Neighbours: check-ledger.py, c_text.py.
"""

import os
import re
import sys

import c_text

CODE = ("src/**/*.[ch]", "include/**/*.[ch]")
TESTS = ("test/unit/*.[ch]", "test/e2e/*.py", "fuzz/*.[ch]")


class Table:
    """One table: where its rows stand, where its ledger goes, and what each row needs."""

    def __init__(self, name, ledger, title, needs_code, test, about):
        self.path = "docs/requirements/%s.tsv" % name
        self.ledger, self.title = ledger, title
        self.needs_code = needs_code
        self.test = test  # one of the tests has this in its name
        self.about = about
        self.columns, self.rows = [], []

    def read(self):
        lines = c_text.read(self.path).splitlines()
        self.columns = lines[0].split("\t")
        self.rows = [line.split("\t") for line in lines[1:] if line]
        for row in self.rows:
            row += [""] * (len(self.columns) - len(row))
        return self


TABLES = (
    Table("hostile", "docs/HOSTILE.md", "Hostile inputs", False, "test_hostile",
          "What strangers may send, and what a good host makes of it: a whole stack is told each, "
          "counts it,\nanswers as it should, and goes on serving."),
    Table("host", "docs/HOST-REQUIREMENTS.md", "Requirements of a host", True, "",
          "What the RFCs demand of a host below and beside TCP."),
    Table("rfc9293", "docs/rfc9293.md", "Requirements of RFC 9293", True, "",
          "What RFC 9293 demands of TCP, by its own numbers."),
)


def tables():
    return [t.read() for t in TABLES if os.path.exists(t.path)]


def prefixes(all_tables):
    """What stands before the number of a row's name: "H", "IP4-"."""
    return {re.match(r"(.*?)\d+$", row[0]).group(1) for t in all_tables for row in t.rows}


def citations(all_tables, patterns):
    """Name -> files that cite it.  A range cites all that lie in it."""
    before = "|".join(re.escape(p) for p in sorted(prefixes(all_tables), key=len, reverse=True))
    cited = re.compile(r"(?<![\w-])(%s)(\d+)(?:\.\.(?:\1)?(\d+))?(?![\w-])" % before)
    found = {}
    for path in c_text.files(*patterns):
        for m in cited.finditer(c_text.read(path)):
            first, last = m.group(2), m.group(3) or m.group(2)
            for n in range(int(first), int(last) + 1):
                name = m.group(1) + str(n).zfill(len(first))
                found.setdefault(name, set()).add(path)
    return found


def files(paths):
    return "<br>".join("`%s`" % p.removeprefix("src/").removeprefix("test/") for p in sorted(paths))


def missing(table, row, code, tests):
    """What a row that is in scope lacks, or ""."""
    if row[-1]:
        return ""
    lacks = [] if any(table.test in path for path in tests.get(row[0], ())) else \
        ["test " + table.test if table.test else "test"]
    if table.needs_code and row[0] not in code:
        lacks.append("code")
    return "%s is cited by no %s" % (row[0], " and no ".join(lacks)) if lacks else ""


def text(table, code, tests):
    """The ledger as Markdown."""
    cells = table.columns[:-1] + ["kept in", "seen by"]
    lines = ["# " + table.title, "",
             "%s  Written by `make ledger` from `%s`" % (table.about, table.path),
             "and from what the code and the tests cite; `make check` keeps it true.", "",
             "%d rows, %d of them tested, %d not (the last column says why)." % (
                 len(table.rows), sum(1 for r in table.rows if r[0] in tests),
                 sum(1 for r in table.rows if r[0] not in tests)), "",
             "| " + " | ".join(cells) + " |", "|" + " --- |" * len(cells)]
    for row in table.rows:
        seen = files(tests.get(row[0], ())) or "*%s*" % row[-1]
        shown = [c.replace("|", "\\|").replace("<", "&lt;") for c in row[:-1]]
        lines.append("| " + " | ".join(shown + [files(code.get(row[0], ())), seen]) + " |")
    return "\n".join(lines) + "\n"


def main():
    c_text.enter_tree()
    all_tables = tables()
    code, tests = citations(all_tables, CODE), citations(all_tables, TESTS)
    for t in all_tables:
        with open(t.ledger, "w", encoding="utf-8") as f:
            f.write(text(t, code, tests))
        for row in t.rows:
            said = missing(t, row, code, tests)
            if said:
                print(said, file=sys.stderr)


if __name__ == "__main__":
    main()
