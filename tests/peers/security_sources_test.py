"""hubmill security clone-sources, against git mirrors made here."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

import pytest
from conftest import ROOT

REPOS = {"kubernetes/examples": "kubernetes/examples",
         "GoogleCloudPlatform/microservices-demo": "kubernetes/microservices-demo",
         "terraform-aws-modules/terraform-aws-vpc": "terraform/terraform-aws-vpc"}
CLEAN = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": "/dev/null", "HOME": "/nonexistent",
         "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com",
         "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.com"}


def git(folder, *arguments) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], env=CLEAN, check=True,
                          capture_output=True, text=True)
    return done.stdout.strip()


def commit(folder: pathlib.Path, files: dict) -> str:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "change")
    return git(folder, "rev-parse", "HEAD")


class World:
    def __init__(self, tmp_path, hubmill):
        self.path, self.hubmill = tmp_path, hubmill
        self.mirror = tmp_path / "mirror"
        self.commits = {}
        for number, repo in enumerate(REPOS):
            folder = self.mirror / repo.replace("/", "+") if number == 1 else self.mirror / repo
            folder.mkdir(parents=True)
            git(folder, "init", "-q", "-b", "main")
            kind = "tf" if REPOS[repo].startswith("terraform") else "yaml"
            self.commits[repo] = commit(folder, {f"a.{kind}": "a: 1\n", f"sub/b.{kind}": "b: 2\n",
                                                 ".github/c.yml": "c: 3\n"})
            commit(folder, {f"later.{kind}": "not at the pinned commit\n"})
        self.write_lock()

    def folder_of(self, repo):
        return next(f for f in (self.mirror / repo, self.mirror / repo.replace("/", "+"))
                    if f.exists())

    def write_lock(self):
        lines = [f"- repo: {repo}\n  into: {into}\n  commit: {self.commits[repo]}\n"
                 for repo, into in REPOS.items()]
        (self.path / "sources.lock").write_text("".join(lines))

    def clone(self, *more, status=0):
        done = self.hubmill("security", "clone-sources", "--lock", "sources.lock", "--mirror",
                            self.mirror.as_uri(), "--json", *more, status=status)
        return json.loads(done.stdout) if done.stdout else done.stderr.decode()

    def checkout(self, repo) -> pathlib.Path:
        return self.path / "scripts/data/sources" / REPOS[repo]


@pytest.fixture
def world(tmp_path, hubmill):
    return World(tmp_path, hubmill)


def outcomes(report) -> list:
    return [one["outcome"] for one in report["sources"]]


def test_fetches_the_pinned_commits_once(world):
    assert outcomes(world.clone("--dry-run")) == ["to fetch"] * 3
    assert not (world.path / "scripts").exists()
    report = world.clone()
    assert outcomes(report) == ["fetched"] * 3
    assert (report["yaml_files"], report["tf_files"], report["failures"]) == (6, 2, 0)
    for repo, pinned in world.commits.items():
        assert git(world.checkout(repo), "rev-parse", "HEAD") == pinned
        assert git(world.checkout(repo), "rev-list", "--count", "HEAD") == "1"
    before = os.stat(world.checkout("kubernetes/examples") / ".git/HEAD").st_mtime_ns
    assert outcomes(world.clone()) == ["there"] * 3
    assert os.stat(world.checkout("kubernetes/examples") / ".git/HEAD").st_mtime_ns == before


def test_one_half_only(world):
    report = world.clone("--tf-only")
    assert [one["repo"] for one in report["sources"]] == ["terraform-aws-modules/terraform-aws-vpc"]
    assert (report["yaml_files"], report["tf_files"]) == (0, 2)
    assert not (world.path / "scripts/data/sources/kubernetes").exists()
    assert len(world.clone("--k8s-only")["sources"]) == 2


def test_one_failure_leaves_the_others(world):
    shutil.rmtree(world.folder_of("kubernetes/examples"))
    report = world.clone(status=4)
    assert outcomes(report) == ["failed", "fetched", "fetched"]
    assert "no such repository" in report["sources"][0]["failure"]
    world.commits["kubernetes/examples"] = "0" * 40
    world.write_lock()
    (world.mirror / "kubernetes").mkdir(exist_ok=True)
    shutil.copytree(world.folder_of("GoogleCloudPlatform/microservices-demo"),
                    world.mirror / "kubernetes/examples")
    report = world.clone(status=4)
    assert outcomes(report) == ["failed", "there", "there"]
    assert "git fetch failed" in report["sources"][0]["failure"], report
    assert not world.checkout("kubernetes/examples").exists()


def test_half_made_folders_are_continued_or_made_again(world):
    partial = world.checkout("kubernetes/examples").with_name(".examples.hubmill-partial")
    partial.mkdir(parents=True)
    for name in ["examples.partial", "examples.old"]:  # Somebody else's.
        partial.with_name(name).mkdir()
    assert world.clone("--dry-run")["sources"][0]["found"] == "partial"
    git(partial, "init", "-q")
    (partial / ".git/index.lock").write_text("")       # As a killed git leaves it.
    broken = world.checkout("GoogleCloudPlatform/microservices-demo").with_name(".microservices-demo.hubmill-partial")
    broken.mkdir(parents=True)
    (broken / ".git").write_text("no folder\n")
    assert outcomes(world.clone()) == ["fetched"] * 3
    assert not partial.exists() and not broken.exists()
    assert partial.with_name("examples.partial").exists() and partial.with_name("examples.old").exists()


@pytest.mark.parametrize("wait_s", [0.02, 0.05, 0.1, 0.2])
def test_killed_at_any_time_a_rerun_finishes(world, wait_s):
    process = world.hubmill.start("security", "clone-sources", "--lock", "sources.lock",
                                  "--mirror", world.mirror.as_uri())
    time.sleep(wait_s)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    deadline = time.time() + 20
    while time.time() < deadline:        # A git that is just ending may hold the lock a moment.
        done = world.hubmill.start("security", "clone-sources", "--lock", "sources.lock",
                                   "--mirror", world.mirror.as_uri(), "--json")
        out, _ = done.communicate()
        if done.returncode == 0:
            break
    assert json.loads(out)["failures"] == 0
    for repo, pinned in world.commits.items():
        assert git(world.checkout(repo), "rev-parse", "HEAD") == pinned
        assert git(world.checkout(repo), "status", "--porcelain") == ""


def test_other_commits_changes_and_strangers_are_named(world):
    world.clone()
    commit(world.checkout("kubernetes/examples"), {"own.yaml": "x: 1\n"})
    (world.checkout("GoogleCloudPlatform/microservices-demo") / "a.yaml").write_text("changed\n")
    shutil.rmtree(world.checkout("terraform-aws-modules/terraform-aws-vpc"))
    world.checkout("terraform-aws-modules/terraform-aws-vpc").mkdir()
    report = world.clone(status=4)
    assert [one["found"] for one in report["sources"]] == ["other commit", "changed", "no checkout"]
    for one, words in zip(report["sources"], ["at another commit", "were changed", "else stands"]):
        assert words in one["failure"] and "remedy" in one["failure"]


def test_update_moves_to_the_newest_commits_and_writes_them(world):
    world.clone()
    newest = {repo: git(world.folder_of(repo), "rev-parse", "HEAD") for repo in REPOS}
    dry = world.clone("--update", "--dry-run")
    assert [one["commit"] for one in dry["sources"]] == list(newest.values())
    assert world.commits["kubernetes/examples"] in (world.path / "sources.lock").read_text()
    assert outcomes(world.clone("--update")) == ["fetched"] * 3
    text = (world.path / "sources.lock").read_text()
    for repo, pinned in newest.items():
        assert pinned in text
        assert git(world.checkout(repo), "rev-parse", "HEAD") == pinned
    assert outcomes(world.clone()) == ["there"] * 3
    assert "--lock" in world.hubmill("security", "clone-sources", "--update",
                                     status=2).stderr.decode()


def test_the_users_settings_and_hooks_are_off(world, tmp_path):
    marker = tmp_path / "ran"
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("post-checkout", "post-index-change", "reference-transaction"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {marker}\n")
        (hooks / name).chmod(0o755)
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(f"[core]\n\thooksPath = {hooks}\n[init]\n\ttemplateDir = {hooks}"
                                     f"\n[filter \"x\"]\n\tsmudge = touch {marker}\n")
    commit(world.folder_of("kubernetes/examples"), {".gitattributes": "* filter=x\n"})
    environment = world.hubmill.environment
    world.hubmill.environment = lambda: {**environment(), "HOME": str(home)}
    world.clone("--update")
    assert not marker.exists()


def test_hostile_trees_stay_within_their_folder(world, tmp_path):
    """Links out, a name with a newline, and an object that names ../evil."""
    folder = world.folder_of("kubernetes/examples")
    (tmp_path / "secret.yaml").write_text("kind: Secret\n")
    (folder / "out.yaml").symlink_to(tmp_path / "secret.yaml")
    (folder / "loop").symlink_to(".")
    (folder / "line\nbreak.yaml").write_text("a: 1\n")
    world.commits["kubernetes/examples"] = commit(folder, {"x.yaml": "x: 1\n"})
    demo = world.folder_of("GoogleCloudPlatform/microservices-demo")
    blob = git(demo, "rev-parse", "HEAD:a.yaml")
    raw = b"100644 ../../evil.yaml\0" + bytes.fromhex(blob)
    tree = subprocess.run(["git", "-C", demo, "hash-object", "-t", "tree", "-w", "--stdin",
                           "--literally"], input=raw, env=CLEAN, check=True, capture_output=True)
    world.commits["GoogleCloudPlatform/microservices-demo"] = git(
        demo, "commit-tree", "-m", "evil", tree.stdout.decode().strip())
    world.write_lock()
    report = world.clone(status=4)
    assert outcomes(report) == ["fetched", "failed", "fetched"]
    assert not list(tmp_path.glob("**/evil.yaml"))


def test_what_is_wrong_is_said(world, hubmill, tmp_path):
    def said(*arguments, status=2):
        return hubmill("security", "clone-sources", *arguments, status=status).stderr.decode()
    assert "cannot be read: lock=none.lock" in said("--lock", "none.lock")
    for text, words in [("- repo: ../x/y\n  into: kubernetes/a\n  commit: " + "0" * 40, "field=repo"),
                        ("- repo: a/b\n  into: kubernetes/..\n  commit: " + "0" * 40, "field=into"),
                        ("- repo: a/b\n  into: elsewhere/a\n  commit: " + "0" * 40, "field=into"),
                        ("- repo: a/b\n  into: kubernetes/a\n  commit: main", "field=commit"),
                        ("- repo: --upload-pack=x/y\n  into: kubernetes/a\n  commit: " + "0" * 40,
                         "field=repo"),
                        ("- repo: a/b\n  into: kubernetes/a", "field=commit"),
                        ("[]", "not a list"), ("a: [", "not valid YAML")]:
        (tmp_path / "bad.lock").write_text(text)
        assert words in said("--lock", "bad.lock"), text
    environment = hubmill.environment
    hubmill.environment = lambda: {**environment(), "PATH": "/nonexistent"}
    assert "no program `git`" in said("--dry-run")


def test_a_git_that_hangs_or_fails_is_ended_and_quoted(world, tmp_path):
    environment = world.hubmill.environment
    fake = tmp_path / "bin"
    fake.mkdir()
    world.hubmill.environment = lambda: {**environment(), "PATH": f"{fake}:{os.environ['PATH']}"}
    (fake / "git").write_text("#!/bin/sh\nsleep 60\n")
    (fake / "git").chmod(0o755)
    start = time.time()
    report = world.clone("--tf-only", "--time-limit", "1", status=4)
    assert "ran longer than 1000 ms" in report["sources"][0]["failure"]
    assert time.time() - start < 30
    (fake / "git").write_text("#!/bin/sh\nprintf 'fatal: no\\033[31m way\\n' >&2\nexit 128\n")
    done = world.hubmill("security", "clone-sources", "--tf-only", "--lock", "sources.lock",
                         "--mirror", world.mirror, status=4)
    said = done.stderr.decode()
    assert "exit=128 said=fatal: no [31m way" in said and "\033" not in said
    assert "repos=terraform-aws-modules/terraform-aws-vpc" in said
    assert "failed" in done.stdout.decode() and "tf files: 0" in done.stdout.decode()


def test_two_at_a_time_are_refused(world):
    import fcntl
    into = world.path / "scripts/data/sources"
    into.mkdir(parents=True)
    with open(into / ".clone-sources.lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert "another clone-sources" in world.clone(status=1)


def test_the_committed_list(hubmill):
    report = json.loads(hubmill("security", "clone-sources", "--dry-run", "--json").stdout)
    assert len(report["sources"]) == 6
    assert all(len(one["commit"]) == 40 and one["url"].startswith("https://github.com/")
               for one in report["sources"])
    text = (ROOT / "security/sources/sources.lock").read_text()
    assert all(one["commit"] in text for one in report["sources"])


def found(world) -> str:
    """What is found at kubernetes/examples, and which file it is about."""
    out, _ = world.hubmill.start("security", "clone-sources", "--lock", "sources.lock", "--mirror",
                                 world.mirror.as_uri(), "--json", "--dry-run").communicate()
    one = json.loads(out)["sources"][0]
    return one["found"] + ("" if "file=" not in one["failure"] else " " + one["failure"].split("file=")[1].split(" ")[0])


def test_no_change_hides_behind_what_git_was_told(world):
    """Ignored files, and files that the index says are unchanged."""
    world.clone()
    folder = world.checkout("kubernetes/examples")
    (folder / ".git/info").mkdir(exist_ok=True)
    (folder / ".git/info/exclude").write_text("ignored.yaml\n")
    (folder / "ignored.yaml").write_text("kind: Added\n")
    assert git(folder, "status", "--porcelain") == "" and found(world) == "changed ignored.yaml"
    (folder / "ignored.yaml").unlink()
    assert found(world) == "right"
    for flag in ("assume-unchanged", "skip-worktree"):
        git(folder, "update-index", f"--{flag}", "sub/b.yaml")
        before = (folder / "sub/b.yaml").read_text()
        (folder / "sub/b.yaml").write_text("b: 3\n")
        assert git(folder, "status", "--porcelain") == "" and found(world) == "changed sub/b.yaml"
        (folder / "sub/b.yaml").unlink()
        assert found(world) == "changed sub/b.yaml"
        (folder / "sub/b.yaml").write_text(before)
        git(folder, "update-index", f"--no-{flag}", "sub/b.yaml")
        assert found(world) == "right"
    (folder / "sub/b.yaml").unlink()
    (folder / "sub/b.yaml").symlink_to("../a.yaml")
    assert found(world) == "changed sub/b.yaml"


def test_a_checkout_runs_nothing_of_its_own(world, tmp_path):
    world.clone()
    folder = world.checkout("kubernetes/examples")
    marker = tmp_path / "ran"
    spy = tmp_path / "spy"
    spy.write_text(f"#!/bin/sh\ntouch {marker}\ncat\n")
    spy.chmod(0o755)
    for key in ("core.fsmonitor", "filter.x.clean", "filter.x.process", "filter.x.smudge", "diff.external",
                "core.sshCommand", "core.pager", "core.alternateRefsCommand", "include.path"):
        git(folder, "config", key, str(spy))
    (folder / ".git/info/attributes").write_text("* filter=x\n")
    (folder / ".git/hooks").mkdir(exist_ok=True)
    for name in ("post-index-change", "post-checkout", "reference-transaction"):
        (folder / ".git/hooks" / name).write_text(spy.read_text())
        (folder / ".git/hooks" / name).chmod(0o755)
    os.utime(folder / "a.yaml")                       # The index would have to look into it.
    assert found(world) == "right" and not marker.exists()
    world.clone("--update")
    assert found(world) == "right" and not marker.exists()
    # A half-made folder is no different: what was fetched is used, what git would obey is not.
    partial = folder.with_name(".examples.hubmill-partial")
    folder.rename(partial)
    git(partial, "config", "core.fsmonitor", str(spy))
    git(partial, "config", "filter.x.smudge", str(spy))
    (partial / ".git/info/attributes").write_text("* filter=x\n")
    shutil.rmtree(world.folder_of("kubernetes/examples") / ".git/objects")  # Nothing to fetch any more.
    (world.folder_of("kubernetes/examples") / ".git/objects").mkdir()
    assert outcomes(world.clone())[0] == "fetched"
    assert found(world) == "right" and not marker.exists()


def test_a_folder_that_points_elsewhere_is_no_checkout(world, tmp_path):
    world.clone()
    folder = world.checkout("kubernetes/examples")
    (folder / ".git").rename(tmp_path / "elsewhere")
    (folder / ".git").write_text(f"gitdir: {tmp_path}/elsewhere\n")
    assert found(world) == "no checkout"
    (folder / ".git").unlink()
    (folder / ".git").symlink_to(tmp_path / "elsewhere")
    assert found(world) == "no checkout"


def test_objects_that_are_not_what_their_names_say(world):
    import zlib
    world.clone()
    folder = world.checkout("kubernetes/examples")
    pinned = world.commits["kubernetes/examples"]
    (folder / "a.yaml").write_text("a: evil\n")
    git(folder, "add", "a.yaml")
    tree = git(folder, "write-tree")
    forged = git(folder, "cat-file", "commit", pinned).replace(git(folder, "rev-parse", f"{pinned}^{{tree}}"), tree) + "\n"
    for pack in folder.glob(".git/objects/pack/*"):
        kept = folder.parent.parent.parent / pack.name
        pack.rename(kept)
        if kept.suffix == ".pack":
            subprocess.run(["git", "-C", folder, "unpack-objects", "-q"], stdin=open(kept, "rb"), env=CLEAN, check=True)
    loose = folder / ".git/objects" / pinned[:2] / pinned[2:]
    loose.chmod(0o644)
    loose.write_bytes(zlib.compress(b"commit %d\0" % len(forged) + forged.encode()))
    assert found(world) == "changed .git/objects"


def test_files_are_what_was_committed_whatever_attributes_say(world):
    folder = world.folder_of("kubernetes/examples")
    world.commits["kubernetes/examples"] = commit(folder, {"x.yaml": "x: 1\n", "id.yaml": "id: $Id$\n", "big.yaml": "version https://git-lfs\n"})
    raw = {"crlf.yaml": b"a: 1\r\nb: 2\r\n", "wide.yaml": "a: ż\n".encode("utf-16-le"), "x.yaml": b"x: 1\n", "id.yaml": b"id: $Id$\n",
           ".gitattributes": b"* text=auto eol=crlf\nid.yaml ident\nbig.yaml filter=lfs -text\nwide.yaml working-tree-encoding=UTF-16LE\n"}
    (folder / ".git/info").mkdir(exist_ok=True)
    (folder / ".git/info/attributes").write_text("* -text -filter -ident -working-tree-encoding\n")
    for name, text in raw.items():
        (folder / name).write_bytes(text)
    git(folder, "add", "-A")
    git(folder, "update-index", "--chmod=+x", "x.yaml")
    git(folder, "commit", "-qm", "attributes")
    world.commits["kubernetes/examples"] = git(folder, "rev-parse", "HEAD")
    world.write_lock()
    assert outcomes(world.clone()) == ["fetched"] * 3
    for name, text in raw.items():
        assert (world.checkout("kubernetes/examples") / name).read_bytes() == text, name
    assert outcomes(world.clone()) == ["there"] * 3
    assert git(world.checkout("kubernetes/examples"), "status", "--porcelain") == ""


def test_submodules_and_modes_of_old(world):
    """A submodule is an empty folder; 100664 is a mode that git shows as 100644."""
    folder = world.folder_of("kubernetes/examples")
    blob = git(folder, "rev-parse", "HEAD:a.yaml")
    raw = b"100664 a.yaml\0" + bytes.fromhex(blob) + b"160000 module\0" + bytes(range(20))
    tree = subprocess.run(["git", "-C", folder, "hash-object", "-t", "tree", "-w", "--stdin", "--literally"],
                          input=raw, env=CLEAN, check=True, capture_output=True).stdout.decode().strip()
    world.commits["kubernetes/examples"] = git(folder, "commit-tree", "-m", "old", tree)
    world.write_lock()
    assert outcomes(world.clone()) == ["fetched"] * 3
    assert found(world) == "right"
    module = world.checkout("kubernetes/examples") / "module"
    (module / ".git").mkdir(parents=True)
    assert found(world) == "changed module"
