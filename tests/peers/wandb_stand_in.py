"""A W&B server for tests: the GraphQL operations and the file stream that a run uses, recorded.

It answers as the SDK needs, keeps every request (`calls`), and fails on demand (`fail`): for each of
the next requests a status, `"cut"` for a connection that ends without an answer, or "" for none.
"""
import base64
import gzip
import http.server
import json
import re
import threading

KEY = "local-" + "a1b2c3d4e5" * 4


class WandbStandIn:
    def __init__(self, key=KEY):
        self.key, self.calls, self.fail, self.files = key, [], [], {}
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                fault = outer.fail.pop(0) if outer.fail else ""
                if fault:
                    if fault == "cut":
                        self.close_connection = True
                        return
                    self.answer(fault, {"errors": [{"message": "no"}]})
                    return
                wanted = "Basic " + base64.b64encode(f"api:{outer.key}".encode()).decode()
                if self.headers.get("Authorization") != wanted:
                    self.answer(401, {"errors": [{"message": "invalid API key"}]})
                    return
                self.answer(200, outer.post(self.path, json.loads(body)))

            def do_PUT(self):
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.answer(200, {})

            def do_GET(self):
                self.answer(404, {})

            def answer(self, status, value):
                body = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                if status == 429:
                    self.send_header("Retry-After", "300")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def post(self, path, body):
        if path != "/graphql":
            self.calls.append(("file_stream", path, body))
            for name, chunk in body.get("files", {}).items():
                lines = self.files.setdefault(name, [])
                lines[chunk["offset"]:] = chunk["content"]
            return {}
        operation = re.search(r"(?:query|mutation)\s+(\w+)", body["query"])
        name = operation.group(1) if operation else "?"
        variables = body.get("variables") or {}
        self.calls.append((name, body["query"], variables))
        return {"data": self.data(name, variables)}

    def data(self, name, variables):
        if name == "UpsertBucket":
            run = variables.get("name") or "run"
            project = variables.get("project") or "uncategorized"
            entity = variables.get("entity") or "team"
            return {"upsertBucket": {"inserted": True, "bucket": {
                "id": "UnVuOjE=", "name": run, "displayName": variables.get("displayName") or run, "description": "",
                "config": "{}", "sweepName": None, "historyLineCount": 0,
                "project": {"id": "UHJvamVjdDox", "name": project,
                            "entity": {"id": "RW50aXR5OjE=", "name": entity}}}}}
        if name == "NotifyScriptableRunAlert":
            return {"notifyScriptableRunAlert": {"success": True}}
        if name == "CreateRunFiles":
            return {"createRunFiles": {"runID": "UnVuOjE=", "uploadHeaders": [], "files": [
                {"name": file, "uploadUrl": f"{self.url}/put/{file}"} for file in variables.get("files", [])]}}
        if name == "Viewer":
            return {"viewer": {"id": "VXNlcjox", "entity": "team", "username": "me", "flags": "{}",
                               "teams": {"edges": []}}}
        return {}

    def named(self, name):
        """What was sent with each call of that name."""
        return [call[2] for call in self.calls if call[0] == name]
