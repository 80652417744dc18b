"""KubeLinter can be had from no package registry, so tests replay what the real one said.

make_stand_in() writes an executable of KubeLinter's command line that knows its answers by content; what it
does not know, it answers as the real one does where a file holds no object that it lints.
"""
import hashlib
import json
import subprocess
from pathlib import Path

GOLDEN = Path(__file__).parent / "golden/security/kubelinter/per_file.jsonl.zst"

SCRIPT = """#!/bin/sh
# {version}
if [ "$1" = version ]; then echo {version}; exit 0; fi
answer={folder}/$(sha256sum <"$2" | cut -c1-64)
if [ ! -e "$answer" ]; then echo "Warning: no valid objects found." >&2; exit 0; fi
cat "$answer"
[ ! -e "$answer.failed" ]
"""


def recorded_answers(root):
    """(text, answer) of each manifest below `root` that the real KubeLinter was asked about."""
    lines = subprocess.run(["zstd", "-dc", GOLDEN], check=True, capture_output=True, text=True).stdout
    for line in lines.splitlines():
        record = json.loads(line)
        path = Path(root) / record["file"]
        if path.exists() and record["stdout"] is not None:
            yield path.read_bytes().decode("utf-8", "replace"), record


def make_stand_in(folder, answers=(), version="0.7.6"):
    """An executable below `folder`; `answers` are (text, {"exit": 1, "stdout": {...}})."""
    folder = Path(folder).resolve()
    known = folder / "answers"
    known.mkdir(parents=True, exist_ok=True)
    for text, record in answers:
        normal = text.replace("\r\n", "\n").replace("\r", "\n").encode()
        path = known / hashlib.sha256(normal).hexdigest()
        path.write_text(json.dumps(record["stdout"]))
        if record["exit"]:
            path.with_suffix(".failed").touch()
    program = folder / "kube-linter"
    program.write_text(SCRIPT.format(version=version, folder=known))
    program.chmod(0o755)
    return program
