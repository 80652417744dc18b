"""A Hub that stops answering, where the repository's name says so (tests/peers/data_routes_test.py).

silent: takes the connection and says nothing.  half: sends half an answer, then nothing.  cut: sends half an answer and
goes away.  drip: sends a byte a second for ever.  deep: answers with 100,000 brackets.  late-card: answers all but the
bytes of README.md.
"""
import json
import socketserver
import threading

COMMIT = "0123456789abcdef0123456789abcdef01234567"
DEEP = "[" * 100_000 + "]" * 100_000


def head(length):
    return f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n".encode()


def late_card(path):
    if "/tree/" in path:
        return [{"type": "file", "path": "README.md", "oid": COMMIT, "size": 100}]
    return {"id": "alice/late-card", "sha": COMMIT, "private": False}


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        while True:
            request = b""
            while b"\r\n\r\n" not in request:
                got = self.request.recv(65536)
                if not got:
                    return
                request += got
            if not self.answer(request.split()[1].decode()):
                return

    def answer(self, path):
        send, wait = self.request.sendall, self.server.ended.wait
        way = next((w for w in ("silent", "half", "cut", "drip", "deep", "late-card") if w in path), self.server.otherwise)
        body = DEEP.encode() if way == "deep" else json.dumps(late_card(path)).encode()
        if way == "deep":
            send(head(len(body)) + body)
        elif way == "late-card" and "/resolve/" not in path:
            send(head(len(body)) + body)
        elif way in ("half", "cut"):
            send(head(2 * len(body)) + body[:20])
            if way == "half":
                wait()
            return False
        elif way == "drip":
            send(head(1000))
            try:
                while not wait(0.5):
                    send(b" ")
            except OSError:
                pass
            return False
        else:
            wait()
            return False
        return True


class SilentHub(socketserver.ThreadingTCPServer):
    """`otherwise`: how it answers where no name in the path says it."""
    daemon_threads = True

    def __init__(self, otherwise="silent"):
        super().__init__(("127.0.0.1", 0), Handler)
        self.otherwise = otherwise
        self.ended = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error):
        self.ended.set()
        self.shutdown()
        self.server_close()
