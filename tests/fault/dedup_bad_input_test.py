"""What hubmill dedup makes of hostile and odd inputs, by every method: empty texts, one long document, rows that are all alike or all
meet, broken UTF-8, a full disk for what does not fit into memory.  HUBMILL_SLOW=1 adds the sizes that take longer."""
import json
import os
import pathlib
import subprocess
import sys

import pytest

from conftest import write_jsonl

METHODS = {"exact": ("exact",), "exact, clusters": ("exact", "--report"), "near": ("near",), "verified": ("near", "--verify"),
           "paragraph": ("paragraph",), "boiler-plate": ("paragraph", "--keep", "none"), "overlap": ("overlap", "--against", "other.jsonl")}
slow = pytest.mark.skipif("HUBMILL_SLOW" not in os.environ, reason="takes minutes; HUBMILL_SLOW=1 runs it")


@pytest.fixture(params=METHODS)
def method(request, hubmill):
    write_jsonl(hubmill.cwd / "other.jsonl", [{"text": "a question of the evaluation set that nobody may train on, of more than thirteen words"}])
    return ("--method", *METHODS[request.param])


def dataset(done):
    return json.loads(done.stdout)["datasets"][0]


def kept(path):
    return [json.loads(line)["id"] for line in path.read_text().splitlines()]


def test_empty_and_one_word_documents(hubmill, method):
    texts = ["", "", "word", "word", "WORD", None, None, " ", "?", "?", "\n\n", "\u00ad", "\u0000", "\u0000"]
    source = write_jsonl(hubmill.cwd / "in.jsonl", [{"id": i, "text": text} for i, text in enumerate(texts)])
    hubmill("dedup", source, "--out", "out.jsonl", *method)
    stay = {"exact": [0, 2, 4, 5, 6, 7, 8, 10, 11, 12], "near": [0, 1, 2, 5, 6, 7, 8, 9, 10, 11, 12, 13], "overlap": list(range(14)),
            "paragraph": [0, 1, 2, 4, 5, 6, 7, 8, 10, 11, 12]}[method[1]]
    if method[-1] == "none":
        stay = [0, 1, 4, 5, 6, 7, 10, 11]
    assert kept(hubmill.cwd / "out.jsonl") == stay
    (hubmill.cwd / "empty.jsonl").write_bytes(b"")
    assert b"empty.jsonl" in hubmill("dedup", "empty.jsonl", "--out", "none.parquet", *method, status=3).stderr
    hubmill("dedup", "empty.jsonl", "--out", "none.jsonl", *method)
    assert (hubmill.cwd / "none.jsonl").read_bytes() == b""


def test_invalid_utf8(hubmill, method):
    lines = [b'{"id": 0, "text": "a fine one"}', b'{"id": 1, "text": "caf\xe9"}', b'{"id": 2, "text": "\xed\xa0\x80"}', b'{"id": 3, "text": "\\ud800"}',
             b'{"id": 4, "text": "another"}', b'{"id": 5, "text": "cut \xe2\x82"}', b'{"id": 6, "text": "x", "other": "\xff"}']
    (hubmill.cwd / "in.jsonl").write_bytes(b"\n".join(lines))
    said = hubmill("dedup", "in.jsonl", "--out", "out.jsonl", *method, status=3).stderr.decode()
    assert "in.jsonl" in said and "row=2" in said and "UTF-8" in said and not (hubmill.cwd / "out.jsonl").exists()
    done = hubmill("dedup", "in.jsonl", "--out", "out.jsonl", "--skip-bad-rows", "--json", *method)
    assert kept(hubmill.cwd / "out.jsonl") == [0, 4]
    assert sum(dataset(done)["stages"][0]["dropped"].values()) == 5


def test_a_million_identical_rows(hubmill, method):
    text = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    (hubmill.cwd / "in.jsonl").write_text(json.dumps({"id": 7, "text": text}) + "\n")
    (hubmill.cwd / "in.jsonl").write_bytes((hubmill.cwd / "in.jsonl").read_bytes() * 1_000_000)
    done = hubmill("dedup", "in.jsonl", "--out", "out.jsonl", "--json", *method)
    written = {"overlap": 1_000_000}.get(method[1], 1)
    assert dataset(done)["rows_written"] == (0 if method[-1] == "none" else written)


def one_shingle(path, count):
    """Rows that share one shingle of five words and differ in another: at one minimum a band half of all rows meet in each band."""
    with path.open("w") as lines:
        for i in range(count):
            lines.write(f'{{"id":{i},"text":"we all say this u{i}"}}\n')


@pytest.mark.parametrize("count", [50_000, pytest.param(1_000_000, marks=slow)])
@pytest.mark.parametrize("verify", [False, True])
@pytest.mark.timeout(1600)  # Each of a million rows is compared with 512.
def test_rows_that_all_share_one_band(hubmill, count, verify):
    one_shingle(hubmill.cwd / "in.jsonl", count)
    command = ["dedup", "in.jsonl", "--out", "out.jsonl", "--json", "--method", "near", "--ngram", 4, "--bands", 8, "--rows", 1]
    done = hubmill(*command, *(["--verify", "--threshold", 0.9] if verify else []), timeout=1500)
    counts = dataset(done)["stages"][-1]["counts"]
    assert counts["largest_cluster"] > count * .9
    if verify:  # None is like another, but for a few of 10^12 pairs whose words have one 32-bit hash; all are counted.
        assert dataset(done)["rows_written"] >= count - 300 and counts["cluster_too_large"] > count * .9 - 512
    else:
        assert dataset(done)["rows_written"] < count * .1


def peak_mib(hubmill, *arguments):
    """Runs hubmill and returns its peak memory."""
    script = ("import resource, subprocess, sys\nsubprocess.run(sys.argv[1:], check=True)\n"
              "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)")
    from conftest import BINARY
    done = subprocess.run([sys.executable, "-c", script, BINARY, *map(str, arguments)], cwd=hubmill.cwd, env=hubmill.environment(),
                          capture_output=True, text=True, timeout=1500, check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout.split()[-1])


@pytest.mark.timeout(1600)
@pytest.mark.parametrize("mib", [66, pytest.param(500, marks=slow)])
def test_a_document_of_many_megabytes(hubmill, method, mib):
    """docs/dedup.md: at most 14 bytes of memory for each of the longest line and thread."""
    with (hubmill.cwd / "in.jsonl").open("w") as lines:
        for number in (0, 1):
            lines.write(f'{{"id":{number},"text":"start')
            for part in range(mib):
                words = " ".join(f"w{part * 7919 + i * 31:x}" for i in range(2000))
                lines.write((words + "\\n\\n") * ((1 << 20) // (len(words) + 4)))
            lines.write('"}\n')
        lines.write('{"id":2,"text":"short"}\n')
    said = hubmill("dedup", "in.jsonl", "--out", "out.jsonl", *method, status=3).stderr.decode()
    assert "row=1" in said and "max_mb=64" in said and "--max-line-bytes" in said
    hubmill("dedup", "in.jsonl", "--out", "out.jsonl", "--skip-bad-rows", *method)
    assert kept(hubmill.cwd / "out.jsonl") == [2]
    peak = peak_mib(hubmill, "dedup", "in.jsonl", "--out", "out.jsonl", "--threads", 1, "--quiet", "--max-line-bytes", "1GiB", *method)
    assert kept(hubmill.cwd / "out.jsonl") == ([0, 1, 2] if method[1] == "overlap" else [2] if method[-1] == "none" else [0, 2])
    print(method, mib, peak)
    assert peak < 14 * mib + 200


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "spill"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder], capture_output=True, check=False).returncode != 0:
        pytest.skip("needs the right to mount a tmpfs (root)")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_spill_disk(hubmill, small_disk, monkeypatch):
    with (hubmill.cwd / "in.jsonl").open("w") as lines:
        for i in range(20_000):
            lines.write(f'{{"id":{i},"text":"{" ".join(f"w{i * 7 + j}" for j in range(12))}"}}\n')
    command = ["dedup", "in.jsonl", "--out", "out.jsonl", "--method", "near", "--memory", "64KiB"]
    monkeypatch.setenv("TMPDIR", str(small_disk))
    said = hubmill(*command, "--clusters", "c.parquet", status=1).stderr.decode()
    assert "No space left on device" in said and "remedy" in said and str(small_disk) in said, said
    assert sorted(os.listdir(hubmill.cwd)) == ["in.jsonl", "spill"] and os.listdir(small_disk) == []
    monkeypatch.setenv("TMPDIR", str(pathlib.Path(hubmill.cwd)))
    hubmill(*command)
    assert len(kept(hubmill.cwd / "out.jsonl")) > 10_000
