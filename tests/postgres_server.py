"""A real PostgreSQL server for tests: a cluster of its own in a scratch folder, on a free port."""
import contextlib
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import pytest

PASSWORD = "s3cr3t-Passw0rd"


def programs() -> pathlib.Path:
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.fail("PostgreSQL is not installed; remedy: scripts/setup.sh test")
    return found[-1].parent


def as_user(command: list) -> list:
    """PostgreSQL does not run as root."""
    if os.geteuid() != 0:
        return list(map(str, command))
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *map(str, command)]


class PostgresServer:
    """One cluster; start() and kill() as often as a test likes, on the same port."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hubmill-pg-"))
        self.bin = programs()
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        password = self.folder / "password"
        password.write_text(PASSWORD)
        password.chmod(0o644)
        self.data = self.folder / "data"
        subprocess.run(as_user([self.bin / "initdb", "-D", self.data, "-U", "hubmill", "--auth=scram-sha-256",
                                f"--pwfile={password}", "-E", "UTF8", "--locale=C", "--no-sync"]),
                       check=True, stdout=subprocess.DEVNULL, cwd="/")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process = None

    def url(self, database="postgres", user="hubmill", password=PASSWORD) -> str:
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def start(self):
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                as_user([self.bin / "postgres", "-D", self.data, "-p", self.port, "-k", self.folder,
                         "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "autovacuum=off"]),
                stdout=log, stderr=log, cwd="/")
        for _ in range(600):
            if self.psql("SELECT 1", check=False).returncode == 0:
                return
            assert self.process.poll() is None, (self.folder / "log").read_text()
            time.sleep(0.05)
        pytest.fail("PostgreSQL does not answer:\n" + (self.folder / "log").read_text())

    def psql(self, sql: str, database="postgres", check=True, **options) -> subprocess.CompletedProcess:
        return subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", self.url(database), "-c", sql],
                              check=check, capture_output=True, text=True, **options)

    def kill(self):
        """As a power cut: the postmaster and all that it started."""
        children = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=False)
        self.process.kill()
        for child in children.stdout.split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(child), signal.SIGKILL)
        self.process.wait()
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def remove(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)  # At once: nothing is to be kept.
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture(scope="module")
def postgres():
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()
