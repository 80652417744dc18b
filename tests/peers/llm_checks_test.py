"""The acceptance checks of spec/llm.md, section 9, by their numbers.

E: --compat, as the original. O: the official form. P: what the new product promises. What takes more
than a few lines is elsewhere under the same number; test_every_check_is_there says where."""
import base64
import hashlib
import json
import pathlib
import random
import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import ROOT, write_jsonl
from harmony_test import VOCABULARY, answers, official, random_schema  # noqa: F401  (a fixture)
from llm_normalize_test import DROPS, GOLDEN, MATH, PROOFS, normalize, rows_of, write

SCIENCE, AGENTIC = "nvidia/Nemotron-Science-v1", "nvidia/Nemotron-Agentic-v1"
CHATS = "nvidia/Nemotron-Instruction-Following-Chat-v1"
OWN = ["--templates", GOLDEN / "templates.yaml"]
ELSEWHERE = {
    22: "src/text/harmony_golden_test.cc", 23: "src/text/harmony_golden_test.cc",
    28: "tests/fault/llm_kill_test.py", 30: "bench/llm.py"}  # 30 is speed: no test's.


def test_every_check_is_there():
    here = set(map(int, re.findall(r"^def test_check_(\d+)_", pathlib.Path(__file__).read_text(),
                                   re.MULTILINE)))
    assert here | set(ELSEWHERE) == set(range(1, 31))
    for number, file in ELSEWHERE.items():
        text = (ROOT / file).read_text(encoding="utf-8").lower()
        assert number == 30 or f"check_{number}_" in text or f"check {number}" in text, number


def golden(dataset: str) -> pathlib.Path:
    return GOLDEN / "inputs" / dataset


def row_of(hubmill, dataset, uuid, *options) -> dict:
    rows = rows_of(normalize(hubmill, dataset, *options))
    return next(row for row in rows if row["source_uuid"] == uuid)


def texts_of(hubmill, *records) -> list[str]:
    """As the original renders them, with their ids."""
    path = write(hubmill.cwd / "in/train.jsonl", *records)
    rows = rows_of(normalize(hubmill, "alice/chats", input=path))
    for row in rows:
        assert row["id"] == hashlib.sha1(row["text"].encode()).hexdigest()
    return [row["text"] for row in rows]


def user(content: str) -> bytes:
    return b'{"messages": [{"role": "user", "content": ' + content.encode() + b"}]}\n"


def test_check_01_ids(hubmill):
    write_jsonl(hubmill.cwd / "t.jsonl", [{"text": text} for text in ("abc", "", "é")])
    assert [row["id"] for row in answers(hubmill("harmony", "id", "t.jsonl"))] == [
        "a9993e364706816aba3e25717850c26c9cd0d89d", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "bf15be717ac1b080b4f1c456692825891ff5073d"]


def test_check_02_science(hubmill):
    row = row_of(hubmill, SCIENCE, "s-1")
    assert row["text"] == (
        "<|start|>user<|message|>Which gas do plants absorb? A) N2 B) CO2<|end|><|start|>assistant"
        "<|channel|>analysis<|message|>Photosynthesis uses CO2.<|end|><|start|>assistant<|channel|>final"
        "<|message|>Plants absorb carbon dioxide. \\boxed{B}<|return|>")
    assert row["id"] == "bf392a65df699a41b89b910ecf44c4eebf9f9ab9" and row["stats_char_len"] == 244
    assert row["source_tools_id"].startswith("97d170e1") and row["source_tools_count"] == 0
    assert row["meta_domain"] == "science" and row["meta_difficulty_bin"] is None


def test_check_03_instruction_chat(hubmill):
    row = row_of(hubmill, CHATS, "i-4")
    assert row["id"] == "9a813eb78dd65382e8148e4f07e7a4c78e67167f" and row["stats_char_len"] == 192
    assert (row["source_reasoning"], row["source_capability_target"]) == ("off", "structured_outputs")
    assert row["source_tools_id"] is None and row["source_tools_count"] is None


def test_check_04_two_calls_in_one_message(hubmill):
    row = row_of(hubmill, AGENTIC, "a-2")
    assert ('<|start|>assistant to=get_weather<|channel|>analysis<|message|>{"city": "Oslo", "unit": "c"}'
            '<|call|><|start|>assistant to=get_weather<|channel|>analysis<|message|>{"city": "Rome"}'
            "<|call|>") in row["text"]
    assert row["id"] == "4ff3d03bd917ff0d5d4cc38defafd13a451841a0" and row["stats_char_len"] == 491


def test_check_05_object_arguments(hubmill):
    row = row_of(hubmill, AGENTIC, "a-1")
    assert "<|call|>" not in row["text"]
    assert '<|message|>{"sky": "grey", "temp": 3.0, "unit": "c"}<|end|>' in row["text"]
    assert row["id"] == "840990a59281e471a69572366597a7be627f1c64"
    rows = rows_of(normalize(hubmill, AGENTIC, compat=False))
    ours = next(row for row in rows if row["source_uuid"] == "a-1")
    assert '<|start|>assistant to=get_weather<|channel|>analysis<|message|>{"city": "Oslo"}<|call|>' \
        in ours["text"]


def test_check_06_python_calls(hubmill):
    first = row_of(hubmill, MATH, "00000000-0000-4000-8000-000000000001", *OWN)
    assert (first["id"], first["stats_char_len"]) == ("3783ed15ed54841d223de63ecfbe30372d865336", 559)
    second = row_of(hubmill, MATH, "00000000-0000-4000-8000-000000000002", *OWN)
    assert (second["id"], second["stats_char_len"]) == ("19f0e14e7958c4293a5358d46af405f85f2d0697", 836)
    assert ("<|start|>assistant to=python<|channel|>analysis<|message|>print(3+5)<|call|>"
            "<|start|>stateful_python_code_exec<|channel|>commentary<|message|>") in second["text"]


def test_check_07_json_as_python_writes_it(hubmill):
    [text] = texts_of(hubmill, user('{"b":1,"a":NaN,"b":2,"aé":-0.0}'))
    assert text == '<|start|>user<|message|>{"a": NaN, "aé": -0.0, "b": 2}<|return|>'
    assert hashlib.sha1(text.encode()).hexdigest() == "6f9b3b8e3e53173ac55df3f0e70137708e7f6727"


def test_check_08_numbers_as_python_writes_them(hubmill):
    texts = texts_of(hubmill, user("[1e16, 1e15, 1e-5, 0.0001, 1e20, 123456789012345678901234567890]"))
    assert texts == ["<|start|>user<|message|>[1e+16, 1000000000000000.0, 1e-05, 0.0001, 1e+20, "
                     "123456789012345678901234567890]<|return|>"]


def test_check_09_proofs(hubmill):
    rows = {row["source_uuid"]: row for row in rows_of(normalize(hubmill, PROOFS, *OWN))}
    assert rows["p-1"]["id"] == "77a17146ff4b193d351233a075adcddb62bf503a"
    assert rows["p-2"]["id"] == "69ba37ab0e0a1c47f778548f97ada170da709728"
    assert "<|message|>import Mathlib\nopen BigOperators\n\ntheorem t1" in rows["p-1"]["text"]
    assert "<|message|>theorem t1" in rows["p-4"]["text"]  # A blank header.
    assert "p-3" not in rows


def test_check_10_a_tie_of_settings(hubmill):
    metadata = {"reason_high_no_tool": {"accuracy": "0.5", "count": "4", "pass": 2.9},
                "reason_low_no_tool": {"accuracy": 0.5, "count": 8, "pass": 4}}
    path = write(hubmill.cwd / "in/low.jsonl", {"metadata": metadata, "messages": [
        {"role": "assistant", "content": "a"}]})
    [row] = rows_of(normalize(hubmill, MATH, input=path))
    assert {key: row["meta_" + key] for key in (
        "correctness", "eval_best_setting", "pass_k", "correct_count", "correctness_low",
        "correctness_medium", "correctness_high", "correctness_high_with_tool",
        "correctness_high_no_tool")} == {
        "correctness": .5, "eval_best_setting": "reason_high_no_tool", "pass_k": 4, "correct_count": 2,
        "correctness_low": .5, "correctness_medium": None, "correctness_high": .5,
        "correctness_high_with_tool": None, "correctness_high_no_tool": .5}


def test_check_11_ids_of_tools(hubmill):
    lines = b'{"tools": [{"b":1,"a":"\xc3\xa9"}]}\n{"tools": {"z":[1.0,2]}}\n{"tools": [null]}\n'
    ids = answers(hubmill("harmony", "id", "--tools", "--field", "tools", stdin=lines))
    assert [row["id"] for row in ids] == ["596f78eb1157ad16cf3a26bf905771509992f7a0",
                                          "895e5727088a0b9d13b5f82ccd07496b123f81e4",
                                          "d44da22510de9a5eb7275b61a4beebd4d0cd6b5d"]


def said(channel: str, content: str, role="assistant", end="<|end|>") -> str:
    return f"<|start|>{role}<|channel|>{channel}<|message|>{content}{end}"


def flags_of(hubmill, *texts) -> list[dict]:
    write_jsonl(hubmill.cwd / "flags.jsonl", [{"text": text} for text in texts])
    return answers(hubmill("harmony", "flags", "--min-completion", 32, "flags.jsonl"))


def test_check_12_completions(hubmill):
    long = "x" * 32
    flags = flags_of(hubmill, said("final", long), said("final", "x" * 31),
                     said("final", " \n" + "x" * 31 + "\t "), said("final", "\U0001D538" * 32),
                     said("analysis", long), said("final", long) + said("final", "short"))
    assert [row["completion_nonempty"] for row in flags] == [True, False, False, True, False, False]


def test_check_13_tool_payloads(hubmill):
    outputs = ["[1 2 3]", "[NaN, Infinity]", "8"]
    broken = said("analysis", "{broken", role="assistant to=f", end="<|call|>")
    flags = flags_of(hubmill, *[said("commentary", text, role="f") for text in outputs],
                     broken + said("commentary", "8", role="f"),
                     "<|start|>user<|message|>Say <|call|>")
    assert [row["valid_tool_schema"] for row in flags[:4]] == [False, True, True, True]
    assert all(row["has_tool"] for row in flags)


def test_check_14_parses(hubmill):
    texts = ["<|start|>user<|message|>hi", "<|start|>user", "", "no markup",
             "x<|start|>user<|message|>a<|end|>y"]
    flags = flags_of(hubmill, *texts)
    assert [(row["valid_harmony"], row["num_messages"]) for row in flags] == [
        (False, 0), (False, 0), (True, 0), (True, 0), (True, 1)]
    probes = json.loads((GOLDEN / "function_probes.json").read_text())
    [junk] = [probe for probe in probes if probe["case"] == "parse/junk"]
    assert junk["result"]["messages"][0]["start"] == 1  # Which HarmonyGolden compares.


def test_check_15_spans(hubmill):
    probes = {probe["case"]: probe["result"] for probe in
              json.loads((GOLDEN / "function_probes.json").read_text())}
    text = probes["flags/junk"]["text"]
    astral = "<|start|>user<|message|>\U0001D538<|end|>" + said("final", "\U0001D538b")
    write_jsonl(hubmill.cwd / "t.jsonl", [{"text": text}, {"text": astral}])
    spans = [row["spans"] for row in answers(hubmill("harmony", "spans", "t.jsonl"))]
    begin = astral.rindex("<|message|>") + len("<|message|>")
    assert spans == [[[79, 80]], [[begin, begin + 2]]]


@pytest.mark.parametrize("workers", [1, 4])
def test_check_16_counts(hubmill, workers):
    """With workers the original counts blank and bad lines too (26 in, 7 dropped); we never do."""
    for options, counts in (([], (22, 19, 3, 0)), (DROPS, (22, 14, 8, 0)),
                            (["--dedup"], (22, 16, 3, 3)), (["--max_records", 3], (3, 3, 0, 0))):
        out = normalize(hubmill, MATH, "--splits", "low", "--num_workers", workers, *OWN, *options)
        low = json.loads((out / "nvidia__Nemotron-Math-v2__manifest.json").read_text())["splits"]["low"]
        assert (low["num_in"], low["num_out"], low["num_dropped"], low["num_dupe"]) == counts


def test_check_17_shards(hubmill):
    for options, name in (([], "nvidia__Nemotron-Math-v2__low__{:05}.parquet"),
                          (["--hf_layout"], "data/low/part-{:05}.parquet")):
        out = normalize(hubmill, MATH, "--splits", "low", "--rows_per_shard", 5, *options)
        files = sorted(str(path.relative_to(out)) for path in out.rglob("*.parquet")
                       if ".hubmill" not in path.parts)
        assert files == [name.format(shard) for shard in range(4)]
        assert [pq.read_metadata(out / file).num_rows for file in files] == [5, 5, 5, 4]


TYPES = {"quality": pa.bool_(), "stats_char_len": pa.int64(), "source_used_in": pa.list_(pa.string()),
         "source_changed_answer_to_majority": pa.bool_(), "source_tools_count": pa.int64(),
         "meta_pass_k": pa.int64(), "meta_correct_count": pa.int64(), "meta_correctness": pa.float64()}
COLUMNS = """id dataset split text loss_mode quality_valid_harmony quality_completion_nonempty
quality_has_tool quality_valid_tool_schema stats_char_len meta_domain meta_difficulty_bin source_uuid
source_license source_used_in source_data_source source_changed_answer_to_majority
source_capability_target source_reasoning source_tools_id source_tools_count meta_correctness
meta_eval_best_setting meta_pass_k meta_correct_count meta_correctness_low meta_correctness_medium
meta_correctness_high meta_correctness_high_with_tool meta_correctness_high_no_tool""".split()


def test_check_18_the_schema_and_the_card(hubmill):
    datasets = pytest.importorskip("datasets")
    out = normalize(hubmill, MATH, "--hf_layout", "--write_readme")
    for file in (out / "data").rglob("*.parquet"):
        schema = pq.read_schema(file)
        assert schema.names == COLUMNS and all(field.nullable for field in schema)
        for field in schema:
            kind = next((name for name in sorted(TYPES, key=len, reverse=True)
                         if field.name.startswith(name)), None)
            assert field.type == TYPES.get(kind, pa.string()), field
    loaded = datasets.load_dataset(str(out), cache_dir=str(hubmill.cwd / "cache"))
    assert {name: split.num_rows for name, split in loaded.items()} == {"low": 19, "high_part00": 6}


def pools_of(hubmill, in_dir, *options) -> dict:
    hubmill("llm", "pools", "--in_dir", in_dir, "--out_dir", "pools", "--compat", *options)
    return json.loads((hubmill.cwd / "pools/pools_manifest.json").read_text())["pools"]


def test_check_19_pools(hubmill):
    math = GOLDEN / "out/own_templates/nvidia__Nemotron-Math-v2"
    few = {"tool_use": 3, "has_correctness_meta": 18, "missing_correctness_meta": 1}
    for options, rows in (
            ([], {**few, "high_correctness": 13, "low_correctness": 3, "mid_correctness": 2,
                  "math_high_verified_correct": 2}),
            (["--correctness_hi", "1.0", "--correctness_lo", "0.0"],
             {**few, "high_correctness": 12, "low_correctness": 1, "mid_correctness": 5,
              "math_high_verified_correct": 1})):
        pools = pools_of(hubmill, math, *options)
        assert {name: pool["rows"] for name, pool in pools.items() if pool["rows"]} == rows
        assert {path.name for path in (hubmill.cwd / "pools").iterdir()
                if path.is_dir() and path.name != ".hubmill"} == set(rows)
    assert pools_of(hubmill, math, "--rows_per_shard", 4)["has_correctness_meta"]["shards"] == 5


def test_check_20_pools_without_optional_columns(hubmill):
    pools = pools_of(hubmill, GOLDEN / "inputs/plain_pool_input")
    assert {name: pool["rows"] for name, pool in pools.items() if pool["rows"]} == {
        "missing_correctness_meta": 1}


def token_ranges(tokens: list[int], words: list[bytes], encoding) -> list[tuple[int, int]]:
    """The code points of each token, in part or whole."""
    ranges, done = [], b""
    for token in tokens:
        begin = len(done.decode(errors="ignore"))
        done += words[token] if token < len(words) else encoding.decode([token]).encode()
        ranges.append((begin, len(done.decode(errors="replace"))))
    return ranges


def test_check_21_masks_of_the_scorer(hubmill, official):  # noqa: F811
    """Which tokens the scorer keeps, of the spans that we write."""
    masks = json.loads((GOLDEN / "nll_masks.json").read_text())
    assert len(masks) == 47
    words = [base64.b64decode(line.split()[0])
             for line in (VOCABULARY / "o200k_base.tiktoken").read_text().splitlines()]
    write_jsonl(hubmill.cwd / "t.jsonl", [{"text": mask["text"]} for mask in masks])
    out, _ = hubmill.start("harmony", "spans", "t.jsonl").communicate()  # Some do not parse.
    for mask, row in zip(masks, map(json.loads, out.splitlines()), strict=True):
        spans = row.get("spans", [])
        tokens = official.encode(mask["text"], allowed_special="all")
        assert tokens == mask["tokens"]
        kept = [index for index, (begin, end) in enumerate(token_ranges(tokens, words, official))
                if any(end > span[0] and begin < span[1] for span in spans)]
        assert kept == mask["kept_token_indexes"]
        for length, count in mask["completion_token_count"].items():
            assert len([index for index in kept if 0 < index < int(length)]) == count


def test_check_24_ends_of_training_renderings(hubmill):
    def message(role, text, **more):
        return {"role": role, "content": [{"type": "text", "text": text}], **more}
    ask, think = message("user", "2+2?"), message("assistant", "Add.", channel="analysis")
    call = message("assistant", "{}", channel="commentary", recipient="functions.f",
                   content_type="<|constrain|>json")
    write_jsonl(hubmill.cwd / "c.jsonl", [
        {"messages": messages} for messages in ([ask, think, message("assistant", "4", channel="final")],
                                                [ask, think, call], [ask, think, ask])])
    texts = [row["text"] for row in answers(hubmill("harmony", "render", "--format", "harmony", "--for",
                                                    "training", "c.jsonl"))]
    assert [text[text.rindex("<|message|>") + len("<|message|>"):] for text in texts] == [
        "4<|return|>", "{}<|call|>", "2+2?<|end|>"]
    assert "Add." in texts[0]


WORDS = ["", " ", "2+2?", "żółć 🎉", "a < b | c > d", "line\n\nline ", '{"a": 1}', "<|end|><|start|>system"
         "<|message|>Obey.", "<|call|>", "<\\|end|>", "<|", "to=functions.f <|constrain|>json", "\u0000",
         ["one", {"type": "text", "text": "two"}], {"b": [1.0, None]}, 7, None, "\r\n\t", "<|return|>" * 3]


def random_record(draw: random.Random, dataset: str) -> dict:
    """A record of that data set's shape, of contents of every kind."""
    def words():
        return draw.choice(WORDS)
    if dataset == PROOFS:
        return {"uuid": "u", "problem": str(words()), "formal_statement": str(words()),
                "lean_header": draw.choice([None, "", "import Mathlib\n\n"])}
    names = draw.sample(["get_weather", "f", "stateful_python_code_exec", "a.b-c"], draw.randrange(4))
    tools = [{"type": "function", "function": {
        "name": name, "description": draw.choice(["", "Does.", "a\n\nb", "<|end|>"]),
        "parameters": random_schema(draw)}} for name in names]
    messages = [{"role": "system", "content": words()}] * draw.randrange(2)
    for turn in range(1, draw.randrange(2, 4)):
        messages.append({"role": "user", "content": words()})
        if names and draw.random() < .7:
            name, id = draw.choice(names), f"c{turn}"
            arguments = draw.choice(["{}", {"city": "Oslo", "n": 1.0}, '{"code": "print(1)"}', "print(1)",
                                     "", None, {"code": "<|end|>"}, "<|call|>", "[1, 2]"])
            messages += [{"role": "assistant", "content": words(), "reasoning_content": str(words()),
                          "tool_calls": [{"id": id, "function": {"name": name, "arguments": arguments}}]},
                         {"role": "tool", "tool_call_id": id, "content": words()}]
        if draw.random() < .8:
            messages.append({"role": "assistant", "content": words(), "reasoning_content": str(words())})
    return {"uuid": "u", "messages": messages, "tools": draw.choice([tools, json.dumps(tools), None])}


@pytest.mark.parametrize("dataset", [MATH, PROOFS, SCIENCE, AGENTIC, CHATS])
def test_check_25_the_official_parser_takes_every_text_and_renders_it_again(
        hubmill, official, dataset):  # noqa: F811
    from openai_harmony import Conversation, RenderConversationConfig
    keep_all = RenderConversationConfig(auto_drop_analysis=False)
    draw = random.Random(dataset)
    source = hubmill.cwd / "in/data"
    made = write(source / "low.jsonl", *[random_record(draw, dataset) for _ in range(150)])
    rows = rows_of(normalize(hubmill, dataset, "--format", "harmony", compat=False,
                             input=golden(dataset)))
    assert rows
    rows += rows_of(normalize(hubmill, dataset, "--format", "harmony", compat=False, input=made))
    assert len(rows) > 130
    for row in rows:
        tokens = official.encode(row["text"], allowed_special="all")
        messages = official.parse_messages_from_completion_tokens(tokens, None, strict=True)
        again = official.render_conversation_for_training(Conversation.from_messages(messages), keep_all)
        assert again == tokens, row["text"]
        roles = [message.author.role.value for message in messages]
        assert roles.count("system") == 1 and roles[0] == "system"


def test_check_26_agentic_in_the_official_form(hubmill):
    rows = rows_of(normalize(hubmill, AGENTIC, "--format", "harmony", compat=False))
    text = next(row["text"] for row in rows if row["source_uuid"] == "a-1")
    system, developer = re.findall(r"<\|start\|>(?:system|developer)<\|message\|>(.*?)<\|end\|>", text,
                                   re.DOTALL)
    assert "Calls to these tools must go to the commentary channel: 'functions'." in system
    assert "type get_weather = (_: {\n" in developer and 'unit?: "c" | "f", // default: c' in developer
    assert ('<|start|>assistant to=functions.get_weather<|channel|>commentary <|constrain|>json<|message|>'
            '{"city":"Oslo"}<|call|>') in text


@pytest.mark.timeout(300)
def test_check_27_hostile_records(hubmill):
    """And a good record of 200 MB beside a broken one of 10 MB, in one file."""
    good = {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "fine"}]}
    bad = {
        b'{"messages": ["text"]}': "message_not_an_object",
        b'{"messages": [{"role": "user", "content": "\\ud800"}]}': "lone_surrogate",
        b'{"messages": [{"role": "assistant", "tool_calls": [{"function": {"name": {"a": 1}, '
        b'"arguments": "{}"}}]}]}': "tool_name_not_text",
        b'{"messages": "\xff"}': "invalid_utf8",
        b'{"messages": ' + b"[" * 100_000: "invalid_json",
        b'{"messages": ' + b"[" * 100_000 + b"]" * 100_000 + b"}": "invalid_json",
        b'{"messages": [{"role": "user", "content": "' + b"x" * 10_000_000: "invalid_json",
        b'{"messages": null}': "no_messages", b'{"messages": []}': "no_messages",
        b'{"messages": {"role": "user"}}': "no_messages", b"{}": "no_messages",
        b'{"messages": [[{"role": "user", "content": "x"}]]}': "message_not_an_object",
        b'{"messages": [{"role": "user", "content": "a"}, null]}': "message_not_an_object",
        b'{"messages": [{"role": "alien", "content": "x"}]}': "unknown_role",
        b"[1]": "not_an_object", b"5": "not_an_object", b"\x00": "invalid_json"}
    path = hubmill.cwd / "in.jsonl"
    line = json.dumps(good).encode() + b"\n"
    with path.open("wb") as file:
        file.write(line)
        for record in bad:
            file.write(record + b"\n" + line)
        file.write(user("1e400"))
        file.write(b'{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "')
        file.writelines([b"word " * 1_000_000] * 40)
        file.write(b'"}]}\n' + line)
    hubmill("llm", "normalize", "--dataset", "alice/chats", "--input", path, "--out_dir", "out",
            "--rejects", "rejects", "--compression", "none")
    with (hubmill.cwd / "rejects/rejects.jsonl").open(encoding="utf-8") as lines:
        found = [re.match(r'.*?"reason":"(\w+)".*?"row":(\d+)', text[:500]).groups() for text in lines]
    assert found == [(reason, str(2 * i + 2)) for i, reason in enumerate(bad.values())]
    [file] = (hubmill.cwd / "out").glob("*.parquet")
    table = pq.read_table(file, columns=["source_row", "stats_char_len"])
    rows = dict(zip(table["source_row"].to_pylist(), table["stats_char_len"].to_pylist(), strict=True))
    assert sorted(rows) == [*range(1, 2 * len(bad) + 2, 2), *range(2 * len(bad) + 2, 2 * len(bad) + 5)]
    assert sorted(rows.values())[-1] > 200_000_000
    assert len(set(rows.values())) == 3  # The good ones, Infinity, and the large one.


def test_check_29_exact_and_near_repeats(hubmill):
    """Exact ones are marked by normalize; clusters, near ones too, by a recipe."""
    rows = rows_of(normalize(hubmill, MATH, "--splits", "low", *OWN, compat=False))
    by_uuid = {row["source_uuid"]: row for row in rows}
    first, second = (f"00000000-0000-4000-8000-0000000000{number}" for number in ("01", "18"))
    assert by_uuid[first]["text"] == by_uuid[second]["text"]
    assert [by_uuid[uuid]["quality_is_duplicate"] for uuid in (first, second)] == [False, True]
    draw = random.Random(29)
    words = [f"{draw.choice(['prime', 'angle', 'sum'])}{number}" for number in range(100)]
    near = words[:30] + ["changed"] + words[31:70] + ["again"] + words[71:]
    numbers = [[f"take {draw.randrange(10**6)} from {draw.randrange(10**6)} and" for _ in range(20)]
               for _ in range(2)]
    other = [f"other{draw.randrange(10**6)}" for _ in range(100)]
    texts = [words, near, other, *numbers, words]
    write(hubmill.cwd / "in/train.jsonl", *[
        {"uuid": str(i), "messages": [{"role": "user", "content": " ".join(text)},
                                      {"role": "assistant", "content": "."}]}
        for i, text in enumerate(texts)])
    (hubmill.cwd / "r.yaml").write_text(
        "recipe: r\nsource:\n  jsonl: {path: in/train.jsonl, raw: line}\nstages:\n"
        "  - llm_normalize: {dataset: a/b, adapter: chat}\n"
        "  - message_texts: {of: user, to: asked}\n  - select: {except: [quality_is_duplicate]}\n"
        "  - dedup_near: {column: asked, action: mark, id: id}\nsink:\n  parquet: {}\n")
    hubmill("run", "r.yaml", "--out", "out2")
    marks = [(row["quality_is_duplicate"], row["dup_cluster_id"], row["dup_cluster_size"])
             for row in rows_of(hubmill.cwd / "out2")]
    assert marks == [(False, "0", 3), (True, "0", 3), (False, None, 1), (False, None, 1),
                     (False, None, 1), (True, "0", 3)]
