"""Runs `hubmill feedback run --push` once, and answers on a port meanwhile and afterwards.

A Docker Space counts as healthy while its port answers, and is started again when its program ends; so this
one stays after the run, until the Space is paused.  The log goes to standard output, where the Space shows it.
"""
import http.server
import os
import shlex
import signal
import subprocess
import sys
import threading

COMMAND = ["hubmill", "feedback", "run", "--push", "--no-progress"]


class Page(http.server.BaseHTTPRequestHandler):
    status = "running"

    def do_GET(self):
        body = f"hubmill feedback run: {Page.status}\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Health checks do not belong into the run's log."""


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server = http.server.ThreadingHTTPServer(("0.0.0.0", int(os.environ.get("PORT", "7860"))), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    done = subprocess.run([*COMMAND, *shlex.split(os.environ.get("FEEDBACK_OPTIONS", ""))], check=False)
    Page.status = "done" if done.returncode == 0 else f"failed, exit status {done.returncode}; see the log"
    print(f"start.py: {Page.status}; waiting to be paused", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
