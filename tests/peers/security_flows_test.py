"""hubmill security build-iot23 and build-ood: the original's files bit for bit, real data, and bad input."""
import hashlib
import json
import pathlib
import random
import subprocess
import sys

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from conftest import BINARY, ROOT, SHARED, visible, write_jsonl
from hub_source_test import place  # noqa: F401

GOLDEN = ROOT / "tests/golden/security/build_e1"
SAMPLES = ROOT / "samples/security/flows"
PEER = ROOT / "bench/peers/peer_security_flows.py"
REAL = SHARED / "data"
ZEEK = SAMPLES / "conn.log.labeled"
SETS = ["--input", f"cic={SAMPLES / 'cic-ids-2017.csv'}", "--input", f"unsw={SAMPLES / 'unsw-nb15.csv'}"]


def real(name: str) -> pathlib.Path:
    path = REAL / name
    if not path.exists():
        pytest.skip(f"real data is not here: {name}")
    return path


def read_rows(path: pathlib.Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def error(done) -> str:
    return done.stderr.decode()


def iot(hubmill, *options, status=0):
    return hubmill("security", "build-iot23", "--outdir", "o", *options, status=status)


def ood(hubmill, *options, status=0):
    return hubmill("security", "build-ood", "--outdir", "o", *options, status=status)


# --compat ---------------------------------------------------------------------------------------

@pytest.mark.parametrize("mode", [["--limit", "40"], ["--mode", "test"]])
def test_iot23_as_the_original(hubmill, mode):
    iot(hubmill, "--compat", *mode, "--input", GOLDEN / "iot23.input.jsonl")
    assert len(visible(hubmill.cwd / "o")) == 2
    for name in visible(hubmill.cwd / "o"):
        assert (hubmill.cwd / "o" / name).read_bytes() == (GOLDEN / name).read_bytes(), name


@pytest.mark.parametrize("mode", [["--n", "12"], ["--mode", "test"]])
def test_ood_as_the_original(hubmill, mode):
    ood(hubmill, "--compat", *mode, "--input", f"cic={GOLDEN / 'cic.input.jsonl'}",
        "--input", f"unsw={GOLDEN / 'unsw.input.jsonl'}")
    assert len(visible(hubmill.cwd / "o")) == 3
    for name in visible(hubmill.cwd / "o"):
        assert (hubmill.cwd / "o" / name).read_bytes() == (GOLDEN / name).read_bytes(), name


def peer(folder, *arguments) -> list[str]:
    done = subprocess.run([sys.executable, str(PEER), *map(str, arguments)], capture_output=True, text=True, check=True,
                          env={"HF_HOME": str(folder), "HF_DATASETS_OFFLINE": "1", "PATH": ""})
    return done.stdout.splitlines()


@pytest.mark.parametrize(("files", "count"), [(1, 300), (4, 300), (13, 250)])
def test_many_rows_and_shards_as_the_library(hubmill, tmp_path, files, count):
    """More rows than the shuffle buffer; several files are shards, of which up to ten are read in turns."""
    draw = random.Random(files)
    names = []
    for number in range(files):
        rows = [{"Src Port": draw.randrange(65536), "Dst Port": draw.choice([0, 53, 80]), "Protocol": draw.choice([6, 17]),
                 "Flow Duration": draw.randrange(10**8), "Flow Bytes/s": draw.random() * 1e6,
                 "Label": draw.choices(["BENIGN", "DDoS"], [4, 1])[0]} for _ in range(5000 // files + 7 * number)]
        names.append(str(write_jsonl(tmp_path / f"cic-{number:02}.jsonl", rows)))
    unsw = write_jsonl(tmp_path / "unsw.jsonl", [
        {"dur": draw.random(), "proto": draw.choice(["tcp", "udp"]), "service": "-", "state": "FIN",
         "sbytes": draw.randrange(4000), "dbytes": draw.randrange(3), "attack_cat": draw.choice(["Normal", "DoS"]),
         "label": 1} for _ in range(2500)])
    expected = peer(tmp_path / "hf", "ood", ",".join(names), unsw, count)
    ood(hubmill, "--compat", "--n", str(count), "--input", f"cic={tmp_path}/cic-*.jsonl", "--input", f"unsw={unsw}")
    made = ((hubmill.cwd / "o/cic-ids-2017-ood-v1.jsonl").read_text()
            + (hubmill.cwd / "o/unsw-nb15-ood-v1.jsonl").read_text()).splitlines()
    assert made == expected


def test_the_first_rows_without_an_attack(hubmill, tmp_path):
    rows = [{"Src Port": n, "Dst Port": 80, "Protocol": 6, "Flow Duration": n, "Flow Bytes/s": 1.5,
             "Label": "BENIGN" if n < 1900 else "DDoS"} for n in range(2000)]
    cic = write_jsonl(tmp_path / "cic.jsonl", rows)
    expected = peer(tmp_path / "hf", "ood", cic, GOLDEN / "unsw.input.jsonl", 6)
    ood(hubmill, "--compat", "--n", "6", "--input", f"cic={cic}", "--input", f"unsw={GOLDEN / 'unsw.input.jsonl'}")
    made = [line for name in ("cic-ids-2017", "unsw-nb15")
            for line in (hubmill.cwd / f"o/{name}-ood-v1.jsonl").read_text().splitlines()]
    assert made == expected


# Default mode -----------------------------------------------------------------------------------

def check_set(rows: list[dict], source: str, count: int, splits: dict):
    assert len(rows) == count
    assert all(list(row) == ["question", "answer", "meta"] for row in rows)
    assert all(list(row["meta"]) == ["source", "scenario", "attack_family", "hash", "split"] for row in rows)
    assert len({row["question"] for row in rows}) == len({row["meta"]["hash"] for row in rows}) == count
    assert {row["meta"]["source"] for row in rows} == {source}
    for split, size in splits.items():
        answers = [row["answer"] for row in rows if row["meta"]["split"] == split]
        assert len(answers) == size and answers.count("Malicious") == size // 2, split
    assert all(row["question"].endswith("]. Decide: Malicious or Benign (you may Abstain if unsure).") for row in rows)
    assert all((row["meta"]["attack_family"] == "NA") for row in rows if row["answer"] == "Benign")


def test_fixtures_from_the_samples(hubmill):
    iot(hubmill, "--mode", "test", "--input", ZEEK)
    ood(hubmill, "--mode", "test", *SETS)
    folder = hubmill.cwd / "o"
    assert visible(folder) == {"iot23-train-dev-test-test.jsonl", "sampling-iot23-test.json", "cic-ids-2017-ood-test.jsonl",
                               "unsw-nb15-ood-test.jsonl", "sampling-e1-ood-test.json"}
    check_set(read_rows(folder / "iot23-train-dev-test-test.jsonl"), "iot23", 20, {"train": 14, "dev": 4, "test": 2})
    check_set(read_rows(folder / "cic-ids-2017-ood-test.jsonl"), "cic-ids-2017", 20, {"ood": 20})
    check_set(read_rows(folder / "unsw-nb15-ood-test.jsonl"), "unsw-nb15", 20, {"ood": 20})
    families = {row["meta"]["attack_family"] for row in read_rows(folder / "cic-ids-2017-ood-test.jsonl")}
    assert "Web Attack - Brute Force" in families

    facts = json.loads((folder / "sampling-iot23-test.json").read_text())
    assert list(facts)[:5] == ["mode", "seed", "total", "by_split", "warning"]
    assert facts["by_split"] == {"train": 14, "dev": 4, "test": 2} and facts["hf_id"] is None
    assert facts["labels_by_split"]["dev"] == {"Malicious": 2, "Benign": 2}
    assert facts["inputs"] == [{"name": "conn.log.labeled", "bytes": ZEEK.stat().st_size,
                                "sha256": hashlib.sha256(ZEEK.read_bytes()).hexdigest()}]
    data = (folder / facts["file"]["name"]).read_bytes()
    assert facts["file"] == {"name": "iot23-train-dev-test-test.jsonl", "bytes": len(data),
                             "sha256": hashlib.sha256(data).hexdigest()}
    assert facts["canary"].startswith("hubmill-canary:")
    assert facts["rows_read"] == facts["total"] + sum(facts["rejects"].values())
    facts = json.loads((folder / "sampling-e1-ood-test.json").read_text())
    assert list(facts)[:5] == ["mode", "seed", "n_requested", "deduplication", "datasets"]
    assert list(facts["datasets"]["cic-ids-2017"])[:5] == ["hf_id", "total", "labels", "attack_families", "unique_hashes"]


def test_the_samples_are_what_their_script_makes(tmp_path):
    (tmp_path / "make_flow_samples.py").write_bytes((ROOT / "samples/make_flow_samples.py").read_bytes())
    subprocess.run([sys.executable, str(tmp_path / "make_flow_samples.py")], check=True)
    for file in SAMPLES.iterdir():
        assert (tmp_path / "security/flows" / file.name).read_bytes() == file.read_bytes()


def test_threads_change_nothing_and_the_seed_does(hubmill):
    sets = []
    for number, options in enumerate((["--threads", "1"], ["--threads", "8"], ["--seed", "7"])):
        hubmill("security", "build-ood", "--n", "30", *SETS, "--outdir", f"o{number}", *options)
        sets.append([(hubmill.cwd / f"o{number}" / name).read_bytes()
                     for name in ("cic-ids-2017-ood-v1.jsonl", "unsw-nb15-ood-v1.jsonl")])
    assert sets[0] == sets[1] != sets[2]


def test_every_format_gives_the_same_set(hubmill, tmp_path):
    table = pyarrow.csv.read_csv(SAMPLES / "unsw-nb15.csv")
    pq.write_table(table, tmp_path / "u.parquet")
    write_jsonl(tmp_path / "u.jsonl", table.to_pylist())
    made = []
    for path in (SAMPLES / "unsw-nb15.csv", tmp_path / "u.parquet", tmp_path / "u.jsonl"):
        ood(hubmill, "--n", "40", SETS[0], SETS[1], "--input", f"unsw={path}")
        made.append((hubmill.cwd / "o/unsw-nb15-ood-v1.jsonl").read_bytes())
    assert made[0] == made[1] == made[2]


def test_limit_of_the_environment(hubmill, monkeypatch):
    monkeypatch.setenv("LIMIT", "24")
    monkeypatch.setenv("N", "14")
    iot(hubmill, "--input", ZEEK)
    ood(hubmill, *SETS)
    assert len(read_rows(hubmill.cwd / "o/iot23-train-dev-test-v1.jsonl")) == 24
    assert len(read_rows(hubmill.cwd / "o/unsw-nb15-ood-v1.jsonl")) == 14
    iot(hubmill, "--input", ZEEK, "--limit", "10")
    assert len(read_rows(hubmill.cwd / "o/iot23-train-dev-test-v1.jsonl")) == 10
    for wrong in ("many", "-5", "1", "3.5", "99999999999999999999"):
        monkeypatch.setenv("LIMIT", wrong)
        assert "LIMIT is no number of rows" in error(iot(hubmill, "--input", ZEEK, status=2))
    assert "--n is no number of rows" in error(ood(hubmill, *SETS, "--n", "x", status=2))


def test_dry_run_and_json(hubmill):
    done = iot(hubmill, "--input", ZEEK, "--dry-run")
    assert b"output: none, a dry run" in done.stdout and not (hubmill.cwd / "o").exists()
    facts = json.loads(iot(hubmill, "--limit", "20", "--input", ZEEK, "--json").stdout)
    assert facts["sets"][0]["rows"] == 20 and facts["sets"][0]["splits"] == {"train": 14, "dev": 4, "test": 2}
    assert facts["sampling_file"] == "o/sampling-iot23-v1.json"


def test_other_files_stay_and_a_refusal_writes_nothing(hubmill):
    folder = hubmill.cwd / "o"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")
    iot(hubmill, "--limit", "20", "--input", ZEEK)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    (hubmill.cwd / "bad.csv").write_text("dur,proto\n1,tcp\n")
    ood(hubmill, SETS[0], SETS[1], "--n", "10", "--input", "unsw=bad.csv", status=3)
    iot(hubmill, "--limit", "4000", "--input", ZEEK, status=3)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


# Real data --------------------------------------------------------------------------------------

def test_real_zeek_log(hubmill):
    iot(hubmill, "--limit", "1500", "--input", real("02_iot23/conn.log.labeled"))
    rows = read_rows(hubmill.cwd / "o/iot23-train-dev-test-v1.jsonl")
    check_set(rows, "iot23", 1500, {"train": 1050, "dev": 226, "test": 224})
    assert {row["meta"]["attack_family"] for row in rows} >= {"C&C", "DDoS", "PartOfAHorizontalPortScan", "NA"}
    facts = json.loads((hubmill.cwd / "o/sampling-iot23-v1.json").read_text())
    assert facts["rows_read"] == 23_145


def test_real_sets_out_of_distribution(hubmill):
    cic = real("03_cicids2017/CICIDS2017_sample_7class_6312.csv").parent
    unsw = real("01_unsw_nb15/UNSW_NB15_training-set.csv.zst")
    ood(hubmill, "--n", "14", "--input", f"cic={cic}/r-dube_th1.csv", "--input", f"unsw={unsw}", "--allow-fewer")
    facts = json.loads((hubmill.cwd / "o/sampling-e1-ood-v1.json").read_text())["datasets"]
    assert facts["unsw-nb15"]["rows_read"] == 82_332 and facts["cic-ids-2017"]["rows_read"] == 1_006
    assert set(facts["cic-ids-2017"]["attack_families"]) == {"NA", "Web Attack - Brute Force",
                                                             "Web Attack - Sql Injection", "Web Attack - XSS"}
    ood(hubmill, "--n", "600", "--input", f"cic={cic}/r-dube_*.csv", "--input", f"unsw={unsw}", "--allow-fewer")
    check_set(read_rows(hubmill.cwd / "o/unsw-nb15-ood-v1.jsonl"), "unsw-nb15", 600, {"ood": 600})
    facts = json.loads((hubmill.cwd / "o/sampling-e1-ood-v1.json").read_text())["datasets"]
    assert facts["unsw-nb15"]["rejects"]["flow_contradictions.contradicting_labels"] == 2_965
    refused = error(ood(hubmill, "--input", f"cic={cic}/CICIDS2017_sample_7class_6312.csv", "--input", f"unsw={unsw}",
                        status=3))
    assert 'missing="Destination Port"' in refused and '"Flow Duration"' in refused


def test_real_sets_as_the_library_draws_them(hubmill, tmp_path):
    unsw = real("01_unsw_nb15/UNSW_NB15_training-set.csv.zst")
    text = subprocess.run(["zstd", "-dc", str(unsw)], capture_output=True, check=True).stdout
    (tmp_path / "unsw.csv").write_bytes(text)
    expected = peer(tmp_path / "hf", "ood", GOLDEN / "cic.input.jsonl", tmp_path / "unsw.csv", 600)
    ood(hubmill, "--compat", "--input", f"cic={GOLDEN / 'cic.input.jsonl'}", "--input", f"unsw={tmp_path}/unsw.csv")
    assert (hubmill.cwd / "o/unsw-nb15-ood-v1.jsonl").read_text().splitlines() == expected[-600:]


# The Hub ----------------------------------------------------------------------------------------

def test_hub_source_is_pinned_and_recorded(place):  # noqa: F811
    folder = place.root / "data"
    folder.mkdir()
    table = pyarrow.csv.read_csv(SAMPLES / "unsw-nb15.csv")
    pq.write_table(table, folder / "train-00000-of-00001.parquet")
    commit = place.upload(folder, repo="alice/unsw")
    place("security", "build-ood", "--n", "20", "--hf-id", "unsw=alice/unsw", SETS[0], SETS[1], "--outdir", "o")
    facts = json.loads((place.root / "o/sampling-e1-ood-v1.json").read_text())["datasets"]
    assert facts["unsw-nb15"]["hf_id"] == "alice/unsw" and facts["unsw-nb15"]["revision"] == commit
    assert facts["cic-ids-2017"]["hf_id"] is None and facts["cic-ids-2017"]["revision"] is None
    hub = (place.root / "o/unsw-nb15-ood-v1.jsonl").read_bytes()
    place("security", "build-ood", "--n", "20", *SETS, "--outdir", "o")
    assert (place.root / "o/unsw-nb15-ood-v1.jsonl").read_bytes() == hub
    place("security", "build-iot23", "--hf-id", "alice/none", "--outdir", "p", status=4)
    assert not (place.root / "p").exists()


# Bad input --------------------------------------------------------------------------------------

def unsw_text(change=lambda text: text) -> str:
    return change((SAMPLES / "unsw-nb15.csv").read_text(encoding="utf-8-sig"))


def refused_unsw(hubmill, text: str, *options, status=3) -> str:
    (hubmill.cwd / "u.csv").write_text(text)
    message = error(ood(hubmill, SETS[0], SETS[1], "--n", "20", "--input", "unsw=u.csv", *options, status=status))
    assert status == 0 or not (hubmill.cwd / "o").exists()
    return message


def test_a_column_missing_or_renamed(hubmill):
    message = refused_unsw(hubmill, unsw_text(lambda text: text.replace("sbytes", "source_bytes")))
    assert 'missing="sbytes"' in message and '"source_bytes"' in message and "source=unsw-nb15" in message
    assert "file=u.csv" in message


@pytest.mark.parametrize(("old", "new", "said"), [
    ("dbytes", "bytes_back", 'missing="dbytes"'), ("service", "app", 'missing="service"'),
    (",label", ",Label,label", 'of_one_meaning="Label" "label"'),
    (",attack_cat", ",attack_cat,attack_cat", 'of_one_meaning="attack_cat" "attack_cat.1"')])
def test_columns_of_unsw(hubmill, old, new, said):
    text = unsw_text()
    head, _, rest = text.partition("\n")
    if new.count(",") > old.count(","):
        rest = "\n".join(line + ",0" for line in rest.splitlines()) + "\n"
    message = refused_unsw(hubmill, head.replace(old, new) + "\n" + rest)
    assert said in message and "file=u.csv" in message and "; remedy: " in message


@pytest.mark.parametrize(("old", "new", "said"), [
    (" Total Length of Bwd Packets", "Backward", 'missing="Total Length of Bwd Packets"'),
    ("Total Length of Fwd Packets, Total Length of Bwd Packets", "A,B", 'missing="Total Length of Fwd Packets"'),
    (" Destination Port", " Source Port, Destination Port", 'missing="Protocol" (published with "Source Port")'),
    (" SYN Flag Count", "SYN", 'missing="SYN Flag Count"'), (" Label", " Label, Label", 'of_one_meaning="Label" "Label.1"')])
def test_columns_of_cic(hubmill, old, new, said):
    head, _, rest = (SAMPLES / "cic-ids-2017.csv").read_text().partition("\n")
    if new.count(",") > old.count(","):
        rest = "\n".join("1," + line for line in rest.splitlines()) + "\n"
    (hubmill.cwd / "c.csv").write_text(head.replace(old, new) + "\n" + rest)
    message = error(ood(hubmill, "--n", "20", "--input", "cic=c.csv", *SETS[2:], status=3))
    assert said in message and "file=c.csv" in message and not (hubmill.cwd / "o").exists()


def test_cic_as_it_is_published(hubmill):
    """A Windows-1252 dash in the labels, CRLF, and records of commas alone, as the file of Thursday morning has them."""
    head, _, rest = (SAMPLES / "cic-ids-2017.csv").read_text().partition("\n")
    lines = [line.replace("DoS Hulk", "Web Attack \u2013 XSS").replace("\ufffd", "\u2013") for line in rest.splitlines()]
    blank = "," * head.count(",")
    text = "\r\n".join([head, *lines, *[blank] * 3, lines[0], *[blank] * 4]) + "\r\n"
    assert "\u2013 XSS" in text
    made = []
    for encoding in ("cp1252", "utf-8"):
        (hubmill.cwd / "c.csv").write_bytes(text.encode(encoding))
        ood(hubmill, "--n", "60", "--allow-fewer", "--input", "cic=c.csv", *SETS[2:])
        facts = json.loads((hubmill.cwd / "o/sampling-e1-ood-v1.json").read_text())["datasets"]["cic-ids-2017"]
        assert facts["attack_families"]["Web Attack - XSS"] > 0 and facts["rejects"]["flow_prompt.blank_row"] == 7
        assert facts["labels_unknown"] == {} and facts["rows_read"] == len(lines) + 8
        made.append((hubmill.cwd / "o/cic-ids-2017-ood-v1.jsonl").read_bytes())
    assert made[0] == made[1]
    missing = text.replace(blank, blank[1:].replace(",", "1,", 1) + ",", 1)  # A value, but no label.
    (hubmill.cwd / "c.csv").write_text(missing)
    assert "labels are missing" in error(ood(hubmill, "--n", "20", "--input", "cic=c.csv", *SETS[2:], status=3))


def test_columns_of_iot23(hubmill):
    """A Zeek log has a detailed label; the Hub's copies have none."""
    (hubmill.cwd / "z.log").write_text(ZEEK.read_text().replace("label   detailed-label", "label   detail"))
    message = error(iot(hubmill, "--limit", "20", "--input", "z.log", status=3))
    assert 'missing="detailed-label" (published with "tunnel_parents")' in message and "file=z.log" in message
    rows = [{"id.orig_p": n, "id.resp_p": 23, "proto": "tcp", "service": "-", "duration": 0.5, "orig_bytes": n, "resp_bytes": 0,
             "conn_state": "S0", "history": "S", "label": "Malicious" if n % 2 else "Benign"} for n in range(40)]
    write_jsonl(hubmill.cwd / "hub.jsonl", rows)
    iot(hubmill, "--limit", "20", "--input", "hub.jsonl")


def test_labels_no_table_knows(hubmill):
    text = unsw_text(lambda text: text.replace("Worms", "Wormz").replace("DoS", ""))
    message = refused_unsw(hubmill, text)
    wormz = text.count("Wormz")
    assert f'label="1 / Wormz" rows={wormz}' in message and "--unknown-labels drop" in message
    refused_unsw(hubmill, text, "--unknown-labels", "drop", status=0)
    facts = json.loads((hubmill.cwd / "o/sampling-e1-ood-v1.json").read_text())["datasets"]["unsw-nb15"]
    assert facts["rejects"]["flow_labels.unknown_label"] == wormz and facts["labels_unknown"] == {"1 / Wormz": wormz}
    assert "NA" in facts["attack_families"]  # A label of 1 without a family is malicious.


def test_contradicting_answers_all_drop_out(hubmill):
    """By the question, whatever else of the flows differs; of equal ones the order does not matter."""
    rows = [f"{n},0.5,tcp,{service},FIN,2,0,{size},0,{'DoS' if label else 'Normal'},{label}"
            for n, (service, size, label) in enumerate([("-", 990001, 0), ("http", 990001, 1), ("-", 990001, 0),
                                                        ("-", 990002, 1), ("-", 990002, 0), ("-", 990003, 1),
                                                        ("-", 990003, 1), ("-", 990004, 0)])]
    text = unsw_text() + "\n".join(rows) + "\n"
    made = []
    for threads in ("1", "8"):
        refused_unsw(hubmill, text, "--threads", threads, status=0)
        facts = json.loads((hubmill.cwd / "o/sampling-e1-ood-v1.json").read_text())["datasets"]["unsw-nb15"]
        assert facts["rejects"]["flow_contradictions.contradicting_labels"] == 5
        assert facts["rows_read"] == facts["total"] + sum(facts["rejects"].values())
        made.append((hubmill.cwd / "o/unsw-nb15-ood-v1.jsonl").read_text())
        assert "bytes 990001" not in made[-1] and "bytes 990002" not in made[-1]
    assert made[0] == made[1]


def test_many_unknown_labels_are_bounded(hubmill):
    head = unsw_text().splitlines()[0]
    rows = [f"{n},0.5,tcp,-,FIN,2,0,{n},0,Kind{n:03}\x07{'x' * 99},1" for n in range(300)]
    message = refused_unsw(hubmill, "\n".join([head, *rows]) + "\n")
    assert message.count("label=") == 50 and "more labels than 50: rows=250" in message
    assert "x" * 70 not in message and "\x07" not in message


def test_a_class_missing_or_too_few_rows(hubmill):
    benign = unsw_text(lambda text: "\n".join(line for line in text.splitlines() if not line.endswith(",1")) + "\n")
    message = refused_unsw(hubmill, benign)
    assert "a class has no row: class=Malicious rows_of_the_other=60" in message
    few = unsw_text(lambda text: "\n".join(text.splitlines()[:8]) + "\n")
    assert "Benign=4 of 10 Malicious=3 of 10" in refused_unsw(hubmill, few)
    message = refused_unsw(hubmill, few, "--allow-fewer", status=0)
    assert "note: fewer rows than asked for: source=unsw-nb15 rows=6 asked=20" in message


def test_empty_inputs(hubmill):
    assert "the input is empty" in refused_unsw(hubmill, "")
    assert "no flow is left to draw from" in refused_unsw(hubmill, unsw_text().splitlines()[0] + "\n")
    (hubmill.cwd / "e.log").write_text("")
    assert "no #fields line" in error(iot(hubmill, "--input", "e.log", status=3))


def test_a_set_without_a_row_is_refused_with_the_reasons(hubmill):
    """Where every row was dropped, and where the original's way draws none."""
    head, *rows = unsw_text().splitlines()
    odd = [row.rsplit(",", 2)[0] + ",Gremlins,1" for row in rows[:7]] + ["," * head.count(",")] * 3 + ["1,2"]
    message = refused_unsw(hubmill, "\n".join([head, *odd]) + "\n", "--unknown-labels", "drop", "--skip-bad-rows")
    assert "no flow is left to draw from" in message
    for reason in ("source.wrong_field_count=1", "flow_prompt.blank_row=3", "flow_labels.unknown_label=7"):
        assert reason in message
    one = unsw_text(lambda text: "\n".join([line for line in text.splitlines() if not line.endswith(",0")]) + "\n")
    message = refused_unsw(hubmill, one)
    assert "a class has no row: class=Benign" in message
    write_jsonl(hubmill.cwd / "c.jsonl", [{"Src Port": n, "Dst Port": 80, "Protocol": 6, "Flow Duration": n,
                                           "Flow Bytes/s": 1.5, "Label": "DDoS"} for n in range(30)])
    message = error(ood(hubmill, "--compat", "--n", "1", "--input", "cic=c.jsonl", *SETS[2:], status=3))
    assert "cic-ids-2017: no row is left: rows_read=30 left_out: flow_sample_compat.not_drawn=30; remedy: " in message
    assert not (hubmill.cwd / "o").exists()


def test_a_log_that_was_cut(hubmill):
    (hubmill.cwd / "cut.log.labeled").write_text(ZEEK.read_text()[:-300])
    message = error(iot(hubmill, "--limit", "20", "--input", "cut.log.labeled", status=3))
    assert "wrong number of fields" in message and "get the log whole" in message
    iot(hubmill, "--limit", "20", "--input", "cut.log.labeled", "--skip-bad-rows")
    facts = json.loads((hubmill.cwd / "o/sampling-iot23-v1.json").read_text())
    assert facts["rejects"]["source.wrong_field_count"] == 1


def test_no_value_is_no_zero(hubmill):
    lines = ZEEK.read_text().splitlines()
    head = [line for line in lines if line.startswith("#")][:-1]
    row = [line for line in lines if not line.startswith("#")][0].split("\t")
    for place_, value in ((3, "0"), (8, "-"), (9, "-"), (10, "(empty)")):
        row[place_] = value
    rows = ["\t".join([*row[:5], str(port), *row[6:-1], label])
            for port, label in ((1, "-   Benign   -"), (2, "(empty)   Malicious   DDoS"))]
    (hubmill.cwd / "z.log").write_text("\n".join(head + rows))
    iot(hubmill, "--limit", "2", "--input", "z.log")
    questions = sorted(row["question"] for row in read_rows(hubmill.cwd / "o/iot23-train-dev-test-v1.jsonl"))
    assert "0→1, duration ?, bytes ?," in questions[0] and "0→2, duration ?, bytes ?," in questions[1]


def test_wrong_usage(hubmill):
    assert "--input needs cic=VALUE" in error(ood(hubmill, "--input", "x.csv", status=2))
    assert "given twice for one set" in error(ood(hubmill, "--input", "cic=a", "--input", "cic=b", status=2))
    assert "error" in error(iot(hubmill, "--input", "none.csv", status=2))
    assert "--mode" in error(iot(hubmill, "--mode", "half", status=2))
    (hubmill.cwd / "x.bin").write_text("x")
    message = error(iot(hubmill, "--input", "x.bin", status=2))
    assert "format is not known by its extension" in message
    assert "remedy: give it the extension of its format: .parquet, .jsonl" in message and "--from" not in message
