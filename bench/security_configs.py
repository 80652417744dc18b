#!/usr/bin/env python3
"""build-k8s-tf over the real manifests and Terraform files, beside running each tool once a file as its source does.

  security_configs.py [--hubmill BIN] [--sample 20] [--record]

The per-file way is measured on --sample files a tool and language, spread over all, and multiplied: the whole would take hours.
KubeLinter is a stand-in that replays recorded answers, so its column says what starting a process costs, and no more.
Needs ../shared/data and .ci/tools. --record writes its part of bench/RESULTS_SECURITY.md.
"""
import argparse, json, os, re, shutil, subprocess, sys, tempfile, time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT / "tests"))
from kube_linter_stand_in import make_stand_in, recorded_answers

HEADING = "## Configuration files and tools"
GOAL_FASTER, GOAL_AGAIN_S = 5, 5
BIN = ROOT / ".ci/tools/bin"


def extract(folder):
    data = ROOT / "../shared/data/04_k8s_terraform"
    if not data.exists():
        sys.exit(f"no {data}; remedy: the archives that docs/recipes/security.md names")
    for name in ("kubernetes", "terraform"):
        (folder / name).mkdir()
        subprocess.run(["tar", "--zstd", "-xf", data / f"{name}.tar.zst", "-C", folder / name], check=True)


def files_of(folder, *ends):
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix.lower() in ends)


def seconds(command, **options):
    start = time.monotonic()
    subprocess.run(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, **options)
    return time.monotonic() - start


def per_file_commands(kube_linter, lang, path):
    rules = ROOT / "security/rules/semgrep" / ("kubernetes.yaml" if lang == "k8s" else "terraform.yaml")
    commands = {"semgrep": [BIN / "semgrep", "scan", "--json", "--quiet", "--metrics", "off", "--disable-version-check",
                            "--config", rules, path],
                "checkov": [BIN / "checkov", "-f", path, "--framework", "kubernetes" if lang == "k8s" else "terraform",
                            "--skip-download", "--compact", "--quiet", "-o", "json"],
                "opa": [BIN / "opa", "eval", "-f", "json", "-d", ROOT / "security/policies", "data.hubmill.security.deny"]}
    if lang == "k8s":
        commands["kube-linter (stand-in)"] = [kube_linter, "lint", path, "--format", "json"]
    return commands


def per_file(kube_linter, trees, sample):
    rows, total = [], 0.0
    for lang, files in trees.items():
        chosen = files[::max(1, len(files) // sample)][:sample]
        spent = {}
        for path in chosen:
            for tool, command in per_file_commands(kube_linter, lang, path).items():
                spent[tool] = spent.get(tool, 0) + seconds(command)
        for tool, taken in spent.items():
            each = taken / len(chosen)
            rows.append((lang, tool, len(chosen), each, each * len(files)))
            total += each * len(files)
    return rows, total


def build(hubmill, folder, kube_linter, *options):
    environment = {**os.environ, "KUBELINTER": str(kube_linter)}
    command = [hubmill, "security", "build-k8s-tf", "--k8s-root", folder / "kubernetes", "--tf-root", folder / "terraform",
               "--outdir", folder / "out", "--cache-dir", folder / "cache", "--tools-dir", ROOT / ".ci/tools", "--json", *options]
    done = subprocess.run(list(map(str, command)), env=environment, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def report(trees, first, again, rows, total, sample):
    count = sum(map(len, trees.values()))
    scanned = first["k8s"]["rows"] + first["terraform"]["rows"]
    commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    faster = total / first["wall_s"]
    text = [HEADING, "",
            f"`bench/security_configs.py`; {time.strftime('%Y-%m-%d')}, commit {commit}, {os.cpu_count()} cores; {count} real files, of which "
            f"{scanned} are rows (the rest: no manifests, Helm templates, repeats). The per-file way is measured on {sample} files a tool "
            "and language, and multiplied by the number of files. KubeLinter is a stand-in that replays its recorded answers.", "",
            "| | wall s | per-file way / this | goal |", "|---|---|---|---|",
            f"| hubmill, first build | {first['wall_s']:.1f} | **{faster:.1f}×** | {GOAL_FASTER}× |",
            f"| hubmill, second build | {again['wall_s']:.2f} | {total / again['wall_s']:.0f}× | {GOAL_AGAIN_S} s |",
            f"| one process a file and tool (extrapolated) | {total:.0f} | | |", "",
            "| files | tool | measured on | s a file | s for all (extrapolated) | calls of hubmill |", "|---|---|---|---|---|---|"]
    for lang, tool, measured, each, whole in rows:
        calls = first["tools"][tool.split(" ")[0]]["calls"]
        text.append(f"| {lang} | {tool} | {measured} | {each:.3f} | {whole:.0f} | {calls} (both languages) |")
    missed = []
    if faster < GOAL_FASTER:
        missed.append(f"- first build: {faster:.1f}×, not {GOAL_FASTER}×")
    if again["wall_s"] > GOAL_AGAIN_S:
        missed.append(f"- second build: {again['wall_s']:.1f} s, not {GOAL_AGAIN_S} s")
    text += ["", *(["Goals not met:", *missed] if missed else ["All goals met."]), ""]
    return "\n".join(text)


def record(section):
    path = HERE / "RESULTS_SECURITY.md"
    text = path.read_text() if path.exists() else "# Security: measured\n"
    others = re.sub(rf"^{HEADING}\n.*?(?=^## |\Z)", "", text, flags=re.MULTILINE | re.DOTALL).rstrip()
    path.write_text(f"{others}\n\n{section}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hubmill", default=str(ROOT / "build/release/hubmill"))
    parser.add_argument("--sample", type=int, default=20)
    parser.add_argument("--record", action="store_true")
    args = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="hubmill-bench-security-"))
    try:
        extract(folder)
        kube_linter = make_stand_in(folder / "kl", recorded_answers(folder / "kubernetes"))
        trees = {"k8s": files_of(folder / "kubernetes", ".yaml", ".yml"), "tf": files_of(folder / "terraform", ".tf")}
        first = build(args.hubmill, folder, kube_linter)
        again = build(args.hubmill, folder, kube_linter)
        section = report(trees, first, again, *per_file(kube_linter, trees, args.sample), args.sample)
        print(section)
        if args.record:
            record(section)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
