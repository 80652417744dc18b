"""Runs `hubmill feedback run --push` once, and answers on a port meanwhile and afterwards.

A Docker Space counts as healthy while its port answers, and is started again when its program ends; so this
one stays after the run, until the Space is paused: by the run itself, or, where that failed or was killed, from
here.  The log goes to standard output, where the Space shows it.
"""
import http.server
import os
import shlex
import signal
import subprocess
import sys
import threading

COMMAND = ["hubmill", "feedback", "run", "--push", "--no-progress"]
STAYS = "--no-pause-on-failure"


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


def pause(options):
    """A run that was refused or killed has not paused the Space, which would cost something until somebody looks."""
    space = os.environ.get("PREPARE_DATASET_SPACE_ID") or os.environ.get("SPACE_ID")
    if space and STAYS not in options:
        subprocess.run(["hubmill", "hub", "space", "pause", space], check=False)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server = http.server.ThreadingHTTPServer(("0.0.0.0", int(os.environ.get("PORT", "7860"))), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    options = shlex.split(os.environ.get("FEEDBACK_OPTIONS", ""))
    done = subprocess.run([*COMMAND, *options], check=False)
    Page.status = "done" if done.returncode == 0 else f"failed, exit status {done.returncode}; see the log"
    print(f"start.py: {Page.status}; waiting to be paused", flush=True)
    if done.returncode != 0:
        pause(options)
    threading.Event().wait()


if __name__ == "__main__":
    main()
