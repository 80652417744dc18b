"""hubmill metadata: the acceptance checks of its specification, and every trouble of its page."""
import json
import os
import random
import shutil
import subprocess
import sys

import pyarrow
import pyarrow.parquet
import pytest
import yaml
from conftest import BINARY, ROOT, SHARED
from huggingface_hub import HfApi

SAMPLES = ROOT / "samples/metadata"
GOLDEN = ROOT / "tests/golden/metadata"
TIME = "2025-10-13T00:00:00Z"
COLUMNS = ["section", "name", "description", "payload_json", "version", "created_at"]
E1 = [("sampling", "iot23-train-dev-test"), ("sampling", "e1-ood-datasets"),
      ("ood", "cic-ids-2017-ood"), ("ood", "unsw-nb15-ood"), ("provenance", "dataset-sources"),
      ("notes", "privacy-rationale")]
E2 = [("sampling", "e2-k8s-terraform"), ("tools", "tool-versions"),
      ("tools", "tool-descriptions"), ("provenance", "dataset-sources"),
      ("notes", "privacy-rationale"), ("notes", "multi-turn-performance")]
INPUTS = {"e1": ["sampling-iot23-v1.json", "sampling-e1-ood-v1.json"],
          "e2": ["sampling-e2-v1.json", "tools-versions.json"]}
TOKEN = "hf_alice"


def minified(value) -> str:
    return json.dumps(value, separators=(",", ":"))


def rows_of(path) -> list[dict]:
    lines = path.read_text(encoding="ascii").splitlines()
    rows = [json.loads(line) for line in lines]
    assert [json.dumps(row) for row in rows] == lines  # The text is Python's, byte for byte.
    assert all(list(row) == COLUMNS and set(map(type, row.values())) == {str} for row in rows)
    return rows


@pytest.fixture
def export(hubmill, tmp_path):
    """Exports one set; returns the rows."""
    def run(env, *more, data=SAMPLES, out="out/meta.jsonl"):
        hubmill("metadata", "--env", env, "--out", out, "--data-dir", data, "--created-at", TIME,
                *more)
        return rows_of(tmp_path / out)
    return run


class Hub:
    """The embedded Hub, alice's; commands and Python programs that talk to it."""

    def __init__(self, folder):
        self.cwd = folder
        self.process = subprocess.Popen(
            [str(BINARY), "hub", "serve", "--root", str(folder / "hub"), "--no-fsync", "--user",
             "alice", "--token", TOKEN], stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()
        self.api = HfApi(endpoint=self.url, token=TOKEN)

    def environment(self, token=TOKEN) -> dict:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("HF_")}
        return {**kept, "HF_ENDPOINT": self.url, "HF_TOKEN": token, "HOME": str(self.cwd),
                "HF_HOME": str(self.cwd / "hf"), "HF_HUB_DISABLE_PROGRESS_BARS": "1"}

    def __call__(self, *arguments, status=0, token=TOKEN):
        done = subprocess.run([str(BINARY), *map(str, arguments)], cwd=self.cwd,
                              env=self.environment(token), capture_output=True, text=True,
                              timeout=120, check=False)
        assert done.returncode == status, done.stdout + done.stderr
        assert TOKEN not in done.stdout + done.stderr
        return done

    def push(self, repo, *more, env="e1", time=TIME, status=0):
        done = self("metadata", "--env", env, "--out", "meta.jsonl", "--data-dir", SAMPLES,
                    "--created-at", time, "--push", "--repo", repo, "--json", *more, status=status)
        return done.stderr if status else json.loads(done.stdout)

    def python(self, program, *arguments):
        done = subprocess.run([sys.executable, "-W", "ignore", "-c", program, *arguments],
                              cwd=self.cwd, env=self.environment(), capture_output=True, text=True,
                              timeout=300, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def load(self, repo, config="metadata", split="meta") -> list[dict]:
        return json.loads(self.python(
            "import datasets, json, sys; repo, config, split = sys.argv[1:]\n"
            "print(json.dumps(datasets.load_dataset(repo, config, split=split).to_list()))",
            repo, config, split).splitlines()[-1])

    def tree(self, repo) -> dict:
        return {entry.path: entry.blob_id
                for entry in self.api.list_repo_tree(repo, recursive=True, repo_type="dataset")
                if hasattr(entry, "blob_id")}

    def stored(self) -> set:
        """Every large file that the Hub has ever received."""
        return {path.name for path in (self.cwd / "hub/objects").rglob("*") if path.is_file()}

    def commits(self, repo) -> int:
        return len(self.api.list_repo_commits(repo, repo_type="dataset"))

    def canonical(self, repo, private=True):
        """A set with its splits, as the official library pushes it."""
        self.python(
            "import datasets, sys\n"
            "for split in ['train', 'dev', 'test', 'ood']:\n"
            "    rows = [{'question': split, 'answer': 'Benign', 'meta': {'hash': 'h'}}] * 3\n"
            "    datasets.Dataset.from_list(rows).push_to_hub(sys.argv[1], split=split,\n"
            "                                                 private=sys.argv[2] == 'True')",
            repo, str(private))


@pytest.fixture
def hub(tmp_path):
    hub = Hub(tmp_path)
    yield hub
    hub.process.terminate()
    hub.process.wait()


def others(tree: dict) -> dict:
    """What a metadata push must leave alone."""
    return {path: blob for path, blob in tree.items()
            if path != "README.md" and not path.startswith(("metadata/", ".hubmill/"))}


# --- the acceptance checks of spec/security.md, section 8 -----------------------------------------

def test_acceptance_1_the_rows_of_e1(export, tmp_path):
    sampling = {"mode": "full", "seed": 42, "total": 1800,
                "by_split": {"train": 1253, "dev": 269, "test": 278}}
    shutil.copytree(SAMPLES, tmp_path / "data")
    (tmp_path / "data/sampling-iot23-v1.json").write_text(json.dumps(sampling, indent=2))
    rows = export("e1", data=tmp_path / "data")
    assert [(row["section"], row["name"]) for row in rows] == E1
    assert {row["created_at"] for row in rows} == {TIME}
    assert {row["version"] for row in rows} == {"v1"}
    payloads = [row["payload_json"] for row in rows]
    assert payloads[0] == ('{"mode":"full","seed":42,"total":1800,'
                           '"by_split":{"train":1253,"dev":269,"test":278}}')
    ood = json.loads((SAMPLES / "sampling-e1-ood-v1.json").read_text())
    assert payloads[1] == minified(ood)
    assert payloads[2] == minified(ood["datasets"]["cic-ids-2017"])
    assert payloads[3] == minified(ood["datasets"]["unsw-nb15"])
    sources = json.loads(payloads[4])
    assert list(sources) == ["iot23", "cic-ids-2017", "unsw-nb15"]
    assert all(list(source) == ["source", "url", "hf_id"] for source in sources.values())
    assert sources["iot23"]["hf_id"] == "19kmunz/iot-23-preprocessed"  # What the build reads.
    assert list(json.loads(payloads[5])) == ["reason", "details", "access"]
    assert not any("600" in row["description"] for row in rows)


def test_acceptance_2_the_rows_of_e2(export, tmp_path):
    versions = {"kube-linter": "0.7.6", "semgrep": "1.141.1", "opa": "Version: 1.9.0"}
    shutil.copytree(SAMPLES, tmp_path / "data")
    (tmp_path / "data/tools-versions.json").write_text(json.dumps(versions, indent=2))
    rows = export("e2", data=tmp_path / "data")
    assert [(row["section"], row["name"]) for row in rows] == E2
    payloads = {row["name"]: row["payload_json"] for row in rows}
    assert payloads["tool-versions"] == ('{"kube-linter":"0.7.6","semgrep":"1.141.1",'
                                         '"opa":"Version: 1.9.0"}')
    assert payloads["multi-turn-performance"].startswith('{"with_tools":0.93,"without_tools":0.62,')
    assert '"patch_verified":null' in payloads["e2-k8s-terraform"]
    assert list(json.loads(payloads["tool-descriptions"])) == ["kube-linter", "semgrep", "opa"]
    sources = json.loads(payloads["dataset-sources"])
    assert sources["k8s"]["examples"][0] == "kubernetes/examples"
    assert "hashicorp/terraform-provider-aws" not in sources["terraform"]["examples"]


def any_json(draw: random.Random, depth: int = 0):
    kind = draw.randrange(9 if depth < 4 else 6)
    if kind == 0:
        return draw.choice([None, True, False, 0, -0.0, 1e16, 1e-5, 123456789012345678901234567890])
    if kind == 1:
        return draw.randrange(-2**70, 2**70)
    if kind in (2, 3):
        return draw.uniform(-1, 1) * 10.0 ** draw.randrange(-320, 300)
    if kind < 6:
        return "".join(draw.choice('aé→😀"\\\n\x7f\x1f/ü') for _ in range(draw.randrange(6)))
    if kind == 6:
        return [any_json(draw, depth + 1) for _ in range(draw.randrange(4))]
    return {f"k{number}é": any_json(draw, depth + 1) for number in range(draw.randrange(4))}


def test_acceptance_3_payloads_are_minified_as_python_does_it(hubmill, export, tmp_path):
    for row in [*export("e1"), *export("e2")]:
        assert row["payload_json"] == minified(json.loads(row["payload_json"]))
    texts = ['{"k":"é → 😀","f":3e-06}']
    draw = random.Random(3)
    for number in range(200):
        texts.append(json.dumps([any_json(draw)], indent=draw.choice([None, 2]),
                                ensure_ascii=number % 2 == 0))
    (tmp_path / "in").mkdir()
    cells = []
    for number, text in enumerate(texts):
        (tmp_path / f"in/{number}.json").write_text(text, encoding="utf-8")
        cells.append({"json": {"file": f"in/{number}.json"}})
    recipe = {"recipe": "quote", "source": {"rows": cells}, "sink": {"jsonl": {}}}
    (tmp_path / "quote.yaml").write_text(json.dumps(recipe))
    hubmill("run", "quote.yaml", "--out", "quoted")
    lines = next((tmp_path / "quoted/data").iterdir()).read_text(encoding="utf-8").splitlines()
    quoted = [json.loads(line)["json"] for line in lines]
    assert quoted == [minified(json.loads(text)) for text in texts]
    assert quoted[0] == '{"k":"\\u00e9 \\u2192 \\ud83d\\ude00","f":3e-06}'


def test_acceptance_4_wrong_usage_writes_nothing(hub, tmp_path):
    data = ["--data-dir", SAMPLES]
    assert "e3" in hub("metadata", "--env", "e3", "--out", "x", *data, status=2).stderr
    assert "--out is missing" in hub("metadata", "--env", "e1", *data, status=2).stderr
    everything = hub("metadata", "--push", "--created-at", "X", *data, status=2).stderr
    for option in ["--env", "--out", "--repo", "--created-at"]:  # All at once.
        assert option in everything
    export = ["metadata", "--env", "e1", "--out", "no/x.jsonl", *data]
    assert "--repo OWNER/NAME" in hub(*export, "--push", status=2).stderr
    (tmp_path / "folder").mkdir()
    folder = hub("metadata", "--env", "e1", "--out", "folder", *data, "--push", "--repo", "alice/b",
                 status=2).stderr
    assert "--out is a folder" in folder
    error = hub(*export, "--push", "--repo", "alice/b", status=4, token="").stderr
    assert "token" in error and "HF_TOKEN" in error
    assert "split" in hub(*export, "--split", "a/b", status=2).stderr
    for time in ["", "X", "2025-10-13", "0000-01-01T00:00:00Z", "2025-02-30T00:00:00Z", "2025-10-13T00:00:00+02:00"]:
        assert "UTC time" in hub(*export, "--created-at", time, status=2).stderr
    for option in [["--repo", "alice/b"], ["--tag", "v1"], ["--private"], ["--public"]]:
        assert "--push" in hub(*export, *option, status=2).stderr
    # The missing token is said as such, whether the repository is there or not.
    hub.push("alice/pub", "--public")
    for repo in ["alice/pub", "alice/b", "pub"]:
        for more in [[], ["--dry-run"]]:
            error = hub(*export, "--push", "--repo", repo, *more, status=4, token="").stderr
            assert "there is no Hub token" in error and "HF_TOKEN" in error
    assert not (tmp_path / "no").exists() and not hub.api.repo_exists("alice/b", repo_type="dataset")


@pytest.mark.parametrize("env", ["e1", "e2"])
def test_acceptance_5_missing_and_broken_files_are_named(hubmill, export, tmp_path, env):
    arguments = ["metadata", "--env", env, "--out", "out/meta.jsonl"]
    error = hubmill(*arguments, status=3).stderr.decode()  # As from another folder.
    for name in INPUTS[env]:
        assert f"data/{name}: there is no such file" in error
    assert "--allow-missing" in error and not (tmp_path / "out").exists()
    data = tmp_path / "data"
    data.mkdir()
    for broken, why in [("", "line=1 column=1: the text is empty"), ("{", "ends too early"),
                        ('{"a": 1, "a": 2}', "a key stands twice"), ("[NaN]", "NaN or infinity"),
                        ("{}", "not an object with"), ("[]", "not an object with"),
                        ("[1]", "not an object with")]:
        (data / INPUTS[env][0]).write_text(broken)
        error = hubmill(*arguments, "--data-dir", data, status=3).stderr.decode()
        assert f"{INPUTS[env][0]}: " in error and why in error
        assert error.count(f"{INPUTS[env][1]}: there is no such file") == 1  # Still all at once.
        assert "on_bad_row" not in error and error.count("remedy") == 1
    for broken in ["", "{}"]:
        (data / INPUTS[env][0]).write_text(broken)
        done = hubmill(*arguments, "--data-dir", data, "--allow-missing", "--created-at", TIME)
        rows = rows_of(tmp_path / "out/meta.jsonl")
        expected = {"e1": E1[4:], "e2": E2[2:]}[env]
        assert [(row["section"], row["name"]) for row in rows] == expected
        assert done.stderr.decode().count("note: left out: row=") == 6 - len(expected)
        assert "on_bad_row" not in done.stderr.decode()


def test_acceptance_24_canonical_splits_stay_as_they_are(hub):
    repo = "alice/security-verifiers-e1"
    hub.canonical(repo)
    before, commits = hub.tree(repo), hub.commits(repo)
    facts = hub.push(repo, "--private")
    after = hub.tree(repo)
    assert len(others(before)) >= 4 and others(after) == others(before)
    assert "metadata/meta-00000-of-00001.parquet" in after
    assert hub.commits(repo) == commits + 1 and facts["visibility"] == "private"
    assert hub.load(repo) == rows_of(hub.cwd / "meta.jsonl")
    for split in ["train", "dev", "test", "ood"]:
        assert hub.load(repo, "default", split)[0]["question"] == split
    # The same again is no commit; another time is one.
    assert hub.push(repo)["unchanged"] is True and hub.commits(repo) == commits + 1
    assert hub.push(repo, time="2026-01-01T00:00:00Z")["unchanged"] is False
    assert others(hub.tree(repo)) == others(before) and hub.commits(repo) == commits + 2


@pytest.mark.parametrize("layout", ["data/{}-00000-of-00001.parquet", "{}.csv", "{}/rows.jsonl"])
def test_acceptance_24_without_a_card(hub, layout):
    """Splits that readers find by their names alone stay what they are, and where they are."""
    repo = "alice/bare"
    hub.api.create_repo(repo, repo_type="dataset", private=True)
    for split in ["train", "test"]:
        path = hub.cwd / "canonical" / layout.format(split)
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = pyarrow.Table.from_pylist([{"question": split, "answer": "Benign"}] * 3)
        if path.suffix == ".parquet":
            pyarrow.parquet.write_table(rows, path)
        elif path.suffix == ".csv":
            path.write_text("question,answer\n" + f"{split},Benign\n" * 3)
        else:
            path.write_text("".join(json.dumps(row) + "\n" for row in rows.to_pylist()))
    hub.api.upload_folder(folder_path=hub.cwd / "canonical", repo_id=repo, repo_type="dataset")
    before, commits, stored = hub.tree(repo), hub.commits(repo), hub.stored()
    assert "README.md" not in before
    facts = hub.push(repo, "--private", "--dry-run")
    assert hub.tree(repo) == before and hub.stored() == stored and facts["delete"] == []
    hub.push(repo, "--private")
    assert others(hub.tree(repo)) == others(before) and hub.commits(repo) == commits + 1
    for split in ["train", "test"]:
        assert [row["question"] for row in hub.load(repo, "default", split)] == [split] * 3
    if layout.endswith(".parquet"):  # The datasets library reads one format a repository.
        assert hub.load(repo) == rows_of(hub.cwd / "meta.jsonl")
    assert hub.push(repo)["unchanged"] is True


def test_acceptance_24_a_clash_without_a_card(hub):
    """The table's own place is taken by what readers infer: found before any upload."""
    repo = "alice/taken"
    hub.api.create_repo(repo, repo_type="dataset", private=True)
    table = hub.cwd / "meta.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"question": ["x"]}), table)
    hub.api.upload_file(path_or_fileobj=table, repo_id=repo, repo_type="dataset",
                        path_in_repo="metadata/meta-00000-of-00001.parquet")
    before, stored = hub.tree(repo), hub.stored()
    error = hub.push(repo, status=3)
    assert "metadata/meta-00000-of-00001.parquet" in error and "remedy" in error
    assert hub.tree(repo) == before and hub.stored() == stored


def test_e2_in_the_place_of_e1(hub):
    """One table a repository: what told of the other goes with it, a person's text never does."""
    repo = "alice/both"

    def text():
        return (hub.cwd / hub.api.hf_hub_download(repo, "README.md", repo_type="dataset",
                                                  local_dir=hub.cwd / "readme")).read_text()
    hub.push(repo)
    assert "network-log evaluation set (E1)" in text()
    hub.push(repo, env="e2")
    assert "(E2)" in text() and "E1" not in text()
    assert {path.split("/")[1] for path in hub.tree(repo) if path.startswith(".hubmill/")} == {"metadata-e2"}
    assert hub.commits(repo) == 3 and [row["section"] for row in hub.load(repo)] == [s for s, _ in E2]
    assert hub.push(repo, env="e2")["unchanged"] is True
    mine = text().replace("Six rows", "My six rows")
    hub.api.upload_file(path_or_fileobj=mine.encode(), path_in_repo="README.md", repo_id=repo,
                        repo_type="dataset")
    hub.push(repo, env="e1")
    assert "My six rows" in text() and "(E2)" in text()
    assert {path.split("/")[1] for path in hub.tree(repo) if path.startswith(".hubmill/")} == {"metadata-e1"}


# --- the troubles of docs/recipes/metadata.md -----------------------------------------------------

def put_table(hub, repo, config, columns):
    """Rows with the given columns as `config`, pushed by the official library."""
    hub.python("import datasets, json, sys\n"
               "repo, config, columns = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])\n"
               "datasets.Dataset.from_list([columns]).push_to_hub(repo, config, split='meta')",
               repo, config, json.dumps(columns))


def test_trouble_schema_mismatch_errors(hub):
    # As the document quotes it: `meta` beside the splits of the same config cannot be pushed.
    hub.canonical("alice/one-config")
    error = hub.python(
        "import datasets, sys\n"
        "try: datasets.Dataset.from_list([{'section': 'x'}]).push_to_hub(sys.argv[1], split='meta')\n"
        "except ValueError as error: print(error)", "alice/one-config")
    assert "Features of the new split don't match the features of the existing splits" in error
    hub.push("alice/one-config", "--private")
    assert len(hub.load("alice/one-config")) == 6
    (hub.cwd / "meta.jsonl").unlink()
    put_table(hub, "alice/clash", "metadata", {"section": 1, "title": "x"})
    before, stored = hub.tree("alice/clash"), hub.stored()
    error = hub.push("alice/clash", status=3)
    assert "section" in error and "--replace-config metadata" in error
    assert hub.stored() == stored  # Found before anything was uploaded.
    assert hub.tree("alice/clash") == before and not (hub.cwd / "meta.jsonl").exists()
    hub.push("alice/clash", "--replace-config", "metadata")
    assert hub.load("alice/clash") == rows_of(hub.cwd / "meta.jsonl")
    # What the script left: the table as config `default`.
    put_table(hub, "alice/old", "default", {column: "old" for column in COLUMNS})
    hub.push("alice/old", "--replace-config", "default")
    assert not [path for path in hub.tree("alice/old") if path.startswith("data/")]
    assert len(hub.load("alice/old")) == 6


def test_trouble_datasets_not_appearing_after_upload(hub):
    stale = ("---\nlicense: mit\ndataset_info:\n- config_name: metadata\n  features:\n"
             "  - name: section\n    dtype: string\n  splits:\n  - name: meta\n"
             "    num_bytes: 1\n    num_examples: 99\n---\n\nKept text.\n")
    hub.api.create_repo("alice/stale", repo_type="dataset")
    hub.api.upload_file(path_or_fileobj=stale.encode(), path_in_repo="README.md",
                        repo_id="alice/stale", repo_type="dataset")
    hub.push("alice/stale", "--replace-config", "metadata")
    readme = hub.api.hf_hub_download("alice/stale", "README.md", repo_type="dataset",
                                     local_dir=hub.cwd / "readme")
    text = open(readme, encoding="utf-8").read()
    assert "license: mit" in text and "Kept text." in text and "num_examples: 6" in text
    assert len(hub.load("alice/stale")) == 6
    # A reader with a warm cache sees the next push at once.
    hub.push("alice/stale", time="2026-02-02T00:00:00Z")
    assert {row["created_at"] for row in hub.load("alice/stale")} == {"2026-02-02T00:00:00Z"}


@pytest.mark.parametrize("card", [b"---\nconfigs: yes\n---\n", b"---\nlicense: \xff\n---\n"])
def test_a_card_that_cannot_be_read_is_refused_before_any_upload(hub, card):
    hub.api.create_repo("alice/broken", repo_type="dataset")
    (hub.cwd / "README.md").write_bytes(card)
    hub("hub", "upload", "alice/broken", "README.md")
    before, stored = hub.tree("alice/broken"), hub.stored()
    error = hub.push("alice/broken", status=3)
    assert "README" in error or "card" in error
    assert hub.tree("alice/broken") == before and hub.stored() == stored


def test_the_token_comes_from_dotenv(hub):
    (hub.cwd / ".env").write_text(f"HF_TOKEN={TOKEN}\n")
    environment = {key: value for key, value in hub.environment().items() if key != "HF_TOKEN"}
    done = subprocess.run([str(BINARY), "metadata", "--env", "e2", "--out", "m.jsonl", "--data-dir",
                           str(SAMPLES), "--push", "--repo", "alice/dotenv"], cwd=hub.cwd,
                          env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and TOKEN not in done.stdout + done.stderr
    assert hub.api.dataset_info("alice/dotenv").private is True


def test_trouble_validation_failures(hubmill, export, tmp_path):
    export("e1")
    table = tmp_path / "out/meta.jsonl"
    assert hubmill("metadata", "check", table, "--json").stdout
    lines = table.read_text().splitlines(keepends=True)
    wrong = {**json.loads(lines[1]), "payload_json": "{'a': 1}", "created_at": "yesterday"}
    lines[1] = json.dumps(wrong) + "\n"
    lines.append(lines[0])
    table.write_text("".join(lines))
    error = hubmill("metadata", "check", table, status=3).stderr.decode()
    assert "row=2 field=payload_json: not valid JSON: line=1 column=2" in error
    assert "row=2 field=created_at: not a UTC time" in error
    assert "row=7 field=name: section and name as in an earlier row: first_row=1" in error
    assert "yesterday" not in error
    answer = json.loads(hubmill("metadata", "check", table, "--json", status=3).stdout)
    assert answer["rows"] == 7 and answer["problems"] == len(answer["problem"]) >= 3
    hubmill("metadata", "check", "nothing.jsonl", status=2)
    folder = hubmill("metadata", "check", tmp_path, status=2).stderr.decode()
    assert "a folder is no metadata table" in folder
    assert "too large" in hubmill("metadata", "check", "/dev/zero", status=3).stderr.decode()
    export("e1")
    for name in ["-", "/dev/stdin"]:
        done = subprocess.run([str(BINARY), "metadata", "check", name, "--json"], check=False,
                              input=table.read_bytes(), capture_output=True)
        assert json.loads(done.stdout)["problems"] == 0, done.stderr


def test_visibility_is_read_back_and_never_changed(hub):
    assert hub.push("alice/new")["visibility"] == "private"  # Never public by accident.
    facts = hub.push("alice/open", "--public")
    assert facts["visibility"] == "public" and facts["created"] is True
    error = hub.push("alice/open", "--private", status=3)
    assert "public" in error and "remedy" in error
    hub.push("alice/open", time="2026-01-01T00:00:00Z")
    assert hub.api.dataset_info("alice/open").private is False
    done = hub("metadata", "--env", "e1", "--out", "m.jsonl", "--data-dir", SAMPLES, "--push",
               "--repo", "alice/new")
    assert "note: the repository is private" in done.stderr
    assert hub.api.dataset_info("alice/new").private is True
    hub("metadata", "--env", "e1", "--out", "m", "--push", "--public", "--private", status=2)


def test_a_new_repository_gets_a_page(hub):
    hub.push("alice/page", "--public", env="e2")
    text = (hub.cwd / hub.api.hf_hub_download("alice/page", "README.md", repo_type="dataset",
                                              local_dir=hub.cwd / "readme")).read_text()
    for column in COLUMNS:
        assert f"| `{column}` |" in text
    assert "https://github.com/intertwine/security-verifiers/issues" in text
    assert 'load_dataset("alice/page", "metadata", split="meta")' in text and "$" not in text
    assert "config_name: metadata" in text.replace('"', "")


def test_the_card_describes_the_columns_as_the_official_library_does(hub):
    def info(text):
        return yaml.safe_load(text.split("---\n")[1])["dataset_info"]
    hub.push("alice/card")
    (ours,) = info((hub.cwd / hub.api.hf_hub_download(
        "alice/card", "README.md", repo_type="dataset", local_dir=hub.cwd / "readme")).read_text())
    official = info((GOLDEN / "official_card.md").read_text())
    assert ours["config_name"] == "metadata" and ours["features"] == official["features"]
    assert ours["splits"][0]["num_examples"] == official["splits"][0]["num_examples"] == 6


def test_dry_run_changes_nothing(hub):
    facts = hub.push("alice/dry", "--dry-run")
    assert facts["files_added"] >= 2 and not (hub.cwd / "meta.jsonl").exists()
    assert facts["dry_run"] is True and facts["created"] is True and "file" not in facts
    assert "metadata/meta-00000-of-00001.parquet" in facts["add"] and facts["delete"] == []
    assert "+- config_name: metadata" in facts["README.md"]
    done = hub("metadata", "--env", "e1", "--out", "dry.jsonl", "--data-dir", SAMPLES, "--push",
               "--repo", "alice/dry", "--dry-run")
    assert "dry_run=true" in done.stdout and "add=metadata/meta-00000" in done.stdout
    assert "remedy: --public" in done.stderr and "hub visibility" not in done.stderr
    assert not hub.api.repo_exists("alice/dry", repo_type="dataset")


# --- the rest of the page -------------------------------------------------------------------------

@pytest.mark.parametrize("env", ["e1", "e2"])
def test_golden(export, tmp_path, env):
    export(env)
    made = (tmp_path / "out/meta.jsonl").read_bytes()
    if os.environ.get("UPDATE_GOLDEN"):
        (GOLDEN / f"{env}.jsonl").write_bytes(made)
    assert made == (GOLDEN / f"{env}.jsonl").read_bytes()


def test_what_the_original_builds_left_behind_is_quoted(export):
    build = SHARED / "golden/security/build_e1"
    if not build.exists():
        pytest.skip("no ../shared/golden: the original's own sampling files are not here")
    rows = export("e1", data=build)
    for row, name in zip(rows, INPUTS["e1"]):
        assert row["payload_json"] == minified(json.loads((build / name).read_text()))


def test_the_time_of_the_rows(hubmill, tmp_path):
    def stamped(**environment):
        done = subprocess.run([str(BINARY), "metadata", "--env", "e1", "--out", "m.jsonl",
                               "--data-dir", str(SAMPLES)], cwd=tmp_path, capture_output=True,
                              text=True, env={**hubmill.environment(), **environment}, check=False)
        return done, (rows_of(tmp_path / "m.jsonl")[0]["created_at"] if not done.returncode else "")
    assert stamped(SOURCE_DATE_EPOCH="1760313600")[1] == TIME
    first = (tmp_path / "m.jsonl").read_bytes()
    stamped(SOURCE_DATE_EPOCH="1760313600")
    assert (tmp_path / "m.jsonl").read_bytes() == first
    assert stamped()[1] > "2026-01-01T00:00:00Z"
    for wrong in ["tomorrow", "-1", "99999999999999999999", "1e3"]:
        done, _ = stamped(SOURCE_DATE_EPOCH=wrong)
        assert done.returncode == 2 and "SOURCE_DATE_EPOCH" in done.stderr


def test_make_targets(hub):
    shutil.copy(ROOT / "Makefile", hub.cwd)
    shutil.copytree(ROOT / "make", hub.cwd / "make")
    (hub.cwd / "build/release").mkdir(parents=True)
    (hub.cwd / "build/release/hubmill").symlink_to(BINARY)

    def make(*arguments, status=0):
        done = subprocess.run(
            ["make", "-o", "build", *arguments, "HF_ORG=alice", f"E1_DATA_DIR={SAMPLES}",
             f"E2_DATA_DIR={SAMPLES}", f"CREATED_AT={TIME}"], cwd=hub.cwd, env=hub.environment(),
            capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stderr

    make("hf-e1-meta", "hf-e2-meta", "hf-e1p-meta", "hf-e2p-meta")
    assert len(rows_of(hub.cwd / "build/hf/e1/meta.jsonl")) == 6
    make("-j4", "hf-push-meta")
    for env in ["e1", "e2"]:
        names = [(row["section"], row["name"]) for row in rows_of(hub.cwd / f"build/hf/{env}/meta.jsonl")]
        assert names == {"e1": E1, "e2": E2}[env]
        for repo, private in [(f"alice/security-verifiers-{env}-metadata", False),
                              (f"alice/security-verifiers-{env}", True)]:
            assert hub.api.dataset_info(repo).private is private
            assert "metadata/meta-00000-of-00001.parquet" in hub.tree(repo)
    tables = [hub.cwd / f"build/hf/{folder}/meta.jsonl" for folder in ["e1", "e1p"]]
    assert tables[0].read_bytes() == tables[1].read_bytes()
    # Without a time, one run of make takes one.
    plan = subprocess.run(["make", "-n", "-o", "build", "hf-push-meta"], cwd=hub.cwd, text=True,
                          capture_output=True, check=True).stdout
    times = [words[1 + words.index("--created-at")] for words in map(str.split, plan.splitlines())
             if "--created-at" in words]
    assert len(times) == 8 and len(set(times)) == 1


def test_every_name_of_the_source_document_stands_on_the_page():
    page = (ROOT / "docs/recipes/metadata.md").read_text(encoding="utf-8")
    opening = page.split("\n## ")[0]
    for name in ["export_metadata_flat.py", "--env", "--out", "--repo", "--split", "--push",
                 "--private", "--created-at", "hf-e1-meta", "hf-e2-meta", "hf-e1-push",
                 "hf-e2-push", "hf-e1p-push", "hf-e2p-push", "hf-push-all", "hf-e1p-push-canonical",
                 "hf-e2p-push-canonical", "data-e1", "data-e1-ood", "clone-e2-sources",
                 "data-e2-local", "validate-data", "validate_e1_datasets.py",
                 "validate_e2_datasets.py", "pytest tests/hf/", "jq", "HF_TOKEN", ".env",
                 "build/hf/e1/meta.jsonl", "build/hf/e2/meta.jsonl", "load_dataset",
                 "force_redownload", 'split="train", token=True', "python-dotenv", "dataset_info",
                 "Web UI", "README.md", "scripts/data/sources/", "CLAUDE.md", *COLUMNS]:
        assert name in opening, name
    for trouble in ["Schema Mismatch Errors", "Datasets Not Appearing After Upload",
                    "Validation Failures"]:
        assert f"### {trouble}\n" in page
        assert f"def test_trouble_{trouble.lower().replace(' ', '_')}(" in open(__file__).read()


def test_standard_output_and_the_tag(hub):
    export = ["metadata", "--env", "e1", "--data-dir", SAMPLES, "--created-at", TIME]
    hub(*export, "--out", "m.jsonl")
    done = hub(*export, "--out", "-", "--push", "--repo", "alice/t", "--tag", "v1")
    assert done.stdout == (hub.cwd / "m.jsonl").read_text() and not (hub.cwd / "-").exists()
    facts = json.loads(hub(*export, "--out", "m", "--push", "--repo", "alice/t", "--tag", "v1", "--json").stdout)
    assert facts["tag"] == "v1" and facts["unchanged"]
    assert "remedy: --out FILE" in hub(*export, "--out", "-", "--json", status=2).stderr
