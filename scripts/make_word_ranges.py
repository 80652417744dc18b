#!/usr/bin/env python3
"""Prints src/text/word_ranges.inc from Python's Unicode tables:  scripts/make_word_ranges.py > src/text/word_ranges.inc

Word characters are the categories L, M, N and Pc.  Class 2: scripts written without spaces, told by character names (Python
has no script property).  Simple case folding is the one-character casefold(), else the one-character lower().
"""
import sys
import unicodedata

WITHOUT_SPACES = ("CJK UNIFIED IDEOGRAPH", "CJK COMPATIBILITY IDEOGRAPH", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA", "HALFWIDTH KATAKANA",
                  "BOPOMOFO", "THAI ", "LAO ", "KHMER ", "MYANMAR ", "TIBETAN ")


def word_class(code):
    category = unicodedata.category(chr(code))
    if category[0] not in "LMN" and category != "Pc":
        return 0
    return 2 if unicodedata.name(chr(code), "").startswith(WITHOUT_SPACES) else 1


def fold(code):
    for folded in (chr(code).casefold(), chr(code).lower()):
        if len(folded) == 1:
            return ord(folded)
    return code


def runs(values):
    """(first, last, value) of equal neighbours."""
    out = []
    for code, value in values:
        if out and out[-1][1] == code - 1 and out[-1][2] == value:
            out[-1][1] = code
        else:
            out.append([code, code, value])
    return out


def folds():
    """(first, last, step, delta): every step-th code point from first to last folds to itself + delta."""
    out = []
    for code in range(sys.maxunicode + 1):
        delta = fold(code) - code
        if delta == 0:
            continue
        last = out[-1] if out else None
        if last and last[3] == delta and code - last[1] in (1, 2) and last[2] in (0, code - last[1]):
            last[1], last[2] = code, code - last[1]
        else:
            out.append([code, code, 0, delta])
    return out


def write(name, rows):
    print(f"constexpr {name}[] = {{")
    line = "   "
    for row in rows:
        text = " {" + ", ".join(row) + "},"
        if len(line) + len(text) > 100:
            print(line)
            line = "   "
        line += text
    print(line + "\n};")


print(f"// Made by scripts/make_word_ranges.py from Unicode {unicodedata.unidata_version}; not edited by hand.")
write("WordRange kWordRanges", [(f"{a:#x}", f"{b:#x}", str(c)) for a, b, c in
                                runs((code, word_class(code)) for code in range(sys.maxunicode + 1)) if c])
write("FoldRange kFoldRanges", [(f"{a:#x}", f"{b:#x}", str(s or 1), str(d)) for a, b, s, d in folds()])
