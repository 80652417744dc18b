#!/usr/bin/env python3
"""hubmill dedup at 10 million short documents, against the formula of docs/dedup.md; and on real text, judged pair by pair.

  dedup_scale.py [--hubmill BIN] [--docs 10000000] [--memory 256MiB] [--real CORPUS.jsonl.zst]

Documents are of 24 words out of 60,000, one in ten a copy of an earlier one with its last word changed (Jaccard index 0.905 at 5-word
shingles), one in twenty an exact copy.  The answer is checked: rows that go must be copies, and the share of near ones found must
be what theory says.  Prints wall and CPU seconds, peak memory, spilled bytes and the formula's parts.
"""
import argparse
import json
import multiprocessing
import os
import random
import sys

from measure import DATA, HERE, machine, measure

sys.path.insert(0, os.path.join(HERE, "../tests/peers"))
BANDS, ROWS = 14, 8


WORDS = 24
HEAD, MIDDLE, TAIL = b'{"id":"', b'","text":"', b'"}\n'
ID = 1 + 8 + 1 + 8  # Kind (u, n, e), number of the original, a dash, number of the row.
LINE = len(HEAD) + ID + len(MIDDLE) + WORDS * 9 - 1 + len(TAIL)


def hexes(numbers, digits):
    """Each number as so many hexadecimal digits: rows of bytes."""
    import numpy as np
    shifts = np.arange(digits - 1, -1, -1, dtype=np.uint64) * np.uint64(4)
    return np.frombuffer(b"0123456789abcdef", np.uint8)[((numbers[..., None] >> shifts) & np.uint64(15)).astype(np.int64)]


def write_corpus(path, docs):
    """Lines of one length, so that NumPy writes and reads them: 85 % are new, 10 % and 5 % copies of one of the block's new rows."""
    import numpy as np
    draw = np.random.default_rng(5)
    block = min(docs, 200_000)
    with open(path + ".part", "wb") as out:
        for first in range(0, docs, block):
            count = min(block, docs - first)
            number = np.arange(first, first + count, dtype=np.uint64)
            base, kind = number.copy(), np.full(count, ord("u"), np.uint8)
            words = draw.integers(0, 60_000, (count, WORDS)).astype(np.uint64) * np.uint64(2654435761) % np.uint64(2**28)
            copies = np.arange(count // 2, count)[:count * 15 // 100]
            base[copies] = number[copies - count // 2]
            words[copies] = words[copies - count // 2]
            near = copies[:len(copies) * 2 // 3]
            kind[copies], kind[near] = ord("e"), ord("n")
            words[near, -1] = number[near] + np.uint64(2**27 + 1)  # A word of its own, one in 2^27 of the others'.
            lines = np.full((count, LINE), ord(" "), np.uint8)
            at = 0
            def put(columns):
                nonlocal at
                width = columns.shape[-1]
                lines[:, at:at + width] = columns
                at += width
            put(np.frombuffer(HEAD, np.uint8))
            put(kind[:, None])
            put(hexes(base, 8))
            put(np.full((count, 1), ord("-"), np.uint8))
            put(hexes(number, 8))
            put(np.frombuffer(MIDDLE, np.uint8))
            text = np.full((count, WORDS, 9), ord(" "), np.uint8)
            text[:, :, 0] = ord("w")
            text[:, :, 1:8] = hexes(words, 7)
            put(text.reshape(count, -1)[:, :WORDS * 9 - 1])
            put(np.frombuffer(TAIL, np.uint8))
            out.write(lines.tobytes())
    os.rename(path + ".part", path)


def check(source, out):
    """Share of exact and near copies that went; any other row that went is an error."""
    import numpy as np
    ids_of = lambda path: np.memmap(path, np.uint8).reshape(-1, LINE)[:, len(HEAD):len(HEAD) + ID]
    number_of = lambda ids: ids[:, ID - 8:].copy().view("S8").ravel()
    all_ids, left = ids_of(source), ids_of(out)
    kept = np.isin(number_of(all_ids), number_of(left), assume_unique=True)
    kinds = all_ids[:, 0]
    if not kept[kinds == ord("u")].all():
        sys.exit("wrong answer: a row went that is no copy")
    return {kind: float(1 - kept[kinds == ord(kind)].mean()) for kind in "en"}


def scale(args):
    os.makedirs(DATA, exist_ok=True)
    source, out = os.path.join(DATA, f"short-{args.docs}.jsonl"), os.path.join(DATA, "short-out.jsonl")
    # In processes of their own: a child's peak memory counts what its parent held when it was forked.
    with multiprocessing.get_context("fork").Pool(1) as pool:
        if not os.path.exists(source):
            pool.apply(write_corpus, (source, args.docs))
    report = os.path.join(DATA, "short-report.json")
    command = [args.hubmill, "dedup", source, "--out", out, "--method", "near", "--memory", args.memory, "--threads", "2", "--json"]
    wall, cpu, peak = measure(["bash", "-c", 'exec "${@:2}" > "$1"', "bash", report, *command])
    counts = json.load(open(report))["datasets"][0]["stages"][-1]["counts"]
    with multiprocessing.get_context("fork").Pool(1) as pool:
        found = pool.apply(check, (source, out))
    jaccard = 19 / 21  # 20 shingles each; the last one differs.
    theory = 1 - (1 - jaccard ** ROWS) ** BANDS
    size = os.path.getsize(source)
    spilled = counts.get("spilled_bytes", 0)
    print(f"{machine()}\n{args.docs:,} documents, {size / 1e6:.0f} MB, --memory {args.memory}, 2 threads")
    print(f"wall {wall:.1f} s ({size / 1e6 / wall:.0f} MB/s, {args.docs / wall / 1e3:.0f} k documents/s), CPU {cpu:.1f} s, peak {peak:.0f} MB, spilled {spilled / 1e6:.0f} MB")
    print(f"formula: keys {args.docs * 8 * BANDS / 1e6:.0f} MB, places {args.docs * 4 / 1e6:.0f} MB, union-find {args.docs * 4 / 1e6:.0f} MB, "
          f"table at most {args.docs * 16 / 1e6:.0f} MB; keys and spill sum to {spilled / 1e6:.0f} + at most {args.memory}")
    print(f"found: exact copies {found['e']:.4f}, near copies {found['n']:.4f} (theory at {jaccard:.3f}: {theory:.4f}); other rows that went: 0")
    os.remove(out)
    return found["e"] == 1 and abs(found["n"] - theory) < .01


def real(args):
    import tempfile
    from dedup_judge import judge
    with tempfile.TemporaryDirectory() as folder:
        for options in (("--bands", "14", "--rows", "8"), ("--bands", "14", "--rows", "8", "--verify", "--threshold", "0.7")):
            out, why = os.path.join(folder, "out.jsonl"), os.path.join(folder, "why.parquet")
            measure([args.hubmill, "dedup", args.real, "--out", out, "--method", "near", "--clusters", why, *options])
            print(" ".join(options), judge(args.real, why, 200, random.Random(1)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hubmill", default=os.path.join(HERE, "../build/release/hubmill"))
    parser.add_argument("--docs", type=int, default=10_000_000)
    parser.add_argument("--memory", default="256MiB")
    parser.add_argument("--real", help="a .jsonl.zst file with a column text: near duplicates judged pair by pair")
    arguments = parser.parse_args()
    good = scale(arguments)
    if arguments.real:
        real(arguments)
    sys.exit(0 if good else "not what theory says")
