#!/usr/bin/env python3
"""Lines of text on which tokenizers have to agree, the same on every machine.

    python3 e2e/goldens/tokenizer_lines.py COUNT FILE

Writes COUNT lines as JSON strings, one a line. Every line comes from its own number, so fewer lines are the beginning
of more. They hold all scripts, emoji with joiners, piled combining marks, control characters, lone surrogates (as JSON
escapes), words of thousands of letters, text that looks like special tokens, code, bundled prose, any code points at
all, and every 1,600th is 1 MiB of UTF-8 long. Needs Python's standard library only, and none of its tables or random
numbers, which change from version to version.
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MEBIBYTE = 1 << 20
LONG_EVERY, LONG_AT = 1_600, 800

# Blocks of letters, one or more scripts each; unassigned code points in between belong to the test.
SCRIPTS = [
    (0x41, 0x5A), (0x61, 0x7A), (0xC0, 0x24F), (0x250, 0x2AF), (0x370, 0x3FF), (0x400, 0x52F), (0x531, 0x58F), (0x5D0, 0x5F4),
    (0x620, 0x6FF), (0x700, 0x74F), (0x780, 0x7BF), (0x7C0, 0x7FF), (0x800, 0x83F), (0x900, 0x97F), (0x980, 0x9FF), (0xA00, 0xA7F),
    (0xA80, 0xAFF), (0xB00, 0xB7F), (0xB80, 0xBFF), (0xC00, 0xC7F), (0xC80, 0xCFF), (0xD00, 0xD7F), (0xD80, 0xDFF), (0xE00, 0xE7F),
    (0xE80, 0xEFF), (0xF00, 0xFFF), (0x1000, 0x109F), (0x10A0, 0x10FF), (0x1100, 0x11FF), (0x1200, 0x137F), (0x13A0, 0x13FF),
    (0x1400, 0x167F), (0x1680, 0x169F), (0x16A0, 0x16FF), (0x1700, 0x177F), (0x1780, 0x17FF), (0x1800, 0x18AF), (0x1900, 0x194F),
    (0x1950, 0x197F), (0x1980, 0x19DF), (0x1A00, 0x1AAF), (0x1B00, 0x1BFF), (0x1C00, 0x1C7F), (0x1D00, 0x1DBF), (0x1E00, 0x1EFF),
    (0x1F00, 0x1FFF), (0x2C00, 0x2C5F), (0x2C80, 0x2CFF), (0x2D00, 0x2DFF), (0x3041, 0x3096), (0x30A1, 0x30FA), (0x3105, 0x312F),
    (0x3131, 0x318E), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xA000, 0xA48F), (0xA4D0, 0xA4FF), (0xA500, 0xA63F), (0xA640, 0xA69F),
    (0xA720, 0xA7FF), (0xA840, 0xA87F), (0xA900, 0xA95F), (0xA980, 0xA9DF), (0xAA00, 0xAADF), (0xAB70, 0xABFF), (0xAC00, 0xD7A3),
    (0xF900, 0xFAFF), (0xFB00, 0xFB4F), (0xFB50, 0xFDFF), (0xFE70, 0xFEFC), (0xFF21, 0xFF5A), (0xFF66, 0xFFDC), (0x10000, 0x100FA),
    (0x10280, 0x102DF), (0x10300, 0x1034F), (0x10380, 0x103DF), (0x10400, 0x104FF), (0x10800, 0x1085F), (0x10900, 0x1093F),
    (0x10A00, 0x10A5F), (0x10C00, 0x10CFF), (0x11000, 0x1107F), (0x11100, 0x1114F), (0x12000, 0x1239F), (0x13000, 0x1342F),
    (0x16800, 0x16A3F), (0x17000, 0x187F7), (0x1B000, 0x1B12F), (0x1D400, 0x1D7FF), (0x1E000, 0x1E02F), (0x1E900, 0x1E95F),
    (0x20000, 0x2A6DF), (0x30000, 0x3134A),
]
DIGITS = [0x30, 0x660, 0x6F0, 0x966, 0x9E6, 0xE50, 0x1040, 0xFF10, 0x1D7CE]
SYMBOLS = [(0x21, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0xA1, 0xBF), (0x2010, 0x2027), (0x2030, 0x205E), (0x2070, 0x209C), (0x20A0, 0x20C0),
           (0x2100, 0x218B), (0x2190, 0x23FF), (0x2460, 0x27BF), (0x2900, 0x2BFF), (0x3000, 0x303F), (0x3200, 0x33FF), (0xFF01, 0xFF0F)]
MARKS = [(0x300, 0x36F), (0x483, 0x489), (0x591, 0x5BD), (0x64B, 0x65F), (0x93A, 0x94D), (0xE31, 0xE3A), (0x1AB0, 0x1ACE), (0x1DC0, 0x1DFF),
         (0x20D0, 0x20F0), (0x302A, 0x302F), (0x3099, 0x309A), (0xFE20, 0xFE2F), (0x1D165, 0x1D169), (0xE0100, 0xE01EF)]
CONTROLS = ([(0x00, 0x1F), (0x7F, 0x9F), (0x2000, 0x200F), (0x2028, 0x202F), (0x205F, 0x206F), (0xFFF0, 0xFFFF), (0xE000, 0xE0FF),
             (0xFDD0, 0xFDEF), (0x1FFFE, 0x1FFFF), (0xE0000, 0xE007F), (0x10FFF0, 0x10FFFF)]
            + [(c, c) for c in (0xA0, 0xAD, 0x34F, 0x61C, 0x115F, 0x1680, 0x180E, 0x3164, 0xFEFF, 0xFFFD)])
EMOJI = [(0x1F300, 0x1F5FF), (0x1F600, 0x1F64F), (0x1F680, 0x1F6FF), (0x1F900, 0x1F9FF), (0x1FA70, 0x1FAFF), (0x2600, 0x26FF), (0x2702, 0x27B0)]
PEOPLE = [0x1F468, 0x1F469, 0x1F466, 0x1F467, 0x1F9D1, 0x1F471]
JOINED = [0x1F4BB, 0x1F680, 0x2695, 0x2708, 0x1F33E, 0x1F3EB, 0x2764, 0x1F308]
SPECIALS = ["[CLS]", "[SEP]", "[MASK]", "[PAD]", "[UNK]", "[cls]", "<s>", "</s>", "<pad>", "<unk>", "<mask>", "<|endoftext|>", "<|im_start|>",
            "<|im_end|>", "<think>", "</think>", "<tool_call>", "<extra_id_0>", "<extra_id_99>", "<0x0A>", "<|", "|>", "▁", "##ing", "Ġthe", "[", "<"]
CODE = ["def f(x):\n\treturn x**2  # comment", "if (a != b && c[i] <= 0x7fFF) { s += \"\\u00e9\\n\"; }", "SELECT * FROM t WHERE x LIKE '%a_b%';",
        "<div class=\"x y\" data-n='1'>&amp;&#233;</div>", "{\"key\": [1, 2.50, -3e-10, null, true], \"é\": {}}", "https://example.org:8080/a/b?c=d%20e&f#g",
        "user.name+tag@mail.example.co.uk", "$ ls -la | grep '^d' >> out.txt 2>&1", "C:\\Users\\name\\file (1).txt", "2024-02-29T23:59:59.999+05:30",
        "it's they're I'm don't we've o'clock 'quoted' y'all'd've IT'S THEY'RE", "$1,234,567.89 €5 ½ ¾ 10⁻⁹ 3×10⁸ 100% #tag @name", "\\frac{a}{b} = \\sum_{i=0}^n x_i"]
SPACES = [" ", "  ", "   ", "\t", "\n", "\r\n", "\u00a0", "\u3000", "\u2009", " \n ", "\n\n", "\x0b", "\x0c", "\x85", "\u2028"]


class Dice:
    """SplitMix64 (Steele, Lea and Flood, 2014)."""

    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        self.state = (self.state + 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
        return (z ^ (z >> 31)) % n

    def of(self, values):
        return values[self.below(len(values))]

    def code_point(self, ranges):
        first, last = self.of(ranges)
        return chr(first + self.below(last - first + 1))


def word(dice, script, longest=12):
    return "".join(dice.code_point([script]) for _ in range(1 + dice.below(longest)))


def scripts(dice):
    """Words of one script, or of several."""
    chosen = [dice.of(SCRIPTS) for _ in range(1 + dice.below(3))]
    out = []
    for _ in range(1 + dice.below(16)):
        what = dice.below(12)
        if what == 0:
            out.append("".join(chr(dice.of(DIGITS) + dice.below(10)) for _ in range(1 + dice.below(7))))
        elif what == 1:
            out.append(dice.code_point(SYMBOLS))
        else:
            out.append(word(dice, dice.of(chosen)))
        out.append(dice.of(SPACES) if dice.below(6) == 0 else " " if dice.below(5) else "")
    return "".join(out)


def latin(dice):
    """Words of small letters with capitals, contractions and punctuation."""
    out = []
    for _ in range(1 + dice.below(24)):
        one = "".join(dice.of("etaoinshrdlucmfwypvbgkqjxz"[: 8 + dice.below(19)]) for _ in range(1 + dice.below(9)))
        out.append(dice.of([one, one, one, one.capitalize(), one.upper(), one + dice.of(["'s", "n't", "'re", "-", "."])]))
    return dice.of([" ", " ", " ", "  "]).join(out) + dice.of(["", ".", "?", "!", " .", "...", '"', "\n"])


def emoji_sequence(dice):
    what = dice.below(6)
    if what == 0:
        return "\u200d".join(chr(dice.of(PEOPLE)) + dice.of(["", chr(0x1F3FB + dice.below(5))]) for _ in range(2 + dice.below(3)))
    if what == 1:
        return chr(dice.of(PEOPLE)) + chr(0x1F3FB + dice.below(5)) + "\u200d" + chr(dice.of(JOINED)) + dice.of(["", "\ufe0f"])
    if what == 2:
        return chr(0x1F1E6 + dice.below(26)) + chr(0x1F1E6 + dice.below(26))
    if what == 3:
        return dice.of("0123456789#*") + "\ufe0f\u20e3"
    if what == 4:
        return "\U0001f3f4" + "".join(chr(0xE0061 + dice.below(26)) for _ in range(5)) + "\U000e007f"
    return dice.code_point(EMOJI) + dice.of(["", "", "\ufe0f", "\ufe0e", "\u200d"])


def emoji(dice):
    return "".join(emoji_sequence(dice) + dice.of(["", "", " ", " ok ", "é"]) for _ in range(1 + dice.below(12)))


def marks(dice):
    """Letters under piles of marks, in any order: what normalisation composes, and what it does not."""
    out = []
    for _ in range(1 + dice.below(20)):
        out.append(dice.code_point([(0x61, 0x7A), (0x41, 0x5A), dice.of(SCRIPTS)]))
        out.extend(dice.code_point(MARKS) for _ in range(dice.of([0, 1, 1, 2, 3, 12])))
        out.append(dice.of(["", "", "", " "]))
    return "".join(out)


def controls(dice):
    return "".join(dice.code_point(CONTROLS) if dice.below(2) else dice.of([" ", "a", "word", "é", "字", "\n"]) for _ in range(1 + dice.below(24)))


def surrogates(dice):
    """Halves of pairs: no Unicode text."""
    half = chr(0xD800 + dice.below(0x800))
    text = latin(dice) + dice.of(["", " ", "\U0001f600"])
    at = dice.below(len(text) + 1)
    return text[:at] + half + text[at:]


def long_word(dice):
    script, size = dice.of(SCRIPTS[:60]), dice.of([90, 100, 101, 200, 1_000, 5_000])
    if dice.below(3) == 0:
        return dice.of(["a", "ab", "=", "-", " ", "\n", ".", "1", "é", "字", "😀", "aA", "ha"]) * size
    return "".join(dice.code_point([script]) for _ in range(size))


def special(dice):
    return "".join(dice.of(SPECIALS) + dice.of(["", "", " ", "  ", "a", "\n", " x "]) for _ in range(1 + dice.below(10)))


def code(dice):
    return "".join(dice.of(CODE) + dice.of(["", " ", "\n", "\n\n    ", "\t"]) for _ in range(1 + dice.below(3)))


def anything(dice):
    out = []
    for _ in range(1 + dice.below(40)):
        c = dice.below(0x110000 if dice.below(2) else 0x3000)
        out.append(chr(c) if not 0xD800 <= c < 0xE000 else "\ufffd")
    return "".join(out)


def prose(dice):
    """Bundled text: a piece of the licence, cut anywhere."""
    text = prose.text
    start = dice.below(len(text) - 1)
    return text[start:start + 1 + dice.below(600)]


prose.text = (ROOT / "LICENSE").read_text(encoding="utf-8")
KINDS = ([scripts] * 8 + [latin] * 3 + [emoji] * 2 + [marks] * 2 + [controls] * 2 + [special] * 2 + [anything] * 2
         + [surrogates, long_word, code, prose])
FILLERS = [latin, scripts, emoji, marks, code, prose, anything, special]


def mebibyte(dice, number):
    """As many whole characters as fit: of all kinds, or of one kind, or one word without an end."""
    which = number // LONG_EVERY % 12
    if which >= len(FILLERS):
        unit = ["a", " ", "字", "\n"][which - len(FILLERS)]
        return unit * (MEBIBYTE // len(unit.encode()))
    parts, size = [], 0
    while size < MEBIBYTE:
        parts.append(FILLERS[which](dice) + " ")
        size += len(parts[-1].encode())
    return "".join(parts).encode()[:MEBIBYTE].decode(errors="ignore")


def line(number):
    """The line of this number, from 0."""
    dice = Dice(number)
    if number % LONG_EVERY == LONG_AT:
        return mebibyte(dice, number)
    return dice.of(KINDS)(dice)


def main():
    count, target = int(sys.argv[1]), Path(sys.argv[2])
    partial = target.with_name(target.name + ".part")
    with open(partial, "w", encoding="ascii", newline="\n") as out:
        for number in range(count):
            out.write(json.dumps(line(number)) + "\n")
    partial.rename(target)


if __name__ == "__main__":
    main()
