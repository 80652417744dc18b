"""Every entry of "When something is wrong" in docs/recipes/llm.md, triggered."""
import json
import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import ROOT
from llm_run_test import SETS, chat, rows_below, write_set
from publish_test import work  # noqa: F401  (a fixture)

PAGE = (ROOT / "docs/recipes/llm.md").read_text(encoding="utf-8").split("## When something")[1]


def test_each_entry_is_in_a_test_here():
    entries = set(re.findall(r"^\| ([`a-z\"].*?) \|", PAGE, re.MULTILINE)) - {
        "there", "what is said"}
    here = open(__file__, encoding="utf-8").read()
    assert len(entries) == 20
    for entry in entries:
        for said in re.findall(r"`(.*?)`", entry):
            assert said in here, said


# Every name in the source document: its commands, options, files, variables, data sets, columns.
NAMES = """cpu_normalize_dataset.py cpu_build_candidate_pools.py run_cpu_pipeline_all.sh
upload_folder_to_hf_dataset_repo.sh harmony_text.py parse_harmony basic_quality_flags_from_text
sha1_text_id modal/nll_scoring.py --dataset --out_dir --hf_layout --write_readme --drop_invalid_harmony
--drop_empty_completion --in_dir --max_records inventory.json metadata_coverage.md
*__tools_catalog.json candidates_missing_correctness_meta candidates_tool_use candidates_long_context
candidates_verified_correct CANDIDATE_DATASET_ID CANDIDATE_SUBDIR MODEL_NAME unsloth/gpt-oss-120b
MAX_LENGTH BATCH_SIZE MAX_RECORDS HF_TOKEN nvidia/Nemotron-Math-v2 nvidia/Nemotron-Math-Proofs-v1
nvidia/Nemotron-Science-v1 nvidia/Nemotron-Agentic-v1 nvidia/Nemotron-Instruction-Following-Chat-v1
radna0/nemotron-math-v2-harmony-tools id dataset subset split text loss_mode assistant_all
assistant_last meta_correctness meta_correctness_high meta_pass_k meta_correct_count
meta_difficulty_bin meta_domain meta_eval_json quality_* stats_* source_tools_id source_tools_count
uuid problem expected_answer messages metadata license data_source tools url user_* formal_statement
lean_header used_in capability_target reasoning nll_mean nll_sum ppl completion_token_count
percentile_within_split low medium high_part01 MCQ RQA tool_calling chat_if structured_outputs
<|end|> <|call|> <|return|> math proof science agentic""".split()


def test_the_opening_table_names_everything_of_the_document():
    page = (ROOT / "docs/recipes/llm.md").read_text(encoding="utf-8")
    table = page[page.index("| there | here |"):page.index("## Use")]
    said = " ".join(re.findall(r"`([^`]+)`", table))
    assert [name for name in NAMES if not re.search(
        rf"(?<![\w-]){re.escape(name)}(?![\w-])", said)] == []


def test_each_test_that_the_page_names_is_there():
    page = "".join((ROOT / "docs/recipes" / name).read_text(encoding="utf-8")
                   for name in ("llm.md", "llm-pools.md"))
    tests = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*_test.py"))
    named = re.findall(r"`(test_\w+)`", page)
    assert len(named) > 15 and [name for name in named if f"def {name}(" not in tests] == []


def normalize(work, *options, records=None, status=0):  # noqa: F811
    if records is not None:
        write_set(work.cwd / "in", *records)
    return work("llm", "normalize", "--input", "in", "--dataset", "a/b", "--out_dir", "n", *options,
                status=status)


def counts(work):  # noqa: F811
    stages = json.loads((work.cwd / "n/manifest.json").read_text())["datasets"][0]["stages"]
    return {name: count for stage in stages for name, count in stage.get("counts", {}).items()}


# What the document warns of.

def test_content_that_is_no_string(work):
    mixed = [["a", {"type": "text", "text": "b"}], {"z": 1, "a": None}, 7, None]
    records = [chat(str(i), answer="Fine, thank you.", user=content)
               for i, content in enumerate(mixed)]
    normalize(work, records=records)
    texts = [row["text"] for row in rows_below(work.cwd / "n")]
    assert len(texts) == 4 and '{"a": null, "z": 1}' in texts[1]


def test_templates_are_versioned_and_ids_do_not_hang_on_them(work):
    (work.cwd / "t.yaml").write_text("a/b: {system: Be brief., developer: ''}\n")
    rows = []
    for options in ([], ["--templates", "t.yaml"]):
        normalize(work, *options, records=[chat("u-1"), chat(None, user="Other")])
        rows.append(rows_below(work.cwd / "n"))
    for key in ("id", "content_id", "template_version"):
        assert [row[key] for row in rows[0]] == [row[key] for row in rows[1]]
    assert rows[0][0]["template_version"] == "source-1"
    assert "Be brief." in rows[1][0]["text"] and rows[0][0]["text_sha1"] != rows[1][0]["text_sha1"]


def test_no_correctness_metadata_and_no_evaluation_block(work):
    normalize(work, "--no_eval_json", "--hf_layout", records=[chat("u-1")])
    rows = rows_below(work.cwd / "n")
    assert "meta_eval_json" not in rows[0] and rows[0]["meta_correctness"] is None
    work("llm", "pools", "--in_dir", "n", "--out_dir", "p")
    assert [row["id"] for row in rows_below(work.cwd / "p/missing_correctness_meta")] == ["u-1"]


# What hubmill says.

def test_no_data_files(work):
    (work.cwd / "in").mkdir()
    (work.cwd / "in/notes.txt").write_text("x")
    assert "no data files" in normalize(work, status=2)
    write_set(work.cwd / "in", chat("1"))
    assert "no data files" in normalize(work, "--splits", "other", status=2)


def test_two_kinds_of_files(work):
    write_set(work.cwd / "in", chat("1"))
    pq.write_table(pa.table({"text": ["x"]}), work.cwd / "in/data/other.parquet")
    assert "some splits are JSON lines and some are Parquet" in normalize(work, status=2)
    normalize(work, "--splits", "train")
    assert len(rows_below(work.cwd / "n")) == 1


def test_names_that_are_none(work):
    write_set(work.cwd / "in", chat("1"))
    assert "no adapter of that name" in normalize(work, "--adapter", "mth", status=2)
    write_set(work.cwd / "in", chat("1"), split="my..data")
    assert "not a split name" in normalize(work, status=2)


def test_data_sets_that_are_none(work):
    (work.cwd / "in").mkdir()
    assert "there is no data set" in work("llm", "run", "--in", "in", status=2)
    write_set(work.cwd / "in/a/b", chat("1"))
    said = work("llm", "run", "--in", "in", "--datasets", "a/c", status=2)
    assert "no such data set" in said and "remedy: one of a/b" in said


def test_roles_that_nobody_knows(work):
    records = [chat("1"), chat("2")]
    records[1]["messages"][0]["role"] = "human"
    normalize(work, records=records)
    stages = json.loads((work.cwd / "n/manifest.json").read_text())["datasets"][0]["stages"]
    assert [stage["dropped"] for stage in stages if stage["dropped"]] == [{"unknown_role": 1}]
    (work.cwd / "a.yaml").write_text("adapter: a\nmessages: messages\nroles: {human: person}\n")
    assert "a role a meaning that is none" in normalize(work, "--adapter", "a.yaml", status=2)
    (work.cwd / "a.yaml").write_text("adapter: a\nmessages: messages\nroles: {human: user}\n")
    normalize(work, "--adapter", "a.yaml", "--splits", "train", "gone")
    assert len(rows_below(work.cwd / "n")) == 2
    assert "no such split, passed over" in work.said


def test_where_labels_begin(work):
    """If we rely on `text` alone: the spans are there beside it."""
    normalize(work, "--format", "harmony", records=[chat("1", answer="8")])
    [row] = rows_below(work.cwd / "n")
    assert [row["text"][begin:end] for begin, end in json.loads(row["assistant_spans_json"])] == ["8"]


def test_a_row_is_missing(work):
    write_set(work.cwd / "in/a/b", chat("1", answer=" "))
    run = ["llm", "run", "--in", "in", "--out", "out", "--rejects", "rejects"]
    assert "no row is left for the pools" in work(*run, status=3)
    reject = json.loads((work.cwd / "rejects/a__b/rejects.jsonl").read_text())
    assert reject["reason"] == "empty_completion" and reject["row"] == 1
    assert reject["file"].endswith("in/a/b/data/train.jsonl")
    work("llm", "run", "--in", "in", "--out", "out", "--keep")
    assert len(rows_below(work.cwd / "out/normalized")) == 1


def test_an_evaluation_set_without_texts(work):
    (work.cwd / "eval.jsonl").write_text('{"stem": "Which gas do plants absorb, and why?"}\n')
    run = ["llm", "run", "--in", SETS, "--out", "out", "--decontaminate"]
    assert "an evaluation set has no texts to look for" in work(*run, "eval.jsonl", status=3)
    work(*run, "eval.jsonl=stem")
    (work.cwd / "e=1.jsonl").write_text('broken\n[]\n{"question": "Which gas do plants absorb?"}\n')
    work(*run, "e=1.jsonl")
    (work.cwd / "e.jsonl").write_text("")
    assert "an evaluation set has no texts to look for" in work(*run, "e.jsonl", status=3)


def test_licences_that_forbid_publishing(work):
    write_set(work.cwd / "in/a/b", chat("1", license="proprietary"))
    said = work("llm", "run", "--in", "in", "--out", "out", "--push", "--repo", "r", status=3)
    assert "the rows' licences forbid to publish them together" in said


def test_what_was_lost_is_counted(work):
    records = [chat("1"), chat("1", user="Another question"), chat("3")]
    records[2]["messages"][1]["tool_calls"] = [{"type": "function"}]
    records[2]["messages"].append({"content": "no role"})
    normalize(work, records=records)
    assert counts(work)["ids_repeated"] == 1
    assert counts(work)["calls_lost"] == 1 and counts(work)["messages_lost"] == 1
    normalize(work, "--compat", records=[chat("1", answer=["a", "list"])])
    assert counts(work)["contents_lost"] == 1


# Evaluation sets, soft tags, near repeats.

QUESTION = ("Natalia sold clips to 48 of her friends in April, and then she sold half as many clips "
            "in May. How many clips did Natalia sell altogether?")


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_rows_that_hold_an_evaluation_text_are_dropped(work, kind):
    texts = [QUESTION, "What is 3 + 5 in binary?"]
    if kind == "jsonl":
        (work.cwd / "e.jsonl").write_text("".join(json.dumps({"question": t}) + "\n" for t in texts))
    else:
        pq.write_table(pa.table({"question": texts, "answer": ["72", "1000"]}),
                       work.cwd / "e.parquet")
    write_set(work.cwd / "in/a/b", chat("held", user="Solve: " + QUESTION.upper()),
              chat("told", answer="As in: " + QUESTION), chat("short", user="what is 3+5 in binary"),
              chat("other", user="What is 3 + 5 in ternary?"), chat("clean"))
    report = work.facts("llm", "run", "--in", "in", "--out", "out", "--decontaminate", f"e.{kind}")
    assert report["sets"][0]["dropped"] == {"contaminated": 3}
    assert [row["id"] for row in rows_below(work.cwd / "out/normalized")] == ["other", "clean"]
    # Another evaluation set, another result.
    again = ["llm", "run", "--in", "in", "--out", "out"]
    assert work.facts(*again)["sets"][0]["written"] == 5
    said = work(*again, "--decontaminate", "none.jsonl", status=2)
    assert "none.jsonl" in said


def test_soft_tags_label_and_keep(work):
    circles = "Wait, let me check that again. " * 60
    write_set(work.cwd / "in/a/b", chat("plain"), chat("circles", answer=circles),
              chat("short", answer="B"), chat("long", user="word " * 40000))
    work("llm", "run", "--in", "in", "--out", "out")
    tags = {row["id"]: (row["quality_extreme_length"], row["quality_suspicious_repetition"],
                        row["quality_repeated_share"] > .9)
            for row in rows_below(work.cwd / "out/normalized")}
    assert tags == {"plain": (False, False, False), "circles": (False, True, True),
                    "short": (True, False, False), "long": (True, False, False)}


def test_near_repeats_are_dropped_when_asked(work):
    story = " ".join(f"sentence {i} of a long story that is told twice" for i in range(40))
    write_set(work.cwd / "in/a/b", chat("1", answer=story), chat("2", answer=story + " The end."),
              chat("3"))
    report = work.facts("llm", "run", "--in", "in", "--out", "out", "--dedup_near")
    assert report["sets"][0]["dropped"] == {"near_duplicate": 1}
    assert work.facts("llm", "run", "--in", "in", "--out", "out")["sets"][0]["written"] == 3


@pytest.mark.parametrize("by,left", [("user", ["1", "3"]), ("assistant", ["1", "2"]),
                                     ("conversation", ["1", "2", "3"])])
def test_repeats_of_the_problem_or_the_answer_are_dropped_when_asked(work, by, left):
    write_set(work.cwd / "in/a/b", chat("1"), chat("2", answer="Another answer."),
              chat("3", user="Another problem."))
    report = work.facts("llm", "run", "--in", "in", "--out", "out", "--dedup_by", by)
    assert [row["id"] for row in rows_below(work.cwd / "out/normalized")] == left
    assert report["sets"][0]["dropped"].get("duplicate", 0) == 3 - len(left)
    assert "hubmill_said" not in rows_below(work.cwd / "out/pools")[0]


def test_prompts_that_all_rows_share_are_no_near_repeat(work):
    (work.cwd / "t.yaml").write_text("a/b: {system: '" + "A very long prompt. " * 200 + "'}\n")
    write_set(work.cwd / "in/a/b", chat("1", user="What is the largest planet of all?"),
              chat("2", user="Who wrote the first novel in verse?"))
    run = ["llm", "run", "--in", "in", "--out", "out", "--dedup_near", "--templates", "t.yaml"]
    assert work.facts(*run, "--dedup_by", "user")["sets"][0]["written"] == 2
