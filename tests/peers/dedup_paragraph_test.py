"""hubmill dedup --method paragraph beside a plain Python version: what goes, what stays as it stands, and why."""
import json
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import write_jsonl

SPACES = " \t\r\v\f\n"


def pieces_of(text, unit):
    """(begin, end) of each piece."""
    pieces, at, is_open = [], 0, False
    for line in text.split("\n"):
        stripped = line.rstrip(SPACES)
        if not stripped:
            is_open = False
        elif is_open:
            pieces[-1][1] = at + len(stripped)
        else:
            pieces.append([at, at + len(stripped)])
            is_open = unit == "paragraph"
        at += len(line) + 1
    return pieces


def without(text, pieces, gone):
    out, between = text[:pieces[0][0]], ""
    for i, (begin, end) in enumerate(pieces):
        if not gone[i]:
            out += between + text[begin:end]
            between = text[end:pieces[i + 1][0]] if i + 1 < len(pieces) else ""
    return out + text[pieces[-1][1]:]


def expected(texts, unit="paragraph", keep="first", most=1, least=1, other=(), groups=None):
    """The texts that are left, None for a dropped row; and how many pieces went."""
    keys = lambda text, group: [(group, text[b:e].strip(SPACES)) for b, e in pieces_of(text, unit)]
    groups = groups or [0] * len(texts)
    rows = [keys(text, group) for text, group in zip(texts, groups)]
    foreign = {key for text in other for key in keys(text, 0)}
    holders = {}
    for row in rows:
        for key in set(row):
            holders[key] = holders.get(key, 0) + 1
    left, removed, seen = [], 0, {}
    for text, row in zip(texts, rows):
        gone, held = [], set()
        for key in row:
            if len(key[1]) < least:
                gone.append(False)
            elif key in foreign:
                gone.append(True)
            elif keep == "none":
                gone.append(holders[key] > most)
            else:
                gone.append(key in held or seen.get(key, 0) >= most)
                if not gone[-1]:
                    seen[key] = seen.get(key, 0) + 1
                held.add(key)
        removed += sum(gone)
        left.append(text if not any(gone) else None if all(gone) else without(text, pieces_of(text, unit), gone))
    return left, removed


def corpus(seed=5, count=900):
    """Texts of few different paragraphs and lines, with odd white space between."""
    draw = random.Random(seed)
    lines = [f"line {i} é{'x' * (i % 7)}" for i in range(400)] + ["}", "Share this", "All rights reserved."] * 9
    breaks = ["\n", "\n", "\r\n", "\n\n", "\n \t\n", "\r\n\r\n", " \n\n\n"]
    texts = []
    for _ in range(count):
        text = draw.choice(["", "", "\n", "  "])
        for _ in range(draw.randrange(9)):
            text += draw.choice(["", "", "  "]) + draw.choice(lines) + draw.choice(breaks)
        texts.append(text)
    return texts


def stage(done):
    return json.loads(done.stdout)["datasets"][0]["stages"][-1]


def texts_in(path):
    return [json.loads(line)["text"] for line in path.read_text().splitlines()]


@pytest.mark.parametrize("options", [{}, {"unit": "line"}, {"keep": "none"}, {"unit": "line", "keep": "none", "most": 20},
                                     {"most": 3}, {"unit": "line", "least": 8}, {"unit": "line", "most": 2, "keep": "none", "least": 3}], ids=str)
def test_agrees_with_plain_python_at_any_threads(hubmill, options):
    texts = corpus()
    source = write_jsonl(hubmill.cwd / "in.jsonl", [{"n": i, "text": text} for i, text in enumerate(texts)])
    left, removed = expected(texts, **options)
    names = {"unit": "--unit", "keep": "--keep", "most": "--max-repeats", "least": "--min-chars"}
    arguments = [part for name, value in options.items() for part in (names[name], value)]
    answers = set()
    for threads in (1, 2, 8):
        done = hubmill("dedup", source, "--out", "out.jsonl", "--method", "paragraph", "--threads", threads, "--json", *arguments)
        answers.add((hubmill.cwd / "out.jsonl").read_bytes())
    assert len(answers) == 1
    assert texts_in(hubmill.cwd / "out.jsonl") == [text for text in left if text is not None]
    counts, unit = stage(done)["counts"], options.get("unit", "paragraph") + "s"
    assert counts[unit + "_removed"] == removed > 0
    assert counts["characters_removed"] == sum(len(text) - len(after or "") for text, after in zip(texts, left))
    assert counts["rows_changed"] == sum(after is not None and after != text for text, after in zip(texts, left))
    assert stage(done)["dropped"] == {"repeated_text": sum(text is None for text in left)}


def test_only_the_text_of_changed_lines_changes(hubmill):
    lines = [b'{"n":1.50, "text" : "One.\\n\\nT\\u0065rms." ,"z":[1,  2]}', b' {"text":null} ', b'{"z":"\\u00e9"}', b'{"text": ""}',
             b'{"z" : 1e2,"text" : "\\u0054erms.\\n\\nTwo \\u00e9\\/\\n\\n\\"q\\"" ,"y":{"text":"Terms."} }', b'{"text":"Two \xc3\xa9/"}']
    (hubmill.cwd / "in.jsonl").write_bytes(b"\n".join(lines))
    hubmill("dedup", "in.jsonl", "--out", "out.jsonl", "--method", "paragraph")
    changed = b'{"z" : 1e2,"text" : "Two \xc3\xa9/\\n\\n\\"q\\"" ,"y":{"text":"Terms."} }'
    assert (hubmill.cwd / "out.jsonl").read_bytes() == b"\n".join(lines[:4] + [changed]) + b"\n"


def test_formats_agree(hubmill):
    texts = corpus(count=300)
    source = write_jsonl(hubmill.cwd / "in.jsonl", [{"n": i, "text": text} for i, text in enumerate(texts)])
    pq.write_table(pa.table({"n": list(range(len(texts))), "text": pa.array(texts, pa.large_string())}), hubmill.cwd / "in.parquet")
    expect = [text for text in expected(texts)[0] if text is not None]
    for name in (source, "in.parquet"):
        for out in ("out.jsonl", "out.parquet", "out.jsonl.zst"):
            hubmill("dedup", name, "--out", out, "--method", "paragraph")
            hubmill("convert", out, "back.jsonl")
            assert texts_in(hubmill.cwd / "back.jsonl") == expect, (name, out)


@pytest.mark.parametrize("keep", ["first", "none"])
def test_against_and_scope(hubmill, keep):
    texts = corpus(count=200)
    groups = [i % 3 for i in range(len(texts))]
    rows = [{"text": text, "g": group} for text, group in zip(texts, groups)]
    source = write_jsonl(hubmill.cwd / "in.jsonl", rows)
    other = write_jsonl(hubmill.cwd / "other.jsonl", [{"text": text, "g": 0} for text in texts[:40]])
    command = ("dedup", source, "--out", "out.jsonl", "--method", "paragraph", "--keep", keep)
    hubmill(*command, "--against", other)
    assert texts_in(hubmill.cwd / "out.jsonl") == [t for t in expected(texts, keep=keep, other=texts[:40])[0] if t is not None]
    hubmill(*command, "--scope", "within:g")
    assert texts_in(hubmill.cwd / "out.jsonl") == [t for t in expected(texts, keep=keep, groups=groups)[0] if t is not None]


def test_the_stage_does_the_same(hubmill):
    texts = corpus(count=300)
    source = write_jsonl(hubmill.cwd / "in.jsonl", [{"n": i, "text": text, "z": 1.5} for i, text in enumerate(texts)])
    (hubmill.cwd / "recipe.yaml").write_text(
        "recipe: lean\nsource:\n  jsonl: {path: in.jsonl, schema: {text: string}, extra_fields: drop, raw: line}\n"
        "stages: [{dedup_paragraph: {column: text, unit: line, max_repeats: 2, raw: line}}]\nsink: {jsonl: {raw: line}}\n")
    hubmill("run", "recipe.yaml", "--out", "by-stage")
    hubmill("dedup", source, "--out", "out.jsonl", "--method", "paragraph", "--unit", "line", "--max-repeats", 2)
    assert next((hubmill.cwd / "by-stage").rglob("*.jsonl")).read_bytes() == (hubmill.cwd / "out.jsonl").read_bytes()


def test_what_is_refused(hubmill):
    source = write_jsonl(hubmill.cwd / "in.jsonl", [{"text": "a", "g": 1}])

    def refused(status, words, *arguments):
        done = hubmill("dedup", source, "--out", "out.jsonl", *arguments, status=status)
        assert words in done.stderr.decode(), done.stderr.decode()
        assert not (hubmill.cwd / "out.jsonl").exists()

    refused(2, "belong to --method paragraph", "--unit", "line")
    refused(2, "belong to --method paragraph", "--keep", "none")
    refused(2, "belong to --method near", "--method", "paragraph", "--verify")
    refused(2, "--keep first or --keep none", "--method", "paragraph", "--keep", "longest")
    refused(2, "--clusters and --report are about whole rows", "--method", "paragraph", "--clusters", "c.parquet")
    refused(3, "no row has the column: column=txet", "--method", "paragraph", "--text", "txet")
    refused(3, "no row has the column: column=h", "--method", "paragraph", "--scope", "within:h")
    refused(2, "--min-chars", "--method", "paragraph", "--min-chars", 0)
