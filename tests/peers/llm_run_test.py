"""From raw records to published pools: llm run, and --push of llm normalize and llm pools."""
import json
import shutil
import subprocess
import sys

import pyarrow.parquet as pq
import pytest
from conftest import ROOT, SHARED, tree_bytes
from publish_test import work  # noqa: F401  (a fixture)

SETS = ROOT / "samples/llm/sets"
IDS = ["nvidia/Nemotron-Agentic-v1", "nvidia/Nemotron-Instruction-Following-Chat-v1",
       "nvidia/Nemotron-Math-Proofs-v1", "nvidia/Nemotron-Math-v2", "nvidia/Nemotron-Science-v1",
       "radna0/nemotron-math-v2-harmony-tools"]
HARD = {"invalid_harmony", "empty_completion", "invalid_tool_schema", "duplicate"}


def rows_below(folder):
    return [row for file in sorted(folder.rglob("*.parquet")) if ".hubmill" not in str(file)
            for row in pq.read_table(file, partitioning=None).to_pylist()]


def chat(uuid, user="Say something.", answer="Here is something to say.", **more):
    return {"uuid": uuid, "messages": [{"role": "user", "content": user},
                                       {"role": "assistant", "content": answer}], **more}


def write_set(folder, *records, split="train"):
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / f"data/{split}.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records))
    return folder


def check_accounts(report, out):
    """Counts add up, and are those of the files."""
    for row in report["sets"]:
        assert row["read"] == row["written"] + sum(row["dropped"].values())
        assert row["written"] == len(rows_below(out.parent / row["folder"]))


# --push of the single steps.

def test_pools_are_published_in_one_commit_and_load(work):
    work("llm", "normalize", "--dataset", IDS[3], "--input", SETS / IDS[3], "--out_dir", "n",
         "--hf_layout")
    report = work.facts("llm", "pools", "--in_dir", "n", "--out_dir", "pools", "--push", "--repo",
                        "pools", "--tag", "v1")
    published = report["publish"]
    assert published["repo"] == "alice/pools" and published["created"] and published["private"]
    loaded = work.load(work.cwd / "pools", "alice/pools", revision="v1")
    facts = json.loads((work.cwd / "pools/pools_manifest.json").read_text())
    assert {name: config["rows"]["train"] for name, config in loaded.items()} == {
        name: pool["rows"] for name, pool in facts["pools"].items() if pool["rows"]}
    tree = work.tree(repo="pools")
    assert "tool_use/train-00000-of-00001.parquet" in tree  # CANDIDATE_SUBDIR=tool_use
    card = (work.cwd / "pools/README.md").read_text()
    assert card.startswith("---\nlicense:\n- cc-by-4.0\n")
    work("hub", "download", "pools", "--local-dir", "back")
    assert (work.cwd / "back/README.md").read_text() == card
    again = work.facts("llm", "pools", "--in_dir", "n", "--out_dir", "pools", "--push", "--repo",
                       "pools")["publish"]
    assert again["unchanged"] and again["commit"] == published["commit"]


def test_normalized_rows_are_published_and_load(work):
    report = work.facts("llm", "normalize", "--dataset", IDS[0], "--input", SETS / IDS[0],
                        "--out_dir", "n", "--hf_layout", "--push", "--repo", "rows")
    assert report["publish"]["created"]
    loaded = work.load(work.cwd / "n", "alice/rows")
    assert loaded["default"]["rows"] == {"interactive_agent": 1, "tool_calling": 3}


def test_push_finds_out_early_what_cannot_be(work):
    said = work("llm", "normalize", "--dataset", IDS[0], "--input", SETS / IDS[0], "--push",
                status=2)
    assert "remedy: --repo OWNER/NAME" in said and not (work.cwd / "cpu_out").exists()
    said = work("llm", "pools", "--in_dir", "n", "--repo", "x", status=2)
    assert "--push" in said
    said = work("llm", "pools", "--in_dir", "n", "--push", "--repo", "x", "--dry_run", status=2)
    assert "excludes" in said


# Licences.

@pytest.mark.parametrize("licenses,why", [
    (["cc-by-4.0", "CC BY-ND 4.0"], "a licence forbids to publish adaptations"),
    (["cc-by-sa-4.0", "gpl-3.0"], "two licences want the whole under their own terms"),
    (["cc-by-sa-4.0", "cc-by-nc-4.0"], "one licence forbids commercial use")])
def test_a_mix_of_licences_that_forbids_publishing_is_refused(work, licenses, why):
    write_set(work.cwd / "in/a/b", *(chat(f"u{i}", f"Question {i}", license=license)
                                     for i, license in enumerate(licenses)))
    push = ["--push", "--repo", "mixed"]
    said = work("llm", "run", "--in", "in", "--out", "out", *push, status=3)
    assert why in said and "remedy: publish the licences apart" in said
    assert why in work("publish", "out/pools", "--repo", "mixed", status=3)  # Nor later.
    said = work("llm", "normalize", "--dataset", "a/b", "--input", "in/a/b", "--out_dir", "n",
                "--hf_layout", *push, status=3)
    assert why in said and "no such repository" in work("hub", "ls", "mixed", status=4)
    report = work.facts("llm", "run", "--in", "in", "--out", "out", "--licenses", licenses[0], *push)
    assert report["publish"]["created"] and report["sets"][0]["dropped"] == {"other_license": 1}
    card = (work.cwd / "out/pools/README.md").read_text()
    assert card.startswith(f"---\nlicense:\n- {licenses[0]}\n")
    assert f"| missing_correctness_meta | {licenses[0]} | 1 |" in card


def test_licences_are_rolled_up_by_config(work):
    write_set(work.cwd / "in/a/b", chat("1", "A", license="cc-by-4.0"),
              chat("2", "B", license="CC BY 4.0"), chat("3", "C", license="my own"), chat("4", "D"))
    work("llm", "run", "--in", "in", "--out", "out")
    counts = json.loads((work.cwd / "out/pools/licenses.json").read_text())
    assert counts == {"conflict": None, "configs": dict.fromkeys(
        ["candidates_missing_correctness_meta", "missing_correctness_meta"],
        {"": 1, "CC BY 4.0": 1, "cc-by-4.0": 1, "my own": 1})}
    card = (work.cwd / "out/pools/README.md").read_text()
    assert card.startswith("---\nlicense:\n- cc-by-4.0\n- other\n- unknown\n")


# llm run

def test_all_six_shapes_in_one_command(work):
    report = work.facts("llm", "run", "--in", SETS, "--max_records", "1000", "--out", "out",
                        "--push", "--repo", "pools")
    assert [row["dataset"] for row in report["sets"]] == IDS
    assert sum(row["seconds"] for row in report["sets"]) < 20
    check_accounts(report, work.cwd / "out")
    reasons = {reason for row in report["sets"] for reason in row["dropped"]}
    assert HARD <= reasons
    loaded = work.load(work.cwd / "out/pools", "alice/pools")
    assert {name: config["rows"]["train"] for name, config in loaded.items()} == {
        name: rows for name, rows in report["pools"].items() if rows}
    rows = rows_below(work.cwd / "out/normalized")
    assert {row["dataset"] for row in rows} == set(IDS)
    assert all(row["quality_valid_harmony"] and row["quality_completion_nonempty"]
               and row["quality_valid_tool_schema"] for row in rows)
    found = json.loads(work("trace", "out/pools", rows[0]["id"]))
    assert found["source"]["dataset"] == rows[0]["dataset"] and len(found["lineage"]) == 2
    assert found["source"]["file"] == "data/interactive_agent.jsonl"


def test_what_is_published_does_not_tell_where_it_was_made(work):
    out = work.cwd / "out"
    work("llm", "run", "--in", SETS, "--out", out, "--push", "--repo", "pools")
    work("hub", "download", "pools", "--local-dir", "back")
    for file in (work.cwd / "back").rglob("*"):
        if file.suffix in (".json", ".md"):
            assert str(work.cwd) not in file.read_text() and str(ROOT) not in file.read_text()
    rows = rows_below(work.cwd / "back/tool_use")
    assert {row["source_file"] for row in rows} <= {"data/tool_calling.jsonl", "data/low.jsonl",
                                                    "data/low-00000-of-00002.parquet",
                                                    "data/low-00001-of-00002.parquet",
                                                    "data/high_part00-00000-of-00001.parquet"}
    inputs = json.loads((out / "pools/manifest.json").read_text())["datasets"][0]["inputs"]
    assert all(file["name"].startswith("normalized/") for file in inputs)


def test_the_table_adds_up(work):
    lines = work("llm", "run", "--in", SETS, "--out", "out").split("\n\n")[0].splitlines()
    table = [line.replace("data set", "set").split() for line in lines]
    assert table[0][:6] == ["set", "read", "invalid_harmony", "empty_completion",
                            "invalid_tool_schema", "duplicate"]
    numbers = [[int(cell.replace(",", "")) for cell in row[1:len(table[0]) - 1]]
               for row in table[1:]]
    assert [row[0] for row in table[1:]] == IDS + ["all"]
    for row in numbers:
        assert row[0] == sum(row[1:])
    assert numbers[-1] == [sum(column) for column in zip(*numbers[:-1])]


def test_keep_drops_nothing_that_could_be_rendered(work):
    report = work.facts("llm", "run", "--in", SETS, "--out", "out", "--keep")
    check_accounts(report, work.cwd / "out")
    assert not HARD & {reason for row in report["sets"] for reason in row["dropped"]}


def test_max_records_counts_each_split(work):
    report = work.facts("llm", "run", "--in", SETS, "--out", "out", "--max_records", "2", "--keep")
    check_accounts(report, work.cwd / "out")
    assert {row["dataset"]: row["read"] for row in report["sets"]}[IDS[3]] == 4
    assert {row["dataset"]: row["read"] for row in report["sets"]}[IDS[5]] == 4  # Parquet, too.


def test_only_what_changed_is_made_again(work):
    shutil.copytree(SETS, work.cwd / "in")
    run = ["llm", "run", "--in", "in", "--out", "out"]
    first = work.facts(*run)
    assert not any(row["unchanged"] for row in first["sets"]) and not first["pools_unchanged"]
    second = work.facts(*run)
    assert all(row["unchanged"] for row in second["sets"]) and second["pools_unchanged"]
    same = ["dataset", "read", "dropped", "written"]
    assert [[row[key] for key in same] for row in second["sets"]] == [
        [row[key] for key in same] for row in first["sets"]]
    write_set(work.cwd / "in" / IDS[4], chat("new"), split="MCQ")
    third = work.facts(*run)
    assert [row["dataset"] for row in third["sets"] if not row["unchanged"]] == [IDS[4]]
    work("llm", "run", "--in", "in", "--out", "fresh")
    data = [{name: bytes for name, bytes in tree_bytes(work.cwd / out / "pools").items()
             if name.endswith(".parquet")} for out in ("out", "fresh")]
    assert data[0] == data[1] and data[0]
    # Other pools of the same rows; a folder that somebody damaged.
    assert not work.facts(*run, "--correctness_hi", "0.5")["pools_unchanged"]
    (work.cwd / "out/normalized/nvidia__Nemotron-Science-v1/manifest.json").write_text("{}")
    shutil.rmtree(work.cwd / "out/normalized/nvidia__Nemotron-Science-v1")
    assert [row["dataset"] for row in work.facts(*run)["sets"] if not row["unchanged"]] == [IDS[4]]


def test_each_text_is_in_the_pools_once(work):
    """Of the first data set, in the order of the table."""
    for name in ("b", "c", "a"):
        write_set(work.cwd / "in/o" / name, chat(f"{name}-1", license="cc-by-4.0"),
                  chat(f"{name}-2", user="Only of " + name))
    for more, first in (([], "a-1"), (["--datasets", "o/b", "o/a", "o/c"], "b-1")):
        run = ["llm", "run", "--in", "in", "--out", "out", *more]
        report = work.facts(*run)
        assert [row["written"] for row in report["sets"]] == [2, 2, 2]
        assert report["repeats_of_earlier_sets"] == 2
        assert report["pools"]["missing_correctness_meta"] == 4
        ids = [row["id"] for row in rows_below(work.cwd / "out/pools/missing_correctness_meta")]
        assert ids[0] == first and sorted(ids[1:]) == ["a-2", "b-2", "c-2"]
        again = work.facts(*run)
        assert again["pools_unchanged"] and again["repeats_of_earlier_sets"] == 2
        assert "repeats of an earlier data set, in no pool: 2\n" in work(*run)
    licences = json.loads((work.cwd / "out/pools/licenses.json").read_text())["configs"]
    assert licences["missing_correctness_meta"] == {"": 3, "cc-by-4.0": 1}
    assert not work.facts(*run, "--rejects", "rejects")["pools_unchanged"]
    lines = (work.cwd / "rejects/_pools/rejects.jsonl").read_text().splitlines()
    assert [(reject["reason"], reject["data"]["id"]) for reject in map(json.loads, lines)] == [
        ("duplicate", "a-1"), ("duplicate", "c-1")]
    assert work.facts(*run, "--rejects", "rejects")["pools_unchanged"]
    report = work.facts("llm", "run", "--in", "in", "--out", "out", "--keep")
    assert report["repeats_of_earlier_sets"] == 0
    assert report["pools"]["missing_correctness_meta"] == 6


def test_a_split_that_vanished(work):
    """Its rows leave with it; a --splits that still names it passes it over."""
    folder = write_set(work.cwd / "in/a/b", chat("1"), split="low")
    write_set(folder, chat("2", user="Another question"), split="high")
    run = ["llm", "run", "--in", "in", "--out", "out"]
    assert work.facts(*run)["sets"][0]["written"] == 2
    (folder / "data/high.jsonl").unlink()
    report = work.facts(*run)
    assert not report["sets"][0]["unchanged"] and report["sets"][0]["written"] == 1
    assert [row["id"] for row in rows_below(work.cwd / "out/pools/missing_correctness_meta")] == ["1"]
    assert not (work.cwd / "out/normalized/a__b/data/high").exists()
    work("llm", "normalize", "--dataset", "a/b", "--input", folder, "--out_dir", "n", "--splits", "high",
         "low")
    assert "no such split, passed over: split=high" in work.said
    said = work("llm", "normalize", "--dataset", "a/b", "--input", folder, "--out_dir", "n2",
                "--splits", "high", status=2)
    assert "no data files" in said and not (work.cwd / "n2").exists()
    (folder / "data/low.jsonl").unlink()
    assert "data set a/b: no data files" in work(*run, status=2)
    assert len(rows_below(work.cwd / "out/normalized")) == 1  # What was made stays.


def test_pools_hold_the_sets_that_are_named_only(work):
    work("llm", "run", "--in", SETS, "--out", "out")
    report = work.facts("llm", "run", "--in", SETS, "--datasets", IDS[4], IDS[2], "--out", "out")
    assert [row["dataset"] for row in report["sets"]] == [IDS[4], IDS[2]]
    assert {row["dataset"] for row in rows_below(work.cwd / "out/pools")} == {IDS[4], IDS[2]}
    said = work("llm", "run", "--in", SETS, "--datasets", "nobody/knows", status=2)
    assert "no such data set: data_set=nobody/knows" in said and IDS[0] in said
    (work.cwd / "none").mkdir()
    assert "there is no data set" in work("llm", "run", "--in", "none", status=2)


def test_same_bytes_at_any_threads(work):
    write_set(work.cwd / "in/a/b", *(chat(f"u{i % 900}", user=f"Question {i % 700} of many?",
                                          answer="word " * (i % 300) + str(i % 800))
                                     for i in range(2000)))
    (work.cwd / "eval.jsonl").write_text('{"question": "Question 17 of many? Tell."}\n'
                                         '{"question": "Question 18 of the many?"}\n')
    made = []
    for threads in (1, 2, 8):
        work("llm", "run", "--in", "in", "--out", f"out{threads}", "--threads", threads,
             "--dedup_near", "--decontaminate", "eval.jsonl", "--rows_per_shard", 100)
        made.append({name: data for name, data in tree_bytes(work.cwd / f"out{threads}").items()
                     if name.endswith((".parquet", ".ids", "licenses.json"))})
    assert len(made[0]) > 10 and made[0] == made[1] == made[2]


def test_rejects_that_are_asked_for_later_are_made(work):
    run = ["llm", "run", "--in", SETS, "--out", "out"]
    work(*run)
    again = work.facts(*run, "--rejects", "rejects")
    assert not any(row["unchanged"] for row in again["sets"])
    for row in again["sets"]:
        lines = (work.cwd / "rejects" / row["dataset"].replace("/", "__") /
                 "rejects.jsonl").read_text().splitlines()
        assert len(lines) == sum(row["dropped"].values())
    assert all(row["unchanged"] for row in work.facts(*run, "--rejects", "rejects")["sets"])


def test_two_data_sets_of_one_folder_are_refused(work):
    write_set(work.cwd / "in/a/b__c", chat("1"))
    write_set(work.cwd / "in/a__b/c", chat("2"))
    said = work("llm", "run", "--in", "in", "--out", "out", status=2)
    assert "two data sets would have one folder: folder=a__b__c" in said
    assert not (work.cwd / "out").exists()


def test_a_failure_names_the_data_set_and_keeps_what_is_complete(work):
    write_set(work.cwd / "in/a/good", chat("1"))
    (work.cwd / "in/b/bad/data").mkdir(parents=True)
    (work.cwd / "in/b/bad/data/train.parquet").write_bytes(b"no parquet")
    assert "data set b/bad: " in work("llm", "run", "--in", "in", "--out", "out", status=3)
    write_set(work.cwd / "in/b/bad", chat("2"))
    (work.cwd / "in/b/bad/data/train.parquet").unlink()
    report = work.facts("llm", "run", "--in", "in", "--out", "out")
    assert [row["unchanged"] for row in report["sets"]] == [True, False]


def test_nothing_left_is_said(work):
    write_set(work.cwd / "in/a/b", {"uuid": "1", "messages": []})
    said = work("llm", "run", "--in", "in", "--out", "out", "--rejects", "rejects", status=3)
    assert "no row is left for the pools" in said
    assert "no_messages" in (work.cwd / "rejects/a__b/rejects.jsonl").read_text()


# Of the Hub.

def test_a_data_set_of_the_hub_is_read_at_one_commit(work):
    work("hub", "upload", "raw", SETS / IDS[3])
    commit = work("hub", "upload", "raw", ROOT / "README.md").split("commit=")[1].split()[0]
    work("llm", "normalize", "--dataset", "alice/raw", "--adapter", "math-v2", "--out_dir", "n",
         "--hf_layout")
    inputs = json.loads((work.cwd / "n/manifest.json").read_text())["datasets"][0]["inputs"]
    assert [file["name"] for file in inputs] == [
        f"hub://alice/raw@{commit}/data/{name}" for name in ("high.part_00.jsonl", "low.jsonl")]
    work("llm", "normalize", "--dataset", IDS[3], "--input", SETS / IDS[3], "--out_dir", "local",
         "--hf_layout")
    hub, local = rows_below(work.cwd / "n"), rows_below(work.cwd / "local")
    for row in hub:
        assert row["source_file"].startswith(f"hub://alice/raw@{commit}/data/")
    assert [{**row, "dataset": 0, "source_file": 0} for row in hub] == [
        {**row, "dataset": 0, "source_file": 0} for row in local]
    found = json.loads(work("trace", "n", hub[0]["id"]))
    assert commit in json.dumps(found["source"])


def test_an_evaluation_set_of_the_hub(work):
    question = "How many clips did the girl sell altogether in April and in May?"
    (work.cwd / "e").mkdir()
    (work.cwd / "e/test.jsonl").write_text(json.dumps({"ask": question}) + "\n")
    work("hub", "upload", "evals", work.cwd / "e")
    write_set(work.cwd / "in/a/b", chat("held", user="Solve: " + question), chat("clean"))
    run = ["llm", "run", "--in", "in", "--out", "out", "--decontaminate"]
    for name in ("hub://alice/evals/test.jsonl=ask", "hub://alice/evals?split=test=ask"):
        assert work.facts(*run, name)["sets"][0]["dropped"] == {"contaminated": 1}
        assert work.facts(*run, name)["sets"][0]["unchanged"]
    (work.cwd / "e/test.jsonl").write_text(json.dumps({"ask": "What else is there to be known?"}) + "\n")
    work("hub", "upload", "evals", work.cwd / "e")
    assert work.facts(*run, name)["sets"][0]["dropped"] == {}  # Another commit: made again.
    work("llm", "normalize", "--dataset", "a/b", "--input", "in/a/b", "--out_dir", "n")
    said = work("llm", "pools", "--in_dir", "n", "--out_dir", "p", "--decontaminate",
                "hub://alice/evals/test.jsonl=ask")
    assert "dropped" not in said
    said = work(*run, "hub://alice/nothing", status=4)
    assert "data set a/b: " in said


def kept_of_the_hub(work):
    return [file for file in (work.cwd / ".cache").rglob("parts/*/*/*") if file.is_file()]


def test_a_run_of_the_hub_reads_again_only_what_changed_there(work):
    for name in ("raw", "other"):
        work("hub", "upload", name, SETS / IDS[3])
    run = ["llm", "run", "--datasets", "alice/raw=math-v2", "alice/other", "--out", "out"]
    first = work.facts(*run)
    assert first["sets"][0]["read"] == 9 and first["pools"]["has_correctness_meta"] == 9
    assert not kept_of_the_hub(work)  # Each file is read once.
    work("hub", "upload", "raw", ROOT / "README.md")  # Another commit; the same files.
    assert all(row["unchanged"] for row in work.facts(*run)["sets"])
    work("hub", "upload", "other", SETS / IDS[4])
    assert [row["unchanged"] for row in work.facts(*run)["sets"]] == [True, False]
    work(*run, "--fresh", "--keep_cache")
    assert kept_of_the_hub(work)
    said = work("llm", "run", "--datasets", "alice/nothing", "--out", "out", status=4)
    assert "data set alice/nothing: " in said


def test_with_keep_cache_only_changed_files_are_fetched_again(work):
    write_set(work.cwd / "raw", chat("1"), split="low")
    write_set(work.cwd / "raw", chat("2", user="Another question"), split="high")
    work("hub", "upload", "raw", work.cwd / "raw")
    run = ["llm", "run", "--datasets", "alice/raw=chat", "--out", "out", "--keep_cache"]
    work(*run)
    first = {file: file.stat().st_ino for file in kept_of_the_hub(work)}
    assert first
    write_set(work.cwd / "raw", chat("3", user="A third question"), split="high")
    work("hub", "upload", "raw", work.cwd / "raw")
    assert not work.facts(*run)["sets"][0]["unchanged"]
    second = {file: file.stat().st_ino for file in kept_of_the_hub(work)}
    assert len(second) > len(first) and first.items() <= second.items()
    assert {row["id"] for row in rows_below(work.cwd / "out/normalized")} == {"1", "3"}


# Real data sets, where they are at hand.

REAL = {
    "openai/gsm8k": ("user: question\nassistant: answer\ndomain: math\n",
                     {"train": "gsm8k/train.jsonl.zst", "test": "gsm8k/test.jsonl.zst"}),
    "tatsu-lab/alpaca_eval": ("user: instruction\nassistant: output\ndata_source: generator\n"
                              "subset: dataset\ndomain: chat_if\n",
                              {"eval": "alpaca_eval_outputs.jsonl.zst"}),
    "goedel/statements": ("user: informal_prefix\nassistant: formal_statement\ndomain: proof\n",
                          {"putnam": "lean/Goedel-Prover__putnam.jsonl",
                           "minif2f": "lean/Goedel-Prover__minif2f.jsonl"}),
    "nvidia/Nemotron-Agentic-v1": (
        None, {"tool_calling": "nemotron_schema/nemotron-agentic-v1_tool_calling_1real.jsonl"}),
    "aldehir/gpt-oss-turns": ("text: text\ndata_source: source\ndomain: agentic\n",
                              {"turns": "../06_harmony/gpt-oss_llamacpp_raw_turns.jsonl.zst"}),
}


# Rows by config and split, as the `datasets` library loads them.
COUNT = """
import json, sys, datasets
datasets.disable_progress_bars()
print(json.dumps({config: {split: data.num_rows for split, data in
                           datasets.load_dataset(sys.argv[1], config).items()}
                  for config in datasets.get_dataset_config_names(sys.argv[1])}))
"""


@pytest.mark.skipif(not (SHARED / "data/05_chat_math_tools").is_dir(), reason="no ../shared/data")
def test_real_data_sets_end_in_a_published_set(work):
    for name, (adapter, files) in REAL.items():
        folder = work.cwd / "in" / name
        (folder / "data").mkdir(parents=True)
        if adapter:
            (folder / "adapter.yaml").write_text(f"adapter: {name.split('/')[1]}\n{adapter}")
        for split, file in files.items():
            suffix = file[file.index(".jsonl"):]
            (folder / f"data/{split}{suffix}").symlink_to(SHARED / "data/05_chat_math_tools" / file)
    report = work.facts("llm", "run", "--in", "in", "--out", "out", "--push", "--repo", "real")
    check_accounts(report, work.cwd / "out")
    by_name = {row["dataset"]: row for row in report["sets"]}
    assert by_name["openai/gsm8k"]["read"] == by_name["openai/gsm8k"]["written"] == 7473 + 1319
    turns = by_name["aldehir/gpt-oss-turns"]
    assert turns["read"] == 2939 and turns["written"] + sum(turns["dropped"].values()) == 2939
    assert turns["dropped"]["duplicate"] == 2939 - 2923
    assert by_name["tatsu-lab/alpaca_eval"]["read"] == 19318
    assert by_name["nvidia/Nemotron-Agentic-v1"]["written"] == 1
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", COUNT, "alice/real"], check=True,
                          env=work.environment(), capture_output=True, timeout=300)
    assert json.loads(done.stdout) == {name: {"train": rows}
                                       for name, rows in report["pools"].items() if rows}
    assert report["pools"]["missing_correctness_meta"] == sum(
        row["written"] for row in report["sets"])
