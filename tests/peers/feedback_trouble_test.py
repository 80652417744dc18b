"""What goes wrong with `hubmill feedback run`: the document's troubleshooting, bad inputs, a server that dies."""
import datetime
import json
import re
import socket
import subprocess
import time

import pytest

from conftest import BINARY, ROOT
from feedback_world import (LABELS, PASSWORD, TOKEN, URGENCIES, Refusing, complaints, databases, hub_url,  # noqa: F401
                            postgres, world, wrong_rows)


# --- the document's troubleshooting, under its titles ----------------------------------------------

@pytest.mark.parametrize("url, status, said", [
    ("postgresql://u:{password}@127.0.0.1:1/d", 4, "cannot connect to the database"),
    ("postgresql://hubmill:wrong-{password}@127.0.0.1:{port}/postgres", 4, "sqlstate=28P01"),
    ("postgresql://hubmill:{password}@127.0.0.1:{port}/nowhere", 4, "sqlstate=3D000"),
])
def test_database_connection_fails(world, url, status, said):  # noqa: F811
    world.make_space()
    report = world.facts("--push", "--set", "retries=0", "--space", world.space, status=status,
                         POSTGRES_URL=url.format(password=PASSWORD, port=world.databases.server.port))
    assert [entry["outcome"] for entry in report["sets"].values()] == ["failed", "failed"]
    assert said in world.said and world.said.count("error: ") == 1
    assert world.stage() == "PAUSED" and not world.api.repo_exists(world.urgency, repo_type="dataset")


@pytest.mark.parametrize("wrong, said", [
    ({"POSTGRES_URL": f"mysql://u:{PASSWORD}@127.0.0.1/d"},
     ["POSTGRES_URL or DATABASE_URL: not the URL of a PostgreSQL database"]),
    ({"POSTGRES_URL": f"postgresql://u:{PASSWORD}@[127.0.0.1/d"}, ["the database's URL cannot be read"]),
    ({"URGENCY_DATASET": "alice/ur gency", "DEPARTMENT_DATASET": "https://huggingface.co/datasets/alice/d"},
     ["repo=alice/ur gency", "repo=https://huggingface.co/datasets/alice/d"]),
    ({"URGENCY_DATASET": "alice/one", "DEPARTMENT_DATASET": "alice/one"}, ["two labels have one repository"]),
    ({"PREPARE_DATASET_SPACE_ID": "no slash here"}, ["repo=no slash here"]),
])
def test_settings_of_a_wrong_form_contact_nobody(world, wrong, said):  # noqa: F811
    world.make_space()
    with Refusing(world, "", 500) as hub:
        told = world.run("--push", status=2, **{"PREPARE_DATASET_SPACE_ID": world.space, **wrong})
        assert all(text in told for text in said) and "remedy: " in told, told
        assert not hub.paths
    assert world.stage() != "PAUSED" and not (world.cwd / "events").exists()


def two_databases(world, url):  # noqa: F811
    """Recipes one.yaml and two.yaml, each with a webhook; the second reads another database."""
    for name in ("one", "two"):
        path = world.recipe("urgency", "sample", "min_rows", "encode_label", name=f"{name}.yaml")
        hook = f"on_failure: {{webhook: {world.settings['HF_ENDPOINT']}/hook/{name}}}\n"
        path.write_text(path.read_text().replace("recipe: feedback-urgency", f"recipe: {name}") + hook)
    path.write_text(path.read_text().replace("POSTGRES_URL", "OTHER_URL").replace("DATABASE_URL", "THIRD_URL"))
    return {"OTHER_URL": url}


def test_one_of_two_databases_is_away(world):  # noqa: F811
    away = f"postgresql://u:{PASSWORD}@127.0.0.1:1/d"
    arguments = ("--recipe", "one.yaml", "--recipe", "two.yaml", "--set", "retries=0")
    with Refusing(world, "/hook", 200) as chat:
        settings = two_databases(world, away)
        report = world.facts(*arguments, status=4, **settings)
        assert [entry["outcome"] for entry in report["sets"].values()] == ["prepared", "failed"]
        assert chat.paths == ["POST /hook/two"]
        logged, alerts = world.events()
        assert ("db_connection_status", "failed") in logged
        assert [alert[0] for alert in alerts] == ["Database Connection Failed"]
        world.run(*arguments, status=4, POSTGRES_URL=away, **settings)
        assert chat.paths[1:] == ["POST /hook/one", "POST /hook/two"]


def test_how_long_a_connection_is_waited_for(world):  # noqa: F811
    with socket.create_server(("127.0.0.1", 0)) as silent:
        path = world.recipe("urgency", "sample")
        path.write_text(path.read_text().replace("  postgres:\n", "  postgres:\n    connect_timeout_s: 1\n"))
        begun = time.monotonic()
        world.run("--recipe", "mine.yaml", "--set", "retries=0", "--tracker", "none", status=4,
                  POSTGRES_URL=f"postgresql://u:p@127.0.0.1:{silent.getsockname()[1]}/d")
        assert time.monotonic() - begun < 8


def test_events_that_cannot_be_kept(world):  # noqa: F811
    world.make_space()
    (world.cwd / "events").write_text("a file")
    said = world.run("--push", "--label", "urgency", "--space", world.space)
    assert said.count("note: nobody follows this run: cannot write events") == 1 and "published" in said
    assert world.stage() == "PAUSED"


def test_other_spellings_of_the_address(world):  # noqa: F811
    rest = world.settings["POSTGRES_URL"].split("://")[1]
    world.run("--label", "urgency", POSTGRES_URL=None, DATABASE_URL="postgresql+psycopg2://" + rest)
    world.run("--label", "urgency", POSTGRES_URL="postgres://" + rest)


def test_dataset_push_fails(world):  # noqa: F811
    said = world.run("--push", status=4, HF_TOKEN="hf_wrong")
    assert "401" in said and "remedy: " in said and "hf_wrong" not in said


def test_wandb_login_fails(world):  # noqa: F811
    with Refusing(world, "", 401) as wandb:
        said = world.run("--label", "urgency", HF_ENDPOINT=world.hub, WANDB_API_KEY="0" * 40,
                         WANDB_BASE_URL=world.settings["HF_ENDPOINT"])
        assert wandb.paths and "hubmill track sync events/" in said and "0" * 40 not in said
    assert dict(world.events()[0])["status"] == "completed"
    assert "WANDB_API_KEY" in world.run("--tracker", "wandb", status=2)
    before = list((world.cwd / "events").iterdir())
    world.run("--tracker", "none", "--label", "urgency", WANDB_BASE_URL="of nobody")
    world.run("--dry-run", "--label", "urgency", WANDB_BASE_URL="of nobody")
    assert "WANDB_BASE_URL" in world.run(status=2, WANDB_API_KEY="0" * 40, WANDB_BASE_URL="of nobody")
    world.run("--tracker", "none")
    world.run("--dry-run")
    assert list((world.cwd / "events").iterdir()) == before


def test_a_webhook_is_told_of_a_label_that_failed(world):  # noqa: F811
    path = world.recipe("urgency", "sample", "min_rows", "encode_label")
    with Refusing(world, "/hook", 200) as chat:
        path.write_text(path.read_text() + f"on_failure: {{webhook: {world.settings['HF_ENDPOINT']}/hook}}\n")
        world.run("--recipe", "mine.yaml", "--set", "unknown_max=0")
        assert not chat.paths
        world.sql("UPDATE misclassified_complaints SET correct_urgency = 'Normal' WHERE correct_urgency = 'NORMAL'")
        world.run("--recipe", "mine.yaml", "--set", "unknown_max=0", status=3)
        assert chat.paths == ["POST /hook"]


def test_insufficient_data(world):  # noqa: F811
    said = world.run(MIN_DATASET_LEN="1000")
    assert "skipped: department: insufficient data (189 < 1000); remedy: wait for more reviews" in said
    assert not (world.cwd / "out/feedback/department").exists()
    assert world.facts("--correct-ratio", "0.3", "--label", "urgency")["sets"]["urgency"]["fetched"] == 109 + 32
    world.run("--label", "urgency", "--min-rows", 163, MIN_DATASET_LEN="1000")


def test_space_wont_pause(world):  # noqa: F811
    for name in ("alice/not-there", "alice"):
        said = world.run("--push", "--label", "urgency", "--space", name)
        assert "warning: the Space was not paused: space=" in said, name


# --- bad inputs -------------------------------------------------------------------------------------

def test_rights_and_names(world):  # noqa: F811
    world.sql("DROP ROLE IF EXISTS narrow; CREATE ROLE narrow LOGIN PASSWORD 'narrow'; "
              "GRANT SELECT ON misclassified_complaints TO narrow; GRANT SELECT (id, department) ON complaints TO narrow")
    url = world.databases.server.url(world.database, "narrow", "narrow")
    assert "sqlstate=42501" in world.run(status=4, POSTGRES_URL=url)
    world.sql("ALTER TABLE misclassified_complaints RENAME TO elsewhere")
    assert "sqlstate=42P01" in world.run(status=2)


def test_one_label_fails_and_the_next_goes_on(world):  # noqa: F811
    world.sql("ALTER TABLE complaints DROP COLUMN department")
    report = world.facts("--push", status=2)
    assert report["sets"]["department"]["outcome"] == "failed"
    assert "sqlstate=42703" in report["sets"]["department"]["reason"]
    assert report["sets"]["urgency"]["outcome"] == "published"


def test_labels_of_another_list(world):  # noqa: F811
    rows = wrong_rows(40) + [(f"odd {i}", odd, "x", "true") for i, odd in enumerate(("normal", "Urgent ", "ann@x.org", "x"))]
    world.use("bare", complaints(rows, "urgency"))
    said = world.run("--label", "urgency", "--min-rows", 10)
    assert 'unknown_label "Urgent "=1' in said and 'unknown_label "normal"=1' in said and "ann@x.org" not in said
    assert len(world.written("urgency")) == 40
    said = world.run("--label", "urgency", "--min-rows", 10, "--set", "unknown_max=0.05", status=3)
    assert "too many rows have an unknown label: column=urgency rows=3 of=43" in said and '"normal" (1)' in said


def test_texts_of_unknown_labels_are_for_the_terminal_only(world):  # noqa: F811
    rows = wrong_rows(40) + [("odd", "Sita Devi Thapa", "x", "true")]
    world.use("bare", complaints(rows, "urgency"))
    arguments = ("--label", "urgency", "--min-rows", 10, "--push")
    assert 'unknown_label "Sita Devi Thapa"=1' in world.run(*arguments)
    manifest = world.read(world.urgency, ".hubmill/feedback-urgency/manifest.json").decode()
    assert "Sita" not in manifest and '"unknown_labels": 1' in manifest
    assert '"Sita Devi Thapa" (1)' in world.run(*arguments, "--set", "unknown_max=0", status=3)
    _, [alert] = world.events()
    assert "too many rows have an unknown label" in alert[2] and "Sita" not in alert[2]
    assert "Sita" not in world.out


def test_labels_that_are_numbers(world):  # noqa: F811
    world.sql("ALTER TABLE complaints ALTER urgency TYPE smallint USING 1; "
              "ALTER TABLE misclassified_complaints ALTER correct_urgency TYPE smallint USING 1, "
              "ALTER model_predicted_urgency TYPE smallint USING 2")
    said = world.run("--label", "urgency", status=3)
    assert "column=urgency" in said and "remedy: " in said


def test_texts_of_any_kind(world):  # noqa: F811
    odd = ["x" * 1_000_000, "zero\u200bwidth \u202eright to left", "\U0001F6B0" * 50, "a\tb\r\nc", "<br>", "https://x.org"]
    rows = wrong_rows(40) + [(text, URGENCIES[0], "x", "true") for text in odd]
    world.use("bare", complaints(rows, "urgency"))
    said = world.run("--label", "urgency", "--min-rows", 10)
    texts = {row["grievance"] for row in world.written("urgency")}
    assert {"x" * 1_000_000, "zero\u200bwidth \u202eright to left", "\U0001F6B0" * 50, "a b c", ""} <= texts
    assert "clean_text: empty_texts=2" in said and len(world.written("urgency")) == 46
    said = world.run("--label", "urgency", "--min-rows", 10, "--set", "empty=drop")
    assert "dropped empty_text=2" in said and len(world.written("urgency")) == 44


def test_personal_data(world):  # noqa: F811
    rows = wrong_rows(40) + [("write to ann@mail.example.net", URGENCIES[0], "x", "true")]
    world.use("bare", complaints(rows, "urgency"))
    arguments = ("--label", "urgency", "--min-rows", 10)
    assert "pii_guard: email=1" in world.run(*arguments)
    assert "write to ann@mail.example.net" in {row["grievance"] for row in world.written("urgency")}
    said = world.run(*arguments, "--push", "--public", status=3)
    assert "the repository is public" in said and "--pii mask" in said
    assert not world.api.repo_exists(world.urgency, repo_type="dataset")
    assert "the repository is public" in world("publish", "out/feedback/urgency", "--repo", world.urgency, "--public",
                                               status=3)
    world.run(*arguments, "--push", "--public", "--pii", "mask")
    assert "write to [EMAIL]" in {row["grievance"] for row in world.written("urgency")}
    assert not world.api.repo_info(world.urgency, repo_type="dataset").private
    assert "the repository is public" in world.run(*arguments, "--push", status=3), "an existing one, too"
    world.run(*arguments, "--push", "--pii", "drop")
    assert len(world.written("urgency")) == 40
    assert "action" in world.run(*arguments, "--pii", "hide", status=2)


def test_near_identical_texts_stay_together(world):  # noqa: F811
    rows = []
    for i in range(60):
        text = f"the water pipe of ward {i} is broken since the day before yesterday and nobody comes to repair it {i}"
        rows += [(text, URGENCIES[i % 3], "x", "true"), (text.upper(), URGENCIES[i % 3], "x", "true")]
    world.use("bare", complaints(rows, "urgency"))
    arguments = ("--label", "urgency", "--min-rows", 10)
    parted = int(re.search(r"in_several_splits=(\d+)", world.run(*arguments)).group(1))
    assert parted > 5
    assert "in_several_splits" not in world.run(*arguments, "--group-by", "text")
    sides = {}
    for split in ("train", "eval", "test"):
        for row in world.rows("urgency", split):
            sides.setdefault(row["grievance"].lower(), set()).add(split)
    assert all(len(splits) == 1 for splits in sides.values()) and len(sides) == 60
    world.run(*arguments, "--group-by", "id")
    assert "column" in world.run(*arguments, "--group-by", "nothing", status=3)


# --- versions -----------------------------------------------------------------------------------------

def test_a_tag_of_the_same_second_waits(world):  # noqa: F811
    world.run("--push", "--label", "urgency")
    now = datetime.datetime.now(datetime.timezone.utc)
    taken = {(now + datetime.timedelta(seconds=s)).strftime("v%Y%m%d_%H%M%S") for s in range(4)}
    for tag in taken - set(world.tags(world.urgency)):
        world.api.create_tag(world.urgency, tag=tag, repo_type="dataset")
    before = world.tags(world.urgency)
    world.sql("UPDATE complaints SET message = message || ' now'")
    tag = world.facts("--push", "--label", "urgency")["sets"]["urgency"]["run"]["publish"]["tag"]
    after = world.tags(world.urgency)
    assert tag not in before and tag > max(taken) and after[tag] == world.commits(world.urgency)[0].commit_id
    assert {name: after[name] for name in before} == before, "no tag was moved"
    assert world.metadata(world.urgency, tag)["version_tag"] == tag


def test_a_tag_that_was_cut_off_is_set_by_the_next_run(world):  # noqa: F811
    world.run("--push", "--label", "urgency")
    (tag, commit), = world.tags(world.urgency).items()
    world.api.delete_tag(world.urgency, tag=tag, repo_type="dataset")
    publish = world.facts("--push", "--label", "urgency")["sets"]["urgency"]["run"]["publish"]
    assert publish["unchanged"] and publish["tag"] == tag and world.tags(world.urgency) == {tag: commit}


def test_a_version_whose_tag_is_late_is_a_new_one(world):  # noqa: F811
    train = world.make_space(world.space + "-train")
    world.api.pause_space(train)
    arguments = ("--push", "--label", "urgency", "--restart", train)
    with Refusing(world, "/tag/", 403):
        assert "published, without the tag" in world.run(*arguments, status=4)
    assert world.stage(train) == "PAUSED"
    report = world.facts(*arguments)
    assert report["sets"]["urgency"]["outcome"] == "published" and report["restarted"] == [train]
    assert [alert[0] for alert in world.events()[1]] == ["Urgency Dataset Updated"]
    assert world.facts(*arguments)["sets"]["urgency"]["outcome"] == "unchanged"


def test_the_card_has_the_licence_of_the_version(world):  # noqa: F811
    world.run("--push", "--label", "urgency")
    changed = {"DATASET_LICENSE": "cc-by-4.0", "DATASET_AUTHOR": "Jane"}
    assert world.facts("--push", "--label", "urgency", **changed)["sets"]["urgency"]["outcome"] == "unchanged"
    world.sql("UPDATE complaints SET message = message || ' now'")
    world.run("--push", "--label", "urgency", **changed)
    readme = world.read(world.urgency, "README.md").decode()
    assert "\nlicense: cc-by-4.0\n" in readme and "apache" not in readme and "Maintained by Jane" in readme
    assert world.metadata(world.urgency)["license"] == "cc-by-4.0"


def test_a_tag_by_name_is_set_on_what_is_there(world):  # noqa: F811
    world.run("--push", "--label", "urgency")
    said = world("run", "feedback-urgency", "--out", "out/u", "--push", "--tag", "golden")
    assert "published already" in said and "golden" in world.tags(world.urgency)
    assert len(world.commits(world.urgency)) == 2


def test_a_persons_words_in_the_card_stay(world):  # noqa: F811
    world.run("--push", "--label", "urgency")
    readme = world.read(world.urgency, "README.md").decode().replace("## Labels", "## Our labels")
    world.api.upload_file(path_or_fileobj=readme.replace("apache-2.0", "mit").encode(), path_in_repo="README.md",
                          repo_id=world.urgency, repo_type="dataset")
    assert world.facts("--push", "--label", "urgency")["sets"]["urgency"]["outcome"] == "unchanged"
    world.sql("UPDATE complaints SET message = message || ' now'")
    world.run("--push", "--label", "urgency")
    after = world.read(world.urgency, "README.md").decode()
    assert "## Our labels" in after and "license: mit" in after


def test_retraining_spaces_are_restarted_after_a_version(world):  # noqa: F811
    space = world.make_space(world.space + "-retrain")
    world.api.pause_space(space)
    arguments = ("--push", "--label", "urgency", "--restart", space)
    assert f"restarted: {space}" in world.run(*arguments) and world.stage(space) != "PAUSED"
    world.api.pause_space(space)
    assert "restarted" not in world.run(*arguments) and world.stage(space) == "PAUSED"
    world.sql("UPDATE complaints SET message = message || ' now'")
    assert "note: a Space was not restarted: space=alice/gone" in world.run(
        "--push", "--label", "urgency", "--restart", "alice/gone")


def test_dry_runs_leave_nothing(world):  # noqa: F811
    world.make_space()
    before = world.stage()
    said = world.run("--dry-run")
    assert "189" in said and not (world.cwd / "out").exists()
    said = world.run("--dry-run", "--push", "--space", world.space)
    assert "dry run: this would change" in said and "dataset_metadata.json" in said and "would publish" in said
    assert {entry["outcome"] for entry in world.facts("--dry-run", "--push")["sets"].values()} == {"would publish"}
    assert not (world.cwd / "out").exists() and not world.api.repo_exists(world.urgency, repo_type="dataset")
    assert world.stage() == before


def test_the_embedded_hub_needs_no_token(world):  # noqa: F811
    said = world.run("--push", "--hub", "local", "--label", "urgency", HF_TOKEN=None, HF_ENDPOINT=None,
                     URGENCY_DATASET="local/urgency")
    assert "published: local/urgency (private)" in said


def test_labels_and_recipes_that_are_not_there(world):  # noqa: F811
    assert "did you mean urgency?" in world.run("--label", "urgence", status=2)
    assert "no recipe of that name" in world.run("--recipe", "gone.yaml", status=2)
    world.recipe("urgency", "sample")
    assert "two recipes have one label" in world.run("--recipe", "feedback-urgency", "--recipe", "mine.yaml", status=2)


# --- one state of the database, and a server that dies -------------------------------------------------

def slow(world):  # noqa: F811
    """Reading all complaints takes 1.2 s."""
    world.sql("ALTER TABLE complaints RENAME TO stored; CREATE VIEW complaints AS SELECT stored.* FROM stored, "
              "LATERAL (SELECT pg_sleep(0.002) WHERE stored.id > 0) AS slow")


def test_all_labels_see_one_state(world):  # noqa: F811
    slow(world)
    process = subprocess.Popen([str(BINARY), "feedback", "run", "--json"], cwd=world.cwd, env=world.environment(),
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    world.wait_for_query("FROM complaints")
    world.sql("DELETE FROM misclassified_complaints")
    out, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert [entry["fetched"] for entry in json.loads(out)["sets"]] == [189, 163]
    assert world.facts()["sets"]["urgency"]["fetched"] == 0


@pytest.mark.parametrize("back", [True, False])
def test_a_server_killed_within_a_query(world, back):  # noqa: F811
    slow(world)
    process = subprocess.Popen([str(BINARY), "feedback", "run", "--push", "--json",
                                "--set", f"retries={3 if back else 1}"],
                               cwd=world.cwd, env=world.environment(), stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    world.wait_for_query("FROM complaints")
    server = world.databases.server
    server.kill()
    try:
        if back:
            server.start()
        out, said = process.communicate(timeout=60)
    finally:
        if not back:
            server.start()
    assert PASSWORD not in out + said
    repos = [world.api.repo_exists(repo, repo_type="dataset") for repo in (world.department, world.urgency)]
    if back:
        assert process.returncode == 0, said
        assert [entry["outcome"] for entry in json.loads(out)["sets"]] == ["published", "published"]
    else:
        assert process.returncode == 4 and repos == [False, False]
        assert not (world.cwd / "out/feedback/department").exists()


# --- another team ------------------------------------------------------------------------------------

TICKETS = """
CREATE TABLE tickets (ticket_id bigint PRIMARY KEY, customer text, subject text, body text, predicted_priority text);
CREATE TABLE reviews (review_id serial PRIMARY KEY, ticket_id bigint REFERENCES tickets, priority text, closed bool);
INSERT INTO tickets SELECT i, 'customer ' || i / 3, 'Ticket ' || i, 'Write to me at c' || i || '@mail.example.net',
  (ARRAY['low', 'normal', 'high'])[1 + i % 3] FROM generate_series(1, 240) AS i;
INSERT INTO reviews (ticket_id, priority, closed)
  SELECT i, (ARRAY['low', 'normal', 'high'])[1 + (i + 1) % 3], true FROM generate_series(1, 90) AS i;
"""


def test_another_teams_classifier_is_a_file(world):  # noqa: F811
    world.use("bare", TICKETS)
    recipe = ROOT / "examples/feedback-tickets.yaml"
    settings = {"TICKETS_URL": world.settings["POSTGRES_URL"], "TICKETS_DATASET": world.urgency + "-tickets"}
    said = world.run("--recipe", recipe, "--push", "--public", **settings)
    assert "tickets      180      180" in said and "pii_guard: email=180" in said
    rows = world.written("tickets")
    assert list(rows[0]) == ["ticket", "label"] and all("[EMAIL]" in row["ticket"] for row in rows)
    assert list(world.metadata(settings["TICKETS_DATASET"])) == ["version_tag", "created_at", "num_samples", "splits"]
    assert "settings are missing: TICKETS_URL" in world.run("--recipe", recipe, status=2)
    assert world("recipe", "check", recipe, **settings)
