"""docs/recipes/security.md: every name of the source document, and every trouble under its own words."""
import os
import re

from conftest import ROOT
from security_world import world, write_e1  # noqa: F401

PAGE = (ROOT / "docs/recipes/security.md").read_text(encoding="utf-8")
FLOWS = ROOT / "samples/security/flows"


def test_every_name_of_the_source_document_stands_on_the_page():
    table = PAGE.split("\n## ")[0]
    for name in [
            "build_e1_iot23.py", "build_e1_ood.py", "build_e2_k8s_tf.py", "clone_e2_sources.sh", "export_metadata_flat.py",
            "push_canonical_with_features.py", "validate_splits_e1.py", "validate_splits_e2.py", "Pydantic", "--mode full",
            "--mode test", "--limit", "--n", "--k8s-root", "--tf-root", "--env", "--repo", "--push", "data-e1", "data-e1-ood",
            "data-e1-test", "data-e2-local", "data-e2-test", "data-all", "data-test-all", "clone-e2-sources", "validate-data",
            "hf-e1-meta", "hf-e2-meta", "hf-e1-push", "hf-e2-push", "hf-e1p-push", "hf-e2p-push", "hf-push-all",
            "hf-e1p-push-canonical", "hf-e2p-push-canonical", "-dry", "HF_TOKEN", "HF_ORG", "LIMIT", "N", ".env",
            "environments/sv-env-network-logs/data/", "environments/sv-env-config-verification/data/", "sampling-*.json",
            "ci/versions.txt", "ci.yml", "security-verifiers-e1-metadata", "section", "payload_json", "created_at", "uv sync",
            "scripts/data/sources/kubernetes", "scripts/data/sources/terraform", "build/hf/e1/meta.jsonl", "PRD.md", "CLAUDE.md"]:
        assert f"{name}" in table, name
    for trouble in ['"HF_TOKEN not found"', '"Source directories not found"', '"Dataset loading failed"', "Import errors"]:
        assert f"\n### {trouble}\n" in PAGE
        assert f"def test_trouble_{re.sub('[^a-z]+', '_', trouble.lower()).strip('_')}(" in open(__file__).read()


def test_trouble_hf_token_not_found(world):
    write_e1(world.cwd / "e1")
    world.url
    env = {"HF_TOKEN": "", "HF_HOME": str(world.cwd / "none")}
    push = ["push-canonical", "--env", "e1", "--data-dir", "e1", "--repo", "alice/set"]
    world(*push, status=4, env=env)
    assert "HF_TOKEN" in world.err and "remedy" in world.err
    (world.cwd / ".env").write_text(f"HF_TOKEN={world.environment()['HF_TOKEN']}\n")
    environment = world.environment(**env)
    del environment["HF_TOKEN"]
    world.environment = lambda **_: environment
    world(*push)


def test_trouble_source_directories_not_found(world):
    (world.cwd / "empty").mkdir()
    for k8s, terraform in [("nowhere", "nowhere"), ("empty", "empty")]:
        world("build-k8s-tf", "--k8s-root", k8s, "--tf-root", terraform, "--outdir", "out", status=2)
        assert "hubmill security clone-sources" in world.err and not (world.cwd / "out").exists()


def test_trouble_dataset_loading_failed(world):
    world.url
    world("build-iot23", "--hf-id", "alice/nothing", "--outdir", "out", status=4)
    assert "alice/nothing" in world.err
    (world.cwd / "rows.csv").write_text("a,b\n1,2\n")
    world("build-iot23", "--input", "rows.csv", "--outdir", "out", status=3)
    assert "missing=" in world.err and '"a", "b"' in world.err and not (world.cwd / "out").exists()
    world("build-iot23", "--mode", "test", "--input", FLOWS / "conn.log.labeled", "--outdir", "out")


def test_trouble_import_errors(world):
    for tool in ["KUBELINTER", "SEMGREP", "OPA", "CHECKOV"]:
        assert tool not in os.environ or os.environ.pop(tool)
    world("build-k8s-tf", "--mode", "test", "--outdir", "out", status=2, env={"PATH": "/nowhere"})
    for tool in ["KUBELINTER", "SEMGREP", "OPA", "CHECKOV"]:
        assert tool + "=" in world.err
    assert "install-tools" in world.err and not (world.cwd / "out").exists()
