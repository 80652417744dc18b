"""Shared by all Python tests: the binary under test, scratch folders and made-up inputs."""
import json
import os
import pathlib
import random
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARY = pathlib.Path(os.environ.get("HUBMILL_BINARY", ROOT / "build/release/hubmill"))
SHARED = pathlib.Path(os.environ.get("HUBMILL_SHARED", ROOT / "../shared"))


class Hubmill:
    """Runs the real binary in one working directory."""

    def __init__(self, cwd: pathlib.Path):
        self.cwd = cwd
        assert BINARY.exists(), f"{BINARY} is not built; remedy: make build"

    def environment(self) -> dict:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("HF_")}
        return {**kept, "PATH": f"{BINARY.parent}:{kept['PATH']}", "NO_COLOR": "1",
                "HUBMILL_CACHE": str(self.cwd / ".cache")}

    def start(self, *arguments, **options) -> subprocess.Popen:
        return subprocess.Popen([str(BINARY), *map(str, arguments)], cwd=self.cwd,
                                env=self.environment(), stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, **options)

    def __call__(self, *arguments, status: int = 0, stdin: bytes | None = None, timeout: int = 120):
        done = subprocess.run([str(BINARY), *map(str, arguments)], cwd=self.cwd,
                              env=self.environment(), input=stdin if stdin is not None else b"",
                              capture_output=True, timeout=timeout, check=False)
        assert done.returncode == status, (
            f"exit status {done.returncode}, expected {status}\n"
            f"{done.stdout.decode(errors='replace')}\n{done.stderr.decode(errors='replace')}")
        return done


@pytest.fixture
def hubmill(tmp_path) -> Hubmill:
    return Hubmill(tmp_path)


def rows_with_everything(count: int, seed: int = 7) -> list[dict]:
    """Rows with nested values, nulls, unicode, large and negative numbers."""
    draw = random.Random(seed)
    rows = []
    for number in range(count):
        rows.append({
            "id": f"row-{number:06}",
            "text": draw.choice(["plain", "quote \" and \\ back", "line\nbreak", "żółć 🎉", ""]),
            "count": None if number % 7 == 0 else draw.randrange(-2**40, 2**40),
            "score": None if number % 5 == 0 else draw.uniform(-1e6, 1e6),
            "kind": draw.choice(["alpha", "beta", "gamma"]),
            "good": draw.choice([True, False, None]),
            "tags": [draw.choice("abc") for _ in range(draw.randrange(4))],
            "meta": {"source": draw.choice(["x", "y"]), "depth": {"level": number % 3}},
            "turns": [{"role": "user", "content": f"n {number}"}] * (number % 3),
        })
    return rows


def write_jsonl(path: pathlib.Path, rows: list[dict]) -> pathlib.Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows),
                    encoding="utf-8")
    return path


def tree_bytes(folder: pathlib.Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes."""
    return {str(file.relative_to(folder)): file.read_bytes()
            for file in sorted(folder.rglob("*")) if file.is_file()}


def visible(folder: pathlib.Path) -> set[str]:
    """Names in a folder, hidden ones (staging) left out."""
    return {entry.name for entry in folder.iterdir() if not entry.name.startswith(".")}
