"""The command line: exit status, help, completion, secrets, start-up time."""
import json
import os
import pty
import signal
import subprocess
import time

import jsonschema
import pytest
import yaml
from conftest import BINARY, ROOT, write_jsonl
from served_jobs import steady_recipe

COMMANDS = ["run", "convert", "plan", "recipes", "recipe", "stages", "harmony", "hub", "metadata",
            "serve", "show", "stats", "diff", "dedup", "completion", "version"]


def test_version_starts_at_once(hubmill):
    """Nothing but loading the libraries: CPU time, with room for slow machines.  The goal, 30 ms of wall
    time on an idle one, is measured by bench/compare.py."""
    times = []
    for _ in range(15):
        child = hubmill.start("--version")
        assert child.stdout.read().startswith(b"hubmill ")
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        assert child.returncode == 0
        times.append(usage.ru_utime + usage.ru_stime)
    assert min(times) < 0.050, f"{min(times) * 1000:.0f} ms"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_help_has_an_example(hubmill, command):
    text = hubmill(command, "--help").stdout.decode()
    assert "Example" in text and "hubmill " + command in text, text


@pytest.mark.parametrize("arguments", [
    [], ["rnu"], ["run"], ["run", "smaple"], ["run", "sample", "--threads", "-1"],
    ["run", "sample", "--resume", "--fresh"], ["run", "sample", "--set", "nonsense"],
    ["run", "sample", "--executor", "moon"], ["recipe"], ["recipe", "show", "smaple"],
    ["stages", "splitt"], ["completion", "tcsh"], ["convert", "one.jsonl"],
    ["convert", "a.jsonl", "b.docx"], ["run", "sample", "--nonsense"], [""],
])
def test_wrong_usage_is_exit_status_2(hubmill, arguments):
    done = hubmill(*arguments, status=2)
    assert b"error: " in done.stderr and done.stdout == b""


@pytest.mark.parametrize("arguments,nearest", [(["rnu"], b"run"), (["run", "smaple"], b"sample"),
                                               (["hub", "uplaod", "a/b"], b"upload"),
                                               (["hub", "space", "statsu"], b"status"),
                                               (["recipe", "chek", "x"], b"check"),
                                               (["stages", "splitt"], b"split")])
def test_the_nearest_name_is_offered(hubmill, arguments, nearest):
    assert b"did you mean " + nearest in hubmill(*arguments, status=2).stderr


@pytest.mark.parametrize("arguments,said", [
    (["hub", "nonsense"], "no such subcommand: name=nonsense; remedy: see `hubmill hub --help`"),
    (["hub", "space", "zzzzzzz"], "name=zzzzzzz; remedy: see `hubmill hub space --help`"),
    (["hub", "spaces", "variables", "ls"], "remedy: see `hubmill hub spaces variables ls --help`"),
    (["hub", "upload"], "remedy: see `hubmill hub upload --help`"),
    (["run", "sample", "--limit", "-1"], "-1 not in range 0 to 1000000000000;")])
def test_what_is_wrong_is_named_where_it_stands(hubmill, arguments, said):
    assert said in hubmill(*arguments, status=2).stderr.decode()


def test_progress_for_programs(hubmill, tmp_path):
    write_jsonl(tmp_path / "in.jsonl", [{"a": number} for number in range(1000)])
    (tmp_path / "r.yaml").write_text("recipe: r\nsource: in.jsonl\n")
    hubmill("run", "r.yaml", "--progress-file", "progress")
    lines = [json.loads(line) for line in (tmp_path / "progress").read_text().splitlines()]
    size = (tmp_path / "in.jsonl").stat().st_size
    (dataset,) = lines[-1].pop("datasets")
    assert lines[-1] == {"rows_read": 1000, "rows_written": 1000, "bytes_done": size, "bytes_total": size}
    (source,) = dataset["stages"]
    assert source.pop("seconds") > 0
    assert dataset["name"] == "default" and source == {"name": "source", "rows_in": 1000, "rows_out": 1000, "dropped": {}}
    assert b"remedy: choose another --progress-file" in hubmill(
        "run", "r.yaml", "--progress-file", "none/progress", status=2).stderr


def test_progress_of_stages_ends_as_the_report_has_it(hubmill, tmp_path):
    write_jsonl(tmp_path / "in.jsonl", [{"a": number, "t": f"text {number % 7}"} for number in range(500)])
    (tmp_path / "in.jsonl").open("a").write("no row\n")
    stages = """
    - filter: {where: a % 10 != 3, reason: three}
    - shuffle: {}
    - filter: a > 20
    - dedup_near: {column: t, ngram: 1}
    - balance: {by: t, rows: 1}
    - limit: 5
"""
    (tmp_path / "r.yaml").write_text(
        "recipe: r\ndatasets:\n" + "".join(f"  {name}:\n    source: in.jsonl\n    on_bad_row: reject\n    stages:{stages}" for name in "ab"))
    hubmill("run", "r.yaml", "--progress-file", "progress", "--report", "report.json")
    report = json.loads((tmp_path / "report.json").read_text())
    last = json.loads((tmp_path / "progress").read_text().splitlines()[-1])
    assert stage_counts(last) == stage_counts(report)
    assert [len(dataset["stages"]) for dataset in last["datasets"]] == [7, 7]
    assert sum(rows for stage in last["datasets"][1]["stages"] for rows in stage["dropped"].values()) > 400


def test_progress_shows_what_an_interrupted_run_had_completed(hubmill, tmp_path):
    write_jsonl(tmp_path / "in.jsonl", [{"a": number} for number in range(100)])
    steady = steady_recipe(tmp_path).split("source:", 1)[1].replace("\n", "\n    ")
    (tmp_path / "r.yaml").write_text(
        f"recipe: r\ndatasets:\n  first:\n    source: in.jsonl\n    stages: [filter: a < 40]\n    sink: {{jsonl: {{}}}}\n  steady:\n    source:{steady}")
    run = subprocess.Popen([BINARY, "run", "r.yaml", "--progress-file", "broken_off", "--quiet"], cwd=tmp_path, stderr=subprocess.DEVNULL)
    while not (tmp_path / "broken_off").exists() or b'"steady"' not in (tmp_path / "broken_off").read_bytes():
        time.sleep(0.05)
    run.send_signal(signal.SIGINT)
    assert run.wait(60) != 0
    hubmill("run", "r.yaml", "--progress-file", "progress", "--report", "report.json")
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["datasets"][0]["resumed"]
    last = json.loads((tmp_path / "progress").read_text().splitlines()[-1])
    assert stage_counts(last) == stage_counts(report)


def stage_counts(told):
    return [(dataset["name"], [{key: stage[key] for key in ("name", "rows_in", "rows_out", "dropped")} for stage in dataset["stages"]])
            for dataset in told["datasets"]]


def test_a_set_that_is_empty_is_told(hubmill, tmp_path):
    (tmp_path / "empty.csv").write_text("a,b\n")
    (tmp_path / "r.yaml").write_text("recipe: r\nsource: empty.csv\n")
    told = b"note: a split has no rows, and the datasets library refuses it: data_set=default split=train;"
    assert told in hubmill("run", "r.yaml", "--out", "out").stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_names_every_command(hubmill, shell):
    script = hubmill("completion", shell).stdout.decode()
    for word in [*COMMANDS, "dry-run", "batch-rows"]:
        assert word in script


def test_bash_completes(hubmill, tmp_path):
    (tmp_path / "hubmill.bash").write_bytes(hubmill("completion", "bash").stdout)
    done = subprocess.run(
        ["bash", "-c", "source hubmill.bash; COMP_WORDS=(hubmill run --dr); COMP_CWORD=2; _hubmill; "
                       "echo ${COMPREPLY[@]}"], cwd=tmp_path, capture_output=True, check=True)
    assert done.stdout.split() == [b"--dry-run"]


def test_recipes_are_listed_shown_checked_and_match_the_schema(hubmill, monkeypatch):
    monkeypatch.setenv("POSTGRES_URL", "postgresql://localhost/complaints")
    names = [row["name"] for row in json.loads(hubmill("recipes", "--json").stdout)]
    assert {"sample", "gsm8k", "bfcl", "airline"} <= set(names)
    schema = json.loads(hubmill("recipe", "schema").stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    for name in names:
        text = hubmill("recipe", "show", name).stdout
        assert text == (ROOT / f"recipes/{name}.yaml").read_bytes()
        jsonschema.validate(yaml.safe_load(text), schema)
        params = yaml.safe_load(text).get("params", {})
        needed = [param for param, option in params.items()
                  if isinstance(option, dict) and option.get("required")]
        given = [word for param in needed for word in ("--set", f"{param}=2025-10-13T00:00:00Z")]
        assert b"ok" in hubmill("recipe", "check", name, *given).stdout


BAD_RECIPES = {
    "source: {jsonl: {path: x.jsonl, schema: {a: strng}}}": ":2:17: source jsonl: column a: bad type",
    "source: {jsonl: {path: x.jsonl, schema: {a: string}, json: [b]}}": "`json:` does not exist",
    "source: {csv: {path: x.csv, schema: {a: list<int64>}}}": "a CSV column cannot be nested",
    "source: {csv: {path: x.csv, columns: [a, a]}}": "names a column twice: column=a",
    "source: {csv: {path: x.csv, delimiter: ab}}": "`delimiter` must be one ASCII character",
    "source: {rows: {rows: [{a: b}], split: a b}}": ":2:40: source rows: not a split's name",
    "source: x.csv\nsink: {jsonl: {compression: gzip, level: 12}}": ":3:15: sink jsonl: no such gzip",
    "source: x.csv\nsink: {parquet: {file_name: x}}": ":3:17: sink parquet: not a pattern",
    "source: x.csv\nstages: [{balance: {by: a}}]": ":3:20: stage balance: balance needs exactly",
    "source: x.csv\nstages: [{encode_label: {column: a, labels: [x, x]}}]": "label listed twice",
    "source: x.csv\nstages: [{encode_label: {column: a, labels: {x: y}}}]": "is not an integer",
    "source: x.csv\nstages: [{filter: 'a >'}]": ":3:19: stage filter: expression is wrong",
    "source: x.csv\nstages: [{cast: {columns: {a: number}}}]": "stage cast: bad type",
    "datasets: {a: {source: {stdin: csv}}, b: {source: {stdin: csv}}}": "can be read once only",
    "source: x.csv\nsink: {parquet: {file_name: '.x/{split}-{shard}'}}": "not a pattern of file names",
    "datasets:\n  a: {source: x.csv, sink: {parquet: {file_name: 'x/{split}-{shard}'}}}\n"
    "  b: {source: x.csv, sink: {parquet: {file_name: 'x/{split}-{shard}'}}}":
        ":4:50: sink parquet: file_name: the data set b would write over files of a",
    "datasets:\n  a: {source: x.csv, sink: {parquet: {file_name: 'b/{split}-{shard}'}}}\n"
    "  b: {source: x.csv}": ":3:50: sink parquet: file_name: the data set a would write over files of b",
    "datasets: {README.md: {source: x.csv}}": ":2:12: a file of this name stands in every output",
    "datasets: {manifest.json: {source: x.csv}}": ":2:12: a file of this name stands",
}


@pytest.mark.parametrize("recipe", BAD_RECIPES)
def test_check_refuses_what_a_run_refuses_without_data(hubmill, tmp_path, recipe):
    (tmp_path / "x.csv").write_text("a\n1\n")
    write_jsonl(tmp_path / "x.jsonl", [{"a": 1}])
    (tmp_path / "recipe.yaml").write_text("recipe: wrong\n" + recipe + "\n")
    said = hubmill("recipe", "check", "recipe.yaml", status=2).stderr.decode()
    assert "recipe.yaml:" in said and BAD_RECIPES[recipe] in said, said
    assert hubmill("run", "recipe.yaml", "--out", "out", status=2).stderr.decode() == said


def test_stages_as_table_details_and_json(hubmill):
    stages = json.loads(hubmill("stages", "--json").stdout)
    table = hubmill("stages").stdout.decode()
    for stage in stages:
        assert stage["name"] in table and stage["summary"] and stage["example"]
        details = hubmill("stages", stage["name"]).stdout.decode()
        for option in stage["options"]:
            assert option["name"] in details and option["help"]


def test_docs_stages_is_current(hubmill):
    made = hubmill("stages", "--markdown").stdout.decode()
    assert (ROOT / "docs/stages.md").read_text() == made, "remedy: make docs"


def test_stage_examples_are_right(hubmill, tmp_path, monkeypatch):
    """Each example stands in a recipe that `recipe check` accepts."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://localhost/feedback")
    for stage in json.loads(hubmill("stages", "--json").stdout):
        recipe = {"recipe": "example", "source": {"jsonl": {"path": "in.jsonl"}}, "stages": [],
                  "sink": {"parquet": {}}}
        example = yaml.safe_load(stage["example"])
        if stage["kind"] in ("source", "sink"):
            recipe[stage["kind"]] = example.get(stage["kind"], example)
            recipe["params"] = example.get("params", {})
        else:
            recipe["stages"] = example if isinstance(example, list) else [example]
        (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(recipe, sort_keys=False))
        hubmill("recipe", "check", "recipe.yaml")


SECRET_RECIPE = """recipe: secret
params:
  token: {env: HUBMILL_TEST_TOKEN, secret: true}
source:
  jsonl: {path: in.jsonl}
stages:
  - filter: "text != '${token}'"
sink:
  jsonl: {}
"""


def test_secrets_come_from_dotenv_and_are_never_shown(hubmill, tmp_path):
    write_jsonl(tmp_path / "in.jsonl", [{"text": "x"}, {"text": "open-sesame"}])
    (tmp_path / "recipe.yaml").write_text(SECRET_RECIPE)
    (tmp_path / ".env").write_text("HUBMILL_TEST_TOKEN=open-sesame\n")
    shown = [hubmill("plan", "recipe.yaml"), hubmill("run", "recipe.yaml", "--out", "out", "--json"),
             hubmill("run", "recipe.yaml", "--out", "out2", "--report", "report.json"),
             hubmill("run", "recipe.yaml", "--set", "token=open-sesame", status=2)]
    for done in shown:
        assert b"open-sesame" not in done.stdout + done.stderr
    for name in ["out/manifest.json", "out/README.md", "report.json"]:
        assert "open-sesame" not in (tmp_path / name).read_text()
    # The secret did its work: the row that equals it was dropped.
    assert next((tmp_path / "out/data").iterdir()).read_text() == '{"text":"x"}\n'


def test_a_secret_too_short_to_be_masked_is_refused(hubmill, tmp_path):
    write_jsonl(tmp_path / "in.jsonl", [{"text": "x"}])
    (tmp_path / "recipe.yaml").write_text(SECRET_RECIPE)
    (tmp_path / ".env").write_text("HUBMILL_TEST_TOKEN=e\n")
    said = hubmill("run", "recipe.yaml", "--out", "out", status=2).stderr.decode()
    assert "recipe.yaml:" in said and "the secret is too short to be masked" in said, said
    assert "***" not in said and "bytes_min=4" in said


@pytest.mark.parametrize("part", [
    "description: d ${token}", "stages: [{rename: {columns: {text: '${token}'}}}]",
    "stages: [{encode_label: {column: text, labels: [x, '${token}']}}]",
    "publish: {card: '${token}'}", "source: {jsonl: {path: '${token}.jsonl'}}",
    "source: {jsonl: {path: 'gone/${token}.jsonl'}}"])
def test_a_secret_is_neither_published_nor_named(hubmill, tmp_path, part):
    for name in ["in", "open-sesame"]:
        write_jsonl(tmp_path / f"{name}.jsonl", [{"text": "x"}])
    recipe = {"recipe": "r", "params": {"token": {"env": "HUBMILL_TEST_TOKEN", "secret": True}},
              "source": {"jsonl": {"path": "in.jsonl"}}, **yaml.safe_load(part)}
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(recipe))
    (tmp_path / ".env").write_text("HUBMILL_TEST_TOKEN=open-sesame\n")
    for command in [["plan"], ["run", "--out", "out"]]:
        done = hubmill(command[0], "recipe.yaml", *command[1:], status=2)
        assert b"open-sesame" not in done.stdout + done.stderr
        assert b"a secret would be written" in done.stderr or b"***" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_reader_that_goes_away_is_no_failure(tmp_path):
    done = subprocess.run(["bash", "-c", f"'{BINARY}' stages --markdown | head -1; echo ${{PIPESTATUS[0]}}"],
                          capture_output=True, check=True)
    assert done.stdout.split()[-1] == b"0"


def test_facts_go_to_stdout_and_messages_to_stderr(hubmill, tmp_path):
    data = f"data={ROOT / 'samples'}"
    done = hubmill("run", "sample", "--set", data, "--out", "out")
    assert b"feedback" in done.stdout and b"done:" not in done.stdout
    assert b"done:" in done.stderr and b"\r" not in done.stderr and b"\x1b" not in done.stderr
    done = hubmill("run", "sample", "--set", data, "--out", "quiet", "--quiet")
    assert done.stdout == b"" and done.stderr == b""
    report = json.loads(hubmill("run", "sample", "--set", data, "--out", "json", "--json").stdout)
    assert [dataset["name"] for dataset in report["datasets"]] == ["feedback", "chat"]


def test_a_report_that_cannot_be_written_is_found_before_the_run(hubmill, tmp_path):
    data = f"data={ROOT / 'samples'}"
    told = hubmill("run", "sample", "--set", data, "--out", "out", "--report", "none/x.json", status=1)
    assert b"cannot write the run report: file=none/x.json" in told.stderr
    assert not (tmp_path / "out").exists()
    told = hubmill("run", "sample", "--set", data, "--out", "out", "--report", "/dev/full", status=1)
    assert b"output: out" in told.stdout and b"cannot write the run report" in told.stderr


def test_dry_run_writes_nothing(hubmill, tmp_path):
    hubmill("run", "sample", "--set", f"data={ROOT / 'samples'}", "--out", "out", "--dry-run")
    assert list(tmp_path.iterdir()) == []


def test_the_bar_is_drawn_on_a_terminal_only_and_removed(hubmill, tmp_path):
    write_jsonl(tmp_path / "in.jsonl", [{"text": "x" * 100, "n": n} for n in range(400_000)])
    ours, theirs = pty.openpty()
    process = subprocess.Popen([BINARY, "convert", "in.jsonl", "out.parquet", "--threads", "1",
                                "--level", "12"], cwd=tmp_path, stdout=subprocess.DEVNULL,
                               stderr=theirs, env={**os.environ, "TERM": "xterm"})
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(ours, 65536):
            shown += chunk
    except OSError:
        pass  # The other end is closed.
    assert process.wait() == 0
    assert b"rows/s" in shown and b"B/s" in shown and b"done:" in shown
    assert b"\r\x1b[K" in shown
