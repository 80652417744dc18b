"""The make targets that build the sets of `hubmill security`; those that publish are in security_push_test.py."""
import json
import shutil
import subprocess

import pytest
from conftest import BINARY, ROOT
from security_sources_test import World as Sources
from security_stand_ins import quiet_tools
from security_world import world  # noqa: F401

E1, E2 = "environments/sv-env-network-logs/data", "environments/sv-env-config-verification/data"
FLOWS = "samples/security/flows"


@pytest.fixture
def make(world):
    shutil.copy(ROOT / "Makefile", world.cwd)
    shutil.copytree(ROOT / "make", world.cwd / "make")
    shutil.copytree(ROOT / "samples/security", world.cwd / "samples/security")
    (world.cwd / "build/release").mkdir(parents=True)
    (world.cwd / "build/release/hubmill").symlink_to(BINARY)
    tools = quiet_tools(world.cwd / "stand-ins")

    def run(*arguments, status=0, **env):
        done = subprocess.run(["make", "-o", "build", *arguments], cwd=world.cwd, env=world.environment(**tools, **env),
                              capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr
    run.cwd = world.cwd
    return run


def count(make, path: str) -> int:
    return len((make.cwd / path).read_text().splitlines())


def test_fixtures_need_no_network(make):
    make("data-test-all")
    for path, rows in [(f"{E1}/iot23-train-dev-test-test.jsonl", 20), (f"{E1}/cic-ids-2017-ood-test.jsonl", 20),
                       (f"{E1}/unsw-nb15-ood-test.jsonl", 20), (f"{E2}/k8s-labeled-test.jsonl", 23),
                       (f"{E2}/terraform-labeled-test.jsonl", 25)]:
        assert count(make, path) == rows, path
    assert not (make.cwd / E2 / "tools-versions.json").exists()
    # What is committed is what the commands build; the flows need no tool, so they are compared.
    for file in (ROOT / "samples/security/data/e1").iterdir():
        assert (make.cwd / E1 / file.name).read_bytes() == file.read_bytes(), file.name


def test_e1_from_files_with_limits(make):
    inputs = [f"E1_INPUT={FLOWS}/conn.log.labeled", f"CIC_INPUT={FLOWS}/cic-ids-2017.csv", f"UNSW_INPUT={FLOWS}/unsw-nb15.csv"]
    make("data-all", *inputs, "LIMIT=40", "N=10")
    assert count(make, f"{E1}/iot23-train-dev-test-v1.jsonl") == 40
    assert count(make, f"{E1}/cic-ids-2017-ood-v1.jsonl") == count(make, f"{E1}/unsw-nb15-ood-v1.jsonl") == 10
    make("data-e1", inputs[0], LIMIT="20")  # Of the environment.
    assert count(make, f"{E1}/iot23-train-dev-test-v1.jsonl") == 20
    make("data-e1-ood", *inputs[1:], N="12")
    assert count(make, f"{E1}/cic-ids-2017-ood-v1.jsonl") == 12
    make("validate-e1-data")


def test_e1_from_the_hub_by_name(make):
    for target, setting, name in [("data-e1", "HF_ID=alice/flows", "alice/flows"), ("data-e1-ood", "CIC_ID=alice/cic", "alice/cic")]:
        assert name in make(target, setting, status=2)  # The Hub is a closed port; make's own status is 2.
    assert "Mireu-Lab/UNSW-NB15" in make("data-e1-ood", f"CIC_INPUT={FLOWS}/cic-ids-2017.csv", "N=10", status=2)
    assert not (make.cwd / E1).exists()


def test_e2_from_cloned_sources(make, hubmill):
    assert "clone-sources" in make("data-e2-local", status=2)
    sources = Sources(make.cwd, hubmill)
    make("clone-e2-sources", "LOCK=sources.lock", f"MIRROR={sources.mirror.as_uri()}")
    pod = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n"
    (make.cwd / "scripts/data/sources/kubernetes/examples/pod.yaml").write_text(pod)
    (make.cwd / "scripts/data/sources/terraform/terraform-aws-vpc/main.tf").write_text('resource "a" "b" {\n}\n')
    make("data-e2-local")
    [row] = [json.loads(line) for line in (make.cwd / E2 / "k8s-labeled-v1.jsonl").read_text().splitlines()]
    assert row["question"] == pod and row["meta"]["source"] == "examples/pod.yaml"
    assert (make.cwd / E2 / "tools-versions.json").exists()
    make("validate-e2-data")
    make("data-e2-test")
    make("data-e2-local", "MODE=test", "PATCHES_DIR=samples/security/configs/patches")
    assert json.loads((make.cwd / E2 / "sampling-e2-test.json").read_text())["patch_verified"] == 0
    assert "nowhere" in make("data-e2-local", "REGO_DIR=nowhere", status=2)
