#!/usr/bin/env python3
"""The Hub, both sides: answers are checked first, then timed, the floor beside them.

  hub.py [--hubmill BIN] [--files 1000] [--mb 2000] [--requests 20000] [--runs 3] [--only NAME…] [--record]

It makes its own data under --folder (/tmp/hubmill-bench, bytes fixed by the arguments) and starts a server of its own for
each run, with fsync, on a folder that is removed afterwards. upload: `hubmill hub upload` beside `hf upload`, with Xet and
without, each with an empty cache. commit, ranges, metadata: the embedded Hub by raw keep-alive connections, its CPU seconds
read from /proc. memory: its resident set before and after all of that. --record writes bench/RESULTS_HUB.md.
"""
import argparse, base64, datetime, hashlib, http.client, json, multiprocessing, os, random, shutil, socket, statistics
import subprocess, sys, time

HERE = os.path.dirname(os.path.abspath(__file__))
HF = os.path.join(os.path.dirname(sys.executable), "hf")
TICKS = os.sysconf("SC_CLK_TCK")
RANGE_BYTES = 8 << 20


class Served:
    """A running `hubmill hub serve`."""

    def __init__(self, hubmill, root):
        self.root = root
        shutil.rmtree(root, ignore_errors=True)
        self.process = subprocess.Popen([hubmill, "hub", "serve", "--root", root, "--user", "alice", "--token", "hf_admin"],
                                        stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()
        self.port = int(self.url.rsplit(":", 1)[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.root, ignore_errors=True)

    def cpu_s(self):
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def rss_mb(self):
        return next(int(line.split()[1]) for line in open(f"/proc/{self.process.pid}/status") if line.startswith("VmRSS")) / 1024

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        data = json.dumps(body) if isinstance(body, dict) else body
        connection.request(method, path, data, {"Authorization": "Bearer hf_admin"})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            sys.exit(f"failed: {method} {path}: {answer.status} {text[:300]}")
        return json.loads(text)

    def commit(self, repo, lines):
        body = "".join(json.dumps(line) + "\n" for line in [{"key": "header", "value": {"summary": "bench"}}, *lines])
        return self.ask("POST", f"/api/datasets/alice/{repo}/commit/main", body)

    def tree(self, repo):
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        path, files = f"/api/datasets/alice/{repo}/tree/main?recursive=true", {}
        while path:
            connection.request("GET", path, headers={"Authorization": "Bearer hf_admin"})
            answer = connection.getresponse()
            files |= {e["path"]: e["lfs"]["oid"] for e in json.loads(answer.read()) if "lfs" in e}
            link = answer.headers["Link"]
            path = link and link[1:link.index(">")].removeprefix(self.url)
        return files


def text_line(path, text):
    return {"key": "file", "value": {"path": path, "encoding": "base64", "content": base64.b64encode(text).decode()}}


def measure(command, env):
    """One run of a command: wall s, CPU s, peak RSS MB."""
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env)
    out = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"failed ({child.returncode}): {' '.join(command)}\n{out.decode()[-2000:]}")
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def exchange(port, method, path, count, extra, result=None):
    """`count` requests, one after the other on one connection; the number of body bytes."""
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    request = (f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer hf_admin\r\n{extra}\r\n").encode()
    buffer = memoryview(bytearray(1 << 20))
    total = 0
    for _ in range(count):
        connection.sendall(request)
        have, end = 0, -1
        while end < 0:
            have += connection.recv_into(buffer[have:])
            end = bytes(buffer[:min(have, 4096)]).find(b"\r\n\r\n")
        head = bytes(buffer[:end])
        if head[9:10] not in (b"2", b"4") or (head[9:12] == b"404") != ("none" in path):
            sys.exit(f"wrong answer: {head[:200]}")
        if method == "HEAD":
            continue
        at = head.find(b"Content-Length: ") + 16
        size = int(head[at:].split(b"\r", 1)[0])
        total += size
        left = size - (have - end - 4)
        while left > 0:
            left -= connection.recv_into(buffer)
    if result is not None:
        result.value = total
    return total


def in_parallel(connections, *arguments):
    """exchange() in as many processes: wall s, body bytes."""
    totals = [multiprocessing.Value("q", 0) for _ in range(connections)]
    children = [multiprocessing.Process(target=exchange, args=(*arguments, total)) for total in totals]
    start = time.perf_counter()
    for child in children:
        child.start()
    for child in children:
        child.join()
        if child.exitcode != 0:
            sys.exit("wrong answer")
    return time.perf_counter() - start, sum(total.value for total in totals)


class Bench:
    def __init__(self, args):
        self.args, self.text = args, []
        self.folder = os.path.join(args.folder, f"data-{args.files}-{args.mb}")
        self.root = os.path.join(args.folder, "hub")
        self.digests = self.make_data()

    def make_data(self):
        """Random bytes, which no client can shrink; a tenth of the files is small."""
        listed = self.folder + ".json"
        if os.path.exists(listed):
            return json.load(open(listed))
        draw, digests = random.Random(11), {}
        size = self.args.mb * 1_000_000 // self.args.files
        for i in range(self.args.files):
            path = f"part-{i % 10}/{i:05}.bin"
            os.makedirs(os.path.join(self.folder, os.path.dirname(path)), exist_ok=True)
            data = draw.randbytes(size // 10 if i % 10 == 0 else size * 11 // 10)
            with open(os.path.join(self.folder, path), "wb") as file:
                file.write(data)
            digests[path] = hashlib.sha256(data).hexdigest()
        json.dump(digests, open(listed, "w"))
        os.sync()  # The first upload must not wait for the disk on our behalf.
        return digests

    def say(self, text):
        print(text, flush=True)
        self.text.append(text)

    def table(self, title, columns, rows):
        lines = [f"### {title}", "", "| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
        self.say("\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n")

    # ---- the cases ----

    def upload(self, name):
        """One upload into an empty Hub: wall s, CPU s, peak MB, server CPU s."""
        home = os.path.join(self.args.folder, "home")
        shutil.rmtree(home, ignore_errors=True)
        with Served(self.args.hubmill, self.root) as hub:
            kept = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
            env = {**kept, "HF_ENDPOINT": hub.url, "HF_TOKEN": "hf_admin", "HF_HOME": home, "HOME": home,
                   "HF_HUB_DISABLE_UPDATE_CHECK": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
            if name == "hubmill":
                command = [self.args.hubmill, "hub", "upload", "alice/d", self.folder]
            else:
                command = [HF, "upload", "alice/d", self.folder, ".", "--repo-type", "dataset"]
            if name == "hf, no Xet":
                env["HF_HUB_DISABLE_XET"] = "1"
            result = measure(command, env)
            if hub.tree("d") != self.digests:
                sys.exit(f"wrong answer: {name} stored other files")
            return (*result, hub.cpu_s())

    def case_upload(self):
        names = ["hubmill", "hf, Xet", "hf, no Xet"]
        runs = {name: [] for name in names}
        for _ in range(self.args.runs):
            for name in names:
                runs[name].append(self.upload(name))
        copy = []
        for _ in range(self.args.runs):
            target = os.path.join(self.args.folder, "copy")
            copy.append((*measure(["cp", "-r", self.folder, target], os.environ), 0.0))
            shutil.rmtree(target)
        runs["floor: cp -r"] = copy
        ours = [statistics.median(column) for column in zip(*runs["hubmill"])]
        rows = []
        for name, values in runs.items():
            wall, cpu, rss, server = (statistics.median(column) for column in zip(*values))
            rows.append([name, f"{wall:.2f}", f"{self.args.mb / wall:.0f}", f"{cpu:.2f}", f"{server:.2f}", f"{rss:.0f}",
                         f"**{wall / ours[0]:.2f} ×**", f"{ours[1] / cpu:.2f} ×"])
        self.table(f"Upload of {self.args.files:,} files, {self.args.mb:,} MB, into an empty embedded Hub "
                   "(goals: 1.5 × the official client's throughput, 0.5 × its CPU)",
                   ["", "wall s", "MB/s", "client CPU s", "server CPU s", "peak MB", "hubmill is faster by",
                    "hubmill's CPU is"], rows)

    def case_commit(self):
        lines = [text_line(f"data/{i:05}.txt", b"line %d\n" % i * 20) for i in range(1000)]
        seconds, cpus, floor = [], [], []
        for _ in range(self.args.runs):
            with Served(self.args.hubmill, self.root) as hub:
                hub.ask("POST", "/api/repos/create", {"name": "d", "type": "dataset"})
                before, start = hub.cpu_s(), time.perf_counter()
                hub.commit("d", lines)
                seconds.append(time.perf_counter() - start)
                cpus.append(hub.cpu_s() - before)
                if len(hub.ask("GET", "/api/datasets/alice/d")["siblings"]) != 1001:
                    sys.exit("wrong answer: files are missing")
            start = time.perf_counter()
            path = os.path.join(self.args.folder, "synced")
            with open(path, "wb") as file:
                file.write(json.dumps(lines).encode())
                file.flush()
                os.fsync(file.fileno())
            floor.append(time.perf_counter() - start)
            os.remove(path)
        self.table("One commit of 1,000 small files, on the disk when it is answered",
                   ["", "wall s", "server CPU s"],
                   [["embedded Hub", f"{statistics.median(seconds):.3f}", f"{statistics.median(cpus):.2f}"],
                    ["floor: the same bytes, one fsync", f"{statistics.median(floor):.3f}", ""]])

    def fill(self, hub):
        """Two repositories: a small one with a large file, and one of 1,000 files."""
        for repo, count in (("small", 20), ("wide", 1000)):
            hub.ask("POST", "/api/repos/create", {"name": repo, "type": "dataset"})
            hub.commit(repo, [text_line("README.md", b"---\nlicense: mit\n---\n")]
                       + [text_line(f"data/{i:05}.txt", b"line %d\n" % i) for i in range(count)])
        data = random.Random(1).randbytes(1 << 20) * 256
        oid = hashlib.sha256(data).hexdigest()
        batch = {"operation": "upload", "transfers": ["basic"], "objects": [{"oid": oid, "size": len(data)}]}
        answer = hub.ask("POST", "/datasets/alice/small.git/info/lfs/objects/batch", batch)
        href = answer["objects"][0]["actions"]["upload"]["href"].removeprefix(hub.url)
        hub.ask("PUT", href, data)
        hub.commit("small", [{"key": "lfsFile", "value": {"path": "large.bin", "algo": "sha256", "oid": oid}}])

    def case_ranges(self):
        path = "/datasets/alice/small/resolve/main/large.bin"
        with Served(self.args.hubmill, self.root) as hub:
            self.fill(hub)
            rows = []
            for connections in (1, 2):
                walls, cpus = [], []
                for _ in range(self.args.runs):
                    before = hub.cpu_s()
                    wall, total = in_parallel(connections, hub.port, "GET", path, 256, f"Range: bytes=1000-{RANGE_BYTES + 999}\r\n")
                    if total != connections * 256 * RANGE_BYTES:
                        sys.exit("wrong answer: other bytes than asked for")
                    walls.append(total / 1e9 / wall)
                    cpus.append(total / 1e9 / (hub.cpu_s() - before))
                rows.append([f"{connections} connection{'s'[:connections - 1]}", f"{statistics.median(walls):.2f}",
                             f"{statistics.median(cpus):.2f}"])
        rows.append(["floor: sendfile, one connection", f"{self.sendfile_floor():.2f}", ""])
        self.table("Range reads of 8 MiB over loopback (goal: 1 GB/s)", ["", "GB/s", "GB a server CPU s"], rows)

    def sendfile_floor(self):
        path = os.path.join(self.args.folder, "floor")
        with open(path, "wb") as file:
            file.write(bytes(256 << 20))
        listener = socket.create_server(("127.0.0.1", 0))
        child = multiprocessing.Process(target=send_file_once, args=(listener, path))
        child.start()
        connection = socket.create_connection(listener.getsockname())
        buffer, left, start = bytearray(1 << 20), 8 * (256 << 20), time.perf_counter()
        while left > 0:
            left -= connection.recv_into(buffer)
        seconds = time.perf_counter() - start
        child.join()
        os.remove(path)
        return 8 * (256 << 20) / 1e9 / seconds

    REQUESTS = [("repository info", "GET", "/api/datasets/alice/small"),
                ("info of 1,000 files", "GET", "/api/datasets/alice/wide"),
                ("tree page, 20 entries", "GET", "/api/datasets/alice/small/tree/main/data"),
                ("tree page, 1,000 entries", "GET", "/api/datasets/alice/wide/tree/main/data"),
                ("resolve HEAD", "HEAD", "/datasets/alice/small/resolve/main/large.bin"),
                ("resolve HEAD among 1,000", "HEAD", "/datasets/alice/wide/resolve/main/data/00500.txt"),
                ("floor: no such route", "GET", "/none")]

    def case_metadata(self):
        with Served(self.args.hubmill, self.root) as hub:
            self.fill(hub)
            rows = []
            for name, method, path in self.REQUESTS:
                rates, cpus = [], []
                count = self.args.requests // (10 if "1,000" in name else 2)
                for _ in range(self.args.runs):
                    before = hub.cpu_s()
                    wall, _ = in_parallel(2, hub.port, method, path, count, "")
                    rates.append(2 * count / wall)
                    cpus.append(2 * count / max(hub.cpu_s() - before, 1 / TICKS))
                rows.append([name, f"{statistics.median(rates):,.0f}", f"{statistics.median(cpus):,.0f}"])
        self.table("Metadata requests on two keep-alive connections (goal: 2,000 a second)",
                   ["", "a second", "a server CPU s"], rows)

    def case_memory(self):
        with Served(self.args.hubmill, self.root) as hub:
            self.fill(hub)
            rows = [["a repository of 1,000 files, 256 MiB stored", f"{hub.rss_mb():.0f}"]]
            for name, method, path in self.REQUESTS[:-1]:
                in_parallel(2, hub.port, method, path, 1000, "")
            rows.append(["after 12,000 requests", f"{hub.rss_mb():.0f}"])
            for name, method, path in self.REQUESTS[:-1]:
                in_parallel(2, hub.port, method, path, 8000 if "1,000 " not in name else 2000, "")
            rows.append(["after 84,000 more", f"{hub.rss_mb():.0f}"])
            env = {**os.environ, "HF_ENDPOINT": hub.url, "HF_TOKEN": "hf_admin"}
            measure([self.args.hubmill, "hub", "upload", "alice/d", self.folder], env)
            rows.append([f"after an upload of {self.args.mb:,} MB", f"{hub.rss_mb():.0f}"])
        self.table("Resident memory of the embedded Hub (goal: flat)", ["", "MB"], rows)

    def record(self):
        cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "")
        commit = subprocess.run(["git", "-C", HERE, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
        with open(os.path.join(HERE, "RESULTS_HUB.md"), "w") as file:
            file.write("# The Hub, measured\n\nRepeat with `make bench-hub`: it makes its data, checks each answer, then times "
                       f"({self.args.runs} runs, medians).\n\n{datetime.date.today()}, commit {commit}, {cpu}, {os.cpu_count()} "
                       "cores, server and clients on the same machine. Read ratios and CPU seconds before wall.\n\n")
            file.write("\n".join(self.text))


def send_file_once(listener, path):
    connection, _ = listener.accept()
    with open(path, "rb") as file:
        for _ in range(8):
            file.seek(0)
            connection.sendfile(file)
    connection.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hubmill", default=os.path.join(HERE, "../build/release/hubmill"))
    parser.add_argument("--folder", default="/tmp/hubmill-bench")
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--mb", type=int, default=2000)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--record", action="store_true")
    args = parser.parse_args()
    bench = Bench(args)
    for name in ("upload", "commit", "ranges", "metadata", "memory"):
        if not args.only or name in args.only:
            getattr(bench, "case_" + name)()
    if args.record:
        bench.record()


if __name__ == "__main__":
    main()
