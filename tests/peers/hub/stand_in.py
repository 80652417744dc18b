"""A small Hub for tests: the wire format of docs/hub.md over a temporary folder, with scripted faults.

    python3 stand_in.py        prints "ready http://127.0.0.1:PORT" and serves until stdin closes

It checks what a real Hub checks (sizes, SHA-256, parents, rights, unsafe paths) and answers as one
does.  Faults are rules, set by POST /_faults:

    {"match": "POST /api/.*/commit/", "times": 2, "action": "cut"}

cut          read the request, do nothing, close the connection
lose         do it, then close the connection without an answer
twice        do it, do it again, and answer what the second gave
truncate     do it, announce the whole answer, send half of it
garbage      answer 200 with what is no JSON
corrupt      do it, flip one byte of the answer's body
NNN          answer with that status; "headers" are added
"every": 3   applies the rule to each third matching request only

GET /_log tells every request (method, path, whether a token came); POST /_limits sets
{"page": N, "lfs_part_bytes": N, "lfs_origin": "http://..."}.
"""
import base64
import hashlib
import json
import os
import re
import socket
import sys
import tempfile
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOKENS = {"hf_writer_0123456789": ("alice", "write"), "hf_reader_0123456789": ("alice", "read"),
          "hf_other_0123456789": ("bob", "write")}
LFS_SUFFIXES = (".parquet", ".bin", ".arrow", ".gz", ".zst")
FOLDER = tempfile.mkdtemp(prefix="hubmill-stand-in-")
LOCK = threading.RLock()
REPOS, LOG, FAULTS = {}, [], []
LIMITS = {"page": 1000, "lfs_part_bytes": 0, "lfs_origin": "", "validate": True}
PARTS = {}


class Refusal(Exception):
    def __init__(self, status, code="", message="", body=None):
        super().__init__(message)
        self.status, self.code, self.message, self.body = status, code, message, body


def blob_id(data):
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def object_path(sha):
    return os.path.join(FOLDER, sha)


class Entry:
    def __init__(self, data=None, sha=None, size=None):
        self.sha = sha
        self.data = data
        if sha:
            self.size = size
            self.oid = blob_id(f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha}\nsize {size}\n".encode())
        else:
            self.size = len(data)
            self.oid = blob_id(data)

    def bytes(self):
        if not self.sha:
            return self.data
        with open(object_path(self.sha), "rb") as file:
            return file.read()

    def row(self, path):
        row = {"type": "file", "oid": self.oid, "size": self.size, "path": path}
        if self.sha:
            row["lfs"] = {"oid": self.sha, "size": self.size, "pointerSize": 132}
        return row


class Repo:
    def __init__(self, kind, name, private):
        self.kind, self.name, self.private = kind, name, private
        self.commits, self.branches, self.tags = {}, {}, {}
        self.stage = "RUNNING"
        self.add_commit("main", {".gitattributes": Entry(b"*.parquet filter=lfs\n")}, "initial commit")

    def add_commit(self, branch, tree, title):
        parent = self.branches.get(branch, "")
        text = json.dumps([parent, title, len(self.commits), sorted((p, e.oid) for p, e in tree.items())])
        oid = hashlib.sha1(text.encode()).hexdigest()
        self.commits[oid] = {"tree": tree, "title": title, "parent": parent}
        self.branches[branch] = oid
        return oid

    def resolve(self, revision):
        for prefix, table in (("refs/heads/", self.branches), ("refs/tags/", self.tags), ("", self.branches), ("", self.tags)):
            if revision.startswith(prefix) and revision[len(prefix):] in table:
                return table[revision[len(prefix):]]
        if revision in self.commits:
            return revision
        raise Refusal(404, "RevisionNotFound", "Invalid rev id: " + revision)

    def history(self, oid):
        while oid:
            yield oid, self.commits[oid]
            oid = self.commits[oid]["parent"]


def check_path(path):
    parts = path.split("/")
    if not path or any(p in ("", ".", "..", ".git") for p in parts) or len(path) > 4096 or "\n" in path:
        raise Refusal(400, "", "invalid path")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16

    def log_message(self, *_):
        pass

    # --- what every request passes -----------------------------------------------------------
    def read_body(self):
        if self.command == "PUT" and self.path.startswith("/lfs/"):  # Large: to a file.
            left, name = int(self.headers.get("Content-Length", 0)), tempfile.mktemp(dir=FOLDER)
            digest = hashlib.sha256()
            with open(name, "wb") as file:
                while left > 0:
                    piece = self.rfile.read(min(left, 1 << 20))
                    if not piece:
                        os.unlink(name)
                        raise ConnectionError
                    digest.update(piece)
                    file.write(piece)
                    left -= len(piece)
            return (name, digest.hexdigest())
        return self.rfile.read(int(self.headers.get("Content-Length", 0) or 0))

    def fault(self):
        line = f"{self.command} {self.path}"
        with LOCK:
            LOG.append({"method": self.command, "path": self.path, "token": "Authorization" in self.headers,
                        "range": self.headers.get("Range", "")})
            for rule in FAULTS:
                if not re.match(rule["match"], line):
                    continue
                rule["seen"] = rule.get("seen", 0) + 1
                if rule["seen"] % rule.get("every", 1) or rule.get("times", 1 << 30) <= 0:
                    continue
                rule["times"] = rule.get("times", 1 << 30) - 1
                return rule
        return None

    def cut(self):
        self.close_connection = True
        self.wfile = open(os.devnull, "wb")
        self.connection.shutdown(socket.SHUT_RDWR)

    def serve(self):
        try:
            body = self.read_body()
        except ConnectionError:
            return self.cut()
        if self.path.startswith("/_"):
            return self.control(body)
        rule = self.fault()
        action = rule["action"] if rule else ""
        if action == "cut":
            return self.cut()
        if action == "garbage":
            return self.send(200, b"<html>proxy</html>", {})
        if action.isdigit():
            return self.send(int(action), b'{"error":"scripted"}', rule.get("headers", {}))
        status, data, headers = self.answer(body)
        if action == "twice":
            status, data, headers = self.answer(body)
        if action == "lose":
            return self.cut()
        if action == "corrupt" and data:
            data = bytes([data[0] ^ 1]) + data[1:]
        self.send(status, data, headers, truncate=action == "truncate")

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = serve

    def answer(self, body):
        try:
            with LOCK:
                result = self.route(body)
        except Refusal as refusal:
            headers = {"X-Request-Id": "Root=1-test"}
            if refusal.code:
                headers["X-Error-Code"] = refusal.code
            if refusal.message:
                headers["X-Error-Message"] = refusal.message
            content = refusal.body or {"error": refusal.message}
            return refusal.status, json.dumps(content).encode(), headers
        if isinstance(result, tuple):
            return result
        return 200, json.dumps(result).encode(), {"Content-Type": "application/json"}

    def send(self, status, data, headers, truncate=False):
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        if "Content-Length" not in headers:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data[: len(data) // 2] if truncate else data)
        self.wfile.flush()
        if truncate:
            self.cut()

    def control(self, body):
        with LOCK:
            if self.path == "/_faults":
                FAULTS[:] = json.loads(body)
            if self.path == "/_limits":
                LIMITS.update(json.loads(body))
            if self.path == "/_reset":
                FAULTS.clear(), LOG.clear(), REPOS.clear()
                LIMITS.update(page=1000, lfs_part_bytes=0, lfs_origin="", validate=True)
            answer = list(LOG)
        self.send(200, json.dumps(answer).encode(), {})

    # --- rights --------------------------------------------------------------------------------
    def user(self):
        header = self.headers.get("Authorization", "")
        if not header:
            return None, ""
        known = TOKENS.get(header.removeprefix("Bearer "))
        if not known:
            raise Refusal(401, "", "Invalid credentials in Authorization header")
        return known

    def repo(self, kind, name, write=False):
        user, role = self.user()
        repo = REPOS.get((kind, name))
        if repo is None or (repo.private and user != repo.name.split("/")[0]):
            raise Refusal(404 if user else 401, "RepoNotFound", "Repository not found")
        if write and (user != repo.name.split("/")[0] or role != "write"):
            raise Refusal(403 if user else 401, "", "You don't have the rights to do this")
        return repo

    # --- routes --------------------------------------------------------------------------------
    def route(self, body):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        raw = url.path.strip("/").split("/")
        origin = "http://" + self.headers["Host"]
        if raw[0] == "lfs":
            return self.lfs_object(raw, body)
        parts = [urllib.parse.unquote(part) for part in raw]
        if parts[:2] == ["api", "whoami-v2"]:
            user, role = self.user()
            if not user:
                raise Refusal(401, "", "Invalid username or password.")
            return {"type": "user", "name": user, "orgs": [{"name": "org1"}],
                    "auth": {"type": "access_token", "accessToken": {"role": role}}}
        if parts[:2] == ["api", "repos"]:
            return self.repos(parts[2], json.loads(body), origin)
        if parts[:2] == ["api", "validate-yaml"]:
            if not LIMITS["validate"]:
                raise Refusal(404)
            bad = "\t" in json.loads(body)["content"].split("---")[1] if json.loads(body)["content"].startswith("---") else False
            return {"errors": [{"message": "YAML with a tab"}] if bad else [], "warnings": []}
        if parts[0] == "api":
            return self.api(parts[1][:-1], "/".join(parts[2:4]), parts[4:], query, body, origin)
        kind = {"datasets": "dataset", "spaces": "space"}.get(parts[0], "model")
        rest = parts[1:] if kind != "model" else parts
        if rest[1].endswith(".git"):
            return self.lfs_batch(kind, rest[0] + "/" + rest[1][:-4], json.loads(body), origin)
        if rest[2] in ("resolve", "raw"):
            return self.file(kind, "/".join(rest[:2]), rest[3], "/".join(rest[4:]))
        raise Refusal(404, "", "Not found")

    def repos(self, what, asked, origin):
        user, role = self.user()
        if not user:
            raise Refusal(401)
        if what == "move":
            old, new = (asked.get("type", "model"), asked["fromRepo"]), (asked.get("type", "model"), asked["toRepo"])
            self.repo(*old, write=True)
            REPOS[new] = REPOS.pop(old)
            REPOS[new].name = new[1]
            return {}
        name = f"{asked.get('organization') or user}/{asked['name']}"
        key = (asked.get("type", "model"), name)
        if what == "delete":
            self.repo(*key, write=True)
            del REPOS[key]
            return {}
        if role != "write" or not name.startswith(user + "/"):
            raise Refusal(403, "", "You don't have the rights to create a repo here")
        web = f"{origin}/{'' if key[0] == 'model' else key[0] + 's/'}{name}"
        if key in REPOS:
            raise Refusal(409, "", "", {"error": "You already created this repo", "url": web})
        REPOS[key] = Repo(*key, asked.get("visibility") == "private")
        return {"url": web, "name": name}

    def info(self, repo, revision):
        oid = repo.resolve(revision)
        return {"id": repo.name, "sha": oid, "private": repo.private, "gated": False, "disabled": False,
                "lastModified": "2026-01-01T00:00:00.000Z",
                "siblings": [{"rfilename": path} for path in repo.commits[oid]["tree"]]}

    def api(self, kind, name, rest, query, body, origin):
        what = rest[0] if rest else ""
        write = self.command not in ("GET", "HEAD") and what not in ("paths-info",)
        repo = self.repo(kind, name, write)
        if what in ("", "revision"):
            return self.info(repo, rest[1] if rest else "main")
        if what == "tree":
            return self.tree(repo, rest[1], rest[2] if len(rest) > 2 else "", query, origin)
        if what == "paths-info":
            tree = repo.commits[repo.resolve(rest[1])]["tree"]
            wanted = urllib.parse.parse_qs(body.decode()).get("paths", [])
            return [tree[path].row(path) for path in wanted if path in tree]
        if what == "refs":
            return {"branches": [{"name": n, "ref": "refs/heads/" + n, "targetCommit": c} for n, c in repo.branches.items()],
                    "tags": [{"name": n, "ref": "refs/tags/" + n, "targetCommit": c} for n, c in repo.tags.items()],
                    "converts": []}
        if what == "commits":
            return [{"id": oid, "title": commit["title"]} for oid, commit in repo.history(repo.resolve(rest[1]))]
        if what in ("tag", "branch"):
            return self.ref(repo, what, rest[1], json.loads(body or b"{}"))
        if what == "settings":
            repo.private = json.loads(body)["visibility"] == "private"
            return {}
        if what == "preupload":
            return self.preupload(repo, rest[1], json.loads(body))
        if what == "commit":
            return self.commit(repo, rest[1], body, origin)
        if what in ("runtime", "pause", "restart"):
            repo.stage = {"pause": "PAUSED", "restart": "BUILDING"}.get(what, repo.stage)
            return {"stage": repo.stage, "hardware": {"current": None, "requested": "cpu-basic"}}
        raise Refusal(404, "", "Not found")

    def tree(self, repo, revision, folder, query, origin):
        oid = repo.resolve(revision)
        tree = repo.commits[oid]["tree"]
        prefix = folder + "/" if folder else ""
        rows = {}
        for path, entry in sorted(tree.items()):
            if not path.startswith(prefix):
                continue
            inner = path[len(prefix):].split("/")
            depth = len(inner) if query.get("recursive", "").lower() == "true" else 1
            for end in range(1, min(depth + 1, len(inner))):
                name = prefix + "/".join(inner[:end])
                rows[name] = {"type": "directory", "oid": "0" * 40, "size": 0, "path": name}
            if len(inner) <= depth:
                rows[path] = entry.row(path)
        if folder and not rows:
            raise Refusal(404, "EntryNotFound", "not found")
        rows, start = list(rows.values()), int(query.get("cursor", 0))
        end = start + LIMITS["page"]
        headers = {}
        if end < len(rows):
            headers["Link"] = f'<{origin}{self.path.split("&cursor=")[0]}&cursor={end}>; rel="next"'
        return 200, json.dumps(rows[start:end]).encode(), headers

    def ref(self, repo, what, name, asked):
        table = repo.tags if what == "tag" else repo.branches
        if self.command == "DELETE":
            if name not in table:
                raise Refusal(404, "RevisionNotFound", "no such ref")
            if name == "main":
                raise Refusal(403, "", "main stays")
            del table[name]
            return {}
        new = asked["tag"] if what == "tag" else name
        if new in table:
            raise Refusal(409, "", "Reference already exists")
        table[new] = repo.resolve(name if what == "tag" else asked.get("startingPoint", "main"))
        return {}

    def preupload(self, repo, revision, asked):
        tree = repo.commits[repo.resolve(revision)]["tree"]
        if len(asked["files"]) > 256:
            raise Refusal(413, "", "too many files")
        files = []
        for file in asked["files"]:
            sample = base64.b64decode(file["sample"], validate=True)
            large = file["path"].endswith(LFS_SUFFIXES) or file["size"] > 10_000_000 or b"\0" in sample
            row = {"path": file["path"], "uploadMode": "lfs" if large else "regular",
                   "shouldIgnore": file["path"].endswith(".ignored")}
            if file["path"] in tree:
                row["oid"] = tree[file["path"]].sha or tree[file["path"]].oid
            files.append(row)
        return {"files": files, "commitOid": repo.resolve(revision)}

    def commit(self, repo, branch, body, origin):
        lines = [json.loads(line) for line in body.splitlines() if line]
        head = repo.resolve(branch)
        if branch not in repo.branches:
            raise Refusal(404, "RevisionNotFound", "no such branch")
        header = lines[0]["value"]
        if header.get("parentCommit") and header["parentCommit"] != head:
            raise Refusal(412, "", "A commit has happened since. Please refresh and try again.")
        tree = dict(repo.commits[head]["tree"])
        for line in lines[1:]:
            value = line["value"]
            check_path(value["path"].rstrip("/"))
            if line["key"] == "file":
                tree[value["path"]] = Entry(base64.b64decode(value["content"], validate=True))
            elif line["key"] == "lfsFile":
                if not os.path.exists(object_path(value["oid"])):
                    raise Refusal(400, "", "LFS pointer to a file that does not exist")
                size = os.path.getsize(object_path(value["oid"]))
                if size != value.get("size", size):
                    raise Refusal(400, "", "wrong size")
                tree[value["path"]] = Entry(sha=value["oid"], size=size)
            elif line["key"] == "deletedFile":
                if tree.pop(value["path"], None) is None:
                    raise Refusal(400, "", "no such file to delete")
            else:
                raise Refusal(400, "", "unknown operation")
        oid = repo.add_commit(branch, tree, header["summary"])
        return {"success": True, "commitOid": oid, "commitUrl": f"{origin}/{repo.kind}s/{repo.name}/commit/{oid}"}

    def lfs_batch(self, kind, name, asked, origin):
        self.repo(kind, name, write=True)
        origin = LIMITS["lfs_origin"] or origin
        rows = []
        for item in asked["objects"]:
            row = {"oid": item["oid"], "size": item["size"]}
            part = LIMITS["lfs_part_bytes"]
            if not os.path.exists(object_path(item["oid"])):
                upload = {"href": f"{origin}/lfs/put/{item['oid']}?signature=s3cr3tsig"}
                if part and item["size"] > part:
                    count = -(-item["size"] // part)
                    upload = {"href": f"{origin}/lfs/complete/{item['oid']}",
                              "header": {"chunk_size": str(part), **{
                                  f"{i + 1:05d}": f"{origin}/lfs/part/{item['oid']}/{i + 1}" for i in range(count)}}}
                row["actions"] = {"upload": upload, "verify": {"href": f"{origin}/lfs/verify/{kind}/{name}"}}
            rows.append(row)
        return {"transfer": "basic", "objects": rows}

    def lfs_object(self, raw, body):
        what, oid = raw[1], raw[2]
        if what == "verify":
            self.user()
            asked = json.loads(body)
            path = object_path(asked["oid"])
            if not os.path.exists(path) or os.path.getsize(path) != asked["size"]:
                raise Refusal(404, "", "not uploaded")
            return {}
        if "Authorization" in self.headers:
            raise Refusal(400, "", "Only one auth mechanism allowed")
        if what == "complete":
            asked, data = json.loads(body), b""
            for part in asked["parts"]:
                piece = PARTS.pop((oid, part["partNumber"]))
                if f'"{hashlib.md5(piece).hexdigest()}"' != part["etag"]:
                    raise Refusal(400, "", "InvalidPart")
                data += piece
            if hashlib.sha256(data).hexdigest() != oid:
                raise Refusal(400, "", "checksum mismatch")
            with open(object_path(oid), "wb") as file:
                file.write(data)
            return {}
        name, sha = body
        if what == "part":
            with open(name, "rb") as file:
                PARTS[(oid, int(raw[3]))] = piece = file.read()
            os.unlink(name)
            return 200, b"", {"ETag": f'"{hashlib.md5(piece).hexdigest()}"'}
        if sha != oid:
            os.unlink(name)
            raise Refusal(400, "", "checksum mismatch")
        os.replace(name, object_path(oid))
        return 200, b"", {}

    def file(self, kind, name, revision, path):
        repo = self.repo(kind, name)
        oid = repo.resolve(revision)
        tree = repo.commits[oid]["tree"]
        if path not in tree:
            raise Refusal(404, "EntryNotFound", "Entry not found")
        entry = tree[path]
        headers = {"X-Repo-Commit": oid, "ETag": f'"{entry.sha or entry.oid}"', "Accept-Ranges": "bytes"}
        if entry.sha:
            headers.update({"X-Linked-Size": str(entry.size), "X-Linked-ETag": f'"{entry.sha}"'})
        if self.command == "HEAD":
            return 200, b"", {**headers, "Content-Length": str(entry.size)}
        data = entry.bytes()
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if not wanted:
            return 200, data, headers
        first, last = int(wanted[1]), min(int(wanted[2] or entry.size - 1), entry.size - 1)
        if first >= entry.size:
            return 416, b"", {"Content-Range": f"bytes */{entry.size}"}
        headers["Content-Range"] = f"bytes {first}-{last}/{entry.size}"
        return 206, data[first:last + 1], headers


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_):  # A cut connection is what the test wanted.
        pass


def main():
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"ready http://127.0.0.1:{server.server_port}", flush=True)
    sys.stdin.read()
    for name in os.listdir(FOLDER):
        os.unlink(os.path.join(FOLDER, name))
    os.rmdir(FOLDER)


if __name__ == "__main__":
    main()
