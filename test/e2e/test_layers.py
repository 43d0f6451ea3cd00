# SPDX-License-Identifier: ISC
"""test_layers.py - nod layers: the seven layers, the lessons, and that what they say holds"""

import functools
import glob
import os
import pty
import re
import subprocess
import unicodedata
import unittest

from nodtest import NOD, ROOT, environ, run

TIME_LIMIT = 240  # many short runs, each slow when sanitized

COLUMNS = 78
NAMES = ["application", "presentation", "session", "transport", "network", "data link",
         "physical"]
CHINESE = ["应用层", "表示层", "会话层", "传输层", "网络层", "链路层", "物理层"]
TOPICS = ["model", "protocol", "encapsulation", "host", "addresses", "ports", "subnet", "dns",
          "order", "tcp", "handshake", "close", "reliability", "flow", "udp", "broadcast",
          "multicast", "sockets", "server", "client", "messages", "broken-pipe", "many"]


def columns(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def is_chinese(text):
    return any("一" <= c <= "鿿" for c in text)


@functools.lru_cache(maxsize=None)
def layers(*words, lang="en"):
    r = run("layers", *words, lang=lang)
    assert (r.status, r.err) == (0, ""), r
    return r.out


@functools.lru_cache(maxsize=None)
def objects(lang):
    """Every topic by its name, a layer's by its number, as --json has them."""
    found = run("layers", "--json", *(str(n) for n in range(1, 8)), *TOPICS, lang=lang).json()
    return {str(o.get("topic") or o["layer"]): o for o in found}


@functools.lru_cache(maxsize=None)
def told(command):
    return run("help", command, lang="en").out


@functools.lru_cache(maxsize=None)
def commands():
    return [line.split()[0] for line in run("--help", lang="en").out.splitlines()
            if re.match(r"  \w+  ", line)]


class Seven(unittest.TestCase):
    def test_in_order_with_both_names(self):
        for lang in ("en", "zh"):
            with self.subTest(lang=lang):
                out = layers(lang=lang)
                rows = re.findall(r"^  ([1-7])  (\S.*?)  +(\S+.*?)  +\S", out, re.M)[:7]
                self.assertEqual([r[0] for r in rows], list("7654321"))
                first, second = (NAMES, CHINESE) if lang == "en" else (CHINESE, NAMES)
                self.assertEqual([r[1] for r in rows], first)
                self.assertEqual([r[2] for r in rows], second)

    def test_notes_definitions_in_chinese(self):
        out = layers(lang="zh")
        for words in ("提供用户服务", "压缩", "加密", "建立程序级的连接", "使用什么样的传输服务",
                      "提供合适的通信服务", "流量控制", "路由选择", "网络互联", "分组传输",
                      "提供链路交换", "具体消息发送", "物理硬件"):
            self.assertIn(words, out)

    def test_notes_protocols_stand_at_their_layers(self):
        by_layer = {o["layer"]: o["protocols"] for o in run("layers", "--json").json()}
        for p in ("TFTP", "HTTP", "SMTP", "DNS"):
            self.assertIn(p, by_layer[7])
        self.assertLessEqual({"TCP", "UDP"}, set(by_layer[4]))
        self.assertIn("IPv4", by_layer[3])

    @staticmethod
    def labels(rows, at):
        """What stands in the column of boxes that begins at column @at."""
        for row in rows:
            cells = []
            for c in row:
                cells += [c, ""] if columns(c) == 2 else [c]
            label = "".join(cells[at + 1:at + 21]).strip()
            if label.strip("-"):
                yield label

    def test_models_side_by_side(self):
        for lang, names in (("en", NAMES), ("zh", CHINESE)):
            with self.subTest(lang=lang):
                rows = [line for line in layers(lang=lang).splitlines()
                        if line.startswith(("  |", "  +"))]
                self.assertEqual(len(rows), 15)
                self.assertEqual({columns(r) for r in rows}, {74})
                seven, five, four = (list(self.labels(rows, 2 + 25 * i)) for i in range(3))
                self.assertEqual(seven, ["%d  %s" % (7 - i, n) for i, n in enumerate(names)])
                self.assertEqual(len(five), 5)
                self.assertEqual(len(four), 4)
                self.assertEqual(five, [names[0]] + names[3:])
                self.assertEqual(four[:3], [names[0]] + names[3:5])

    def test_json_has_one_object_a_layer(self):
        for lang in ("en", "zh"):
            objects = run("layers", "--json", lang=lang).json()
            self.assertEqual([o["layer"] for o in objects], [7, 6, 5, 4, 3, 2, 1])
            self.assertEqual([o["name"] for o in objects], NAMES)
            self.assertEqual([o["chinese"] for o in objects], CHINESE)
            self.assertEqual([is_chinese(o["does"]) for o in objects], [lang == "zh"] * 7)

    def test_folders_are_there_unless_said_otherwise(self):
        for o in run("layers", "--json", lang="en").json():
            has = bool(glob.glob(os.path.join(ROOT, o["folder"], "*.c")))
            self.assertEqual(has, not o["lives"].startswith("nothing yet"), o["folder"])

    def test_units_of_data(self):
        units = {o["layer"]: o["unit"] for o in run("layers", "--json", lang="en").json()}
        self.assertEqual(units, {7: "message", 6: "message", 5: "message",
                                 4: "segment / datagram", 3: "packet", 2: "frame", 1: "bit"})

    def test_each_by_number_and_name(self):
        for i, name in enumerate(NAMES):
            number = 7 - i
            want = layers(str(number))
            self.assertTrue(want.startswith("Layer %d: %s" % (number, name)), want)
            for word in (name, name.upper(), name.replace(" ", "-"), "L%d" % number,
                         "layer%d" % number, "layer %d" % number, "第%d层" % number, CHINESE[i], CHINESE[i].rstrip("层")):
                self.assertEqual(layers(word), want, word)


class Lessons(unittest.TestCase):
    def test_all_are_listed(self):
        self.assertIn(" ".join(TOPICS), re.sub(r"\s+", " ", layers()))

    def test_listed_chinese_names_are_topics(self):
        names = layers(lang="zh").partition("或者\n")[2].split("  ")
        names = [n.strip() for n in names if n.strip()]
        self.assertEqual(len(names), len(TOPICS))
        for topic, name in zip(TOPICS, names):
            self.assertEqual(layers(name), layers(topic), name)

    def test_form(self):
        """Title, text, sources, commands; in the language asked for; no wider than a terminal."""
        for topic in [str(n) for n in range(1, 8)] + TOPICS:
            for lang in ("en", "zh"):
                with self.subTest(topic=topic, lang=lang):
                    out = layers(topic, lang=lang)
                    self.assertNotIn("\t", out)
                    self.assertNotIn("\x1b", out)
                    for line in out.splitlines():
                        self.assertLessEqual(columns(line), COLUMNS, line)
                        self.assertEqual(line, line.rstrip())
                    text = out if lang == "zh" else out.partition("\n")[2]
                    self.assertEqual(is_chinese(text), lang == "zh")
                    if not topic.isdigit():
                        self.assertIn("\nSource: " if lang == "en" else "\n出处：", out)
                    live = out.rpartition("See it live:" if lang == "en" else "亲眼看看：")[2]
                    self.assertIn("nod ", live)

    def test_both_languages_say_as_much(self):
        """The same standards, numbers and calls are named in both."""
        fact = re.compile(r"RFC \d+|nod_\w+\(\)|\b[A-Z][A-Z-]+\b|\b\d+\b")
        for topic in TOPICS + [str(n) for n in range(1, 8)]:
            en, zh = objects("en")[topic], objects("zh")[topic]
            for key in ("sources", "protocols", "folder"):
                self.assertEqual(en.get(key), zh.get(key))
            self.assertEqual([v["command"] for v in en["live"]],
                             [v["command"] for v in zh["live"]])
            words = {"SYN-RECEIVED", "LAN", "RTO", "I", "A", "TLS", "OSI"}
            facts = [set(fact.findall(o["text"])) - words for o in (en, zh)]
            missing = facts[0] - facts[1]
            self.assertLessEqual(len(missing), max(2, len(facts[0]) // 5), (topic, missing))

    def test_ladders_name_the_states_of_both_ends(self):
        def left_and_right(topic):
            left, right = [], []
            for line in layers(topic).splitlines():
                left += re.findall(r"^  ([A-Z]+(?:-[A-Z0-9]+)*)\b(?! -)", line)
                right += re.findall(r"[ >]  ([A-Z]+(?:-[A-Z0-9]+)*)$", line)
            return left, right

        left, right = left_and_right("handshake")
        self.assertEqual(left, ["CLOSED", "SYN-SENT", "ESTABLISHED"])
        self.assertEqual(right, ["LISTEN", "SYN-RECEIVED", "ESTABLISHED"])
        left, right = left_and_right("close")
        self.assertEqual(left, ["ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT",
                                "CLOSED"])
        self.assertEqual(right, ["ESTABLISHED", "CLOSE-WAIT", "LAST-ACK", "CLOSED"])

    def test_where_the_notes_are_short_the_standard_is_told(self):
        for topic, en, zh in (
                ("ports", ("0-1023", "1-255", "RFC 6335", "1992"), ("1-255", "RFC 6335")),
                ("addresses", ("0.0.0.0", "RFC 1122 3.2.1.3"), ("局域网可用", "RFC 1122")),
                ("close", ("2 minutes", "60 s", "SO_REUSEADDR"), ("2 分钟", "60 秒")),
                ("broken-pipe", ("EPIPE", "SIGPIPE", "ECONNRESET"), ("EPIPE", "RST")),
                ("sockets", ("AF_IENT",), ("AF_IENT", "笔误")),
                ("tcp", ("on a bad one",), ("网络情况好",)),
                ("server", ("not how many clients",), ("不是客户端的总数",))):
            for lang, words in (("en", en), ("zh", zh)):
                out = layers(topic, lang=lang)
                for word in words:
                    self.assertIn(word, out, topic)

    def test_six_steps_and_four(self):
        steps = re.findall(r"^  (\d) (\w+)\(", layers("server"), re.M)
        self.assertEqual(steps, list(zip("123456", ("socket", "bind", "listen", "accept",
                                                    "recv", "close"))))
        steps = re.findall(r"^  (\d) (\w+)\(", layers("client"), re.M)
        self.assertEqual(steps, list(zip("1234", ("socket", "connect", "send", "close"))))

    def test_many_names_every_way_of_serving(self):
        for lang in ("en", "zh"):
            ways = re.findall(r"^  ([a-z]+) +\S", layers("many", lang=lang).split("nod ")[0],
                              re.M)
            self.assertEqual(ways, ["process", "thread", "select", "poll", "epoll"])

    def test_calls_that_are_named_are_public(self):
        public = set()
        for path in glob.glob(os.path.join(ROOT, "include", "nod", "*.h")):
            with open(path, encoding="utf-8") as f:
                public |= set(re.findall(r"\b(nod_\w+)\(", f.read()))
        for topic in TOPICS:
            for call in re.findall(r"\b(nod_\w+)\(", layers(topic)):
                self.assertIn(call, public)

    def test_commands_that_are_named_exist_with_their_options(self):
        known = commands()
        for topic in [str(n) for n in range(1, 8)] + TOPICS:
            for live in objects("en")[topic]["live"]:
                name, *words = live["command"].rpartition("nod ")[2].split()
                with self.subTest(topic=topic, command=live["command"]):
                    self.assertIn(name, known)
                    for word in words:
                        if word.startswith("-"):
                            self.assertRegex(told(name), r"(^|\s)%s[\s,=\[]" % re.escape(word))
                    if name == "layers":
                        layers(*words)

    def test_no_word_means_two_things(self):
        seen = {}
        for path in sorted(glob.glob(os.path.join(ROOT, "src", "cmd", "l*.c"))):
            with open(path, encoding="utf-8") as f:
                source = f.read()
            for name, zh, words in re.findall(
                    r'\.name = TX\("([^"]+)", "([^"]+)"\),\s*\.words = ((?:"[^"]*"\s*)+)',
                    source):
                for word in {name, zh.lower(), *" ".join(re.findall('"([^"]*)"', words))
                             .lower().split()}:
                    self.assertNotIn(word, seen, "%s and %s" % (seen.get(word), name))
                    seen[word] = name
        self.assertGreater(len(seen), 200)
        words = list(seen)
        for i in range(0, len(words), 60):
            part = words[i:i + 60]
            found = run("layers", "--json", "--", *part).json()
            self.assertEqual([o.get("topic") or o["name"] for o in found],
                             [seen[word] for word in part])


class Asking(unittest.TestCase):
    def test_words_in_either_language_and_any_case(self):
        for words, topic in ((["握手"], "handshake"), (["三次握手"], "handshake"),
                             (["挥手"], "close"), (["套接字"], "sockets"),
                             (["byte", "order"], "order"), (["Byte_Order"], "order"),
                             (["broken", "pipe"], "broken-pipe"), (["EPOLL"], "many"),
                             (["TIME-WAIT"], "close"), (["粘包"], "messages"),
                             (["如何让一个服务器处理多个客户端任务"], "many"),
                             (["layer", "4"], "4"), (["--", "udp"], "udp")):
            self.assertEqual(layers(*words), layers(topic), words)

    def test_several_topics(self):
        self.assertEqual(layers("tcp", "udp"), layers("tcp") + "\n" + layers("udp"))
        self.assertEqual([o.get("topic") or o["layer"] for o in
                          run("layers", "--json", "tcp", "4").json()], ["tcp", 4])

    def test_unknown_topics_are_refused_with_the_nearest(self):
        for words, said in ((["handshak"], '"handshake"'), (["clsoe"], '"close"'),
                            (["sokets"], '"sockets"'), (["transprot"], '"transport"'),
                            (["握受"], '握手"'), (["套接子"], '套接字"'),
                            (["tcp", "updd"], '"udp"'), (["dta-link"], '"data-link"')):
            r = run("layers", *words, lang="en")
            self.assertEqual(r.status, 2, r)
            self.assertIn("did you mean", r.err)
            self.assertIn(said, r.err)
            r = run("layers", *words, lang="zh")
            self.assertIn("是不是", r.err)
            self.assertIn(said, r.err)

    def test_what_is_like_nothing_is_refused(self):
        for word in ("0", "8", "77", "layer8", "l", "", " ", "zzzz", "七", "-1.5", "x" * 5000,
                     "\\", "%s%n", "handshake\x1b[31m", "-", "7 layers of cake"):
            with self.subTest(word=word[:20]):
                r = run("layers", "--", word, lang="en")
                self.assertEqual((r.status, r.out), (2, ""), r)
                self.assertNotIn("did you mean \"\"", r.err)
        r = run("layers", b"\xff\xfe\xe6")
        self.assertEqual((r.status, r.out), (2, ""))

    def test_too_many_and_bad_options(self):
        self.assertEqual(run("layers", *["tcp"] * 65).status, 2)
        self.assertEqual(run("layers", *["tcp"] * 64).status, 0)
        for args in (["--frob"], ["--json=1"], ["--lang"], ["--lang", "fr"], ["-x"]):
            self.assertEqual(run("layers", *args).status, 2, args)

    def test_a_full_disk_is_a_failure(self):
        with open("/dev/full", "wb") as full:
            for args in (["layers"], ["layers", "--json"], ["layers", "tcp"]):
                done = subprocess.run([NOD, *args], stdout=full, stderr=subprocess.PIPE,
                                      env=environ(), timeout=20)
                self.assertEqual(done.returncode, 1)


class Terminal(unittest.TestCase):
    def on_terminal(self, *words, **env):
        parent, child = pty.openpty()
        try:
            process = subprocess.Popen([NOD, "layers", *words], stdin=subprocess.DEVNULL,
                                       stdout=child, env=environ(**env))
            os.close(child)
            out = b""
            while True:
                try:
                    more = os.read(parent, 65536)
                except OSError:  # Linux: the last writer is gone
                    break
                if not more:
                    break
                out += more
            self.assertEqual(process.wait(20), 0)
        finally:
            os.close(parent)
        return out.decode()

    def test_colour_only_there_and_never_with_no_color(self):
        self.assertIn("\x1b[", self.on_terminal("tcp"))
        self.assertNotIn("\x1b[", self.on_terminal("tcp", NO_COLOR="1"))

    def test_fits_80_columns(self):
        for words in ([], ["tcp"], ["4"]):
            for lang in ("en", "zh"):
                for line in self.on_terminal(*words, lang=lang).splitlines():
                    plain = re.sub(r"\x1b\[[0-9;]*m", "", line)
                    self.assertLessEqual(columns(plain), 80, plain)


if __name__ == "__main__":
    unittest.main()
