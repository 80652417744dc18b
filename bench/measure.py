"""What the benches share: one timed command, comparisons whose answers are checked first, and their tables."""
import argparse, datetime, multiprocessing, os, platform, shutil, statistics, subprocess, sys, time

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(HERE, "data")
PY = sys.executable


def measure(command, env=None):
    """One run: wall s, CPU s, peak RSS MB."""
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, **(env or {})})
    out, err = child.stdout.read(), child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"failed ({child.returncode}): {' '.join(command)}\n{err.decode()[-2000:]}")
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def size_bytes(out: str) -> int:
    """Of a file, or of all files in an output folder."""
    if not os.path.isdir(out):
        return os.path.getsize(out)
    return sum(os.path.getsize(os.path.join(folder, name))
               for folder, _, names in os.walk(out) for name in names)


def remove(path):
    shutil.rmtree(path, ignore_errors=True)
    for extra in (path, path + ".hf", path + ".d"):
        if os.path.isfile(extra):
            os.remove(extra)


def machine():
    """Date, commit, processor and cores, for the head of a record."""
    cpu = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), platform.processor())
    commit = subprocess.run(["git", "-C", HERE, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    return f"{datetime.date.today()}, commit {commit}, {cpu}, {os.cpu_count()} cores"


class Comparisons:
    """Runs commands in turn and keeps their tables."""

    def __init__(self, args):
        self.args = args
        self.tables = []  # Of Markdown.
        self.missed = []

    def compare(self, title, commands, check, size, goals=None):
        """`commands`: name -> (command, output path); the first is hubmill, `size` the bytes it reads.

        `goals`: name -> (wanted ratio of "wall" or "cpu", which of the two).  `check` gets name -> output and exits on a
        wrong answer.  Returns name -> median wall s, CPU s, peak MB.
        """
        for command, out in commands.values():
            remove(out)
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        # In a process of its own: the children's peak memory would count what the answer check holds.
        checking = multiprocessing.get_context("fork").Process(
            target=check, args=({name: out for name, (_, out) in commands.items()},))
        checking.start()
        checking.join()
        if checking.exitcode != 0:
            sys.exit(f"wrong answer: {title}")
        sizes = {name: size_bytes(out) for name, (_, out) in commands.items()}
        runs = {name: [] for name in commands}
        for _ in range(self.args.runs):
            for name, (command, out) in commands.items():
                remove(out)
                runs[name].append(measure(command))
        for _, out in commands.values():
            remove(out)
        medians = {name: [statistics.median(column) for column in zip(*values)] for name, values in runs.items()}
        self.show(self.table(title, medians, sizes, size, goals or {}))
        return medians

    def table(self, title, medians, sizes, size, goals):
        lines = [f"### {title}", "",
                 "| | wall s | MB/s | CPU s | MB/CPU-s | peak MB | output MB | hubmill is faster by (wall / CPU) | goal |",
                 "|---|---|---|---|---|---|---|---|---|"]
        ours = next(iter(medians.values()))
        for name, (wall, cpu, rss) in medians.items():
            first = medians[name] is ours
            wall_ratio, cpu_ratio = wall / ours[0], cpu / ours[1]
            ratio = "" if first else f"**{wall_ratio:.2f}×** / {cpu_ratio:.2f}×"
            goal = ""
            if name in goals:
                wanted, kind = goals[name]
                goal = f"{wanted} × ({kind})"
                reached = wall_ratio if kind == "wall" else cpu_ratio
                if reached < wanted:
                    self.missed.append(f"- {title}: {reached:.2f} × {name} ({kind}), not {wanted} ×\n")
            lines.append(f"| {name} | {wall:.2f} | {size / 1e6 / wall:.0f} | {cpu:.2f} | {size / 1e6 / cpu:.0f} | {rss:.0f} | "
                         f"{sizes[name] / 1e6:.1f} | {ratio} | {goal} |")
        return "\n".join(lines) + "\n"

    def show(self, text):
        self.tables.append(text)
        print(text, flush=True)

    def record(self, path, head, tail=""):
        with open(path, "w") as file:
            file.write(head + "".join(text + "\n" for text in self.tables))
            file.write("## Goals not met in this run\n\n" + ("".join(self.missed) or "None.\n") + tail)

    def run_cases(self, names, record):
        """Those that --only names, or all; then `record` with --record."""
        for name in names:
            if not self.args.only or name in self.args.only:
                getattr(self, "case_" + name)()
        if self.args.record:
            record()


def parser_of(doc, size, default):
    """The options of a bench; `size` is the one that says how much it makes."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hubmill", default=os.path.join(HERE, "../build/release/hubmill"))
    parser.add_argument(size, type=int, default=default)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--record", action="store_true")
    return parser
