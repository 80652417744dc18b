"""hubmill security push-canonical and audit: what reaches a repository, what does not, what is found in one."""
import base64
import gzip
import json
import shutil
import subprocess
import sys

import pyarrow
import pyarrow.parquet
import pytest
import yaml
from conftest import BINARY, ROOT
from security_world import CANARY, TOKEN, config, flow, world, write, write_e1, write_e2  # noqa: F401

GOLDEN = ROOT / "tests/golden/security/push_hub_mock"
E1, E2 = "alice/security-verifiers-e1", "alice/security-verifiers-e2"
SPLITS = ["train", "dev", "test", "ood"]


def front_matter(text: str) -> dict:
    return yaml.safe_load(text.split("---\n")[1])


@pytest.fixture
def e1(world):
    write_e1(world.cwd / "e1")
    world.url
    return lambda *more, status=0: world("push-canonical", "--env", "e1", "--data-dir", "e1", *more, *([] if "--repo" in more else ["--repo", E1]), status=status)


@pytest.fixture
def e2(world):
    write_e2(world.cwd / "e2")
    world.url
    return lambda *more, status=0: world("push-canonical", "--env", "e2", "--data-dir", "e2", "--repo", E2, *more, status=status)


def test_e1_with_class_labels(world, e1):
    e1()
    assert world.api.dataset_info(E1).private and world.commits(E1) == 2  # The one that made it, and ours.
    for split, rows in zip(SPLITS, [10, 4, 6, 20]):
        loaded = world.load(E1, split=split)
        assert len(loaded["rows"]) == rows and "ClassLabel(names=['Benign', 'Malicious'])" in loaded["features"]
    row = world.load(E1, split="train")["rows"][1]
    assert row == {**flow(1), "answer": 1}
    assert {row["meta"]["source"] for row in world.load(E1, split="ood")["rows"]} == {"cic-ids-2017", "unsw-nb15"}


def test_e1_with_answers_as_text_has_the_features_of_the_original(world, e1):
    e1("--answer", "string")
    loaded = world.load(E1, split="dev")
    assert [row["answer"] for row in loaded["rows"]] == ["Benign", "Malicious"] * 2
    ours = front_matter(world.read(E1, "README.md"))
    golden = next(yaml.safe_load_all((GOLDEN / "README.canonical_e1.frontmatter_tail.yaml").read_text()))
    [info] = ours["dataset_info"]
    assert info["features"] == golden["dataset_info"]["features"]
    assert [split["name"] for split in info["splits"]] == SPLITS
    assert ours["configs"] == golden["configs"]


def test_e2_has_the_features_of_the_original(world, e2):
    e2()
    ours = front_matter(world.read(E2, "README.md"))
    golden = front_matter((GOLDEN / "README.canonical_e2.md").read_text())
    assert ours["dataset_info"][0]["features"] == golden["dataset_info"]["features"] and ours["configs"] == golden["configs"]
    assert "note: left out: key=info.violations[].severity_raw" in world.err
    loaded = world.load(E2, split="train")
    assert len(loaded["rows"]) == 10 and {row["info"]["patch"] for row in loaded["rows"]} == {""}
    found = loaded["rows"][1]["info"]["violations"]
    assert found == [{"tool": "semgrep", "rule_id": "semgrep/rule", "severity": "high", "msg": "m", "loc": "a:1"}]
    assert [row["meta"]["lang"] for row in loaded["rows"]] == ["k8s"] * 6 + ["tf"] * 4
    # The types that Parquet itself tells the library are those that the library writes.
    program = ("import datasets, sys\n"
               "text = datasets.Value('string')\n"
               "found = {key: text for key in ['tool', 'rule_id', 'severity', 'msg', 'loc']}\n"
               "features = datasets.Features({'question': text, 'info': {'violations': [found], 'patch': text},\n"
               "  'meta': {'lang': text, 'source': text, 'hash': text}})\n"
               "datasets.Dataset.from_dict({name: [] for name in features}, features=features).to_parquet('peer.parquet')")
    subprocess.run([sys.executable, "-W", "ignore", "-c", program], cwd=world.cwd, env=world.environment(), check=True)
    path = world.api.hf_hub_download(E2, "data/train-00000-of-00001.parquet", repo_type="dataset", local_dir=world.cwd / "read")
    ours = json.loads(pyarrow.parquet.read_schema(path).metadata[b"huggingface"])
    peer = json.loads(pyarrow.parquet.read_schema(world.cwd / "peer.parquet").metadata[b"huggingface"])
    assert ours["info"]["features"] == peer["info"]["features"]


def test_what_the_original_lets_be_absent_is_published_empty(world, e2):
    rows = [config("k8s", number) for number in range(6)]
    rows[1]["info"] = {}
    rows[2]["info"] = {"patch": None}
    del rows[4]["info"]["patch"]
    write(world.cwd / "e2/k8s-labeled-v1.jsonl", rows)
    e2(status=3)
    assert "info.violations: is missing" in world.err
    e2("--compat")
    loaded = [row["info"] for row in world.load(E2, split="train")["rows"]]
    assert loaded[1] == loaded[2] == {"violations": [], "patch": ""}
    assert len(loaded[4]["violations"]) == 1 and loaded[4]["patch"] == ""


@pytest.mark.parametrize("meta_first", [True, False])
def test_beside_the_metadata_in_either_order(world, e1, meta_first):
    def push_meta():
        subprocess.run([str(BINARY), "metadata", "--env", "e1", "--out", "m.jsonl", "--data-dir", str(ROOT / "samples/metadata"),
                        "--created-at", "2025-10-13T00:00:00Z", "--push", "--private", "--repo", E1], cwd=world.cwd,
                       env=world.environment(), check=True, capture_output=True)
    if meta_first:
        push_meta()
        e1()
    else:
        e1()
        before = world.tree(E1)
        push_meta()
        after = world.tree(E1)
        assert {path: after[path] for path in before if path.startswith("data/")} == \
            {path: before[path] for path in before if path.startswith("data/")}
    assert len(world.load(E1, split="train")["rows"]) == 10
    assert len(world.load(E1, "metadata", split="meta")["rows"]) == 6


def test_the_same_rows_again_make_no_commit(world, e1):
    e1()
    commits = world.commits(E1)
    assert "published already" in e1() and world.commits(E1) == commits
    rows = [json.loads(line) for line in (world.cwd / "e1/unsw-nb15-ood-v1.jsonl").read_text().splitlines()]
    write(world.cwd / "e1/unsw-nb15-ood-v1.jsonl", rows[:8])
    e1()
    assert world.commits(E1) == commits + 1 and len(world.load(E1, split="ood")["rows"]) == 18


def test_dry_run_tells_what_would_change_and_changes_nothing(world, e1):
    out = e1("--dry-run")
    assert [line for line in out.splitlines() if line.startswith("split ")] == \
        ["split train: 10 rows", "split dev: 4 rows", "split test: 6 rows", "split ood: 20 rows"]
    assert "data/train-00000-of-00001.parquet" in out and "README.md  +      class_label:" in out
    assert not world.api.repo_exists(E1, repo_type="dataset")
    facts = json.loads(e1("--dry-run", "--gated", "auto", "--json"))
    assert facts["splits"] == {"train": 10, "dev": 4, "test": 6, "ood": 20} and facts["publish"]["dry_run"]
    assert facts["gated"] == "" and facts["gated_would_be"] == "auto" and not facts["would_recreate"]


def test_dry_run_without_any_call(world):
    write_e1(world.cwd / "e1")
    out = world("push-canonical", "--env", "e1", "--data-dir", "e1", "--dry-run", "--offline")  # The Hub is a closed port.
    assert "split ood: 20 rows" in out
    world("push-canonical", "--env", "e1", "--data-dir", "e1", "--offline", "--repo", E1, status=2)
    world("push-canonical", "--env", "e1", "--data-dir", "e1", status=2)
    assert "--repo is missing" in world.err


def test_the_validators_come_first(world, e1):
    write(world.cwd / "e1/iot23-train-dev-test-v1.jsonl", [flow(number, answer="Malicious") for number in range(20)])
    e1(status=3)
    assert "not balanced" in world.err and not world.api.repo_exists(E1, repo_type="dataset")
    write(world.cwd / "e1/iot23-train-dev-test-v1.jsonl", [flow(1, split="demo"), flow(2, split="validation"), flow(3)])
    e1(status=3)
    assert "meta.split: is none of" in world.err and "rows of no published split: split=demo rows=1" in world.err


def test_keys_that_would_be_lost(world, e1):
    rows = [flow(number, note="x") for number in range(10)]
    rows[0]["meta"]["public_mini"] = True
    write(world.cwd / "e1/iot23-train-dev-test-v1.jsonl", rows)
    e1("--dry-run", status=3)
    assert "rows have a key that would be lost: key=note" in world.err and "key=meta.public_mini" in world.err
    e1("--allow-extra-keys")
    assert "note: left out: key=note (10 rows)" in world.err
    assert set(world.load(E1, split="train")["rows"][0]) == {"question", "answer", "meta"}


def test_missing_files_and_folders(world, e1):
    (world.cwd / "e1/unsw-nb15-ood-v1.jsonl").unlink()
    e1(status=2)
    assert "unsw-nb15-ood-v1.jsonl" in world.err and "build-ood" in world.err
    e1("--allow-missing")
    assert len(world.load(E1, split="ood")["rows"]) == 10
    (world.cwd / "e1/cic-ids-2017-ood-v1.jsonl").unlink()
    e1("--allow-missing", "--repo", "alice/flows")
    assert len(world.load("alice/flows", split="dev")["rows"]) == 4
    world("push-canonical", "--env", "e1", "--data-dir", "none", "--repo", E1, status=2)
    assert "Data directory not found: none" in world.err
    (world.cwd / "empty").mkdir()
    world("push-canonical", "--env", "e2", "--data-dir", "empty", "--repo", E2, status=2)
    assert "No canonical data found in empty" in world.err and "build-k8s-tf" in world.err


def test_splits_that_nobody_judged_with_the_new_ones(world, e1):
    e1()
    rows = [flow(number, "train" if number < 14 else "test") for number in range(20)]  # No dev any more.
    write(world.cwd / "e1/iot23-train-dev-test-v1.jsonl", rows)
    for more in [["--dry-run"], []]:
        e1(*more, status=3)
        assert "split=dev" in world.err and "--replace-config default" in world.err
    assert len(world.load(E1, split="dev")["rows"]) == 4
    assert "data/dev-00000-of-00001.parquet" in e1("--replace-config", "default", "--dry-run")
    e1("--replace-config", "default")
    assert "data/dev-00000-of-00001.parquet" not in world.tree(E1) and len(world.load(E1, split="train")["rows"]) == 14
    assert front_matter(world.read(E1, "README.md"))["configs"][0]["data_files"][1]["split"] == "test"
    e1("--answer", "string", status=3)
    e1("--answer", "string", "--replace-config", "default")
    assert world.load(E1, split="test")["rows"][0]["answer"] == "Benign"


def test_the_layout_of_the_original_is_refused_with_a_way_out(world, e1):
    world.api.create_repo(E1, repo_type="dataset", private=True)
    for path, data in [("README.md", (GOLDEN / "README.meta_e1.md").read_bytes()), ("data/meta-00000-of-00001.parquet", b"PAR1")]:
        world.api.upload_file(path_or_fileobj=data, path_in_repo=path, repo_id=E1, repo_type="dataset")
    e1(status=3)
    assert "split=meta" in world.err and "--replace-config default" in world.err
    e1("--replace-config", "default")
    assert len(world.load(E1, split="train")["rows"]) == 10


def test_another_default_config(world, e1):
    world.api.create_repo(E1, repo_type="dataset", private=True)
    card = b"---\nconfigs:\n- config_name: metadata\n  default: true\n  data_files: m.jsonl\n---\n"
    world.api.upload_file(path_or_fileobj=card, path_in_repo="README.md", repo_id=E1, repo_type="dataset")
    e1(status=3)
    assert "another config is what load_dataset() takes by default: config=metadata" in world.err


def test_only_to_a_private_repository(world, e1):
    world.api.create_repo(E1, repo_type="dataset", private=False)
    for more in [[], ["--dry-run"]]:
        e1(*more, status=3)
        assert "public" in world.err
    assert world.commits(E1) == 1


def test_gating_is_set_when_asked_and_else_left_alone(world, e1):
    e1()
    assert world.api.dataset_info(E1).gated is False
    assert "gated: manual" in e1("--gated", "manual")
    card = front_matter(world.read(E1, "README.md"))
    assert card["license"] == "other" and card["license_name"] == "evaluation-only"
    assert card["extra_gated_fields"]["I will use the rows for evaluation only"] == "checkbox" and card["extra_gated_prompt"]
    assert world.api.dataset_info(E1).gated == "manual"
    assert "gated: manual" in e1() and world.api.dataset_info(E1).gated == "manual"
    before = world.read(E1, "README.md")
    e1("--gated", "auto")
    assert world.api.dataset_info(E1).gated == "auto" and world.read(E1, "README.md") == before
    assert len(world.load(E1, split="train")["rows"]) == 10


def test_gating_an_existing_card_keeps_what_people_wrote(world, e1):
    world.api.create_repo(E1, repo_type="dataset", private=True)
    card = "---\nlanguage:\n- en\nlicense:\n- mit\nextra_gated_fields:\n  Old: text\npretty_name: Mine\n---\n\n# Mine\n\nMy words.\n"
    world.api.upload_file(path_or_fileobj=card.encode(), path_in_repo="README.md", repo_id=E1, repo_type="dataset")
    e1()
    assert front_matter(world.read(E1, "README.md"))["license"] == ["mit"]
    e1("--gated", "manual")
    text = world.read(E1, "README.md")
    keys = front_matter(text)
    assert text.endswith("# Mine\n\nMy words.\n") and keys["language"] == ["en"] and keys["pretty_name"] == "Mine"
    assert keys["license"] == "other" and "Old" not in keys["extra_gated_fields"]


@pytest.mark.parametrize("card", [
    "---\r\nlicense: mit\r\npretty_name: Mine\r\n---\r\n# Mine\r\n", "\ufeff---\nlicense: mit\npretty_name: Mine\n---\n# Mine\n",
    "---\nextra_gated_prompt: |\n  One.\n\n  Two.\npretty_name: Mine\n---\n", '---\n"license": mit\npretty_name: Mine\n---\n',
    "---\nlicense : mit\npretty_name: Mine\n---\n", "---\nlicense:\n# why\n- mit\npretty_name: Mine\n---\n",
    "---\nextra_gated_fields: {\n  Old: text\n}\npretty_name: Mine\n---\n", "---\npretty_name: Mine\nlicense: >\n  mit\n\n---\n",
    "---\nextra_gated_prompt: one\n  two\npretty_name: Mine\n---\n"])
def test_gating_whatever_yaml_the_card_is(world, e1, card):
    world.api.create_repo(E1, repo_type="dataset", private=True)
    world.api.upload_file(path_or_fileobj=card.encode(), path_in_repo="README.md", repo_id=E1, repo_type="dataset")
    dry = world("push-canonical", "--env", "e1", "--data-dir", "e1", "--repo", E1, "--gated", "manual", "--dry-run")
    assert "would be manual" in dry
    e1("--gated", "manual")
    text = world.api.hf_hub_download(E1, "README.md", repo_type="dataset", local_dir=world.cwd / "read")
    raw = open(text, "rb").read().decode()
    yaml_text = raw.lstrip("\ufeff").replace("\r\n", "\n").split("---\n")[1]
    keys = [line.split(":")[0].strip(' "') for line in yaml_text.splitlines() if line and line[0] not in " -#}"]
    assert len(keys) == len(set(keys)), yaml_text
    card = yaml.safe_load(yaml_text)
    assert card["license"] == "other" and card["pretty_name"] == "Mine" and "evaluation only" in card["extra_gated_prompt"]
    assert "Old" not in card["extra_gated_fields"] and card["extra_gated_fields"]["Name"] == "text"


def test_recreating_keeps_the_gating_and_tells_what_goes(world, e1):
    e1("--gated", "manual")
    world.api.upload_file(path_or_fileobj=b"x", path_in_repo="note.txt", repo_id=E1, repo_type="dataset")
    dry = e1("--recreate", E1, "--dry-run")
    assert "note.txt" in dry and "note.txt" in world.tree(E1)
    facts = json.loads(e1("--recreate", E1, "--dry-run", "--json"))
    assert facts["would_recreate"] and facts["gated_would_be"] == "manual" and "note.txt" in facts["deleted_with_repository"]
    e1("--recreate", E1)
    assert {file["path"] for file in facts["publish"]["added"]} == set(world.tree(E1)) - {".gitattributes"}
    assert not facts["publish"]["changed"] and facts["publish"]["files_unchanged"] == 0
    assert world.api.dataset_info(E1).gated == "manual" and "note.txt" not in world.tree(E1)
    assert [repo.id for repo in world.api.list_datasets(author="alice")] == [E1]


def test_a_repository_is_deleted_only_where_its_name_is_typed(world, e1):
    e1()
    world.api.upload_file(path_or_fileobj=b"x", path_in_repo="note.txt", repo_id=E1, repo_type="dataset")
    e1("--recreate", "alice/other", status=2)
    assert "--recreate names another repository" in world.err and "note.txt" in world.tree(E1)
    e1("--recreate", E1, "--dry-run")
    assert "would be deleted" in world.out and "note.txt" in world.tree(E1)
    write(world.cwd / "e1/iot23-train-dev-test-v1.jsonl", [flow(1), flow(3)])
    e1("--recreate", E1, status=3)  # A bad set deletes nothing.
    assert "note.txt" in world.tree(E1)
    write_e1(world.cwd / "e1")
    e1("--recreate", E1)
    assert "note.txt" not in world.tree(E1) and world.commits(E1) == 2 and world.api.dataset_info(E1).private


def test_a_clash_of_types_is_found_before_anything_is_uploaded(world, e1):
    e1("--answer", "string")
    tree = world.tree(E1)
    world("push-canonical", "--env", "e2", "--data-dir", write_e2(world.cwd / "e2"), "--repo", E1, status=3)
    assert world.tree(E1) == tree


def test_audit_of_public_and_private(world, e1):
    e1()
    audit = ["audit", E1, "--private", "e1", "--json"]
    facts = json.loads(world(*audit))
    assert facts["canary"] and facts["evaluation_rows"] and facts["findings"] == [] and facts["private_rows_known"] == 40
    world("audit", E1, "--as-public", status=3)
    assert "the canary of a private set" in world.err and "columns of an evaluation set" in world.err
    public = "alice/public"
    world.api.create_repo(public, repo_type="dataset", private=False)

    def upload(path, data):
        world.api.upload_file(path_or_fileobj=data, path_in_repo=path, repo_id=public, repo_type="dataset")
    upload("README.md", b"# Nothing\n")
    assert json.loads(world("audit", public, "--private", "e1", "--json"))["findings"] == []
    question = flow(3)["question"]
    leaks = {
        "plain.csv": (f'question,answer\n"{question}",1\n'.encode(), "a row of a private set"),
        "array.json": (json.dumps([{"q": question}], indent=2).encode(), "a row of a private set"),
        "lead.jsonl": (b" " + json.dumps({"q": question}).encode(), "a row of a private set"),
        "bom.jsonl": (b"\xef\xbb\xbf" + json.dumps({"q": question}).encode(), "a row of a private set"),
        "bad.jsonl": (json.dumps({"q": question, "z": "Q"}).encode().replace(b"Q", b"\xff"), "a row of a private set"),
        "chat.jsonl": (json.dumps({"messages": [{"content": f"Please: {question} Thanks."}]}).encode(), "a row of a private set"),
        "cell.jsonl": (json.dumps({"payload_json": json.dumps({"q": question})}).encode(), "a row of a private set"),
        "key.json": (json.dumps({question: 1}).encode(), "a row of a private set"),
        "text": (question.upper().encode(), "a row of a private set"),
        "b64.txt": (base64.b64encode(question.encode() * 2), "a row of a private set"),
        "mail.txt": (b"Here:\n\n" + base64.encodebytes(question.encode() * 2) + b"\nbye\n", "a row of a private set"),
        "crlf.txt": (base64.encodebytes(question.encode() * 2).replace(b"\n", b"\r\n"), "a row of a private set"),
        "url.txt": (b"x: " + base64.urlsafe_b64encode("żółć?>~ ".encode() * 9 + question.encode() * 2), "a row of a private set"),
        "packed": (gzip.compress(question.encode()), "a row of a private set"),
        "rows.jsonl": (json.dumps({"x": {"y": [flow(3)["question"]]}}).encode() + b"\n", "a row of a private set"),
        "list.txt": (b"see " + flow(5)["meta"]["hash"].encode() + b".", "the hash of a row of a private set"),
        "token.md": (b"use hf_" + b"aB3dE5gH7jK9mN1pQ3sT5vX7zA9cE1gH3j" + b" here\n", "a text that reads like a credential"),
        "c.csv": (b"a\n" + CANARY.encode() + b"\n", "the canary of a private set")}
    for name, (data, _) in leaks.items():
        upload(name, data)
    table = pyarrow.table({"q": [[flow(7)["question"]], []], "question": ["", ""], "answer": [0, 0], "meta": [None, None]})
    pyarrow.parquet.write_table(table, world.cwd / "t.parquet")
    upload("t.parquet", str(world.cwd / "t.parquet"))
    upload("broken.parquet", b"PAR1nothing")
    upload("deep.json", b'{"a":' + b"[" * 100000 + b"]" * 100000 + b"}")
    upload("rows.zip", b"PK\x03\x04" + bytes(30))
    upload("face.png", b"\x89PNG\r\n\x1a\n" + bytes(30))
    types = pyarrow.table({"a": pyarrow.array([question.encode()], pyarrow.large_binary()),
                           "b": pyarrow.array([[question]], pyarrow.list_(pyarrow.string(), 1))})
    for column in types.column_names:
        pyarrow.parquet.write_table(types.select([column]), world.cwd / "t2.parquet")
        upload(f"{column}.PARQ", str(world.cwd / "t2.parquet"))
    with pyarrow.ipc.new_file(world.cwd / "t.arrow", types.schema) as file:
        file.write_table(types)
    with pyarrow.ipc.new_stream(world.cwd / "t.stream", types.schema) as file:
        file.write_table(types)
    for name in ["t.arrow", "t.stream"]:
        upload(name, str(world.cwd / name))
    upload("hf_" + "aB3dE5gH7jK9mN1pQ3sT5vX7zA9cE1gH3j.txt", b"x")
    world("audit", public, "--private", "e1", status=3)
    for name, (_, why) in leaks.items():
        assert f"  {name}: holds {why}" in world.err, name
    for name in ["a.PARQ", "b.PARQ", "t.arrow", "t.stream", "t.parquet"]:
        assert f"  {name}: holds a row of a private set" in world.err, name
    assert "rows.zip: is no text and of no format that is read" in world.err and "deep.json" not in world.err
    assert "pictures_not_looked_into=face.png" in world.out and "(a name that reads like a credential): holds" in world.err
    assert "holds a row of a private set: texts=" in world.err and "t.parquet: has the columns" in world.err
    assert "broken.parquet: cannot be read" in world.err
    assert "hf_aB3" not in world.err and flow(3)["question"] not in world.err


def test_audit_looks_at_every_branch_and_tag(world, e1):
    public = "alice/public"
    world.api.create_repo(public, repo_type="dataset", private=False)
    write(world.cwd / "r.jsonl", [flow(3)])
    world.api.create_branch(public, branch="old", repo_type="dataset")
    world.api.upload_file(path_or_fileobj=str(world.cwd / "r.jsonl"), path_in_repo="r.jsonl", repo_id=public, repo_type="dataset", revision="old")
    world("audit", public, "--private", "e1", status=3)
    assert "  old:r.jsonl: holds a row of a private set" in world.err
    world("audit", public, "--private", "e1", "--revision", "main")


def test_a_cut_list_hides_nothing_of_another_ref(world, e1):
    public = "alice/public"
    world.api.create_repo(public, repo_type="dataset", private=False)
    on = {"repo_id": public, "repo_type": "dataset"}

    def upload(text):
        world.api.upload_file(path_or_fileobj=text.encode(), path_in_repo="r.jsonl", **on)
    for text in ("one", json.dumps(flow(3)) + "\n", "two", "three"):
        upload(text)
    world.api.create_tag(tag="old", **on)
    for text in ("four", "five", "six"):
        upload(text)
    for commits in (3, 4, 5, 7):  # The tag stands 3 commits behind the row.
        world("audit", public, "--private", "e1", "--commits", commits, status=3)


def test_audit_looks_at_what_was_public_once(world, e1):
    public, token = "alice/public", "hf_" + "aB3dE5gH7jK9mN1pQ3sT5vX7zA9cE1gH3j"
    world.api.create_repo(public, repo_type="dataset", private=False)
    on = {"repo_id": public, "repo_type": "dataset"}

    def upload(name, text, **more):
        return world.api.upload_file(path_or_fileobj=text.encode(), path_in_repo=name, **on, **more)
    leak = upload("r.jsonl", json.dumps(flow(3)) + "\n").oid
    world.api.delete_file("r.jsonl", **on)
    upload("config.txt", f"token={token}\n")
    config_leak = upload("config.txt", "token=none\n", commit_message=f"Take {token} out").oid
    for number in range(60):             # More than the Hub lists at once.
        upload("n.txt", str(number))
    world("audit", public, "--private", "e1", status=3)
    assert f"  {leak}:r.jsonl: holds a row of a private set" in world.err
    assert f"  {leak}:r.jsonl: has the columns of an evaluation set" in world.err
    assert ":config.txt: holds a text that reads like a credential" in world.err
    assert f"  {config_leak}, its message: holds a text that reads like a credential" in world.err
    assert token not in world.err + world.out and flow(3)["question"] not in world.err
    assert "What an earlier commit holds stays there" in world.err
    facts = json.loads(world("audit", public, "--private", "e1", "--commits", 30, "--json"))
    assert facts["commits"] == 30 and facts["older_commits_not_looked_at"] == ["main"] and facts["findings"] == []
    world("audit", public, "--private", "e1", "--revision", leak, "--commits", 1, status=3)
    # Of a private repository only credentials count: no later push puts a canary into an old commit.
    world.api.update_repo_settings(public, repo_type="dataset", private=True)
    world("audit", public, "--private", "e1", status=3)
    assert "r.jsonl" not in world.err and "config.txt: holds a text that reads like a credential" in world.err


def test_the_public_metadata_of_a_built_set_passes_the_audit(world):
    world.url
    flows = ROOT / "samples/security/flows"
    world("build-iot23", "--input", flows / "conn.log.labeled", "--limit", 20, "--outdir", "e1")
    world("build-ood", "--n", 20, "--input", f"cic={flows}/cic-ids-2017.csv", "--input", f"unsw={flows}/unsw-nb15.csv", "--outdir", "e1")
    assert CANARY in (world.cwd / "e1/sampling-iot23-v1.json").read_text()
    world.api.create_repo("alice/meta", repo_type="dataset", private=False)
    subprocess.run([str(BINARY), "metadata", "--env", "e1", "--out", "m.jsonl", "--data-dir", "e1", "--push", "--repo", "alice/meta"],
                   cwd=world.cwd, env=world.environment(), check=True, capture_output=True)
    rows = [json.loads(line) for line in (world.cwd / "m.jsonl").read_text().splitlines()]
    assert json.loads(rows[0]["payload_json"])["total"] == 20 and CANARY not in (world.cwd / "m.jsonl").read_text()
    assert json.loads(world("audit", "alice/meta", "--private", "e1", "--json"))["findings"] == []


def test_audit_looks_at_pull_requests(world, e1):
    public = "alice/public"
    world.api.create_repo(public, repo_type="dataset", private=False)
    world.api.upload_file(path_or_fileobj=json.dumps(flow(3)).encode(), path_in_repo="r.jsonl", repo_id=public, repo_type="dataset", create_pr=True)
    world("audit", public, "--private", "e1", status=3)
    assert "  refs/pr/1:r.jsonl: holds a row of a private set" in world.err


def test_audit_misses_no_canary_and_no_repository(world, e1):
    world.api.create_repo(E1, repo_type="dataset", private=True)
    write(world.cwd / "r.jsonl", [flow(1)])
    world.api.upload_file(path_or_fileobj=str(world.cwd / "r.jsonl"), path_in_repo="r.jsonl", repo_id=E1, repo_type="dataset")
    world("audit", E1, status=3)
    assert "r.jsonl: holds evaluation rows and no canary" in world.err
    world("audit", "alice/none", status=4)
    world("audit", E1, "--private", "nowhere", status=2)
    (world.cwd / "empty").mkdir()
    (world.cwd / "empty/rows.jsonl").write_text("{}\n")
    world("audit", E1, "--private", "empty", status=2)
    assert "a folder of a private set holds no row" in world.err


def test_make_targets(world):
    shutil.copy(ROOT / "Makefile", world.cwd)
    shutil.copytree(ROOT / "make", world.cwd / "make")
    (world.cwd / "build/release").mkdir(parents=True)
    (world.cwd / "build/release/hubmill").symlink_to(BINARY)
    for env, folder in [("e1", "sv-env-network-logs"), ("e2", "sv-env-config-verification")]:
        shutil.copytree(ROOT / "samples/metadata", world.cwd / f"environments/{folder}/data")
    write_e1(world.cwd / "environments/sv-env-network-logs/data")
    write_e2(world.cwd / "environments/sv-env-config-verification/data")
    world.url

    def make(*arguments, status=0):
        done = subprocess.run(["make", "-o", "build", "HF_ORG=alice", "CREATED_AT=2025-10-13T00:00:00Z", *arguments],
                              cwd=world.cwd, env=world.environment(), capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr
    assert "[E1] Summary: Total BAD rows = 0" in make("validate-data")
    assert "dry run" in make("hf-e1p-push-canonical-dry") and "dry run" in make("hf-e2p-push-canonical-dry")
    assert not world.api.repo_exists(E1, repo_type="dataset")
    make("hf-push-all")
    for repo in [E1, E2]:
        assert "data/train-00000-of-00001.parquet" in world.tree(repo) and "metadata/meta-00000-of-00001.parquet" in world.tree(repo)
        assert world.api.dataset_info(repo).private and not world.api.dataset_info(f"{repo}-metadata").private
        assert len(world.load(repo, "metadata", split="meta")["rows"]) == 6
    assert "gated: auto" in make("hf-e2p-push-canonical", "GATED=auto")
    make("hf-e1p-push-canonical")
    # A bad row stops everything before the first push.
    write(world.cwd / "environments/sv-env-config-verification/data/k8s-labeled-v1.jsonl", [config("k8s", 1, question="")])
    heads = {repo: world.commits(repo) for repo in [E1, E2, E1 + "-metadata", E2 + "-metadata"]}
    assert "question: is empty" in make("hf-push-all", "CREATED_AT=2026-10-13T00:00:00Z", status=2)
    assert heads == {repo: world.commits(repo) for repo in heads}


def test_rows_stay_out_of_git(tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    shutil.copy(ROOT / ".gitignore", tmp_path)

    def ignored(path):
        return subprocess.run(["git", "check-ignore", "-q", path], cwd=tmp_path, check=False).returncode == 0
    data = "environments/sv-env-network-logs/data/"
    for path in [data + "iot23-train-dev-test-v1.jsonl", data + "anything.jsonl", ".env", "scripts/data/sources/kubernetes/x.yaml",
                 "environments/sv-env-config-verification/data/k8s-labeled-v1.jsonl", data + "sub/x-v1.jsonl.gz",
                 data + "rows.parquet", "iot23-train-dev-test-v1.jsonl", "samples/k8s-labeled-v1.jsonl.zst", ".env.local"]:
        assert ignored(path), path
    for path in [data + "iot23-train-dev-test-test.jsonl", data + "sampling-iot23-v1.json", data + "x-demo.jsonl", data + "sub/x-test.jsonl",
                 "deploy/space/.env.example", "tests/golden/security/build_e1/iot23-train-dev-test-v1.jsonl"]:
        assert not ignored(path), path
    tracked = subprocess.run(["git", "ls-files", "*-v1.jsonl"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert all("golden" in path for path in tracked)


def test_no_token(world, e1):
    env = {"HF_TOKEN": "", "HF_HOME": str(world.cwd / "no")}
    world("push-canonical", "--env", "e1", "--data-dir", "e1", "--repo", E1, status=4, env=env)
    assert "HF_TOKEN" in world.err and TOKEN not in world.err
