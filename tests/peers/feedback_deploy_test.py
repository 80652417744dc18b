"""`hubmill feedback deploy` on the embedded Hub, and what it uploads: deploy/space."""
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.request

import pytest
import yaml

from conftest import BINARY, ROOT
from feedback_world import databases, hub_url, world  # noqa: F401
from postgres_server import PASSWORD, postgres  # noqa: F401

SPACE = ROOT / "deploy/space"
WHEEL = "hubmill-0.1.0-py3-none-linux_x86_64.whl"


@pytest.fixture
def ready(world):
    (world.cwd / "dist").mkdir()
    (world.cwd / "dist" / WHEEL).write_bytes(b"a wheel" * 1000)
    return world


def deploy(world, *arguments, **options):
    return world("feedback", "deploy", "--space", world.space, *arguments, **options)


def test_deploy_does_the_six_steps_and_again_only_what_is_new(ready):
    settings = {"WANDB_API_KEY": "wandb-key-0123456789", "FEEDBACK_OPTIONS": "--pii mask",
                "DATASET_AUTHOR": "Jane", "DATASET_LICENSE": "cc-by-4.0"}
    said = deploy(ready, "--dry-run", **settings)
    assert f"data set {ready.department}: to be made" in said and "secret POSTGRES_URL: to be set" in said
    assert "file Dockerfile: to be uploaded" in said and f"Space {ready.space}: to be restarted" in said
    assert not ready.api.repo_exists(ready.space, repo_type="space")
    said = deploy(ready, **settings)
    assert f"data set {ready.urgency}: made" in said and f"Space {ready.space}: restarted" in said
    for secret in (PASSWORD, ready.settings["HF_TOKEN"], settings["WANDB_API_KEY"]):
        assert secret not in said
    for repo, kind in ((ready.department, "dataset"), (ready.urgency, "dataset"), (ready.space, "space")):
        assert ready.api.repo_info(repo, repo_type=kind).private
    assert ready.stage() == "RUNNING"
    assert set(ready.api.get_space_variables(ready.space)) == {
        "DEPARTMENT_DATASET", "URGENCY_DATASET", "PREPARE_DATASET_SPACE_ID", "MIN_DATASET_LEN", "FEEDBACK_OPTIONS",
        "DATASET_AUTHOR", "DATASET_LICENSE"}
    listed = ready("hub", "space", "secrets", "ls", ready.space)
    assert all(name in listed for name in ("HF_TOKEN", "POSTGRES_URL", "WANDB_API_KEY"))
    wanted = {"README.md", "Dockerfile", "start.py", WHEEL}
    assert set(ready.api.list_repo_files(ready.space, repo_type="space")) - {".gitattributes"} == wanted
    for name in ("README.md", "Dockerfile", "start.py"):
        held = ready.api.hf_hub_download(ready.space, name, repo_type="space", cache_dir=ready.cwd / "cache")
        assert open(held, "rb").read() == (SPACE / name).read_bytes()
    assert "files: unchanged" in deploy(ready, **settings)
    (ready.cwd / "dist" / WHEEL.replace("0.1.0", "0.9.0")).write_bytes(b"an older wheel")
    newer = WHEEL.replace("0.1.0", "0.10.0")
    (ready.cwd / "dist" / newer).write_bytes(b"a newer wheel")
    said = deploy(ready, **settings)
    assert f"file {newer}: uploaded" in said and f"file {WHEEL}: deleted" in said


def test_what_is_missing_is_named_before_anything_is_made(ready):
    said = deploy(ready, status=2, HF_TOKEN=None, POSTGRES_URL="", URGENCY_DATASET=None)
    assert "settings are missing: HF_TOKEN, URGENCY_DATASET, POSTGRES_URL" in said
    url = ready.settings["POSTGRES_URL"]
    assert "secret POSTGRES_URL: to be set" in deploy(ready, "--dry-run", POSTGRES_URL=None, DATABASE_URL=url)
    (ready.cwd / "dist" / WHEEL).unlink()
    assert "not a wheel of hubmill" in deploy(ready, status=2)
    assert not ready.api.repo_exists(ready.space, repo_type="space")
    assert not ready.api.repo_exists(ready.department, repo_type="dataset")


def answer(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as page:
        return page.read().decode()


def wait_for(port, text):
    for _ in range(200):
        try:
            if text in answer(port):
                return
        except OSError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"the page never said {text!r}")


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def test_a_start_of_the_space_publishes_and_pauses_it(world):
    port = free_port()
    environment = world.environment(PORT=str(port), PREPARE_DATASET_SPACE_ID=world.make_space(),
                                    FEEDBACK_OPTIONS="--label urgency", PATH=f"{BINARY.parent}:{os.environ['PATH']}")
    with subprocess.Popen([sys.executable, SPACE / "start.py"], cwd=world.cwd, env=environment) as process:
        wait_for(port, "done")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
    assert world.metadata(world.urgency)["num_samples"] == 163 and world.stage() == "PAUSED"


@pytest.mark.parametrize("code, said", [(0, "done"), (4, "failed, exit status 4")])
def test_the_space_answers_while_it_runs_and_until_it_is_paused(tmp_path, code, said):
    fake = tmp_path / "hubmill"
    fake.write_text(f'#!/bin/sh\necho "$@" > said\nwhile [ ! -e go ]; do sleep 0.05; done\nexit {code}\n')
    fake.chmod(fake.stat().st_mode | stat.S_IEXEC)
    port = free_port()
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "PORT": str(port),
                   "FEEDBACK_OPTIONS": "--pii 'mask'"}
    with subprocess.Popen([sys.executable, SPACE / "start.py"], cwd=tmp_path, env=environment) as process:
        wait_for(port, "running")
        (tmp_path / "go").touch()
        wait_for(port, said)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
    assert (tmp_path / "said").read_text() == "feedback run --push --no-progress --pii mask\n"


@pytest.mark.parametrize("options, code, paused", [
    ("", 2, True), ("", "9", True), ("", 0, False), ("--no-pause-on-failure", 2, False)])
def test_a_run_that_could_not_pause_the_space_is_no_reason_to_pay_for_it(tmp_path, options, code, paused):
    fake = tmp_path / "hubmill"
    end = f"kill -{code} $$" if isinstance(code, str) else f"exit {code}"
    fake.write_text(f'#!/bin/sh\necho "$@" >> said\n[ "$1" = hub ] || {end}\n')
    fake.chmod(fake.stat().st_mode | stat.S_IEXEC)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "PORT": str(free_port()),
                   "FEEDBACK_OPTIONS": options, "PREPARE_DATASET_SPACE_ID": "alice/prepare"}
    with subprocess.Popen([sys.executable, SPACE / "start.py"], cwd=tmp_path, env=environment,
                          stdout=subprocess.PIPE, text=True) as process:
        assert "waiting to be paused" in process.stdout.readline()
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
    assert ("hub space pause alice/prepare" in (tmp_path / "said").read_text()) == paused


def test_the_container_is_what_a_docker_space_wants():
    front_matter = yaml.safe_load((SPACE / "README.md").read_text().split("---\n")[1])
    dockerfile = (SPACE / "Dockerfile").read_text()
    assert front_matter["sdk"] == "docker" and f"EXPOSE {front_matter['app_port']}\n" in dockerfile
    assert front_matter["colorFrom"] in {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
    assert len(front_matter["short_description"]) <= 60
    last = dockerfile[dockerfile.rindex("FROM "):]
    assert "--uid 1000 user" in last and last.index("USER 1000") < last.index("CMD") and "apt" not in dockerfile
    copied = set(re.findall(r"^COPY (?:--\S+ )?(\S+)", dockerfile, re.MULTILINE)) - {"/opt/hubmill"}
    assert copied == {"hubmill-*.whl", "start.py"}


def test_the_try_without_the_hub_sets_what_the_space_needs():
    example = (SPACE / ".env.example").read_text()
    compose = yaml.safe_load((ROOT / "deploy/docker-compose.yaml").read_text())
    given = set(re.findall(r"^#? ?([A-Z_]+)=", example, re.MULTILINE))
    assert {"HF_TOKEN", "POSTGRES_URL", "DEPARTMENT_DATASET", "URGENCY_DATASET"} <= given
    assert set(compose["services"]) == {"database", "hub", "prepare"}
    wanted = set(compose["services"]["prepare"]["environment"])
    assert {"HF_TOKEN", "HF_ENDPOINT", "POSTGRES_URL", "DEPARTMENT_DATASET", "URGENCY_DATASET"} <= wanted
