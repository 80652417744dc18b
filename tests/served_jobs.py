"""A real `hubmill serve` with its own data directory, and a client that hides nothing."""
import contextlib
import http.client
import json
import os
import pathlib
import signal
import socket
import sqlite3
import subprocess

from conftest import BINARY

STAND_IN = """#!/bin/sh
# Stands in for `hubmill signals export` and `hubmill run`: says its arguments, then does what --source tells.
for word in "$@"; do case "$word" in
  --out-dir=*) out="${word#--out-dir=}" ;;
  --source=*) act="${word#--source=}" ;;
esac; done
echo "arguments: $*"
echo "{\\"pid\\":$$}" >&3
case "$act" in
  wait) exec sleep 1000 ;;
  deaf) trap '' TERM; while :; do sleep 1000; done ;;
  fail) echo "HF Export aborted: no valid rows to export" >&2; exit 3 ;;
  flood) head -c 30000000 /dev/zero | tr '\\0' 'x' ;;
esac
[ -n "$out" ] || exit 0
mkdir -p "$out/splits"
echo '{}' > "$out/dataset.jsonl"
echo '{}' > "$out/splits/mock_hvac.jsonl"
"""


STEADY_ROWS = 60_000
STEADY = """recipe: steady
description: Of a query that takes its time, so that its stages can be watched.
source:
  sqlite:
    path: %s
    query: >-
      WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < %d)
      SELECT n, hex(zeroblob(1000 + n %% 2)) AS text, length(hex(zeroblob(30000 + n %% 2))) AS cost FROM c
stages:
  - filter: {where: n %% 4 != 0, reason: fourth}
  - select: [n]
  - shuffle
sink: {jsonl: {}}
"""


def steady_recipe(folder: pathlib.Path) -> str:
    """A recipe that takes some seconds, evenly: each row costs as much as the next."""
    with contextlib.closing(sqlite3.connect(folder / "steady.db")) as database:
        database.execute("CREATE TABLE unused (a)")
    return STEADY % (folder / "steady.db", STEADY_ROWS)


class Answer:
    def __init__(self, response):
        self.status, self.headers, self.body = response.status, response.headers, response.read()

    def json(self):
        return json.loads(self.body)


class Served:
    """Starts when made; `stop()` or leaving the context ends it, and looks at how it ended."""

    def __init__(self, cwd: pathlib.Path, *arguments, stand_in=False, port=0, environment=None):
        self.cwd = cwd
        if stand_in:
            program = cwd / "stand-in"
            program.write_text(STAND_IN)
            program.chmod(0o755)
            arguments = ("--job-program", program, *arguments)
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "HUBMILL_TOKEN", "NODE_ENV"))}
        self.process = subprocess.Popen(
            [str(BINARY), "serve", "--data-dir", "served", "--port", str(port), *map(str, arguments)], cwd=cwd,
            env={**kept, **(environment or {})}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()
        assert self.url, self.process.stderr.read()
        self.port = int(self.url.rsplit(":", 1)[1])
        self.token = (environment or {}).get("HUBMILL_TOKEN")

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self.process.poll() is None:
            self.stop()
        self.process.stdout.close()
        self.process.stderr.close()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(30) == 0

    def kill(self):
        self.process.kill()
        self.process.wait(30)

    def __call__(self, method, path, body=None, headers=None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = dict(headers or {})
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
            body = body if isinstance(body, (bytes, str)) else json.dumps(body)
        connection.request(method, path, body, headers)
        answer = Answer(connection.getresponse())
        connection.close()
        return answer

    def raw(self, data: bytes) -> bytes:
        """Sends bytes as they are; all that comes back until the server closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
            connection.sendall(data)
            pieces = []
            while piece := connection.recv(1 << 16):
                pieces.append(piece)
            return b"".join(pieces)

    def export(self, **body) -> str:
        answer = self("POST", "/api/internal/hf/export?internal=1", body)
        assert answer.status == 200, answer.body
        return answer.json()["job_id"]

    def submit(self, **body) -> str:
        answer = self("POST", "/api/v1/jobs", body)
        assert answer.status == 202, answer.body
        return answer.json()["id"]

    def events(self, job, after=0):
        """Server-sent events as (id, type, data), as they come; the last is `end`."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", f"/api/v1/jobs/{job}/events", headers={"Last-Event-ID": str(after)} if after else {})
        response = connection.getresponse()
        assert response.status == 200 and response.headers["Content-Type"] == "text/event-stream"
        event = {}
        for line in response:
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name:
                event[name] = value
            elif "event" in event:
                yield int(event["id"]), event["event"], json.loads(event["data"])
                event = {}
        connection.close()

    def wait(self, job) -> dict:
        """The job once it has ended."""
        *_, (_, kind, data) = self.events(job)
        assert kind == "end", "the connection broke"
        return data

    def wait_for_pid(self, job) -> int:
        """The process of a stand-in, once it runs."""
        return next(data["pid"] for _, kind, data in self.events(job) if kind == "progress")
