"""Latency of the job API: 200 clients at once, each with a connection of its own, asking as fast as they are answered.

One thread of this program holds all connections (epoll, requests prepared), so that what is measured is the server and
not 200 Python threads; what it adds itself is in the numbers.
"""
import argparse, http.client, json, os, resource, select, shutil, socket, statistics, subprocess, sys, tempfile, time

from measure import HERE, machine

TICKS = os.sysconf("SC_CLK_TCK")
GOAL_MS = 50


class Server:
    def __init__(self, hubmill):
        self.folder = tempfile.mkdtemp(prefix="hubmill-serve-")
        program = os.path.join(self.folder, "job")
        with open(program, "w") as file:
            file.write('#!/bin/sh\necho done\ncase "$*" in *slow*) exec sleep 1000 ;; esac\n')
        os.chmod(program, 0o755)
        self.process = subprocess.Popen(
            [hubmill, "serve", "--port", "0", "--data-dir", "data", "--workers", "1", "--queue", "10000",
             "--job-program", program], cwd=self.folder, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().rsplit(":", 1)[1])

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, body and json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        assert answer.status in (200, 202), answer.read()
        return answer.read()

    def export(self, source):
        return json.loads(self.ask("POST", "/api/internal/hf/export?internal=1", {"source": source}))["job_id"]

    def cpu_s(self):
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def peak_mb(self):
        return next(int(line.split()[1]) for line in open(f"/proc/{self.process.pid}/status") if line.startswith("VmHWM")) / 1024

    def close(self):
        self.process.terminate()
        assert self.process.wait(30) == 0
        shutil.rmtree(self.folder)


def load(port, request, clients, seconds):
    """Latencies in ms, and how many answers were no 200."""
    poll = select.epoll()
    connections, sent, missing = {}, {}, {}
    for _ in range(clients):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connections[connection.fileno()] = connection
        poll.register(connection, select.EPOLLIN)
    latencies, errors = [], 0
    end = time.perf_counter() + seconds
    for number, connection in connections.items():
        sent[number] = time.perf_counter()
        connection.sendall(request)
    while sent:
        for number, _ in poll.poll(10):
            piece = connections[number].recv(1 << 16)
            if not piece:
                errors += 1
                del sent[number]
                poll.unregister(number)
                continue
            if number not in missing:
                head, _, body = piece.partition(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                errors += not head.startswith(b"HTTP/1.1 200 ")
                missing[number] = length - len(body)
            else:
                missing[number] -= len(piece)
            if missing[number] > 0:
                continue
            del missing[number]
            now = time.perf_counter()
            latencies.append((now - sent[number]) * 1000)
            if now < end:
                sent[number] = now
                connections[number].sendall(request)
            else:
                del sent[number]
    for connection in connections.values():
        connection.close()
    return latencies, errors


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hubmill", default=os.path.abspath(os.path.join(HERE, "../build/release/hubmill")))
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--record", action="store_true")
    args = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    server = Server(args.hubmill)
    ended = server.export("quick")
    running = server.export("slow")
    for _ in range(100):
        server.export("waiting")
    status = "/api/internal/hf/status?internal=1&job_id="
    cases = [("status of a job that ended", status + ended), ("status of a job that runs", status + running),
             ("a page of 20 jobs", "/api/v1/jobs"), ("floor: no such route", "/none")]
    lines = ["| | requests/s | p50 ms | p99 ms | slowest ms | errors | requests a server CPU s |", "|---|---|---|---|---|---|---|"]
    missed = 0
    for name, path in cases:
        request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        before, start = server.cpu_s(), time.perf_counter()
        latencies, errors = load(server.port, request, args.clients, args.seconds)
        wall, cpu = time.perf_counter() - start, server.cpu_s() - before
        if path == "/none":
            errors = 0
        cuts = statistics.quantiles(latencies, n=100)
        missed += errors > 0 or (path.startswith(status) and cuts[98] > GOAL_MS)
        lines.append(f"| {name} | {len(latencies) / wall:,.0f} | {cuts[49]:.1f} | {cuts[98]:.1f} | {max(latencies):.1f} | {errors} "
                     f"| {len(latencies) / max(cpu, 1 / TICKS):,.0f} |")
    text = (f"# The job API, measured\n\nRepeat with `make bench-serve`. {args.clients} clients, each asking again as soon as it is "
            f"answered, for {args.seconds:g} s; goal: no error, p99 of status under {GOAL_MS} ms. Peak memory of the server "
            f"{server.peak_mb():.0f} MB.\n\n{machine()}, clients and server on the same machine.\n\n" + "\n".join(lines) + "\n")
    server.close()
    print(text)
    if args.record:
        with open(os.path.join(HERE, "RESULTS_SERVE.md"), "w") as file:
            file.write(text)
    sys.exit("missed its goal" if missed else 0)


if __name__ == "__main__":
    main()
