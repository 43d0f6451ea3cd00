#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""check-ledger.py [TREE] - every requirement is kept and tested, or there is a reason

Says its results in TAP.  Neighbours: ledger.py (the tables, and who cites what).
"""

import os

import c_text
import ledger

CITED = "each requirement is cited by code and test, or has its reason"
KNOWN = "what is cited is in a table"
FRESH = "the ledgers are as `make ledger` writes them"


def main():
    c_text.enter_tree()
    rules = c_text.Rules(CITED, KNOWN, FRESH)
    all_tables = ledger.tables()
    code = ledger.citations(all_tables, ledger.CODE)
    tests = ledger.citations(all_tables, ledger.TESTS)
    names = {row[0] for t in all_tables for row in t.rows}
    for t in all_tables:
        for n, row in enumerate(t.rows):
            said = ledger.missing(t, row, code, tests)
            if said:
                rules.bad(CITED, t.path, n + 2, said)
        there = c_text.read(t.ledger) if os.path.exists(t.ledger) else ""
        if there != ledger.text(t, code, tests):
            rules.bad(FRESH, t.ledger, 1, "not what the tables, code and tests say")
    for found in (code, tests):
        for name in sorted(set(found) - names):
            rules.bad(KNOWN, sorted(found[name])[0], 0, name)
    rules.say()


main()
