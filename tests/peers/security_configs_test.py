"""hubmill security build-k8s-tf with tools that say what the test wants: what it refuses, leaves out, keeps."""
import hashlib
import json
import os
import re
import shutil
import subprocess
import tarfile

import pytest
from conftest import ROOT, SHARED, tree_bytes, visible
from kube_linter_stand_in import make_stand_in, recorded_answers
from security_stand_ins import original_tools, program, quiet_tools, read_jsonl

GOLDEN = ROOT / "tests/golden/security/build_e2"
POD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {}\nspec: {{}}\n"
HOST = "spec: {{hostname: {}}}"
TF = 'resource "aws_ebs_volume" "{}" {{\n  size = 1\n}}\n'


@pytest.fixture(autouse=True)
def no_tools(monkeypatch):
    for name in ("SEMGREP", "OPA", "CHECKOV", "KUBELINTER"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def tools(monkeypatch, tmp_path):
    for name, path in quiet_tools(tmp_path / "stand-ins").items():
        monkeypatch.setenv(name, path)


@pytest.fixture
def roots(tmp_path):
    for name in ("a.yaml", "sub/b.yml"):
        path = tmp_path / "k8s" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(POD.format(path.stem))
    (tmp_path / "tf").mkdir()
    (tmp_path / "tf/main.tf").write_text(TF.format("x"))
    return ["--k8s-root", "k8s", "--tf-root", "tf", "--outdir", "out", "--cache-dir", "cache"]


def build(hubmill, *arguments, status=0):
    return hubmill("security", "build-k8s-tf", *arguments, status=status)


def test_rows_are_in_the_order_of_their_paths(hubmill, tools, roots, tmp_path):
    report = json.loads(build(hubmill, *roots, "--json").stdout)
    assert report["k8s"]["rows"] == 2 and report["terraform"]["rows"] == 1
    rows = read_jsonl(tmp_path / "out/k8s-labeled-v1.jsonl")
    assert [row["meta"]["source"] for row in rows] == ["a.yaml", "sub/b.yml"]
    assert rows[0] == {"question": POD.format("a"), "info": {"violations": [], "patch": None},
                       "meta": {"lang": "k8s", "source": "a.yaml",
                                "hash": hashlib.sha256(POD.format("a").encode()).hexdigest()[:16]}}
    versions = json.loads((tmp_path / "out/tools-versions.json").read_text())
    assert versions == {"kube-linter": "0.7.6", "semgrep": "1.141.1", "opa": "1.9.0", "checkov": "3.3.30"}
    before = tree_bytes(tmp_path / "out")
    build(hubmill, *roots, "--threads", 1, "--no-cache")
    assert tree_bytes(tmp_path / "out") == before


def test_compat_is_the_original(hubmill, monkeypatch, tmp_path):
    shutil.copytree(GOLDEN, tmp_path, dirs_exist_ok=True)
    (tmp_path / "policies").mkdir()
    for name in ("kubernetes_security", "lib", "terraform_lib", "terraform_security"):
        (tmp_path / f"policies/{name}.rego").touch()
    for name, path in original_tools(tmp_path / "stand-ins", tmp_path / "calls").items():
        monkeypatch.setenv(name, path)
    common = ["--compat", "--k8s-root", "k8s", "--tf-root", "tf", "--outdir", "got"]
    build(hubmill, *common, "--rego-dir", "policies", "--patches-dir", "patches")
    build(hubmill, *common, "--rego-dir", "nope", "--mode", "test")
    for wanted in (GOLDEN / "out").iterdir():
        got = (tmp_path / "got" / wanted.name).read_bytes()
        if wanted.suffix == ".jsonl":
            assert sorted(got.splitlines()) == sorted(wanted.read_bytes().splitlines()), wanted.name
        else:
            assert got == wanted.read_bytes(), wanted.name
    calls = {re.sub(r"\S*/patched", "TMPFILE", line.replace("-d policies/", "-d POLICIES/"))
             for line in (tmp_path / "calls").read_text().splitlines()}
    assert calls == set((GOLDEN / "tool_calls.sorted.txt").read_text().splitlines())


def test_test_mode_needs_no_roots_and_keeps_the_record_of_versions(hubmill, tools, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/tools-versions.json").write_text("production")
    build(hubmill, "--mode", "test", "--outdir", "out")
    assert (tmp_path / "out/tools-versions.json").read_text() == "production"
    for name in ("k8s", "terraform"):
        assert 20 <= len(read_jsonl(tmp_path / f"out/{name}-labeled-test.jsonl")) <= 30
    sampling = json.loads((tmp_path / "out/sampling-e2-test.json").read_text())
    assert sampling["warning"] == "CI fixture only - not for evaluation"
    assert sampling["canary"].startswith("hubmill-canary:")
    assert sampling["k8s_root"] == "samples/security/configs/k8s"


def test_a_full_build_needs_both_roots(hubmill, tools, roots, tmp_path):
    for arguments in ([], ["--k8s-root", "k8s"], ["--mode", "test", "--tf-root", "tf"]):
        error = build(hubmill, *arguments, status=2).stderr.decode()
        assert "clone-sources" in error
    (tmp_path / "empty").mkdir()
    for root in ("empty", "nowhere"):
        error = build(hubmill, "--k8s-root", root, "--tf-root", "tf", "--outdir", "out", status=2).stderr
        assert b"clone-sources" in error
    assert not (tmp_path / "out").exists()


def test_missing_tools_are_named_or_recorded_as_skipped(hubmill, tools, roots, monkeypatch, tmp_path):
    monkeypatch.delenv("KUBELINTER")
    monkeypatch.delenv("CHECKOV")
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    error = build(hubmill, *roots, status=2).stderr.decode()
    for word in ("kube-linter", "KUBELINTER=", "checkov", "CHECKOV=", "install-tools"):
        assert word in error
    assert "semgrep" not in error
    assert not (tmp_path / "out").exists()
    build(hubmill, *roots, "--allow-missing-tools")
    sampling = json.loads((tmp_path / "out/sampling-e2-v1.json").read_text())
    assert sampling["tools"] == {"kube-linter": "skipped", "semgrep": "1.141.1", "opa": "1.9.0",
                                 "checkov": "skipped"}
    monkeypatch.setenv("KUBELINTER", "/nowhere")
    assert b"KUBELINTER" in build(hubmill, *roots, "--allow-missing-tools", status=2).stderr


def test_another_version_is_refused_or_recorded(hubmill, tools, roots, tmp_path):
    (tmp_path / "versions.txt").write_text("KUBELINTER_VERSION=0.7.6\nSEMGREP_VERSION=1.137.0\n"
                                           "OPA_VERSION=1.9.0\nCHECKOV_VERSION=3.3.30\n")
    error = build(hubmill, *roots, "--versions", "versions.txt", status=2).stderr.decode()
    assert "semgrep version=1.141.1 pin=1.137.0" in error
    assert not (tmp_path / "out").exists()
    build(hubmill, *roots, "--versions", "versions.txt", "--any-version")
    sampling = json.loads((tmp_path / "out/sampling-e2-v1.json").read_text())
    assert sampling["tool_facts"]["semgrep"]["pin"] == "1.137.0"
    assert sampling["tool_facts"]["semgrep"]["version"] == "1.141.1"


def test_a_file_that_breaks_a_tool_loses_no_other(hubmill, tools, roots, tmp_path):
    (tmp_path / "k8s/worse.yaml").write_text(POD.format("CRASH"))
    report = json.loads(build(hubmill, *roots, "--json").stdout)
    assert report["k8s"]["left_out"] == {"semgrep": 1} and report["k8s"]["rows"] == 2
    sampling = json.loads((tmp_path / "out/sampling-e2-v1.json").read_text())
    assert sampling["datasets"]["k8s"]["left_out_files"] == [
        {"source": "worse.yaml", "tool": "semgrep", "why": "semgrep signal=11"}]
    before = tree_bytes(tmp_path / "out")
    error = build(hubmill, *roots, "--on-tool-failure", "fail", status=3).stderr.decode()
    assert "worse.yaml" in error and "semgrep" in error
    assert tree_bytes(tmp_path / "out") == before


def test_names_are_no_options(hubmill, tools, roots, tmp_path):
    for name in ("--config=x.yaml", "-rf.yml", "new\nline.yaml", "$(touch pwned).yaml"):
        (tmp_path / "k8s" / name).write_text(POD.format(abs(hash(name))))
    report = json.loads(build(hubmill, *roots, "--json").stdout)
    sources = {row["meta"]["source"] for row in read_jsonl(tmp_path / "out/k8s-labeled-v1.jsonl")}
    assert {"--config=x.yaml", "-rf.yml", "$(touch pwned).yaml"} < sources
    assert sum(report["k8s"]["skipped"].values()) == 1, "the name with a line feed, with a reason"
    assert not list(tmp_path.rglob("pwned"))


def test_other_files_of_the_folder_stay(hubmill, tools, roots, tmp_path):
    (tmp_path / "out/sub").mkdir(parents=True)
    (tmp_path / "out/sub/mine").write_text("mine")
    (tmp_path / "out/k8s-patch-verified-v1.jsonl").write_text("of an earlier build\n")
    build(hubmill, *roots, "--dry-run")
    assert set(tree_bytes(tmp_path / "out")) == {"sub/mine", "k8s-patch-verified-v1.jsonl"}
    build(hubmill, *roots)
    assert set(tree_bytes(tmp_path / "out")) == {
        "sub/mine", "k8s-labeled-v1.jsonl", "terraform-labeled-v1.jsonl", "sampling-e2-v1.json",
        "tools-versions.json"}


def test_revisions_of_checkouts_are_recorded(hubmill, tools, roots, tmp_path):
    def git(*arguments):
        subprocess.run(["git", "-C", tmp_path / "k8s/sub", "-c", "user.name=a", "-c", "user.email=a@b", *arguments],
                       check=True, capture_output=True)
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "x")
    commit = subprocess.run(["git", "-C", tmp_path / "k8s/sub", "rev-parse", "HEAD"], check=True,
                            capture_output=True, text=True).stdout.strip()
    build(hubmill, *roots)
    sampling = json.loads((tmp_path / "out/sampling-e2-v1.json").read_text())
    assert sampling["datasets"]["k8s"]["revisions"] == {"sub": commit}
    assert re.fullmatch("[0-9a-f]{64}", sampling["datasets"]["k8s"]["content_sha256"])


def diff(name, old, new):
    return f"--- a/{name}\n+++ b/{name}\n@@ -5,1 +5,1 @@\n-{HOST.format(old)}\n+{HOST.format(new)}\n"


def test_only_patches_that_fix_all_are_kept(hubmill, tools, roots, monkeypatch, tmp_path):
    tagged = """
        #!/bin/sh
        if [ "$1" = version ]; then echo 0.7.6; exit 0; fi
        report() { printf '{"Check":"%s","Remediation":"r"}' "$1"; }
        case "$(cat "$2")" in
          *OTHER*) found=$(report other) ;;
          *BAD*) found=$(report bad) ;;
          *) found= ;;
        esac
        printf '{"Reports":[%s]}' "$found"
        [ -z "$found" ]
        """
    monkeypatch.setenv("KUBELINTER", str(program(tmp_path, "tagged", tagged)))
    names = ["fixed", "left", "other", "stale", "elsewhere", "broken"]
    for name in names:
        (tmp_path / f"k8s/{name}.yaml").write_text(POD.format(name).replace("spec: {}", HOST.format(f"BAD-{name}")))
    patches = tmp_path / "patches"
    (patches / "sub").mkdir(parents=True)
    fixed = diff("fixed.yaml", "BAD-fixed", "good")
    (patches / "fixed.yaml.patch").write_text(fixed)
    (patches / "left.yaml.diff").write_text(diff("left.yaml", "BAD-left", "still-BAD"))
    (patches / "other.yaml.patch").write_text(diff("other.yaml", "BAD-other", "OTHER"))
    (patches / "stale.yaml.patch").write_text(diff("stale.yaml", "BAD-gone", "good"))
    (patches / "elsewhere.yaml.patch").write_text(diff("../../etc/passwd", "BAD-elsewhere", "good"))
    (patches / "broken.yaml.patch").write_text(diff("broken.yaml", "BAD-broken", "{{ [good"))
    (patches / "a.yaml.patch").write_text(diff("a.yaml", "a", "b"))
    (patches / "nobody.yaml.patch").write_text(diff("nobody.yaml", "a", "b"))
    report = json.loads(build(hubmill, *roots, "--patches-dir", "patches", "--json").stdout)
    assert report["patches"] == {"found": 8, "kept": 1, "not_kept": {
        "does_not_apply": 2, "findings_remain": 1, "for_no_record": 1, "new_findings": 1,
        "no_manifest": 1, "nothing_to_fix": 1}}
    text = POD.format("fixed").replace("spec: {}", HOST.format("good"))
    [row] = read_jsonl(tmp_path / "out/k8s-patch-verified-v1.jsonl")
    assert row["question"] == text and row["info"]["patch"] == fixed
    assert [v["rule_id"] for v in row["info"]["violations"]] == ["bad"]
    assert row["meta"] == {"lang": "k8s", "source": "fixed.yaml", "patch_source": "fixed.yaml.patch",
                           "hash": hashlib.sha256(text.encode()).hexdigest()[:16]}


def test_the_real_answers_of_kube_linter_arrive(hubmill, monkeypatch, tmp_path):
    """Each finding that the real KubeLinter had for a file that is kept, with its object."""
    archive = SHARED / "data/04_k8s_terraform/kubernetes.tar.zst"
    if not archive.exists():
        pytest.skip(f"no {archive}")
    root = tmp_path / "k8s"
    root.mkdir()
    subprocess.run(["tar", "--zstd", "-xf", archive, "-C", root], check=True)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setenv("KUBELINTER", str(make_stand_in(tmp_path / "kl", recorded_answers(root))))
    (tmp_path / "tf").mkdir()
    (tmp_path / "tf/main.tf").write_text(TF.format("x"))
    build(hubmill, "--k8s-root", "k8s", "--tf-root", "tf", "--outdir", "out", "--allow-missing-tools")
    wanted = {record["file"]: record["stdout"]["Reports"] or [] for _, record in recorded_answers(root)}
    rows = read_jsonl(tmp_path / "out/k8s-labeled-v1.jsonl")
    assert len(rows) > 500
    findings = 0
    for row in rows:
        got = sorted((v["rule_id"], v["msg"], v["loc"]) for v in row["info"]["violations"])
        objects = [(r, r["Object"]["K8sObject"]) for r in wanted.get(row["meta"]["source"], [])]
        assert got == sorted((r["Check"], r["Diagnostic"]["Message"],
                              f"{o['GroupVersionKind']['Kind']}/{o['Namespace'] or 'default'}/{o['Name']}")
                             for r, o in objects), row["meta"]["source"]
        findings += len(got)
    assert findings > 1500


def test_the_page_lists_every_severity_of_ours():
    source = (ROOT / "src/security/tools/tool.cc").read_text()
    rules = re.findall(r'\{"([A-Za-z0-9_-]+)", "(low|high)"\}', source)
    assert len(rules) > 60
    page = (ROOT / "docs/recipes/security-tools.md").read_text()
    tables = {severity: " ".join(re.findall(rf"^\| [a-zA-Z, ]+ \| {severity} \| (.*) \|$", page, re.MULTILINE))
              for severity in ("low", "high")}
    for rule, severity in rules:
        assert f"`{rule}`" in tables[severity], rule


def test_the_environment_of_tools_holds_no_secret(hubmill, tools, roots, monkeypatch, tmp_path):
    spy = f"""
        #!/bin/sh
        if [ "$1" = version ]; then echo 0.7.6; exit 0; fi
        env > {tmp_path}/seen
        echo '{{"Reports":null}}'
        """
    monkeypatch.setenv("KUBELINTER", str(program(tmp_path, "spy", spy)))
    monkeypatch.setenv("HUBMILL_TOKEN", "secret-1")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-2")
    build(hubmill, *roots)
    seen = (tmp_path / "seen").read_text()
    assert "secret" not in seen and os.environ["HOME"] not in re.findall("^HOME=(.*)$", seen, re.MULTILINE)


def install(hubmill, *arguments, status=0):
    return hubmill("security", "install-tools", *arguments, status=status).stderr.decode()


def test_what_is_installed_is_left_alone(hubmill, tmp_path):
    opa = program(tmp_path / "mine/bin", "opa", '#!/bin/sh\necho "Version: 1.9.0"\n')
    before = opa.stat()
    assert "opa is there" in install(hubmill, "opa", "--tools-dir", "mine")
    assert opa.stat().st_mtime_ns == before.st_mtime_ns


def test_what_cannot_be_installed_is_said(hubmill, monkeypatch, tmp_path):
    (tmp_path / "versions.txt").write_text("OPA_VERSION=1.9.0\n")
    error = install(hubmill, "kube-linter", "--tools-dir", "mine", "--versions", "versions.txt", status=1)
    assert "KUBELINTER_VERSION" in error and "KUBELINTER" in error
    program(tmp_path / "bin", "curl", "#!/bin/sh\nexit 6\n")
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    assert "kube-linter could not be installed" in install(hubmill, "kube-linter", "--tools-dir", "mine", status=1)
    assert not list((tmp_path / "mine").glob("kube-linter-*")), "nothing half-fetched stays"
    hubmill("security", "install-tools", "nope", status=2)


def test_kube_linter_is_what_its_hash_says(hubmill, tmp_path):
    """Fetched from a folder of our own, instead of its project's."""
    def release(version):
        program(tmp_path / "made", "kube-linter", f"#!/bin/sh\necho {version}\n")
        (tmp_path / "site").mkdir(exist_ok=True)
        for name in ("kube-linter-linux.tar.gz", "kube-linter-linux_arm64.tar.gz"):
            file = tmp_path / "site" / name
            with tarfile.open(file, "w:gz") as archive:
                archive.add(tmp_path / "made/kube-linter", "kube-linter")
        shutil.copyfile(tmp_path / "site/kube-linter-linux.tar.gz", file)
        return hashlib.sha256(file.read_bytes()).hexdigest()

    def pins(version, expected=None):
        keys = [f"KUBELINTER_SHA256_{machine}={expected}\n" for machine in ("AMD64", "ARM64") if expected]
        (tmp_path / "versions.txt").write_text(f"KUBELINTER_VERSION={version}\nKUBELINTER_URL=file://{tmp_path}/site\n" +
                                               "".join(keys))

    def fetch(*more, status=0):
        return install(hubmill, "kube-linter", "--tools-dir", "mine", "--versions", "versions.txt", *more, status=status)

    right = release("9.9.9")
    pins("9.9.9")
    error = fetch(status=1)
    assert "KUBELINTER_SHA256_" in error and "--allow-unverified" in error and "remedy" in error
    pins("9.9.9", "0" * 64)
    for more in ([], ["--allow-unverified"]):
        error = fetch(*more, status=1)
        assert "another file than the pinned one" in error and right in error
    pins("0.7.6")  # The hash that hubmill itself knows, on the machine for which it knows one.
    assert "another file" in fetch(status=1) or "cannot be checked" in fetch(status=1)
    pins("8.8.8", right)
    assert "no KubeLinter 8.8.8 in" in fetch(status=1)
    assert not list((tmp_path / "mine/bin").iterdir())
    pins("9.9.9", right.upper())
    assert "kube-linter is there" in fetch()
    shutil.rmtree(tmp_path / "mine")
    pins("9.9.9")
    assert f"not checked: sha256={right}" in fetch("--allow-unverified")
    assert visible(tmp_path / "mine") == {"bin"}


def test_policies_that_could_find_nothing(hubmill, tools, roots, tmp_path):
    (tmp_path / "rego").mkdir()
    for text, why in [("package\tmine\nviolation contains 1 if true\n", "no policy has a rule called deny"),
                      ("deny contains 1 if true\n", "does not begin with its package")]:
        (tmp_path / "rego/a.rego").write_text(text)
        assert why in build(hubmill, *roots, "--rego-dir", "rego", status=2).stderr.decode()
    (tmp_path / "rego/a.rego").write_text("# mine\npackage\tmine\ndeny contains 1 if true\n")
    # The stand-in answers for two packages: it was asked.
    assert "answers another question" in build(hubmill, *roots, "--rego-dir", "rego", status=1).stderr.decode()


def test_a_checkout_that_is_a_trap(hubmill, tools, roots, tmp_path):
    (tmp_path / "k8s/x/.git").mkdir(parents=True)
    os.mkfifo(tmp_path / "k8s/x/.git/HEAD")
    (tmp_path / "k8s/y/.git").mkdir(parents=True)
    (tmp_path / "k8s/y/.git/HEAD").symlink_to("/dev/zero")
    build(hubmill, *roots)


def test_a_tool_that_fails_on_the_few_files_there_are(hubmill, tools, roots, tmp_path, monkeypatch):
    broken = program(tmp_path / "broken", "kube-linter", """
        #!/bin/sh
        if [ "$1" = version ]; then echo 0.7.6; exit 0; fi
        exit 139
        """)
    monkeypatch.setenv("KUBELINTER", str(broken))
    assert "no answer at all: tool=kube-linter" in build(hubmill, *roots, status=1).stderr.decode()
    assert not (tmp_path / "out").exists()
    assert "--outdir is empty" in build(hubmill, *roots[:4], "--outdir", "", status=2).stderr.decode()


def test_silence_of_a_tool_is_no_answer(hubmill, tools, roots, tmp_path, monkeypatch):
    """An empty file of a program ends well and says nothing; so does one that could not read its input."""
    for says, status in [("", 0), ("echo '{\"Reports\":null}'", 1), ("echo '{\"Reports\":[{\"Check\":\"c\"}]}'", 0),
                         ("echo '{\"Reports\":[{\"Remediation\":\"r\"}]}'", 1), ("echo no valid objects found", 0)]:
        silent = program(tmp_path / "silent", "kube-linter", f"""
            #!/bin/sh
            if [ "$1" = version ]; then echo 0.7.6; exit 0; fi
            {says}
            exit {status}
            """)
        monkeypatch.setenv("KUBELINTER", str(silent))
        error = build(hubmill, *roots, "--no-cache", status=1).stderr.decode()
        assert "no answer at all: tool=kube-linter" in error, (says, status)
        assert not (tmp_path / "out").exists()


def test_each_skipped_file_is_named_with_its_line_and_cause(hubmill, tools, roots, tmp_path):
    (tmp_path / "k8s/bad.yaml").write_text("a: 1\n b: [\n")
    (tmp_path / "k8s/copy.yaml").write_text(POD.format("a"))
    (tmp_path / "tf/bad.tf").write_text('resource "a" "b" {\n  x = \n}\n')
    for number in range(60):
        (tmp_path / f"k8s/values{number:02}.yaml").write_text(f"replicas: {number}\n")
    done = build(hubmill, *roots, "--json")
    report, sampling = json.loads(done.stdout), json.loads((tmp_path / "out/sampling-e2-v1.json").read_text())
    for facts in (report, sampling["datasets"]):
        files = {file["source"]: file for file in facts["k8s"]["skipped_files"]}
        assert files["bad.yaml"]["reason"] == "not_yaml" and files["bad.yaml"]["line"] == 2
        assert files["bad.yaml"]["cause"]
        assert files["copy.yaml"] == {"source": "copy.yaml", "reason": "duplicate", "cause": "of a.yaml"}
        assert files["values00.yaml"] == {"source": "values00.yaml", "reason": "no_manifest"}
        assert len(files) == 2 + 50 and facts["k8s"]["skipped_files_not_shown"] == 10
        [file] = facts["terraform"]["skipped_files"]
        assert (file["reason"], file["line"]) == ("not_hcl", 2) and file["cause"].startswith("column ")
    text = build(hubmill, *roots).stdout.decode()
    assert re.search(r"^    bad.yaml:2: \w", text, re.MULTILINE)
    assert "    values02.yaml\n    and 57 more\n" in text and "values03" not in text
    assert re.search(r"^    bad.tf:2: column \d+: expected ", text, re.MULTILINE)


def test_a_large_manifest_is_read_by_all(hubmill, tools, roots, tmp_path):
    large = POD.format("large") + "# " + "x" * (2 << 20) + "\n"
    (tmp_path / "k8s/large.yaml").write_text(large)
    assert json.loads(build(hubmill, *roots, "--json").stdout)["k8s"]["skipped"] == {"too_large": 1}
    report = json.loads(build(hubmill, *roots, "--json", "--max-file-bytes", 4 << 20).stdout)
    assert report["k8s"]["rows"] == 3 and report["k8s"]["left_out"] == {}
    # KubeLinter skips what is larger than that, in silence.
    build(hubmill, *roots, "--max-file-bytes", (10 << 20) + 1, status=2)


def test_a_set_without_a_row_is_refused(hubmill, tools, roots, tmp_path):
    (tmp_path / "values").mkdir()
    (tmp_path / "values/bad.yaml").write_text("a: 1\n b: [\n")
    (tmp_path / "values/values.yaml").write_text("replicas: 1\n")
    arguments = ["--k8s-root", "values", *roots[2:]]
    for more in ([], ["--dry-run"]):
        error = build(hubmill, *arguments, *more, status=3).stderr.decode()
        for word in ("root=values", "files=2", "no_manifest=1", "not_yaml=1", "first=bad.yaml line=2", "remedy"):
            assert word in error
        assert not (tmp_path / "out").exists()
    build(hubmill, *arguments, "--mode", "test")


def test_a_test_build_never_touches_the_record_of_versions(hubmill, tools, roots, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/tools-versions.json").write_text("production")
    for more in ([], ["--compat"]):
        build(hubmill, *roots, "--mode", "test", *more)
        assert (tmp_path / "out/tools-versions.json").read_text() == "production"


def test_an_object_that_kube_linter_cannot_load_gets_no_label(hubmill, tools, roots, tmp_path, monkeypatch):
    (tmp_path / "k8s/broken.yaml").write_text(POD.format("BROKEN"))
    (tmp_path / "k8s/custom.yaml").write_text(POD.format("CUSTOM"))
    partial = program(tmp_path / "partial", "kube-linter", """
        #!/bin/sh
        if [ "$1" = version ]; then echo 0.7.6; exit 0; fi
        left="Warning: failed to load object from $PWD/$2: failed to decode:"
        grep -q BROKEN "$2" && echo "$left json: cannot unmarshal number into Go struct field" >&2
        grep -q CUSTOM "$2" && echo "$left no kind \\"Gateway\\" is registered for version \\"x/v1\\"" >&2
        echo "Warning: no valid objects found." >&2
        case "$*" in *--verbose*) ;; *) exit 2 ;; esac
        """)
    monkeypatch.setenv("KUBELINTER", str(partial))
    report = json.loads(build(hubmill, *roots, "--json").stdout)
    assert report["k8s"]["rows"] == 3 and report["k8s"]["left_out"] == {"kube-linter": 1}
    [file] = report["k8s"]["left_out_files"]
    assert file["source"] == "broken.yaml" and "cannot read an object" in file["why"]
