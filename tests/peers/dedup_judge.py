"""A second opinion on near duplicates: words, shingles and the Jaccard index in plain Python, as docs/dedup.md defines them."""
import json
import subprocess
import unicodedata

import pyarrow.parquet as pq

WHOLE = ("CJK ", "HIRAGANA", "KATAKANA", "BOPOMOFO", "THAI ", "LAO ", "KHMER ", "MYANMAR ", "TIBETAN ")


def words_of(text):
    """Runs of letters, marks, numbers and connectors; a character of a script without spaces is a word by itself."""
    words, word = [], ""
    for c in text:
        kind = unicodedata.category(c)
        counts = kind[0] in "LMN" or kind == "Pc"
        whole = counts and ord(c) > 0x2FF and unicodedata.name(c, "").startswith(WHOLE)
        if whole or not counts:
            if word:
                words.append(word)
            word = ""
            if whole:
                words.append(c)
        else:
            folded = c.lower() if len(c.lower()) == 1 else c
            word += folded
    return words + [word] if word else words


def shingles_of(text, ngram=5):
    words = words_of(text)
    return {tuple(words[i:i + ngram]) for i in range(max(1, len(words) - ngram + 1))}


def jaccard(a, b, ngram=5):
    a, b = shingles_of(a, ngram), shingles_of(b, ngram)
    return len(a & b) / len(a | b)


def texts_at(corpus, rows):
    """The texts of some rows (from 1) of a .jsonl or .jsonl.zst file."""
    wanted, found = set(rows), {}
    reader = ["zstd", "-dc", str(corpus)] if str(corpus).endswith(".zst") else ["cat", str(corpus)]
    with subprocess.Popen(reader, stdout=subprocess.PIPE) as process:
        for number, line in enumerate(process.stdout, 1):
            if number in wanted:
                found[number] = json.loads(line)["text"]
    return found


def judge(corpus, clusters, count, draw):
    """Draws `count` rows that went, and compares each with the row that stays for it.

    Returns how many were drawn, of how many; their least and mean Jaccard index, how many are at 0.7 or above and at 0.5 or above,
    the greatest differences to `exact` (where it is known) and to `estimated`."""
    gone = [row for row in pq.read_table(clusters).to_pylist() if not row["kept"]]
    pairs = draw.sample(gone, min(count, len(gone)))
    row_of = lambda name: int(name.rsplit(":", 1)[1])
    texts = texts_at(corpus, [row_of(pair[key]) for pair in pairs for key in ("id", "representative")])
    exact = [jaccard(texts[row_of(pair["id"])], texts[row_of(pair["representative"])]) for pair in pairs]
    off = lambda column: max((abs(pair[column] - index) for pair, index in zip(pairs, exact) if pair[column] is not None), default=None)
    return {"pairs": len(pairs), "of": len(gone), "least": round(min(exact), 3), "mean": round(sum(exact) / len(exact), 3),
            "at 0.7": sum(index >= .7 for index in exact), "at 0.5": sum(index >= .5 for index in exact),
            "off exact": off("exact"), "off estimated": round(off("estimated"), 3)}
