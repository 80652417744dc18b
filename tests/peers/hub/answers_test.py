"""Each answer whose loss breaks an official client: the mutation table of spec hub.md, section 7, row by row.

The spec's runs broke one field at a time and saw which clients died; here each row looks at the raw answer that keeps
them alive."""
import datetime
import hashlib
import http.client
import json
import re
import socket
import urllib.parse

import pytest

from served_hub import ADMIN, Hub

DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z")
REPO, WEB = "/api/datasets/alice/d", "/datasets/alice/d"
LARGE = bytes(range(256)) * 2000
SHA256 = hashlib.sha256(LARGE).hexdigest()
CARD = b"---\nlicense: mit\n---\n# hi\n"
ROWS = {}


class Answer:
    def __init__(self, response):
        self.status, self.headers, self.body = response.status, response.headers, response.read()

    def json(self):
        return json.loads(self.body)


class Client:
    """Asks without following, retrying or decoding anything."""

    def __init__(self, hub):
        self.hub = hub

    def __call__(self, method, path, body=None, headers=ADMIN) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.hub.port, timeout=30)
        data = json.dumps(body).encode() if isinstance(body, (dict, list)) else body
        connection.request(method, path, data, dict(headers))
        try:
            return Answer(connection.getresponse())
        finally:
            connection.close()


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    hub = Hub(tmp_path_factory.mktemp("answers") / "hub", "--no-fsync", "--page-entries", "3")
    client = Client(hub)
    client("POST", "/api/repos/create", {"name": "d", "type": "dataset", "private": True})
    batch = {"operation": "upload", "transfers": ["basic"], "objects": [{"oid": SHA256, "size": len(LARGE)}]}
    href = client("POST", WEB + ".git/info/lfs/objects/batch", batch).json()["objects"][0]["actions"]["upload"]["href"]
    assert client("PUT", href.removeprefix(hub.url), LARGE, {}).status == 200
    lines = [{"key": "header", "value": {"summary": "all kinds"}},
             {"key": "lfsFile", "value": {"path": "data/a.bin", "algo": "sha256", "oid": SHA256, "size": len(LARGE)}}]
    lines += [{"key": "file", "value": {"path": path, "content": text.decode(), "encoding": "utf-8"}}
              for path, text in {"README.md": CARD, "data/b.txt": b"b", "data/c.txt": b"c", "d.txt": b"d"}.items()]
    client.commit = client("POST", REPO + "/commit/main", "".join(json.dumps(line) + "\n" for line in lines))
    assert client.commit.status == 200, client.commit.body
    yield client
    hub.stop()


def row(broken):
    """Registers the check that stands for a row of the table."""
    def register(check):
        ROWS[broken] = check
        return check
    return register


@row("409 body without url")
def _(ask):
    again = ask("POST", "/api/repos/create", {"name": "d", "type": "dataset"})
    assert again.status == 409 and again.json()["url"] == ask.hub.url + WEB
    assert "another conflicting operation" not in again.body.decode()  # Clients would retry for ever.


@row("no X-Error-Code")
def _(ask):
    for path, headers, status, code in [
            ("/api/datasets/alice/none", {}, 401, "RepoNotFound"),
            (REPO, {}, 401, "RepoNotFound"),
            (REPO, {"Authorization": "Bearer hf_bob"}, 404, "RepoNotFound"),
            ("/api/datasets/alice/none", ADMIN, 404, "RepoNotFound"),
            (REPO + "/revision/none", ADMIN, 404, "RevisionNotFound"),
            (WEB + "/resolve/none/README.md", ADMIN, 404, "RevisionNotFound"),
            (WEB + "/resolve/main/none", ADMIN, 404, "EntryNotFound")]:
        answer = ask("GET", path, headers=headers)
        assert (answer.status, answer.headers["X-Error-Code"]) == (status, code), path
    bad = ask("GET", "/api/whoami-v2", headers={"Authorization": "Bearer hf_wrong"})
    assert bad.status == 401 and bad.headers["X-Error-Code"] is None
    assert bad.headers["X-Error-Message"] == "Invalid credentials in Authorization header"
    ask("PUT", "/api/datasets/alice/d/settings", {"gated": "auto", "private": False})
    gated = [ask("HEAD", WEB + "/resolve/main/d.txt", headers=headers)
             for headers in ({}, {"Authorization": "Bearer hf_bob"})]
    ask("PUT", "/api/datasets/alice/d/settings", {"gated": False, "private": True})
    assert [(answer.status, answer.headers["X-Error-Code"]) for answer in gated] == [(401, "GatedRepo"), (403, "GatedRepo")]


@row("no X-Repo-Commit / no ETag")
def _(ask):
    head = ask("GET", REPO).json()["sha"]
    for path, etag in {"d.txt": hashlib.sha1(b"blob 1\0d").hexdigest(), "data/a.bin": SHA256}.items():
        for method in ("HEAD", "GET"):
            headers = ask(method, f"{WEB}/resolve/main/{path}").headers
            assert headers["X-Repo-Commit"] == head and headers["ETag"].strip('"') == etag
    assert ask("HEAD", WEB + "/resolve/main/none").headers["X-Repo-Commit"] == head  # Absence is cached by commit.


@row("HEAD Content-Length 0")
def _(ask):
    for path, size in {"README.md": len(CARD), "data/a.bin": len(LARGE)}.items():
        answer = ask("HEAD", f"{WEB}/resolve/main/{path}", headers={**ADMIN, "Accept-Encoding": "gzip"})
        assert answer.headers["Content-Length"] == str(size) and answer.headers["Content-Encoding"] is None


@row("HEAD without any size")
def _(ask):
    headers = ask("HEAD", WEB + "/resolve/main/data/a.bin").headers
    assert headers["X-Linked-Size"] == str(len(LARGE)) and headers["X-Linked-ETag"].strip('"') == SHA256
    assert headers["X-Xet-Hash"] is None  # Else clients would download by Xet, which is not served.


@row("Range ignored")
def _(ask):
    for path, text in {"data/a.bin": LARGE, "README.md": CARD}.items():
        size = len(text)
        for wanted, first, last in [("2-5", 2, 5), (f"{size - 3}-", size - 3, size - 1), ("-4", size - 4, size - 1),
                                    (f"1-{size * 2}", 1, size - 1)]:
            answer = ask("GET", f"{WEB}/resolve/main/{path}", headers={**ADMIN, "Range": f"bytes={wanted}"})
            assert answer.status == 206 and answer.body == text[first:last + 1]
            assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{size}"
        past = ask("GET", f"{WEB}/resolve/main/{path}", headers={**ADMIN, "Range": f"bytes={size}-"})
        assert past.status == 416 and past.headers["Content-Range"] == f"bytes */{size}"


@row("missing folder -> 200 []")
def _(ask):
    answer = ask("GET", REPO + "/tree/main/none?recursive=false")
    assert answer.status == 404 and answer.headers["X-Error-Code"] == "EntryNotFound"


@row("no converts")
def _(ask):
    refs = ask("GET", REPO + "/refs").json()
    assert refs["converts"] == [] and refs["tags"] == [] and "pullRequests" not in refs
    assert [(branch["name"], branch["ref"]) for branch in refs["branches"]] == [("main", "refs/heads/main")]
    assert "pullRequests" in ask("GET", REPO + "/refs?include_prs=1").json()


def preupload(ask, **more):
    files = [{"path": path, "sample": "YQ==", "size": 1} for path in ("new.txt", "d.txt", "data/a.bin", "x.tmp")]
    answer = ask("POST", REPO + "/preupload/main", {"files": files, **more}).json()
    return {file["path"]: file for file in answer["files"]}


@row("no shouldIgnore")
def _(ask):
    files = preupload(ask, gitIgnore="*.tmp\n")
    assert {path: file["shouldIgnore"] for path, file in files.items()} == {
        "new.txt": False, "d.txt": False, "data/a.bin": False, "x.tmp": True}
    assert files["data/a.bin"]["uploadMode"] == "lfs" and files["new.txt"]["uploadMode"] == "regular"


@row("no commitUrl")
def _(ask):
    answer = ask.commit.json()
    assert answer["success"] is True
    assert answer["commitUrl"] == f"{ask.hub.url}{WEB}/commit/{answer['commitOid']}"
    assert "pullRequestUrl" not in answer


@row("no oid in preupload")
def _(ask):
    files = preupload(ask)
    assert files["d.txt"]["oid"] == hashlib.sha1(b"blob 1\0d").hexdigest()
    assert files["data/a.bin"]["oid"] == SHA256 and "oid" not in files["new.txt"]


@row("relative Link")
def _(ask):
    path, seen = f"{REPO}/tree/main?recursive=true&expand=false", []
    while path:
        answer = ask("GET", path)
        seen += [entry["path"] for entry in answer.json()]
        link = answer.headers["Link"]
        assert link is None or re.fullmatch(rf'<{re.escape(ask.hub.url)}/api/\S+>; rel="next"', link)
        path = link and link[1:link.index(">")].removeprefix(ask.hub.url)
    assert seen == [".gitattributes", "README.md", "d.txt", "data", "data/a.bin", "data/b.txt", "data/c.txt"]


@row("relative create url")
def _(ask):
    for kind, web in {"model": "/alice/m", "space": "/spaces/alice/m"}.items():
        made = ask("POST", "/api/repos/create", {"name": "m", "type": kind, "sdk": "docker"}).json()
        assert made["url"] == ask.hub.url + web


@row("no siblings")
def _(ask):
    info = ask("GET", REPO + "?blobs=true").json()
    files = {sibling["rfilename"]: sibling for sibling in info["siblings"]}
    assert set(files) == {".gitattributes", "README.md", "d.txt", "data/a.bin", "data/b.txt", "data/c.txt"}
    assert files["data/a.bin"]["lfs"]["sha256"] == SHA256 and files["data/a.bin"]["size"] == len(LARGE)
    assert info["cardData"] == {"license": "mit"} and info["usedStorage"] > len(LARGE)
    assert all(set(sibling) == {"rfilename"} for sibling in ask("GET", REPO).json()["siblings"])
    only = ask("GET", REPO + "?expand=sha&expand=private").json()
    assert set(only) == {"_id", "id", "sha", "private"} and only["private"] is True


@row("tree without lfs")
def _(ask):
    files = {entry["path"]: entry for entry in ask("GET", REPO + "/tree/main/data").json()}
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{SHA256}\nsize {len(LARGE)}\n".encode()
    assert files["data/a.bin"] == {
        "type": "file", "path": "data/a.bin", "size": len(LARGE),
        "oid": hashlib.sha1(b"blob %d\0" % len(pointer) + pointer).hexdigest(),
        "lfs": {"oid": SHA256, "size": len(LARGE), "pointerSize": len(pointer)}}
    assert "lfs" not in files["data/b.txt"]


@row("no validate-yaml")
def _(ask):
    good = ask("POST", "/api/validate-yaml", {"content": CARD.decode(), "repoType": "dataset"})
    assert good.status == 200 and good.json() == {"errors": [], "warnings": []}
    bad = ask("POST", "/api/validate-yaml", {"content": "---\nx: [\n---\n", "repoType": "dataset"}).json()
    assert bad["errors"] and bad["errors"][0]["message"]


@row("no paths-info")
def _(ask):
    form = {**ADMIN, "Content-Type": "application/x-www-form-urlencoded"}
    found = ask("POST", REPO + "/paths-info/main", b"paths=d.txt&paths=data&paths=none&expand=false", form)
    assert [(entry["path"], entry["type"]) for entry in found.json()] == [("d.txt", "file"), ("data", "directory")]
    as_json = ask("POST", REPO + "/paths-info/main", {"paths": ["d.txt", "data"]},
                  {**ADMIN, "Content-Type": "application/json"})
    assert as_json.json() == found.json()


@row("token route 404")
def _(ask):
    for path in ("/xet-write-token/main", "/xet-read-token/main", "/xet-write-token/None?create_pr=1"):
        assert ask("GET", REPO + path).status == 200
    assert ask("GET", REPO + "/xet-write-token/main", headers={}).status == 401


@row("token in headers only")
def _(ask):
    answer = ask("GET", REPO + "/xet-write-token/main")
    token = answer.json()
    assert token["casUrl"].startswith(ask.hub.url + "/cas/")
    left = token["exp"] - datetime.datetime.now().timestamp()
    assert 3600 <= left, "clients refresh a minute early; an hour is what they are used to"
    assert token["accessToken"] == answer.headers["X-Xet-Access-Token"] != "hf_admin"
    assert token["casUrl"] == answer.headers["X-Xet-Cas-Url"]
    assert str(token["exp"]) == answer.headers["X-Xet-Token-Expiration"]


def cas(ask, method, path, body=None):
    token = ask("GET", REPO + "/xet-write-token/main").json()
    base = urllib.parse.urlsplit(token["casUrl"]).path
    return ask(method, base + path, body, {"Authorization": "Bearer " + token["accessToken"]})


@row("shard answer {} / 500 on chunks")
def _(ask):
    assert cas(ask, "GET", "/v1/chunks/default/" + "0" * 64).status == 404
    empty = b"HFRepoMetaData".ljust(32, b"\0") + (2).to_bytes(8, "little") + bytes(8) + b"\xff" * 32 + bytes(16)
    answer = cas(ask, "POST", "/v1/shards", empty)
    assert answer.status == 200 and answer.json() == {"result": 1}
    broken = cas(ask, "POST", "/v1/shards", b"no shard")
    assert broken.status == 400  # A 5xx would be retried for minutes.


@row("xorb-grants or v2/shards 405 instead of 404")
def _(ask):
    for method, path in [("POST", "/v1/xorb-grants/default/" + "0" * 64), ("POST", "/v2/shards"),
                         ("GET", "/v2/reconstructions/" + "0" * 64), ("GET", "/v1/shards"), ("PUT", "/no/such")]:
        assert cas(ask, method, path).status == 404, path
    for method, path in [("GET", "/api/agent-harnesses"), ("POST", "/v1/telemetry"), ("PATCH", "/x")]:
        assert ask(method, path).status == 404, path


@row("+00:00 dates")
def _(ask):
    info = ask("GET", REPO).json()
    dates = [info["createdAt"], info["lastModified"], ask("GET", REPO + "/commits/main").json()[0]["date"],
             ask("GET", REPO + "/tree/main?expand=true").json()[0]["lastCommit"]["date"],
             ask("GET", "/api/whoami-v2").json()["auth"]["accessToken"]["createdAt"]]
    assert all(DATE.fullmatch(date) for date in dates), dates


@row("64-hex commit ids")
def _(ask):
    commit = ask.commit.json()["commitOid"]
    assert re.fullmatch("[0-9a-f]{40}", commit) and ask("GET", REPO).json()["sha"] == commit
    assert ask("GET", f"{REPO}/revision/{commit[:7]}").json()["sha"] == commit


@row("decode path before routing")
def _(ask):
    assert ask("POST", REPO + "/branch/dev%2Fx", {}).status == 200
    assert ask("GET", REPO + "/tree/dev%2Fx/data").status == 200
    assert ask("GET", REPO + "/tree/main/data%2Fnone").headers["X-Error-Code"] == "EntryNotFound"
    assert ask("HEAD", WEB + "/resolve/dev%2Fx/data/b.txt").headers["Content-Length"] == "1"
    body = "".join(json.dumps(line) + "\n" for line in [
        {"key": "header", "value": {"summary": "pull"}},
        {"key": "file", "value": {"path": "p.txt", "content": "p", "encoding": "utf-8"}}])
    pull = ask("POST", REPO + "/commit/main?create_pr=1", body).json()
    assert pull["pullRequestUrl"] == f"{ask.hub.url}{WEB}/discussions/1"
    assert ask("GET", REPO + "/revision/refs%2Fpr%2F1").json()["sha"] == pull["commitOid"]
    assert ask("DELETE", REPO + "/branch/dev%2Fx").status == 200


@row("HTTP/1.0, no keep-alive")
def _(ask):
    with socket.create_connection(("127.0.0.1", ask.hub.port), timeout=10) as connection:
        connection.sendall(b"GET /api/whoami-v2 HTTP/1.0\r\nAuthorization: Bearer hf_admin\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(4096), b""))  # Up to the end of the connection.
    assert b"200 OK" in answer and b'"name":"alice"' in answer


@pytest.mark.parametrize("broken", ROWS)
def test_the_answer_is_the_good_one(ask, broken):
    ROWS[broken](ask)
