# SPDX-License-Identifier: ISC
"""test_order.py - nod order, against Python's int.to_bytes()"""

import random
import sys
import unittest

from nodtest import run


def octets(value, bits, order):
    return value.to_bytes(bits // 8, order).hex(" ")


class Order(unittest.TestCase):
    def check(self, said, value, bits):
        low = value % (1 << bits)
        self.assertEqual(said["value"], low)
        self.assertEqual(said["bits"], bits)
        self.assertEqual(said["hex"], "0x%0*x" % (bits // 4, low))
        self.assertEqual(said["little_endian"], octets(low, bits, "little"))
        self.assertEqual(said["big_endian"], octets(low, bits, "big"))
        self.assertEqual(said["network_order"], octets(low, bits, "big"))
        self.assertEqual(said["machine"], sys.byteorder + "-endian")
        swapped = int.from_bytes(low.to_bytes(bits // 8, "little"), "big")
        self.assertEqual(said["swapped"], swapped)
        self.assertEqual(said["host_to_network"],
                         swapped if sys.byteorder == "little" else low)
        self.assertEqual(said.get("signed"), value if value < 0 else None)

    def test_thousands_of_values_in_all_bases(self):
        chance = random.Random(1)
        values = [chance.getrandbits(chance.randint(1, 64)) for _ in range(3000)]
        values += [-chance.getrandbits(chance.randint(1, 63)) - 1 for _ in range(1000)]
        values += [0, 0xffff, 0x10000, 0xffffffff, 1 << 32, (1 << 64) - 1,
                   -1, -0x8000, -0x8001, -(1 << 31), -(1 << 31) - 1, -(1 << 63)]
        forms = ("%d", "%#x", "%#X", "%#o", "0%o", "0b")
        words = []
        for v in values:
            form = chance.choice(forms)
            sign, size = ("-", -v) if v < 0 else ("", v)
            words.append(sign + (bin(size) if form == "0b" else (form % size).replace("0o", "0")))
        said = run("order", "--json", *words).json()
        self.assertEqual(len(said), len(values))
        for one, value in zip(said, values):
            need = 16
            while not (-(1 << need - 1) <= value < 0 or 0 <= value < 1 << need):
                need *= 2
            with self.subTest(value=value):
                self.check(one, value, need)

    def test_bits(self):
        for bits in (16, 32, 64):
            for value in (0, 1, 3306, 65535, -1, -32768):
                with self.subTest(bits=bits, value=value):
                    r = run("order", "--json", "--bits", str(bits), str(value))
                    self.check(r.json()[0], value, bits)

    def test_this_machine_is_marked(self):
        mine = "little-endian" if sys.byteorder == "little" else "big-endian"
        for lang, label, mark in (("en", mine, "this machine"),
                                  ("zh", "小端序" if mine[0] == "l" else "大端序", "本机")):
            marked = [line.split()[0] for line in run("order", "3306", lang=lang).lines()
                      if "<- " + mark in line]
            self.assertEqual(marked, [label])

    def test_octal_is_named(self):
        self.assertIn("octal", run("order", "0777").out)
        self.assertNotIn("octal", run("order", "0").out)

    def test_refusals(self):
        for words, said in (
                ([], "which number"),
                ([""], "no digits"),
                (["-"], "no digits"),
                (["0x"], "no digits"),
                (["0b"], "no digits"),
                (["08"], "octal"),
                (["0b2"], "not a number"),
                (["abc"], "not a number"),
                (["1.5"], "not a number"),
                (["1 2"], "not a number"),
                (["0xfg"], "not a number"),
                (["--", "--1"], "not a number"),
                (["18446744073709551616"], "64 bits"),
                (["-9223372036854775809"], "64 bits"),
                (["99999999999999999999999999"], "64 bits"),
                (["65536", "--bits", "16"], "--bits 32"),
                (["-32769", "--bits=16"], "--bits 32"),
                (["4294967296", "--bits", "32"], "--bits 64"),
                (["1", "--bits", "24"], "16, 32 or 64"),
                (["1", "--bits", "8"], "--bits"),
                (["1", "--bits", "x"], "--bits"),
                (["1", "--bits"], "needs a value"),
                (["-x"], "unknown option")):
            with self.subTest(words=words):
                r = run("order", *words)
                self.assertEqual((r.status, r.out), (2, ""), r)
                self.assertIn(said, r.err)
                self.assertNotEqual(run("order", *words, lang="zh").err, r.err)


if __name__ == "__main__":
    unittest.main()
