"""Check 28 of spec/llm.md: kill -9 of llm normalize and llm run; what is run again gives the same files.

The instants are calls by which a file comes into being, counted within the process, so they do not
depend on how fast the machine is: a library that is loaded before all others ends it at call N."""
import json
import random
import shutil
import signal
import subprocess

import pytest
from conftest import BINARY, ROOT, tree_bytes

SETS = ROOT / "samples/llm/sets"
NEVER = 10**9
MATH = "nvidia/Nemotron-Math-v2"
OTHERS = ["nvidia/Nemotron-Agentic-v1", "nvidia/Nemotron-Science-v1"]
SEED = 20261121
CALLS = ["int open(const char* path, int flags, int mode)|open, path, flags, mode",
         "int open64(const char* path, int flags, int mode)|open64, path, flags, mode",
         "long write(int file, const void* data, unsigned long size)|write, file, data, size",
         "long pwrite64(int file, const void* data, unsigned long size, long at)"
         "|pwrite64, file, data, size, at",
         "int fsync(int file)|fsync, file",
         "int mkdir(const char* path, unsigned mode)|mkdir, path, mode",
         "int rename(const char* from, const char* to)|rename, from, to",
         "int renameat2(int a, const char* from, int b, const char* to, unsigned flags)"
         "|renameat2, a, from, b, to, flags"]
SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
static atomic_long calls;
static void Count(void) {
  const char* last = getenv("DIE_AT");
  if (last && ++calls == atol(last)) raise(SIGKILL);
}
__attribute__((destructor)) static void Tell(void) { fprintf(stderr, "\ncalls=%ld\n", calls); }
"""


@pytest.fixture(scope="module")
def shim(tmp_path_factory):
    if not shutil.which("cc"):
        pytest.skip("no C compiler")
    folder = tmp_path_factory.mktemp("shim")
    code = SHIM
    for call in CALLS:
        head, arguments = call.split("|")
        name, _, rest = arguments.partition(", ")
        code += (f"{head} {{ Count(); return ((__typeof__(&{name}))dlsym(RTLD_NEXT, \"{name}\"))"
                 f"({rest}); }}\n")
    (folder / "die_at.c").write_text(code)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", folder / "die_at.so", folder / "die_at.c", "-ldl"],
                   check=True)
    return folder / "die_at.so"


SLACK = 5  # Calls by which two runs of one command may differ.


def instants(draw, calls: int, count: int) -> list[int]:
    """One call in each part of a run of so many."""
    return [draw.randrange(1 + calls * i // count, 1 + calls * (i + 1) // count) for i in range(count)]


class Killed:
    """Runs a command that ends at call N."""

    def __init__(self, hubmill, shim):
        self.hubmill, self.shim = hubmill, shim

    def __call__(self, call: int, *arguments) -> bool:
        """Whether it was killed; else the command came to its end before."""
        environment = {**self.hubmill.environment(), "SOURCE_DATE_EPOCH": "1700000000",
                       "LD_PRELOAD": str(self.shim), "DIE_AT": str(call)}
        done = subprocess.run([str(BINARY), *map(str, arguments)], cwd=self.hubmill.cwd,
                              env=environment, capture_output=True, timeout=120, check=False)
        assert done.returncode in (0, -signal.SIGKILL), done.stderr.decode()
        if done.returncode == 0:
            self.calls = int(done.stderr.decode().rsplit("calls=", 1)[1])
        return done.returncode != 0

    def calls_of(self, *arguments) -> int:
        """How many a whole run makes."""
        assert not self(NEVER, *arguments)
        return self.calls


@pytest.fixture
def killed(hubmill, shim):
    return Killed(hubmill, shim)


def whole(folder) -> dict[str, bytes]:
    """What does not hold how long a run took."""
    return {name: data for name, data in tree_bytes(folder).items()
            if name != "manifest.json" and not name.endswith("state.json")}


def left_behind(folder) -> list[str]:
    return [str(path) for path in folder.rglob("*") if "staging" in path.name]


@pytest.mark.timeout(300)
def test_check_28_a_killed_normalize_is_whole_or_absent(hubmill, killed, tmp_path):
    command = ["llm", "normalize", "--dataset", MATH, "--input", SETS / MATH, "--hf_layout", "--dedup",
               "--rows_per_shard", 3]
    draw = random.Random(SEED)
    calls = killed.calls_of(*command, "--threads", 1, "--out_dir", "expected")
    assert calls > 40
    expected = whole(tmp_path / "expected")
    assert sum(name.endswith(".parquet") for name in expected) >= 4
    for threads in (1, 2, 8):
        for call in instants(draw, calls, 4):
            dead = killed(call, *command, "--threads", threads, "--out_dir", "out")
            assert dead or threads > 1 or call > calls - SLACK  # More threads may need fewer calls.
            if (tmp_path / "out").exists():
                assert whole(tmp_path / "out") == expected
            assert not killed(NEVER, *command, "--out_dir", "out", "--threads",
                              draw.choice([1, 2, 8]))
            assert whole(tmp_path / "out") == expected
            assert left_behind(tmp_path) == []
            shutil.rmtree(tmp_path / "out")


@pytest.mark.timeout(300)
def test_check_28_a_killed_llm_run_goes_on_where_it_was(hubmill, killed, tmp_path):
    command = ["llm", "run", "--in", SETS, "--json", "--datasets", MATH, *OTHERS]
    draw = random.Random(SEED)
    calls = killed.calls_of(*command, "--threads", 1, "--out", "expected")
    expected = whole(tmp_path / "expected")
    resumed = []
    for call in instants(draw, calls, 7):
        dead = killed(call, *command, "--threads", 1, "--out", "out")
        assert dead or call > calls - SLACK
        for folder in [*(tmp_path / "out/normalized").glob("[!.]*"),
                       *(tmp_path / "out").glob("pools")]:
            here = str(folder.relative_to(tmp_path / "out"))
            assert whole(folder) == {name.removeprefix(here + "/"): data
                                     for name, data in expected.items()
                                     if name.startswith(here + "/") and name != here + "/manifest.json"}
        kept = tmp_path / "out/state.json"
        known = set(json.loads(kept.read_text())) if kept.exists() else set()
        again = json.loads(hubmill(*command, "--out", "out", "--threads", 2).stdout)
        made = {row["dataset"].replace("/", "__") for row in again["sets"] if not row["unchanged"]}
        assert known - {"pools"} == {row["dataset"].replace("/", "__") for row in again["sets"]} - made
        resumed.append(len(known))
        got = whole(tmp_path / "out")
        assert set(got) == set(expected)
        assert [name for name in got if name.endswith((".parquet", ".ids")) and
                got[name] != expected[name]] == []
        assert left_behind(tmp_path / "out") == []
        shutil.rmtree(tmp_path / "out")
    assert min(resumed) == 0 and max(resumed) >= 2  # Early and late ones.
