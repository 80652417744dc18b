"""A running `hubmill hub serve`, for the tests in this folder."""
import base64
import json
import os
import pathlib
import signal
import subprocess
import urllib.request

import pytest

from conftest import BINARY

# A program that has `serve` as its subcommand; `hubmill hub` unless another is named.
PROGRAM = os.environ.get("HUBMILL_HUB_PROGRAM", f"{BINARY} hub").split()
ADMIN = {"Authorization": "Bearer hf_admin"}
TOKENS = ("hf_admin", "hf_bob", "hf_reader", "hf_expired")


class Hub:
    """A running server on a folder of its own."""

    def __init__(self, root: pathlib.Path, *arguments, port: int = 0):
        self.root = root
        self.process = subprocess.Popen(
            [*PROGRAM, "serve", "--root", str(root), "--port", str(port), "--user", "alice",
             "--token", "hf_admin", "--account", "bob:hf_bob", "--test-controls", *map(str, arguments)],
            stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()
        assert self.url.startswith("http://127.0.0.1:"), "the server did not start"
        self.port = int(self.url.rsplit(":", 1)[1])

    def stop(self, how=signal.SIGTERM) -> int:
        self.process.send_signal(how)
        return self.process.wait(timeout=30)

    def ask(self, method: str, path: str, body=None, headers=ADMIN):
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method,
                                         headers=headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or b"null")

    def commit(self, repo: str, files: dict[str, bytes], parent: str | None = None) -> str:
        lines = [{"key": "header", "value": {"summary": "change", "parentCommit": parent}}]
        lines += [{"key": "file", "value": {"path": path, "encoding": "base64",
                                            "content": base64.b64encode(data).decode()}}
                  for path, data in files.items()]
        body = "".join(json.dumps(line) + "\n" for line in lines).encode()
        return self.ask("POST", f"/api/datasets/{repo}/commit/main", body)["commitOid"]


@pytest.fixture
def start(tmp_path):
    running = []

    def make(*arguments, root=None, port=0) -> Hub:
        running.append(Hub(root or tmp_path / "hub", *arguments, port=port))
        return running[-1]

    yield make
    for hub in running:
        if hub.process.poll() is None:
            hub.stop()


def client_environment(hub: Hub, home: pathlib.Path, **more) -> dict:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("HF_")}
    return {**kept, "HF_ENDPOINT": hub.url, "HF_HOME": str(home), "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_UPDATE_CHECK": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1", **more}


@pytest.fixture
def cli(tmp_path):
    """Runs `hubmill hub …` against a Hub; no token and nothing in `secrets` may stand in what it says."""
    def run(hub, *arguments, token="hf_admin", status=0, url=None, variables=None, stdin="", secrets=()):
        kept = {k: v for k, v in os.environ.items() if not k.startswith("HF_")}
        environment = {**kept, "HF_ENDPOINT": url or hub.url, "HF_TOKEN": token, "HOME": str(tmp_path), **(variables or {})}
        done = subprocess.run([str(BINARY), "hub", *map(str, arguments)], cwd=tmp_path, env=environment, input=stdin,
                              capture_output=True, text=True, timeout=180, check=False)
        for secret in (*TOKENS, *secrets):
            assert secret not in done.stdout + done.stderr
        assert done.returncode == status, done.stdout + done.stderr
        assert not status or "remedy: " in done.stderr, done.stderr
        return done.stderr if status else done.stdout
    return run
