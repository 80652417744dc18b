"""Real Semgrep, OPA and checkov: our rules fire where they should, and a build says what the tools say when they
are run by hand on each file."""
import functools
import json
import os
import re
import shutil
import subprocess

import pytest
import yaml
from conftest import ROOT, SHARED
from security_stand_ins import quiet_tools, read_jsonl

TOOLS = ROOT / ".ci/tools"
RULES = ROOT / "security/rules/semgrep"
POLICIES = ROOT / "security/policies"
SAMPLES = ROOT / "samples/security/configs"
pytestmark = pytest.mark.timeout(900)  # Semgrep and checkov take seconds a call, many more on a loaded machine.


def tool(name: str) -> str:
    path = TOOLS / "bin" / name
    if not path.exists():
        pytest.skip(f"{name} is not installed: scripts/setup.sh tools")
    return str(path)


@pytest.fixture
def built(hubmill, monkeypatch, tmp_path):
    """Builds a tree with the three real tools, and a KubeLinter that finds nothing."""
    for name in ("SEMGREP", "OPA", "CHECKOV"):
        monkeypatch.setenv(name, tool(name.lower()))
    monkeypatch.setenv("KUBELINTER", quiet_tools(tmp_path / "stand-ins")["KUBELINTER"])

    def build(*arguments):
        hubmill("security", "build-k8s-tf", "--outdir", "out", "--cache-dir", "cache", *arguments, timeout=800)
        suffix = "test" if "test" in arguments else "v1"
        return {name: read_jsonl(tmp_path / f"out/{name}-labeled-{suffix}.jsonl") for name in ("k8s", "terraform")}
    return build


def by_hand(*arguments) -> dict:
    environment = {**os.environ, "SEMGREP_SEND_METRICS": "off", "SEMGREP_ENABLE_VERSION_CHECK": "0"}
    done = subprocess.run(list(map(str, arguments)), capture_output=True, env=environment, timeout=400, check=False)
    return json.loads(done.stdout)


def semgrep_by_hand(path, lang):
    answer = by_hand(tool("semgrep"), "scan", "--json", "--quiet", "--metrics", "off", "--no-git-ignore",
                     "--config", RULES / ("kubernetes.yaml" if lang == "k8s" else "terraform.yaml"), path)
    return sorted((r["check_id"].rsplit(".", 1)[-1], r["extra"]["severity"], r["start"]["line"])
                  for r in answer["results"])


def checkov_by_hand(path, lang):
    answer = by_hand(tool("checkov"), "-f", path, "--framework", "kubernetes" if lang == "k8s" else "terraform",
                     "--skip-download", "--compact", "--quiet", "-o", "json", "--soft-fail",
                     *(["--skip-check", "CKV2_K8S_*"] if lang == "k8s" else []))
    reports = answer if isinstance(answer, list) else [answer]
    return sorted((check["check_id"], check["check_name"], check["file_line_range"][0])
                  for report in reports for check in report.get("results", {}).get("failed_checks", []))


def opa_by_hand(path, tmp_path):
    """Each document alone, as PyYAML reads it."""
    found = []
    for document in yaml.safe_load_all(path.read_text()):
        if document is None:
            continue
        request = tmp_path / "input.json"
        request.write_text(json.dumps({"lang": "k8s", "documents": [{"line": 1, "object": document}]}))
        policies = [f for p in sorted(POLICIES.glob("*.rego")) if "_test" not in p.name for f in ("-d", p)]
        answer = by_hand(tool("opa"), "eval", "-f", "json", *policies, "-i", request, "data.hubmill.security.deny")
        found += [(f["id"], f["severity"], f["msg"]) for f in answer["result"][0]["expressions"][0]["value"]]
    return sorted(found)


def line_of(violation):
    return int(violation["loc"].rsplit(":", 1)[1])


def said(row, name):
    return [v for v in row["info"]["violations"] if v["tool"] == name]


def check_rows(rows, root, lang, tmp_path):
    for row in rows:
        path = root / row["meta"]["source"]
        assert sorted((v["rule_id"], v["severity_raw"], line_of(v)) for v in said(row, "semgrep")) == \
            semgrep_by_hand(path, lang), path
        assert sorted((v["rule_id"], v["msg"], line_of(v)) for v in said(row, "checkov")) == \
            checkov_by_hand(path, lang), path
        if lang == "k8s":
            assert sorted((v["rule_id"], v["severity_raw"], v["msg"]) for v in said(row, "opa")) == \
                opa_by_hand(path, tmp_path), path


def with_most_findings(rows, count):
    return sorted(rows, key=lambda row: -len({v["rule_id"] for v in row["info"]["violations"]}))[:count]


def test_the_samples_say_what_the_tools_say_by_hand(built, tmp_path):
    rows = built("--mode", "test", "--patches-dir", SAMPLES / "patches")
    for name, folder, lang in (("k8s", "k8s", "k8s"), ("terraform", "tf", "tf")):
        assert {v["tool"] for row in rows[name] for v in row["info"]["violations"]} == {"semgrep", "opa", "checkov"}
        check_rows(with_most_findings(rows[name], 2) + rows[name][:1], SAMPLES / folder, lang, tmp_path)
    patched = read_jsonl(tmp_path / "out/k8s-patch-verified-test.jsonl")
    assert [row["meta"]["source"] for row in patched] == ["pods/debug.yaml"]


def test_real_files_say_what_the_tools_say_by_hand(built, tmp_path):
    folder = SHARED / "data/04_k8s_terraform"
    if not folder.exists():
        pytest.skip(f"no {folder}")
    for name, kept in (("kubernetes", "examples"), ("terraform", "terragoat")):
        (tmp_path / name).mkdir()
        subprocess.run(["tar", "--zstd", "-xf", folder / f"{name}.tar.zst", "-C", tmp_path / name], check=True)
        for other in (tmp_path / name).iterdir():
            if other.name != kept:
                shutil.rmtree(other)
    rows = built("--k8s-root", tmp_path / "kubernetes", "--tf-root", tmp_path / "terraform", "--limit", 25)
    check_rows(with_most_findings(rows["k8s"], 2), tmp_path / "kubernetes", "k8s", tmp_path)
    check_rows(with_most_findings(rows["terraform"], 2), tmp_path / "terraform", "tf", tmp_path)


def test_each_semgrep_rule_fires_and_is_quiet():
    done = subprocess.run([tool("semgrep"), "scan", "--test", "--json", "--metrics", "off", RULES], timeout=120,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    for rules, cases in (("kubernetes.yaml", "kubernetes.test.yaml"), ("terraform.yaml", "terraform.test.tf")):
        text = (RULES / cases).read_text()
        for rule in yaml.safe_load((RULES / rules).read_text())["rules"]:
            assert f"# ruleid: {rule['id']}\n" in text and f"# ok: {rule['id']}\n" in text, rule["id"]


def test_each_policy_fires_and_is_quiet():
    done = subprocess.run([tool("opa"), "test", POLICIES], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout
    for name in ("kubernetes", "terraform"):
        policy, cases = (POLICIES / f"{name}.rego").read_text(), (POLICIES / f"{name}_test.rego").read_text()
        rules = re.findall(r'deny contains \w+\(\s*"([\w-]+)"', policy)
        assert len(rules) >= 12
        for rule in rules:
            test = rule.replace("-", "_")
            assert f"test_{test}_fires " in cases and f"test_{test}_is_quiet " in cases, rule


ODD = [None, 7, "x", True, [], {}, ["x"], [7], {"x": 7}, [[]]]


def variants(value):
    """The document with each of its values replaced by each odd one."""
    yield from ODD
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else []
    for key, inner in items:
        for odd in variants(inner):
            copy = value.copy()
            copy[key] = odd
            yield copy


def test_policies_judge_whatever_a_file_holds(tmp_path):
    """A function that gets what it does not take would make its rule silent: OPA fails then, and must not."""
    cases = (POLICIES / "kubernetes_test.rego").read_text() + (POLICIES / "terraform_test.rego").read_text()
    documents = [json.loads(text) for text in re.findall(r"_ids\((\{.*\})\)$", cases, re.MULTILINE)]
    assert len(documents) >= 45
    inputs = []
    for document in documents:
        for odd in variants(document):
            inputs.append({"lang": "tf", "document": odd} if {"resource", "data", "variable", "provider"} & document.keys()
                          else {"lang": "k8s", "documents": [{"line": 1, "object": odd}]})
    (tmp_path / "input.json").write_text(json.dumps(inputs))
    policies = [f for p in sorted(POLICIES.glob("*.rego")) if "_test" not in p.name for f in ("-d", p)]
    answer = by_hand(tool("opa"), "eval", "-f", "json", "--strict-builtin-errors", *policies, "-i", tmp_path / "input.json",
                     "[{\"i\": i, \"deny\": d} | some i, f in input; d := data.hubmill.security.deny with input as f]")
    assert "errors" not in answer, answer["errors"][:3]
    answers = answer["result"][0]["expressions"][0]["value"]
    assert len(answers) == len(inputs) > 3000


@pytest.fixture
def alone(hubmill, monkeypatch):
    """Builds with one tool only."""
    def build(name, *arguments):
        for variable in ("SEMGREP", "CHECKOV", "KUBELINTER", "OPA"):
            monkeypatch.delenv(variable, raising=False)
        monkeypatch.setenv("PATH", "/usr/bin:/bin")
        monkeypatch.setenv(name.upper(), tool(name))
        done = hubmill("security", "build-k8s-tf", "--outdir", "out", "--no-cache", "--allow-missing-tools", "--json",
                       *arguments, timeout=800)
        return json.loads(done.stdout)
    return build


@pytest.fixture
def opa_alone(alone):
    return functools.partial(alone, "opa")


def test_policies_judge_every_real_file(opa_alone, tmp_path):
    folder = SHARED / "data/04_k8s_terraform"
    if not folder.exists():
        pytest.skip(f"no {folder}")
    for name in ("kubernetes", "terraform"):
        (tmp_path / name).mkdir()
        subprocess.run(["tar", "--zstd", "-xf", folder / f"{name}.tar.zst", "-C", tmp_path / name], check=True)
    report = opa_alone("--k8s-root", "kubernetes", "--tf-root", "terraform")
    assert report["k8s"]["rows"] > 600 and report["terraform"]["rows"] > 450
    assert report["k8s"]["left_out"] == report["terraform"]["left_out"] == {}


def test_a_policy_that_cannot_judge_a_file_is_no_finding_of_nothing(opa_alone, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/a.rego").write_text("package a\n\ndeny contains \"m\" if {\n\tsome d in input.documents\n"
                                          "\tcount(d.object.spec) == 0\n}\n")
    for name, spec in (("a", "{}"), ("b", "7")):
        path = tmp_path / f"k8s/{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"apiVersion: v1\nkind: Pod\nspec: {spec}\n")
    (tmp_path / "tf").mkdir()
    (tmp_path / "tf/a.tf").write_text("locals {}\n")
    report = opa_alone("--k8s-root", "k8s", "--tf-root", "tf", "--rego-dir", "mine")
    assert report["k8s"]["violations"] == 1
    [file] = report["k8s"]["left_out_files"]
    assert file["source"] == "b.yaml" and "policy=a.rego line=5 code=eval_type_error" in file["why"]


def test_objects_that_checkov_passes_over_get_no_label(alone, tmp_path):
    """It says nothing about YAML and names that it does not like."""
    pod = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {}\nspec:\n  containers:\n  - name: a\n    image: b\n"
    for name, text in {"good": pod.format("web"), "number": pod.format(12345), "template": pod.format("'{{ x }}'"),
                       "nameless": pod.replace("name: {}", "generateName: web-", 1), "tag": pod.format("!Ref web"),
                       "second": pod.format("web2") + "---\n" + pod.format("2001-01-01"),
                       "custom": "apiVersion: example.com/v1\nkind: Widget\n"}.items():
        path = tmp_path / f"k8s/{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    (tmp_path / "tf").mkdir()
    (tmp_path / "tf/a.tf").write_text("locals {}\n")
    report = alone("checkov", "--k8s-root", "k8s", "--tf-root", "tf")
    left = {file["source"]: file["why"] for file in report["k8s"]["left_out_files"]}
    assert set(left.values()) == {"checkov passed over an object: kind=Pod"}
    assert left.keys() == {f"{name}.yaml" for name in ("number", "template", "nameless", "tag", "second")}
    rows = {row["meta"]["source"]: said(row, "checkov") for row in read_jsonl(tmp_path / "out/k8s-labeled-v1.jsonl")}
    assert rows.keys() == {"good.yaml", "custom.yaml"} and len(rows["good.yaml"]) > 10 and not rows["custom.yaml"]


def test_policies_of_ones_own_replace_ours(built, tmp_path):
    """The shapes that OPA gives for a set and for an object of findings."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "a.rego").write_text('package mine.a\n\ndeny contains {"id": "M1", "severity": "CRITICAL", "msg": "m"} '
                                   'if input.lang == "k8s"\n')
    (folder / "b.rego").write_text("package b\n\ndeny[message] := true if message := input.documents[_].object.kind\n")
    (folder / "c.rego").write_text("package c\n\nnothing := 1\n")
    (folder / "a_test.rego").write_text("no rego at all")
    rows = built("--mode", "test", "--rego-dir", "mine")
    pod = next(row for row in rows["k8s"] if row["meta"]["source"] == "pods/debug.yaml")
    assert [(v["rule_id"], v["severity"], v["msg"]) for v in said(pod, "opa")] == [
        ("M1", "high", "m"), ("b", "med", "Pod")]
    assert not any(said(row, "opa") for row in rows["terraform"])
