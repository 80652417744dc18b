"""Input and output by `s3://` against a real S3 server (moto): what is read, what is written and in
which order, and what a wrong bucket, endpoint or key says, without showing the credentials."""
import http.server
import json
import logging
import os
import random
import socket
import threading
import time
import urllib.request

import pytest
from conftest import Hubmill, tree_bytes, write_jsonl

moto_server = pytest.importorskip("moto.server", reason="needs moto (requirements-test.txt)")
boto3 = pytest.importorskip("boto3", reason="needs boto3 (requirements-test.txt)")

KEY, SECRET = "AKIATESTTESTTESTTEST", "a-secret-that-nobody-may-see"
ROWS = [{"id": number, "text": f"row {number}"} for number in range(1000)]
RECIPE = """recipe: remote
source:
  csv: {path: "s3://bucket/in/*.csv%s"}
stages: [{split: {method: random, seed: 1, ratios: {train: 0.9, test: 0.1}}}]
sink:
  parquet: {}
"""


class S3:
    """The server, a client of its own, and hubmill with credentials in the environment."""

    def __init__(self, hubmill: Hubmill, monkeypatch):
        self.server = moto_server.ThreadedMotoServer(ip_address="127.0.0.1", port=0)
        self.server.start()
        host, port = self.server.get_host_and_port()
        reset = urllib.request.Request(f"http://{host}:{port}/moto-api/reset", method="POST")
        urllib.request.urlopen(reset).close()
        self.query = f"?scheme=http&endpoint_override={host}:{port}"
        for name, value in {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET,
                            "AWS_DEFAULT_REGION": "us-east-1"}.items():
            monkeypatch.setenv(name, value)
        self.client = boto3.client("s3", endpoint_url=f"http://{host}:{port}")
        self.client.create_bucket(Bucket="bucket")
        self.hubmill = hubmill

    def uri(self, path: str) -> str:
        return f"s3://{path}{self.query}"

    def put(self, key: str, content: bytes):
        self.client.put_object(Bucket="bucket", Key=key, Body=content)

    def get(self, key: str) -> bytes:
        return self.client.get_object(Bucket="bucket", Key=key)["Body"].read()

    def keys(self, prefix: str = "") -> list[str]:
        listed = self.client.list_objects_v2(Bucket="bucket", Prefix=prefix)
        return [entry["Key"] for entry in listed.get("Contents", [])]

    def __call__(self, *arguments, status: int = 0) -> str:
        done = self.hubmill(*arguments, status=status)
        said = (done.stdout + done.stderr).decode()
        for hidden in (KEY, SECRET, "endpoint_override"):
            assert hidden not in said, said
        return said


@pytest.fixture
def s3(hubmill, monkeypatch):
    server = S3(hubmill, monkeypatch)
    yield server
    server.server.stop()


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.zst", "a.parquet"])
def test_a_file_there_and_back(s3, tmp_path, name):
    write_jsonl(tmp_path / "in.jsonl", ROWS)
    s3("convert", "in.jsonl", name)
    s3("convert", "in.jsonl", s3.uri("bucket/deep/" + name))
    assert s3.get("deep/" + name) == (tmp_path / name).read_bytes()
    s3("convert", s3.uri("bucket/deep/" + name), "back.jsonl")
    assert [json.loads(line) for line in open(tmp_path / "back.jsonl")] == ROWS


def test_a_file_of_several_parts(s3, tmp_path):
    draw = random.Random(5)
    write_jsonl(tmp_path / "in.jsonl", [{"text": draw.randbytes(6000).hex()} for _ in range(2500)])
    s3("convert", "in.jsonl", "out.jsonl")
    s3("convert", "in.jsonl", s3.uri("bucket/large.jsonl"))
    assert s3.get("large.jsonl") == (tmp_path / "out.jsonl").read_bytes()
    s3("convert", s3.uri("bucket/large.jsonl"), "back.jsonl")
    assert (tmp_path / "back.jsonl").read_bytes() == (tmp_path / "out.jsonl").read_bytes()


def test_a_set_as_on_disk_and_the_manifest_last(s3, tmp_path, caplog):
    (tmp_path / "in").mkdir()
    for part in range(3):
        text = "id,text\n" + "".join(f"{part}-{number},some text\n" for number in range(100))
        (tmp_path / f"in/{part}.csv").write_text(text)
        s3.put(f"in/{part}.csv", text.encode())
    s3.put("in/notes.txt", b"not a table")
    (tmp_path / "remote.yaml").write_text(RECIPE % s3.query)
    (tmp_path / "local.yaml").write_text((RECIPE % "").replace("s3://bucket/", ""))
    with caplog.at_level(logging.INFO, logger="werkzeug"):
        s3("run", "remote.yaml", "--out", s3.uri("bucket/out"))
    s3("run", "local.yaml", "--out", "out")
    local = tree_bytes(tmp_path / "out")
    assert s3.keys("out/") == sorted("out/" + name for name in local)
    for name in local:  # Card and manifest differ in the names of the inputs.
        if name.endswith(".parquet") and "lineage" not in name:
            assert s3.get("out/" + name) == local[name]
    manifest = s3.get("out/manifest.json").decode()
    assert "s3://bucket/in/0.csv" in manifest and "endpoint_override" not in manifest
    written = [record.getMessage().split()[-4] for record in caplog.records
               if "PUT /bucket/out/" in record.getMessage()]
    assert written[-1].startswith("/bucket/out/manifest.json"), written
    # A second, smaller output replaces the first; a folder of someone else is refused.
    s3("run", "remote.yaml", "--out", s3.uri("bucket/out"), "--limit", "50")
    assert s3.keys("out/") == sorted("out/" + name for name in local)
    said = s3("run", "remote.yaml", "--out", s3.uri("bucket/in"), status=2)
    assert "hubmill did not write" in said


@pytest.mark.parametrize("arguments, status, words", [
    (["in.jsonl", "nobody/a.jsonl"], 2, "the bucket does not exist"),
    (["in.jsonl", "nobody/set/"], 2, "the bucket does not exist"),
    (["nobody/a.jsonl", "out.jsonl"], 2, "an input does not exist"),
    (["bucket/b.jsonl", "out.jsonl"], 2, "did you mean a.jsonl?"),
])
def test_a_wrong_name(s3, tmp_path, arguments, status, words):
    write_jsonl(tmp_path / "in.jsonl", ROWS)
    s3.put("a.jsonl", b'{"a": 1}\n')
    given = [name if name in ("in.jsonl", "out.jsonl") else s3.uri(name) for name in arguments]
    said = s3("convert", *given, status=status)
    assert words in said and "remedy" in said, said
    assert s3.keys() == ["a.jsonl"]
    assert not (tmp_path / "out.jsonl").exists()


class Refusing(http.server.BaseHTTPRequestHandler):
    """Answers as S3 does to a key it does not know."""

    def refuse(self):
        body = b"<Error><Code>AccessDenied</Code><Message>No.</Message></Error>"
        self.send_response(403)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_PUT = do_POST = refuse

    def log_message(self, *_):
        pass


# One that never answers is given up after 100 s, which are Arrow's to choose: only when asked for.
NEVER = pytest.param("never answers", marks=pytest.mark.skipif(
    "HUBMILL_SLOW" not in os.environ, reason="takes 100 s; HUBMILL_SLOW=1 runs it"))


@pytest.fixture(params=["nobody listens", "refuses", NEVER])
def broken_endpoint(request):
    if request.param == "refuses":
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        return
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        if request.param == "never answers":
            silent.listen(128)
        yield f"127.0.0.1:{silent.getsockname()[1]}"


@pytest.mark.parametrize("arguments", [["s3", "out.jsonl"], ["in.jsonl", "s3"]])
def test_a_broken_endpoint(s3, tmp_path, broken_endpoint, arguments):
    write_jsonl(tmp_path / "in.jsonl", ROWS)
    uri = f"s3://bucket/a.jsonl?scheme=http&endpoint_override={broken_endpoint}"
    start = time.monotonic()
    said = s3("convert", *[uri if name == "s3" else name for name in arguments], status=4)
    assert time.monotonic() - start < 120, "retries have a bound"
    assert "why=NETWORK_CONNECTION" in said or "why=ACCESS_DENIED" in said, said
    assert "remedy: check the address, the credentials and the network" in said, said
    assert not (tmp_path / "out.jsonl").exists()


def test_credentials_in_the_address_are_not_shown(s3, tmp_path):
    write_jsonl(tmp_path / "in.jsonl", ROWS)
    s3("convert", "in.jsonl", s3.uri(f"{KEY}:{SECRET}@bucket/a.jsonl"))
    s3("convert", s3.uri(f"{KEY}:{SECRET}@bucket/a.jsonl"), s3.uri(f"{KEY}:{SECRET}@bucket/set/"))
    for key in s3.keys("set/"):
        assert SECRET.encode() not in s3.get(key) and KEY.encode() not in s3.get(key), key
    for arguments in (["in.jsonl", f"{KEY}:{SECRET}@bucket/a.txt"],
                      ["in.jsonl", f"{KEY}:{SECRET}@nobody/a.jsonl"],
                      [f"{KEY}:{SECRET}@bucket/none.jsonl", "out.jsonl"]):
        s3("convert", *[name if "@" not in name else s3.uri(name) for name in arguments], status=2)
