"""hubmill dedup: kept lines as they stand, the same answer whatever the threads and the memory, and why each row went."""
import json
import random

import pyarrow.parquet as pq
import pytest

from conftest import SHARED, write_jsonl

WORDS = [f"w{number}" for number in range(4000)]


def corpus(seed=3, count=1500):
    """Rows of ~120 words; (rows, families): every fourth is a light change of an earlier one."""
    draw = random.Random(seed)
    rows, texts, family = [], [], []
    for number in range(count):
        if number % 4 == 3:
            of = draw.randrange(len(texts))
            words = texts[of].split()
            for _ in range(draw.choice([0, 0, 1, 2])):
                words[draw.randrange(len(words))] = draw.choice(WORDS)
            text = " ".join(words)
            family.append(family[of])
        else:
            text = " ".join(draw.choice(WORDS) for _ in range(draw.randrange(60, 180)))
            family.append(number)
        texts.append(text)
        rows.append({"id": number, "text": text, "score": draw.random(), "group": number % 2})
    return rows, family


def shingles(text):
    words = text.split()
    return {tuple(words[i:i + 5]) for i in range(max(1, len(words) - 4))}


def jaccard(a, b):
    a, b = shingles(a), shingles(b)
    return len(a & b) / len(a | b)


def kept(path):
    return [json.loads(line)["id"] for line in path.read_text().splitlines()]


def report(done):
    return json.loads(done.stdout)["datasets"][0]


def stage(done):
    return report(done)["stages"][-1]


def test_kept_lines_stay_as_they_are(hubmill):
    lines = [b'{"b": 1e2, "text": "one", "x":[1,  2]}', b'{"text":"\\u00e9 one","b":1.50}', b'{"text":"one"}',
             b' {"text": null} ', b'{"text": null}', b'{"other": "\xc3\xa9"}', b'{"text":"\xc3\xa9 one"}']
    source = hubmill.cwd / "in.jsonl"
    source.write_bytes(b"\n\n".join(lines))
    done = hubmill("dedup", source, "--out", "out.jsonl", "--json")
    assert (hubmill.cwd / "out.jsonl").read_bytes() == b"\n".join(lines[:2] + lines[3:6]) + b"\n"
    assert stage(done)["dropped"] == {"duplicate": 2}
    hubmill("dedup", source, "--out", "near.jsonl", "--method", "near")
    assert (hubmill.cwd / "near.jsonl").read_bytes() == b"\n".join(lines[:2] + lines[3:6]) + b"\n"


def test_one_answer_at_any_threads_and_memory(hubmill):
    rows, _ = corpus()
    source = write_jsonl(hubmill.cwd / "in.jsonl", rows)
    answers = set()
    for threads in (1, 2, 8):
        for memory in ("2GiB", "1KiB"):
            done = hubmill("dedup", source, "--out", "out.jsonl", "--method", "near", "--threads", threads,
                           "--memory", memory, "--clusters", "c.parquet", "--json")
            assert ("spilled_bytes" in stage(done)["counts"]) == (memory == "1KiB" and len(rows) * 8 > 16384)
            answers.add(((hubmill.cwd / "out.jsonl").read_bytes(), str(pq.read_table(hubmill.cwd / "c.parquet").to_pylist())))
    assert len(answers) == 1


def test_near_agrees_with_the_stage_and_with_the_truth(hubmill):
    rows, family = corpus()
    source = write_jsonl(hubmill.cwd / "in.jsonl", rows)
    hubmill("dedup", source, "--out", "out.jsonl", "--method", "near")
    (hubmill.cwd / "recipe.yaml").write_text(
        "recipe: near\ndatasets:\n  default:\n    source: {jsonl: in.jsonl}\n    stages: [{dedup_near: text}]\n    sink: jsonl\n")
    hubmill("run", "recipe.yaml", "--out", "by-stage")
    by_stage = next((hubmill.cwd / "by-stage").rglob("*.jsonl"))
    assert kept(hubmill.cwd / "out.jsonl") == kept(by_stage)
    firsts = len(set(family))
    assert firsts <= len(kept(hubmill.cwd / "out.jsonl")) <= firsts * 1.05


def test_verified_rows_are_as_alike_as_asked(hubmill):
    rows, _ = corpus()
    source = write_jsonl(hubmill.cwd / "in.jsonl", rows)
    answers = set()
    for memory in ("2GiB", "64KiB"):
        done = hubmill("dedup", source, "--out", "out.jsonl", "--method", "near", "--bands", 32, "--rows", 2, "--verify",
                       "--threshold", 0.9, "--clusters", "c.parquet", "--memory", memory, "--json")
        assert stage(done)["counts"]["kept_by_check"] > 0
        answers.add((hubmill.cwd / "out.jsonl").read_bytes())
    assert len(answers) == 1
    text = {f"{source}:{number + 1}": row["text"] for number, row in enumerate(rows)}
    dropped = [row for row in pq.read_table(hubmill.cwd / "c.parquet").to_pylist() if not row["kept"]]
    assert len(dropped) == len(rows) - len(kept(hubmill.cwd / "out.jsonl")) > 50
    for row in dropped:
        exact = jaccard(text[row["id"]], text[row["representative"]])
        assert exact >= 0.9 and abs(exact - row["exact"]) < 1e-5 and abs(exact - row["estimated"]) < 0.35
    assert {row["representative"] for row in dropped} <= {f"{source}:{number + 1}" for number in kept(hubmill.cwd / "out.jsonl")}


@pytest.mark.parametrize("method", ["exact", "near"])
def test_keep_scope_and_against(hubmill, method):
    rows = [{"id": 0, "text": "a b c d e f", "score": 1, "group": "x"}, {"id": 1, "text": "a b c d e f", "score": 3, "group": "y"},
            {"id": 2, "text": "a b c d e f", "score": 3, "group": "x"}, {"id": 3, "text": "g h i j k l", "score": None, "group": "x"},
            {"id": 4, "text": "g h i j k l", "score": -1, "group": "x"}]
    source = write_jsonl(hubmill.cwd / "in.jsonl", rows)
    other = write_jsonl(hubmill.cwd / "other.jsonl", [{"text": "g h i j k l", "z": 1}, {"text": "g h i j k l"}])
    for arguments, stay in [((), [0, 3]), (("--keep", "best:score"), [1, 4]), (("--scope", "within:group"), [0, 1, 3]),
                            (("--against", other), [0]), (("--against", other, "--clusters", "c.parquet"), [0]),
                            (("--keep", "best:score", "--scope", "within:group"), [1, 2, 4])]:
        done = hubmill("dedup", source, "--out", "out.jsonl", "--method", method, "--json", *arguments)
        assert kept(hubmill.cwd / "out.jsonl") == stay, arguments
        if "--against" in arguments:
            assert stage(done)["dropped"] == {"in_other": 2, "near_duplicate" if method == "near" else "duplicate": 2}
    why = {row["id"].rsplit("/")[-1]: row for row in pq.read_table(hubmill.cwd / "c.parquet").to_pylist()}
    assert why["in.jsonl:4"]["representative"].endswith("other.jsonl:1") and why["other.jsonl:2"]["kept"]


def test_longest(hubmill):
    text = " ".join(WORDS[:200])
    source = write_jsonl(hubmill.cwd / "in.jsonl", [{"id": 0, "text": text}, {"id": 1, "text": text + " more"}])
    hubmill("dedup", source, "--out", "out.jsonl", "--method", "near", "--keep", "longest")
    assert kept(hubmill.cwd / "out.jsonl") == [1]


def test_formats_agree(hubmill):
    rows, _ = corpus(count=300)
    source = write_jsonl(hubmill.cwd / "in.jsonl", rows)
    hubmill("convert", source, "in.parquet")
    hubmill("convert", source, "in.jsonl.zst")
    expected = None
    for name in ("in.jsonl", "in.parquet", "in.jsonl.zst"):
        for out in ("out.jsonl", "out.parquet", "out.jsonl.gz"):
            hubmill("dedup", name, "--out", out, "--method", "near", "--keep", "best:score", "--scope", "within:group")
            hubmill("convert", out, "back.jsonl")
            ids = kept(hubmill.cwd / "back.jsonl")
            expected = expected or ids
            assert ids == expected, (name, out)
    assert 0 < len(expected) < len(rows)


def test_a_million_identical_rows_and_an_adversarial_bucket(hubmill):
    same = hubmill.cwd / "same.jsonl"
    same.write_bytes(b'{"text":"one two three four five six"}\n' * 1_000_000)
    for arguments in (("exact",), ("near",), ("near", "--verify")):
        done = hubmill("dedup", same, "--out", "out.jsonl", "--json", "--method", *arguments)
        assert report(done)["rows_written"] == 1
    # Rows of one shingle more each share bands with their neighbours, and are a chain without an end.
    chain = write_jsonl(hubmill.cwd / "chain.jsonl",
                        [{"id": n, "text": " ".join(WORDS[n:n + 60])} for n in range(3000)])
    done = hubmill("dedup", chain, "--out", "out.jsonl", "--json", "--method", "near", "--verify", "--threshold", 0.8,
                   "--bands", 14, "--rows", 8)
    stay = kept(hubmill.cwd / "out.jsonl")
    assert stage(done)["counts"]["largest_cluster"] > 1000 and len(stay) > 300


def test_what_is_refused(hubmill):
    source = write_jsonl(hubmill.cwd / "in.jsonl", [{"text": "a"}])
    before = source.read_bytes()

    def refused(status, words, *arguments):
        done = hubmill("dedup", *arguments, status=status)
        assert words in done.stderr.decode(), done.stderr.decode()
        assert not (hubmill.cwd / "out.jsonl").exists() and not (hubmill.cwd / "c.parquet").exists()

    refused(2, "the output is also an input", source, "--out", "./in.jsonl")
    refused(2, "standard input cannot be", "-", "--out", "out.jsonl")
    refused(2, "cannot tell the output's format", source, "--out", "out.txt")
    refused(2, "belong to --method near", source, "--out", "out.jsonl", "--verify")
    refused(2, "no such --keep: value=best", source, "--out", "out.jsonl", "--keep", "best")
    refused(2, "no such --scope", source, "--out", "out.jsonl", "--scope", "within")
    refused(2, "bands times rows", source, "--out", "out.jsonl", "--method", "near", "--bands", 256, "--rows", 64)
    (hubmill.cwd / "bad.jsonl").write_bytes(b'{"text": "a"}\n{"text": 5}\n')
    refused(3, "bad.jsonl", "bad.jsonl", "--out", "out.jsonl")
    (hubmill.cwd / "latin.jsonl").write_bytes(b'{"text": "a"}\n{"text": "\xe9"}\n')
    refused(3, "UTF-8", "latin.jsonl", "--out", "out.jsonl", "--method", "near")
    hubmill("convert", source, "in.parquet")
    refused(2, "the output is also an input", "in.parquet", "--out", "out.jsonl", "--clusters", "in.parquet")
    refused(3, "column=nothing", "in.parquet", "--out", "out.jsonl", "--text", "nothing")
    hubmill("dedup", "latin.jsonl", "--out", "out.jsonl", "--method", "near", "--skip-bad-rows")
    assert (hubmill.cwd / "out.jsonl").read_bytes() == b'{"text": "a"}\n'
    (hubmill.cwd / "out.jsonl").unlink()
    hubmill("dedup", source, "--out", "out.jsonl", "--dry-run")
    assert not (hubmill.cwd / "out.jsonl").exists() and source.read_bytes() == before


def test_results_are_not_written_over(hubmill):
    source = write_jsonl(hubmill.cwd / "in.jsonl", [{"text": "a"}, {"text": "a"}])
    for clusters, out in (("c.parquet", "c.parquet"), ("c.parquet", "./c.parquet"), (f"{hubmill.cwd}/c.parquet", "c.parquet")):
        done = hubmill("dedup", source, "--out", out, "--clusters", clusters, status=2)
        assert b"one file" in done.stderr
    assert b"Parquet file" in hubmill("dedup", source, "--out", "o.jsonl", "--clusters", "c.txt", status=2).stderr
    before = source.read_bytes()
    hubmill("dedup", f"file://{source}", "--out", source, status=2)
    assert source.read_bytes() == before
    (hubmill.cwd / "folder.jsonl").mkdir()
    hubmill("dedup", source, "--out", "folder.jsonl", "--dry-run", status=2)


@pytest.mark.parametrize("method", ["exact", "near"])
def test_a_column_that_no_row_has(hubmill, method):
    source = write_jsonl(hubmill.cwd / "in.jsonl", [{"text": "a", "g": 1}, {"text": "b", "g": 2}])
    for arguments in (("--text", "txet"), ("--scope", "within:h"), ("--keep", "best:s")):
        done = hubmill("dedup", source, "--out", "o.jsonl", "--method", method, *arguments, status=3)
        assert b"no row has the column" in done.stderr and not (hubmill.cwd / "o.jsonl").exists()


def test_passes_agree_on_bad_rows(hubmill):
    (hubmill.cwd / "in.jsonl").write_text('{"text":"same","n":1,"n":2}\n{"text":"same","n":3}\n{"text":"other","n":4}\n')
    for out in ("o.jsonl", "o.parquet"):
        answers = set()
        for more in ((), ("--report",), ("--method", "near"), ("--method", "near", "--verify")):
            hubmill("dedup", "in.jsonl", "--out", out, "--skip-bad-rows", *more)
            if out == "o.parquet":
                hubmill("convert", out, "o.jsonl")
            answers.add(str([json.loads(line)["text"] for line in (hubmill.cwd / "o.jsonl").read_text().splitlines()]))
        assert answers == {"['same', 'other']"}


def test_groups_are_values_whatever_the_format(hubmill):
    rows = [{"text": "one two", "g": "\u00e9", "h": 1}, {"text": "one two", "g": "x", "h": 2}]
    write_jsonl(hubmill.cwd / "in.jsonl", rows)
    (hubmill.cwd / "in.jsonl").open("a").write('{"text": "one two", "g": "\\u00e9", "h": 1.0}\n')
    hubmill("convert", write_jsonl(hubmill.cwd / "half.jsonl", rows[:1]), "half.parquet")
    for scope in ("g", "h"):
        for method in ("exact", "near"):
            hubmill("dedup", "in.jsonl", "--out", "o.jsonl", "--scope", f"within:{scope}", "--method", method)
            assert len((hubmill.cwd / "o.jsonl").read_text().splitlines()) == 2
            hubmill("dedup", "in.jsonl", "--out", "o.jsonl", "--scope", f"within:{scope}", "--against", "half.parquet", "--method", method)
            assert [json.loads(line)["g"] for line in (hubmill.cwd / "o.jsonl").read_text().splitlines()] == ["x"]


def test_the_threshold_itself_is_alike_enough(hubmill):
    for shared, all_words, threshold in ((7, 10, 0.7), (9, 10, 0.9), (4, 5, 0.8)):
        write_jsonl(hubmill.cwd / "in.jsonl", [{"text": " ".join(WORDS[:all_words])}, {"text": " ".join(WORDS[:shared])}])
        for asked, stay in ((threshold, 1), (threshold + 0.001, 2)):
            hubmill("dedup", "in.jsonl", "--out", "o.jsonl", "--method", "near", "--ngram", 1, "--bands", 128, "--rows", 1,
                    "--verify", "--threshold", asked)
            assert len((hubmill.cwd / "o.jsonl").read_text().splitlines()) == stay


def test_an_input_that_changes(hubmill):
    rows, _ = corpus(count=4000)
    source = write_jsonl(hubmill.cwd / "in.jsonl", rows * 8)
    running = hubmill.start("dedup", source, "--out", "o.jsonl", "--method", "near", "--verify", "--threads", 1)
    with source.open("a") as more:
        more.write('{"text": "more"}\n')
    out, err = running.communicate(timeout=60)
    lines = len(source.read_text().splitlines())
    if running.returncode == 0:  # It began after the change.
        assert json.loads(hubmill("dedup", source, "--out", "p.jsonl", "--method", "near", "--verify", "--json").stdout)["datasets"][0]["rows_read"] == lines
    else:
        assert running.returncode == 1 and b"an input changed while it was read" in err and not (hubmill.cwd / "o.jsonl").exists()


def test_odd_documents(hubmill):
    huge = "word " * 2_000_000
    rows = [{"id": 0, "text": ""}, {"id": 1, "text": ""}, {"id": 2, "text": "one"}, {"id": 3, "text": "ONE"}, {"id": 4, "text": "?!"},
            {"id": 5, "text": "?!"}, {"id": 6, "text": huge}, {"id": 7, "text": huge + "x"},
            {"id": 8, "text": "自然言語処理は楽しい。今日も勉強します。" * 4}, {"id": 9, "text": "自然言語処理は楽しい。今日も勉強します。" * 4 + "。"}]
    source = write_jsonl(hubmill.cwd / "in.jsonl", rows)
    hubmill("dedup", source, "--out", "out.jsonl", "--method", "near")
    assert kept(hubmill.cwd / "out.jsonl") == [0, 1, 2, 4, 5, 6, 7, 8]  # A row of one word more has half as many shingles in common.
    hubmill("dedup", source, "--out", "out.jsonl")
    assert kept(hubmill.cwd / "out.jsonl") == [0, 2, 3, 4, 6, 7, 8, 9]


@pytest.mark.skipif(not (SHARED / "data/07_dedup").exists(), reason="no ../shared/data")
def test_the_real_corpus(hubmill):
    files = sorted((SHARED / "data/07_dedup").glob("*.jsonl*"))
    assert files
    done = hubmill("dedup", *files, "--out", "out.jsonl", "--json", timeout=250)
    assert stage(done)["dropped"] == {"duplicate": 4405}


def test_every_level_of_instructions_gives_the_same_bytes(hubmill, monkeypatch):
    rows, _ = corpus(count=600)
    for number, row in enumerate(rows):  # Letters beyond ASCII, words longer than a register, escapes.
        if number % 5 == 0:
            row["text"] += " Ünïcode\u6df1\u5ea6 \n\"internationalization_of_everything\" " * (number % 7)
    source = write_jsonl(hubmill.cwd / "in.jsonl", rows)
    with open("/proc/cpuinfo") as info:
        flags = set(next((line for line in info if line.startswith("flags")), "").split())
    needs = {"portable": set(), "avx2": {"avx2", "bmi1"},
             "avx512": {"avx2", "bmi1", "bmi2", "popcnt", "avx512f", "avx512bw", "avx512dq", "avx512vl"}}
    answers = set()
    for level, wanted in needs.items():
        monkeypatch.setenv("HUBMILL_SIMD", level)
        for ngram in (2, 5, 20):
            out, clusters = f"{level}-{ngram}.jsonl", f"{level}-{ngram}.parquet"
            done = hubmill("dedup", source, "--out", out, "--method", "near", "--verify", "--ngram", ngram, "--clusters", clusters,
                           status=0 if wanted <= flags else 2)
            if not wanted <= flags:
                assert f"this machine has no such instructions: HUBMILL_SIMD={level}" in done.stderr.decode()
                continue
            answers.add((ngram, (hubmill.cwd / out).read_bytes(), str(pq.read_table(hubmill.cwd / clusters).to_pylist())))
    assert len(answers) == 3
    assert len({kept for _, kept, _ in answers}) > 1 and all(len(kept) < source.stat().st_size for _, kept, _ in answers)


def test_a_level_of_instructions_that_does_not_exist_is_refused(hubmill, monkeypatch):
    monkeypatch.setenv("HUBMILL_SIMD", "sse9")
    done = hubmill("dedup", "in.jsonl", "--out", "out.jsonl", status=2)
    assert b"no such level of instructions: HUBMILL_SIMD=sse9" in done.stderr


def test_level_of_compression(hubmill):
    rows, _ = corpus(count=300)
    source = write_jsonl(hubmill.cwd / "in.jsonl", rows)
    sizes = {}
    for level in (1, 3, 19):
        hubmill("dedup", source, "--out", f"{level}.parquet", "--level", level)
        sizes[level] = (hubmill.cwd / f"{level}.parquet").stat().st_size
    hubmill("dedup", source, "--out", "as-said.parquet")
    assert sizes[19] < min(sizes[1], sizes[3]) and sizes[1] != sizes[3]
    assert (hubmill.cwd / "as-said.parquet").read_bytes() == (hubmill.cwd / "3.parquet").read_bytes()
    done = hubmill("dedup", source, "--out", "out.jsonl", "--level", 3, status=2)
    assert b"--level is of compression" in done.stderr
    done = hubmill("dedup", source, "--out", "out.jsonl.gz", "--level", 10, status=2)
    assert b"no such gzip level" in done.stderr
