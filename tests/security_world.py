"""Evaluation sets of our own making, a Hub, and `hubmill security`, for the tests of that command."""
import hashlib
import json
import os
import pathlib
import subprocess
import sys

import pytest
from conftest import BINARY
from huggingface_hub import HfApi

TOKEN = "hf_security_0123456789"
CANARY = "hubmill-canary:8f2f1d4e-6d0b-4f0e-9a53-2a7f5b1c9e07"


def short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def flow(number: int, split: str = "train", source: str = "iot23", **changes) -> dict:
    """A row of E1; odd numbers are attacks."""
    question = (f"Device unknown-device observed tcp {1000 + number * 7}→{number % 90 + 1}, duration {number * 1.37:.3f}, "
                f"bytes {number * number % 977}. Decide: Malicious or Benign (you may Abstain if unsure).")
    row = {"question": question, "answer": "Malicious" if number % 2 else "Benign",
           "meta": {"source": source, "scenario": "S0", "attack_family": "NA", "hash": short_hash(question), "split": split}}
    meta = {key: changes.pop(key) for key in list(changes) if key in row["meta"]}
    return {**row, **changes, "meta": {**row["meta"], **meta}}


def config(lang: str, number: int, **changes) -> dict:
    """A row of E2."""
    text = f"apiVersion: v1\nkind: Pod\nmetadata:\n  name: p{number}\n" if lang == "k8s" else \
        f'resource "aws_s3_bucket" "b{number}" {{\n}}\n'
    found = {"tool": "semgrep", "rule_id": "semgrep/rule", "severity": "high", "msg": "m", "loc": "a:1", "severity_raw": "ERROR"}
    return {"question": text, "info": {"violations": [found] * (number % 3), "patch": None},
            "meta": {"lang": lang, "source": f"a/{number}", "hash": short_hash(text)}, **changes}


TOTALS = {  # Where a sampling file counts the rows of a file.
    "iot23-train-dev-test": ("sampling-iot23", ["total"]),
    "cic-ids-2017-ood": ("sampling-e1-ood", ["datasets", "cic-ids-2017", "total"]),
    "unsw-nb15-ood": ("sampling-e1-ood", ["datasets", "unsw-nb15", "total"]),
    "k8s-labeled": ("sampling-e2", ["datasets", "k8s", "total_items"]),
    "terraform-labeled": ("sampling-e2", ["datasets", "terraform", "total_items"])}


def write(path: pathlib.Path, rows) -> pathlib.Path:
    """Writes a file of rows and, where it is one of a set, counts them in the set's sampling file."""
    rows = list(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows), encoding="utf-8")
    name, _, suffix = path.stem.rpartition("-")
    if path.suffix == ".jsonl" and name in TOTALS:
        sampling, keys = TOTALS[name]
        file = path.with_name(f"{sampling}-{suffix}.json")
        facts = json.loads(file.read_text()) if file.exists() else {"mode": "full"}
        inner = facts
        for key in keys[:-1]:
            inner = inner.setdefault(key, {})
        inner[keys[-1]] = len(rows)
        for stale in ["by_split", "labels", "with_violations", "file"]:
            inner.pop(stale, None)
        file.write_text(json.dumps(facts))
    return path


def write_e1(folder: pathlib.Path, suffix: str = "v1") -> pathlib.Path:
    """20 rows of train, dev and test, 10 of each set of foreign traffic."""
    split = lambda number: "train" if number < 10 else "dev" if number < 14 else "test"
    write(folder / f"iot23-train-dev-test-{suffix}.jsonl", [flow(number, split(number)) for number in range(20)])
    write(folder / f"cic-ids-2017-ood-{suffix}.jsonl", [flow(100 + n, "ood", "cic-ids-2017") for n in range(10)])
    write(folder / f"unsw-nb15-ood-{suffix}.jsonl", [flow(200 + n, "ood", "unsw-nb15") for n in range(10)])
    return folder


def write_e2(folder: pathlib.Path, suffix: str = "v1") -> pathlib.Path:
    write(folder / f"k8s-labeled-{suffix}.jsonl", [config("k8s", number) for number in range(6)])
    write(folder / f"terraform-labeled-{suffix}.jsonl", [config("tf", number) for number in range(4)])
    (folder / "tools-versions.json").write_text('{"kube-linter": "0.7.6", "semgrep": "1.141.1", "opa": "Version: 1.9.0"}')
    return folder


class World:
    """A working folder, the command, and alice's Hub once it is asked for."""

    def __init__(self, cwd: pathlib.Path):
        self.cwd, self.out, self.err, self.server = cwd, "", "", None

    @property
    def url(self) -> str:
        if self.server is None:
            self.server = subprocess.Popen(
                [str(BINARY), "hub", "serve", "--root", str(self.cwd / "hub"), "--no-fsync", "--user", "alice", "--token", TOKEN],
                stdout=subprocess.PIPE, text=True)
            self._url = self.server.stdout.readline().strip()
            self.api = HfApi(endpoint=self._url, token=TOKEN)
        return self._url

    def close(self):
        if self.server is not None:
            self.server.terminate()
            self.server.wait()

    def environment(self, **more) -> dict:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("HF_")}
        hub = {"HF_ENDPOINT": self._url, "HF_TOKEN": TOKEN} if self.server is not None else {"HF_ENDPOINT": "http://127.0.0.1:9"}
        return {**kept, "NO_COLOR": "1", "HOME": str(self.cwd), "HF_HOME": str(self.cwd / ".hf"),
                "HUBMILL_CACHE": str(self.cwd / ".cache"), "HF_HUB_DISABLE_PROGRESS_BARS": "1", **hub, **more}

    def __call__(self, *arguments, status=0, env=None) -> str:
        done = subprocess.run([str(BINARY), "security", *map(str, arguments)], cwd=self.cwd, env=self.environment(**(env or {})),
                              capture_output=True, text=True, timeout=300, check=False)
        self.out, self.err = done.stdout, done.stderr
        assert TOKEN not in self.out + self.err
        assert done.returncode == status, f"exit status {done.returncode}, expected {status}\n{self.out}\n{self.err}"
        return self.out

    def load(self, repo: str, *config: str, split: str) -> dict:
        """What the official library loads: columns, types as text, rows."""
        program = ("import datasets, json, sys; repo, split, *config = sys.argv[1:]\n"
                   "rows = datasets.load_dataset(repo, *config, split=split, token=True)\n"
                   "print(json.dumps({'features': str(rows.features), 'rows': rows.to_list()}))")
        done = subprocess.run([sys.executable, "-W", "ignore", "-c", program, repo, split, *config], cwd=self.cwd,
                              env=self.environment(), capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def tree(self, repo: str) -> dict:
        return {entry.path: entry.blob_id for entry in self.api.list_repo_tree(repo, recursive=True, repo_type="dataset")
                if hasattr(entry, "blob_id")}

    def commits(self, repo: str) -> int:
        return len(self.api.list_repo_commits(repo, repo_type="dataset"))

    def read(self, repo: str, path: str) -> str:
        return pathlib.Path(self.api.hf_hub_download(repo, path, repo_type="dataset", local_dir=self.cwd / "read")).read_text()


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    yield made
    made.close()
