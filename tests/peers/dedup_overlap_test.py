"""hubmill dedup --overlap beside a plain Python version: which rows share a run of words with other data, and where."""
import json
import random
import re

import pyarrow.parquet as pq
import pytest

from conftest import write_jsonl

WORDS = [f"w{number}" for number in range(300)]


def words(text):
    return [word.lower() for word in re.findall(r"\w+", text)]


def runs(text, n):
    """Runs of n words; of a text of 5 words to n - 1 all of it."""
    all_words = words(text)
    found = [tuple(all_words[i:i + n]) for i in range(len(all_words) - n + 1)]
    return found or ([tuple(all_words)] if all_words else [])


def expected(texts, other, n, share=0.0):
    """For each text that goes: (row, row of other, first shared word, runs, shared ones)."""
    first = {}
    for row, text in enumerate(other):
        if len(words(text)) >= min(n, 5):
            for run in runs(text, n):
                first.setdefault(run, row)
    gone = []
    for row, text in enumerate(texts):
        mine = runs(text, n)
        hits = [i for i, run in enumerate(mine) if run in first]
        if hits and len(hits) >= share * len(mine):
            gone.append((row, first[mine[hits[0]]], hits[0], len(mine), len(hits)))
    return gone


def corpus(seed=11, count=1200):
    """Texts, of which a fifth hold some words in a row of a text of `other`."""
    draw = random.Random(seed)
    make = lambda low, high: " ".join(draw.choice(WORDS) for _ in range(draw.randrange(low, high)))
    other = [make(0, 60) for _ in range(150)]
    texts = []
    for number in range(count):
        text = make(0, 120).split()
        if number % 5 == 0:
            of = draw.choice(other).split()
            start = draw.randrange(len(of) + 1)
            piece = of[start:start + draw.randrange(5, 40)]
            at = draw.randrange(len(text) + 1)
            text[at:at] = piece
        if number % 50 == 0:
            text = draw.choice(other).split()
        texts.append(draw.choice([" ", ", ", " -- "]).join(word.upper() if draw.random() < .1 else word for word in text))
    return texts, other


def report(done):
    return {stage["name"]: stage for stage in json.loads(done.stdout)["datasets"][0]["stages"]}


def kept(path):
    return [json.loads(line)["id"] for line in path.read_text().splitlines()]


@pytest.fixture
def data(hubmill):
    texts, other = corpus()
    source = write_jsonl(hubmill.cwd / "in.jsonl", [{"id": i, "text": text} for i, text in enumerate(texts)])
    return texts, other, source, write_jsonl(hubmill.cwd / "other.jsonl", [{"text": text} for text in other])


@pytest.mark.parametrize("n, share", [(13, 0), (8, 0), (8, .5), (3, .2), (1, 1), (64, 0)])
def test_agrees_with_plain_python_at_any_threads(hubmill, data, n, share):
    texts, other, source, against = data
    gone = expected(texts, other, n, share)
    answers = set()
    for threads in (1, 2, 8):
        done = hubmill("dedup", source, "--out", "out.jsonl", "--method", "overlap", "--against", against, "--overlap", n,
                       "--overlap-share", share, "--overlaps", "why.parquet", "--threads", threads, "--json")
        answers.add(((hubmill.cwd / "out.jsonl").read_bytes(), (hubmill.cwd / "why.parquet").read_bytes()))
    assert len(answers) == 1
    dropped = {row[0] for row in gone}
    assert kept(hubmill.cwd / "out.jsonl") == [row for row in range(len(texts)) if row not in dropped]
    stage = report(done)["overlap"]
    assert stage["dropped"] == ({"overlap": len(gone)} if gone else {})
    assert len(gone) > 0
    assert stage["counts"]["other_rows_too_short"] == sum(len(words(text)) < min(n, 5) for text in other)
    assert stage["counts"]["other_ngrams"] == len({run for text in other if len(words(text)) >= min(n, 5) for run in runs(text, n)})
    why = pq.read_table(hubmill.cwd / "why.parquet").to_pylist()
    for row, (number, of, word, ngrams, shared) in zip(why, gone, strict=True):
        assert row["id"] == f"{source}:{number + 1}" and row["other"] == f"{against}:{of + 1}"
        assert (row["word"], row["ngrams"], row["shared"]) == (word + 1, ngrams, shared)
        assert words(row["words"]) == words(texts[number])[word:word + n]
        assert row["words"] in texts[number] and " ".join(words(row["words"])) in " ".join(words(other[of]))


def test_with_other_methods(hubmill, data):
    """Rows that overlap never reach the other method, so they stand for no cluster."""
    texts, other, source, against = data
    gone = {row[0] for row in expected(texts, other, 8)}
    clean = write_jsonl(hubmill.cwd / "clean.jsonl", [{"id": i, "text": text} for i, text in enumerate(texts) if i not in gone])
    for more in (("--method", "exact"), ("--method", "exact", "--report"), ("--method", "near"), ("--method", "near", "--verify"),
                 ("--method", "near", "--clusters", "c.parquet"), ("--method", "paragraph"), ("--method", "paragraph", "--keep", "none")):
        for out in ("out.jsonl", "out.parquet"):
            hubmill("dedup", clean, "--out", out, "--against", against, *more)
            hubmill("convert", out, "expected.jsonl")
            done = hubmill("dedup", source, "--out", out, "--against", against, "--overlap", 8, "--overlaps", "why.parquet", "--json", *more)
            hubmill("convert", out, "got.jsonl")
            assert (hubmill.cwd / "got.jsonl").read_bytes() == (hubmill.cwd / "expected.jsonl").read_bytes(), more
            assert report(done)["overlap"]["dropped"] == {"overlap": len(gone)}
            assert pq.read_metadata(hubmill.cwd / "why.parquet").num_rows == len(gone)


def test_formats_and_lines_as_they_stand(hubmill, data):
    texts, other, source, against = data
    gone = {row[0] for row in expected(texts, other, 13)}
    lines = source.read_bytes().splitlines(keepends=True)
    hubmill("dedup", source, "--out", "out.jsonl", "--against", against, "--method", "overlap")
    assert (hubmill.cwd / "out.jsonl").read_bytes() == b"".join(line for i, line in enumerate(lines) if i not in gone)
    hubmill("convert", source, "in.parquet")
    hubmill("convert", against, "other.parquet")
    hubmill("dedup", "in.parquet", "--out", "out2.jsonl", "--against", "other.parquet", "--method", "overlap")
    assert kept(hubmill.cwd / "out2.jsonl") == kept(hubmill.cwd / "out.jsonl")


def test_short_texts_and_scripts_without_spaces(hubmill):
    other = ["Who wrote the song Yesterday?", "Yes.", "自然言語処理は楽しい。今日も勉強します。"]
    texts = ["who WROTE the song: yesterday", "Who wrote the song Yesterday? Paul.", "Yes.", "昨日は、自然言語処理は楽しい。今日も勉強した", None, "", "?!"]
    source = write_jsonl(hubmill.cwd / "in.jsonl", [{"id": i, "text": text} for i, text in enumerate(texts)])
    against = write_jsonl(hubmill.cwd / "other.jsonl", [{"text": text} for text in other])
    done = hubmill("dedup", source, "--out", "out.jsonl", "--against", against, "--method", "overlap", "--overlaps", "why.parquet", "--json")
    assert kept(hubmill.cwd / "out.jsonl") == [1, 2, 4, 5, 6]
    assert report(done)["overlap"]["counts"]["other_rows_too_short"] == 1
    assert pq.read_table(hubmill.cwd / "why.parquet")["words"].to_pylist() == [texts[0], "自然言語処理は楽しい。今日も"]


def test_what_is_refused(hubmill):
    source = write_jsonl(hubmill.cwd / "in.jsonl", [{"text": "a"}])
    other = write_jsonl(hubmill.cwd / "other.jsonl", [{"text": "b"}])

    def refused(status, said, *arguments):
        done = hubmill("dedup", source, "--out", "out.jsonl", *arguments, status=status)
        assert said in done.stderr.decode(), done.stderr.decode()
        assert not (hubmill.cwd / "out.jsonl").exists() and not (hubmill.cwd / "why.parquet").exists()

    refused(2, "nothing to overlap with", "--method", "overlap")
    refused(2, "nothing to overlap with", "--overlap", 8)
    refused(2, "--overlap", "--overlap", 0, "--against", other)
    refused(2, "add --overlap 13", "--against", other, "--overlaps", "why.parquet")
    refused(2, "add --overlap 13", "--against", other, "--overlap-share", .5)
    refused(2, "compares no rows of IN", "--method", "overlap", "--against", other, "--clusters", "c.parquet")
    refused(2, "--overlaps is a Parquet file", "--method", "overlap", "--against", other, "--overlaps", "why.txt")
    refused(2, "are one file", "--overlap", 8, "--against", other, "--overlaps", "c.parquet", "--clusters", "c.parquet")
    refused(3, "no row has the column: column=txet", "--method", "overlap", "--against", other, "--text", "txet", "--overlaps", "why.parquet")
