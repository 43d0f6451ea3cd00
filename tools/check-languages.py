#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""check-languages.py [TREE] - everything that nod says to people, it can say in Chinese too

Reads src/: each T() and TX() (presentation/lang.h), and what is printed past them.  A text
that is the same in every language (a format of data, a program's output that others read)
says so in a comment on its line or the line before: "untranslated: why".  "untranslated file: why"
holds for a whole file.

Says its results in TAP.
"""

import re

import c_text

PAIRS = "T() and TX() have two texts"
ENGLISH = "the first text has no Chinese"
CHINESE = "the second text is Chinese"
FORMATS = "both texts have the same conversions in the same order"
PRINTED = "nothing is printed past T()"
PROSE = "no sentence stands outside T() and TX()"

HAN = re.compile("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
CONVERSION = re.compile(
    r"%(?:(?P<position>\d+)\$)?(?P<flags>[-+ #0']*)(?P<width>\*|\d+)?"
    r"(?:\.(?P<precision>\*|\d*))?(?P<size>hh|h|ll|l|j|z|t|L|q)?(?P<letter>[A-Za-z%])")
ESCAPE = re.compile(r"\\(?:x[0-9A-Fa-f]+|[0-7]{1,3}|.)")

# functions whose literals people read (the first argument that is a literal, and all others)
PRINTERS = {"printf", "fprintf", "dprintf", "vprintf", "vfprintf", "puts", "fputs", "perror",
            "bad_use", "failed", "fwrite", "err", "warn", "errx", "warnx", "error"}
# words that are the same in both languages
SAME = {"nod", "ms", "us", "ns", "kB", "KiB", "MiB", "GiB"}
WORD = re.compile(r"[A-Za-z][A-Za-z'-]*")
SENTENCE = re.compile(r"[A-Za-z]{2,}[,;:]? [a-z]{2,}")


def literal(toks):
    """The string literals of an argument joined; macros between them become a blank."""
    return "".join(c_text.inside(t) if t.kind == "string" else " "
                   for t in toks if t.kind in ("string", "word"))


def conversions(text):
    """What a format asks of its arguments, in their order."""
    found = []
    for m in CONVERSION.finditer(text.replace("%%", "")):
        asks = []
        if m.group("width") == "*":
            asks.append("int")
        if m.group("precision") == "*":
            asks.append("int")
        letter = {"i": "d"}.get(m.group("letter"), m.group("letter"))
        asks.append((m.group("size") or "") + letter)
        found.append((int(m.group("position") or 0), asks))
    if any(position for position, _ in found):
        found.sort(key=lambda f: f[0])
    return [a for _, asks in found for a in asks]


def speaks(text):
    """Whether a literal has a word that only one language has."""
    bare = ESCAPE.sub(" ", CONVERSION.sub(" ", text.replace("%%", " ")))
    return any(sum(c.islower() for c in w) >= 2 and w not in SAME for w in WORD.findall(bare))


def look_at(path, rules):
    source = c_text.read(path)
    excused = set()
    for comment in c_text.comments(source):
        if "untranslated file:" in comment.text:
            excused = range(1, source.count("\n") + 2)
            break
        if "untranslated:" in comment.text:
            first = comment.line
            excused.update(range(first, first + comment.text.count("\n") + 2))
    toks = c_text.code(source)
    translated = set()  # indices of tokens inside T() and TX()
    for i, t in enumerate(toks[:-1]):
        if t.kind != "word" or t.text not in ("T", "TX") or toks[i + 1].text != "(":
            continue
        args, end = c_text.arguments(toks, i + 1)
        translated.update(range(i, end))
        look_at_pair(path, t.line, args, rules)
    for i, t in enumerate(toks[:-1]):
        if t.kind != "word" or t.text not in PRINTERS or toks[i + 1].text != "(":
            continue
        _, end = c_text.arguments(toks, i + 1)
        for k in range(i + 2, end):
            s = toks[k]
            if s.kind == "string" and k not in translated and s.line not in excused and \
                    speaks(c_text.inside(s)):
                rules.bad(PRINTED, path, s.line, "%s(%s)" % (t.text, s.text))
    # the stack's own layers speak to nobody: their reasons are details of events, in English
    if path.startswith(("src/link/", "src/network/", "src/transport/", "src/application/dhcp_",
                        "src/application/link_local")):
        toks = []
    for i, t in enumerate(toks):
        if t.kind == "string" and i not in translated and t.line not in excused and \
                SENTENCE.search(ESCAPE.sub("\n", CONVERSION.sub("%", c_text.inside(t)))):
            rules.bad(PROSE, path, t.line, t.text)


def look_at_pair(path, line, args, rules):
    texts = [literal(a) for a in args]
    has_text = [any(t.kind == "string" for t in a) for a in args]
    if len(args) != 2 or has_text != [True, True]:
        rules.bad(PAIRS, path, line, "%d argument(s), of which %d literal" % (
            len(args), sum(has_text)))
        return
    if HAN.search(texts[0]):
        rules.bad(ENGLISH, path, line, texts[0])
    if not HAN.search(texts[1]):
        rules.bad(CHINESE, path, line, texts[1])
    if conversions(texts[0]) != conversions(texts[1]):
        rules.bad(FORMATS, path, line, "%s / %s" % (conversions(texts[0]),
                                                   conversions(texts[1])))


def main():
    c_text.enter_tree()
    rules = c_text.Rules(PAIRS, ENGLISH, CHINESE, FORMATS, PRINTED, PROSE)
    for path in c_text.files("src/**/*.c", "src/**/*.h"):
        if path != "src/presentation/lang.h":
            look_at(path, rules)
    rules.say()


main()
