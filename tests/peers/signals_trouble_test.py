"""Every entry of the document's troubleshooting list, triggered, under its own words; and bad input."""
import json

from conftest import ROOT
from signals_world import COMPAT, EXAMPLE, hub_url, online, world  # noqa: F401

PAGE = (ROOT / "docs/recipes/signals.md").read_text()


def test_the_page_has_every_entry():
    for entry in ('**"PII detected" error**', '**"No valid rows to export"**', "**Python push fails**",
                  "**Schema hash mismatch**"):
        assert entry in PAGE


def test_pii_detected(world):  # noqa: F811
    world.rows(EXAMPLE, {**EXAMPLE, "features": {"industry_key": "x@y.z"}}).export(status=3)
    assert "PII detected in feature string: key=features.industry_key rule=email" in world.err
    assert "file=data/learning/train/rows.jsonl row=2" in world.err and "hubmill signals guard" in world.err
    world("guard", "data/learning/train/rows.jsonl", status=3)
    assert "PII detected in feature string" in world.err and "x@y.z" not in world.said


def test_no_valid_rows_to_export(world):  # noqa: F811
    world.train.rmdir()
    world.export(status=2)
    assert "No valid rows to export" in world.err and "data/learning/train" in world.err
    world.train.mkdir()
    world.export(status=2)
    assert "No valid rows to export" in world.err
    world.rows("", "not json").export(status=3)
    assert "No valid rows to export: lines=1 not_json=1" in world.err
    world.rows(EXAMPLE).export("--source=real", status=3)
    assert "No valid rows to export: lines=1 not_json=0 filtered=1" in world.err
    world.rows({"id": "a"}).export("--on-bad-row=quarantine", status=3)
    assert "refused=1" in world.err and world.nothing_written()


def test_python_push_fails(world):  # noqa: F811
    world.rows(EXAMPLE).settings = {"HF_EXPORT_ENABLED": "true"}
    world.export("--push", status=2)
    assert "HF_TOKEN not set" in world.err and "remedy: set HF_TOKEN" in world.err
    world("push", "--bundle-dir=runs/hf_export", "--repo=a/b", status=2)
    assert "HF_TOKEN not set" in world.err
    world.settings |= {"HF_TOKEN": "hf_secret_0123456789", "HF_ENDPOINT": "http://127.0.0.1:9"}
    world("push", "--bundle-dir=runs/hf_export", "--repo=a/b", status=4)
    assert "hf_secret" not in world.said and (world.bundle / "dataset.jsonl").exists()


def test_a_wrong_token(online):  # noqa: F811
    online.rows(EXAMPLE).settings["HF_TOKEN"] = "hf_wrong_0123456789"
    online.export("--push", "--repo=alice/x", status=4)
    assert "hf_wrong" not in online.said


def test_schema_hash_mismatch(online):  # noqa: F811
    online.rows(EXAMPLE).export("--push", "--repo=alice/mismatch")
    text = online("schema", "show", "signals_v1").replace("schema: signals_v1", "schema: mine", 1)
    (online.cwd / "mine.yaml").write_text(text + "  - {key: more_jobs, type: count}\n")
    online("schema", "check", "mine.yaml", status=3)  # The same version: everything about it is said.
    assert "added: more_jobs" in online.err and "another schema_version" in online.err
    (online.cwd / "mine.yaml").write_text(text.replace("schema_version: signals_v1", "schema_version: signals_v2") +
                                          "  - {key: more_jobs, type: count}\n")
    online.rows({**EXAMPLE, "feature_schema": "signals_v2"})
    online.export("--schema=mine.yaml", "--push", "--repo=alice/mismatch", status=3)
    assert "Schema hash mismatch" in online.err and "added: more_jobs" in online.err and "--new-schema" in online.err
    online.export("--schema=mine.yaml", "--push", "--repo=alice/mismatch", "--new-schema")
    assert online.export("--schema=mine.yaml", "--push", "--repo=alice/mismatch")["push"]["unchanged"]


def test_an_output_folder_of_others_is_left_alone(world):  # noqa: F811
    world.bundle.mkdir(parents=True)
    (world.bundle / "mine.txt").write_text("mine")
    world.rows(EXAMPLE).export(status=2)
    assert "mine.txt" in world.err and (world.bundle / "mine.txt").read_text() == "mine"


def test_keys_that_hold_personal_data_are_not_shown(world):  # noqa: F811
    report = world.rows({**EXAMPLE, "features": {"jane@x.com": 1, "tel_5551234567": 2, "jobs_extra": 3}}).export()
    assert report["unknown_features"] == {"(no plain name)": 2, "jobs_extra": 1}
    assert "jane@x.com" not in world.said and "5551234567" not in world.said
    everything = b"".join(f.read_bytes() for f in world.bundle.rglob("*") if f.is_file())
    assert b"jane" not in everything and b"5551234567" not in everything


def test_hostile_lines(world):  # noqa: F811
    deep = '{"id":"a","features":{"x":' + "[" * 100_000 + "]" * 100_000 + "}}"
    world.rows(deep, "5", "null", '"text"', "[" * 50, '{"id":"a"' + " " * 100_000 + "}", json.dumps(EXAMPLE))
    world.export("--on-bad-row=quarantine")
    assert json.loads(world.out)["rows"] == 1 and json.loads(world.out)["refused"] == 4


def test_every_wrong_option_is_named(world):  # noqa: F811
    world.rows(EXAMPLE)
    for wrong in (["--on-bad-row=skip"], ["--min-cell=-1"], ["--ranges=maybe"], ["--schema=signals_v2"], ["--compat"],
                  ["--threads=x"], ["--rejects=runs/hf_export/rejects"], ["--unknown"]):
        world("export", *wrong, status=2)
    world("schema", "check", "nowhere.yaml", status=2)
    world("schema", "show", "signals_v2", status=2)
    assert "did you mean signals_v1?" in world.err
    world("push", status=2)
    world("push", "--bundle-dir=nowhere", "--repo=a/b", "--hub=local", status=2)
    assert "missing=dataset.jsonl, dataset_info.json" in world.err
    world("export", "--compat", *COMPAT)
