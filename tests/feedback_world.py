"""A database of complaints, a Hub and `hubmill feedback`, for the tests of that command."""
import json
import os
import pathlib
import subprocess
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import huggingface_hub
import pyarrow.parquet as pq
import pytest
import yaml

from conftest import BINARY, ROOT
from postgres_server import PASSWORD, postgres  # noqa: F401

GOLDEN = ROOT / "tests/golden/feedback"
TOKEN = "hf_feedback_0123456789"
LABELS = ["Municipal Governance & Community Services", "Education, Health & Social Welfare",
          "Infrastructure, Utilities & Natural Resources", "Security & Law Enforcement"]
URGENCIES = ["NORMAL", "URGENT", "HIGHLY URGENT"]
COPIES = {"complaints": "id, department, message, urgency",
          "misclassified_complaints": "id, complaint_id, model_predicted_department, model_predicted_urgency, "
                                      "correct_department, correct_urgency, reviewed"}


def golden(name: str) -> list[dict]:
    return [json.loads(line) for line in (GOLDEN / name).read_text().splitlines()]


class Server:
    """A PostgreSQL with two templates: the golden inputs, and the same tables without rows."""

    def __init__(self, server):
        self.server, self.count = server, 0
        for name in ("golden", "bare"):
            server.psql(f"CREATE DATABASE {name}")
            server.psql((GOLDEN / "inputs/schema.sql").read_text(), database=name)
        for (table, columns), name in zip(COPIES.items(), ("complaints", "misclassified")):
            rows = (GOLDEN / f"inputs/{name}.csv").read_text()
            server.psql(f"COPY {table} ({columns}) FROM STDIN (FORMAT csv)", database="golden", input=rows)

    def database(self, template="golden", sql="") -> str:
        """A new database; its name."""
        self.count += 1
        name = f"d{self.count}"
        self.server.psql(f"CREATE DATABASE {name} TEMPLATE {template}")
        subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", self.server.url(name), "-f", "-"], input=sql,
                       check=True, text=True, capture_output=True)  # Longer than an argument may be.
        return name


@pytest.fixture(scope="module")
def databases(postgres):  # noqa: F811
    return Server(postgres)


@pytest.fixture(scope="module")
def hub_url(tmp_path_factory):
    root = tmp_path_factory.mktemp("hub")
    with subprocess.Popen([str(BINARY), "hub", "serve", "--root", str(root), "--no-fsync", "--user", "alice",
                           "--token", TOKEN], stdout=subprocess.PIPE, text=True) as server:
        yield server.stdout.readline().strip()
        server.terminate()


class World:
    """A working folder; `hubmill feedback run` with everything that it needs in the environment."""

    serial = 0

    def __init__(self, cwd: pathlib.Path, databases: Server, hub_url: str):
        World.serial += 1
        self.cwd, self.databases, self.hub = cwd, databases, hub_url
        self.department, self.urgency = f"alice/department-{World.serial}", f"alice/urgency-{World.serial}"
        self.space = f"alice/prepare-{World.serial}"
        self.said = ""
        self.settings = {"HF_ENDPOINT": hub_url, "HF_TOKEN": TOKEN, "DEPARTMENT_DATASET": self.department,
                         "URGENCY_DATASET": self.urgency, "MIN_DATASET_LEN": "100"}
        self.use("golden")

    def use(self, template="golden", sql=""):
        self.database = self.databases.database(template, sql)
        self.settings["POSTGRES_URL"] = self.databases.server.url(self.database)

    def sql(self, text: str) -> str:
        return self.databases.server.psql(text, database=self.database).stdout

    def wait_for_query(self, text: str):
        """Until another connection is within a query that holds `text`."""
        deadline = time.monotonic() + 60
        within = ("SELECT 'it is' AS found FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() "
                  f"AND query LIKE '%{text}%'")
        while "it is" not in self.sql(within):
            assert time.monotonic() < deadline, "nobody asks"

    def environment(self, **settings) -> dict:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "WANDB_", "PG"))}
        given = {**self.settings, **settings}
        return {**kept, "HOME": str(self.cwd), "NO_COLOR": "1", "HF_HOME": str(self.cwd / "hf"),
                **{key: value for key, value in given.items() if value is not None}}

    def __call__(self, *arguments, status=0, **settings) -> str:
        """Standard output and standard error; settings that are None are taken away."""
        done = subprocess.run([str(BINARY), *map(str, arguments)], cwd=self.cwd, capture_output=True, text=True,
                              env=self.environment(**settings), timeout=120, check=False)
        self.said += done.stdout + done.stderr
        assert done.returncode == status, f"exit {done.returncode}, wanted {status}\n{done.stdout}\n{done.stderr}"
        self.out = done.stdout
        return done.stdout + done.stderr

    def run(self, *arguments, status=0, **settings) -> str:
        return self("feedback", "run", *arguments, status=status, **settings)

    def facts(self, *arguments, status=0, **settings) -> dict:
        """The report, its sets by label."""
        self.run(*arguments, "--json", status=status, **settings)
        report = json.loads(self.out)
        report["sets"] = {entry["label"]: entry for entry in report["sets"]}
        return report

    def rows(self, label: str, split: str, folder="out/feedback") -> list[dict]:
        return pq.read_table(self.cwd / folder / label / f"data/{split}-00000-of-00001.parquet").to_pylist()

    def written(self, label: str, folder="out/feedback") -> list[dict]:
        return [row for split in ("train", "eval", "test") for row in self.rows(label, split, folder)]

    def recipe(self, label: str, *stages: str, sink="jsonl", name="mine.yaml") -> pathlib.Path:
        """The built-in recipe with these of its stages only."""
        loaded = yaml.safe_load((ROOT / f"recipes/feedback-{label}.yaml").read_text())
        loaded["stages"] = [stage for stage in loaded["stages"] if set(stage) & set(stages)]
        loaded["sink"] = {sink: {}}
        (self.cwd / name).write_text(yaml.safe_dump(loaded, sort_keys=False, allow_unicode=True))
        return self.cwd / name

    def events(self) -> tuple[list[tuple], list[tuple]]:
        """Names and values that the last run logged, and its alerts: title, level, text."""
        path = max((self.cwd / "events").glob("*.jsonl"), key=lambda file: file.stat().st_mtime_ns)
        events = [json.loads(line) for line in path.read_text().splitlines()]
        logged = [pair for event in events if event["event"] == "log" for pair in event["values"].items()]
        return logged, [(e["title"], e["level"], e["text"]) for e in events if e["event"] == "alert"]

    # --- the Hub --------------------------------------------------------------------------------

    @property
    def api(self) -> huggingface_hub.HfApi:
        return huggingface_hub.HfApi(endpoint=self.hub, token=TOKEN)

    def tags(self, repo: str) -> dict[str, str]:
        return {tag.name: tag.target_commit for tag in self.api.list_repo_refs(repo, repo_type="dataset").tags}

    def commits(self, repo: str) -> list:
        return self.api.list_repo_commits(repo, repo_type="dataset")

    def read(self, repo: str, path: str, revision="main") -> bytes:
        return pathlib.Path(self.api.hf_hub_download(repo, path, repo_type="dataset", revision=revision,
                                                     cache_dir=self.cwd / "cache")).read_bytes()

    def metadata(self, repo: str, revision="main") -> dict:
        return json.loads(self.read(repo, "dataset_metadata.json", revision))

    def make_space(self, name=None) -> str:
        self.api.create_repo(name or self.space, repo_type="space", space_sdk="docker")
        return name or self.space

    def stage(self, space=None) -> str:
        return self.api.get_space_runtime(space or self.space).stage


@pytest.fixture
def world(tmp_path, databases, hub_url):
    made = World(tmp_path, databases, hub_url)
    yield made
    assert PASSWORD not in made.said and TOKEN not in made.said
    for path in tmp_path.rglob("*"):  # No file that a run leaves names the password.
        if path.is_file() and path.suffix in {".json", ".jsonl", ".md"}:
            assert PASSWORD not in path.read_text(errors="replace"), path


class Refusing:
    """Stands before a Hub and answers requests whose path holds `match` by `status`; notes all paths.

    With `after`, an event, those are answered when it is set.
    """

    def __init__(self, world: World, match: str, status: int, answer='{"error": "refused"}', after=None):
        outer, self.world, self.paths = self, world, []
        target = world.hub

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
                outer.paths.append(f"{self.command} {self.path}")
                if match in self.path:
                    if after is not None:
                        after.wait(60)
                    return self.reply(status, {}, answer.encode())
                request = urllib.request.Request(target + self.path, body, dict(self.headers), method=self.command)
                try:
                    with urllib.request.urlopen(request, timeout=60) as done:
                        return self.reply(done.status, done.headers, done.read())
                except urllib.error.HTTPError as error:
                    return self.reply(error.code, error.headers, error.read())

            def reply(self, code, headers, body):
                self.send_response(code)
                for key, value in headers.items():
                    if key.lower() not in ("content-length", "connection", "date", "server", "transfer-encoding"):
                        self.send_header(key, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = answer

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.before = self.world.settings["HF_ENDPOINT"]
        self.world.settings["HF_ENDPOINT"] = f"http://127.0.0.1:{self.server.server_address[1]}"
        return self

    def __exit__(self, *_):
        self.world.settings["HF_ENDPOINT"] = self.before
        self.server.shutdown()
        self.server.server_close()


def complaints(rows: list[tuple], label="department") -> str:
    """SQL of complaints: (text, true label, corrected from | None, reviewed)."""
    sql = []
    for number, (text, truth, predicted, reviewed) in enumerate(rows, 1):
        quoted = text.replace("'", "''")
        sql.append(f"INSERT INTO complaints (id, message, {label}) VALUES ({number}, '{quoted}', '{truth}');")
        if predicted is not None:
            sql.append(f"INSERT INTO misclassified_complaints (complaint_id, model_predicted_{label}, correct_{label}, "
                       f"reviewed) VALUES ({number}, '{predicted}', '{truth}', {reviewed});")
    return "\n".join(sql)


def wrong_rows(count: int, classes=tuple(URGENCIES), text="complaint number {} about the road and the water") -> list:
    """Reviewed corrections, the classes in turn."""
    return [(text.format(i), classes[i % len(classes)], "other", "true") for i in range(count)]
