"""hubmill security build-k8s-tf --patches-dir: what is no mend of a manifest is not kept, whatever the tools say."""
import json
import os
import subprocess

import pytest
from security_configs_test import POD, build, no_tools, roots, tools  # noqa: F401
from security_stand_ins import program, read_jsonl

BAD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {}\nspec:\n  containers:\n  - name: web\n    image: BAD\n"


@pytest.fixture
def patched(hubmill, tools, roots, monkeypatch, tmp_path):  # noqa: F811
    """Builds with patches, by name; the tools find something wherever BAD stands."""
    monkeypatch.setenv("KUBELINTER", str(program(tmp_path, "tagged", """
        #!/bin/sh
        if [ "$1" = version ]; then echo 0.7.6; exit 0; fi
        case "$(cat "$2")" in
          *ignore-check*) printf '{"Reports":[]}' ;;
          *BAD*) printf '{"Reports":[{"Check":"bad","Remediation":"r"}]}'; exit 1 ;;
          *) printf '{"Reports":[]}' ;;
        esac
        """)))
    (tmp_path / "patches").mkdir()

    def run(texts: dict, patches: dict, *more) -> dict:
        for name, text in texts.items():
            (tmp_path / "k8s" / name).write_bytes(text.encode())
        for name, text in patches.items():
            (tmp_path / "patches" / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return json.loads(build(hubmill, *roots, "--patches-dir", "patches", "--json", *more).stdout)["patches"]
    return run


def unified(name: str, before: str, after: str, tmp_path) -> str:
    """As diff -u says it."""
    for side, text in (("a", before), ("b", after)):
        (tmp_path / side).mkdir(exist_ok=True)
        (tmp_path / side / name).write_bytes(text.encode())
    return subprocess.run(["diff", "-u", f"a/{name}", f"b/{name}"], cwd=tmp_path, capture_output=True).stdout.decode()


def test_what_takes_the_object_away_is_no_fix(patched, tmp_path):
    two = BAD.format("one") + "---\n" + POD.format("two")
    texts = {}
    after = {"gone": POD.format("two"), "renamed": BAD.format("other").replace("BAD", "good") + "---\n" + POD.format("two"),
             "moved": two.replace("  name: one\n", "  name: one\n  namespace: x\n").replace("BAD", "good"),
             "hidden": two.replace("  name: one\n", '  name: one\n  annotations: {"ignore-check\\u002ekube-linter\\u002eio/bad": yes}\n'),
             "kind": two.replace("kind: Pod", "kind: Nothing", 1).replace("BAD", "good"),
             "hollow": two.replace("  containers:\n  - name: web\n    image: BAD\n", "  containers: []\n"),
             "silenced": two.replace("  name: one\n", "  name: one\n  annotations: {ignore-check.kube-linter.io/bad: yes}\n"),
             "fixed": two.replace("BAD", "good")}
    for name in after:
        texts[f"{name}.yaml"] = f"# {name}\n" + two
    report = patched(texts, {f"{name}.yaml.patch": unified(f"{name}.yaml", texts[f"{name}.yaml"], f"# {name}\n" + text, tmp_path)
                             for name, text in after.items()})
    assert report == {"found": 8, "kept": 2, "not_kept": {"object_changed": 4, "suppressed": 2}}
    kept = {row["meta"]["source"] for row in read_jsonl(tmp_path / "out/k8s-patch-verified-v1.jsonl")}
    assert kept == {"fixed.yaml", "moved.yaml"}  # Into a namespace, where it had none.


def test_patches_that_nobody_reads(patched, tmp_path):
    names = ["big", "link", "broken", "latin", "pipe", "fine"]
    texts = {f"{name}.yaml": BAD.format(name) for name in names}
    fix = {name: unified(f"{name}.yaml", text, text.replace("BAD", "good"), tmp_path)
           for name, text in ((name, texts[f"{name}.yaml"]) for name in names)}
    (tmp_path / "outside.txt").write_text(fix["link"])
    (tmp_path / "patches/link.yaml.patch").symlink_to(tmp_path / "outside.txt")
    (tmp_path / "patches/broken.yaml.patch").symlink_to("nowhere")
    os.mkfifo(tmp_path / "patches/pipe.yaml.patch")
    report = patched(texts, {"fine.yaml.patch": fix["fine"], "big.yaml.patch": fix["big"] + "\n" * (4 << 20),
                             "latin.yaml.patch": b"From: Jos\xe9\n" + fix["latin"].encode()})
    assert report == {"found": 6, "kept": 1, "not_kept": {
        "symlink": 2, "unreadable big.yaml.patch": 1, "unreadable pipe.yaml.patch": 1, "not_utf8": 1}}
    sampling = json.loads((tmp_path / "out/sampling-e2-v1.json").read_text())
    assert "unreadable big.yaml.patch" in sampling["patches"]["not_kept"]


def test_patches_of_every_make(patched, tmp_path):
    crlf = BAD.format("crlf").replace("\n", "\r\n")
    bare = BAD.format("bare")[:-1]
    plain = {name: BAD.format(name) for name in ["new", "gone", "moved", "mode", "many", "abs", "dots", "zeroth"]}
    texts = {"crlf.yaml": crlf, "bare.yaml": bare, **{f"{name}.yaml": text for name, text in plain.items()}}
    fix = {name: unified(f"{name}.yaml", text, text.replace("BAD", "good"), tmp_path) for name, text in plain.items()}
    git = "diff --git a/{0}.yaml b/{0}.yaml\n"
    report = patched(texts, {
        "crlf.yaml.patch": unified("crlf.yaml", crlf, crlf.replace("BAD", "good"), tmp_path),
        "bare.yaml.patch": unified("bare.yaml", bare, bare.replace("BAD", "good"), tmp_path),
        "new.yaml.patch": "--- /dev/null\n+++ b/new.yaml\n@@ -0,0 +1 @@\n+a: 1\n",
        "gone.yaml.patch": fix["gone"].replace("+++ b/gone.yaml", "+++ /dev/null"),
        "moved.yaml.patch": git.format("moved") + "rename from moved.yaml\nrename to x.yaml\n" + fix["moved"],
        "mode.yaml.patch": git.format("mode") + "old mode 100644\nnew mode 100755\n" + fix["mode"],
        "many.yaml.patch": fix["many"] + fix["abs"],
        "abs.yaml.patch": fix["abs"].replace("a/abs", "/srv/abs").replace("b/abs", "/srv/abs"),
        "dots.yaml.patch": fix["dots"].replace("b/dots", "b/../dots"),
        "zeroth.yaml.patch": fix["zeroth"].replace("zeroth", "other")})
    assert report == {"found": 10, "kept": 2, "not_kept": {"does_not_apply": 8}}
    rows = {row["meta"]["source"]: row for row in read_jsonl(tmp_path / "out/k8s-patch-verified-v1.jsonl")}
    assert rows["crlf.yaml"]["question"] == BAD.format("crlf").replace("BAD", "good")
    assert rows["bare.yaml"]["question"] == bare.replace("BAD", "good")
