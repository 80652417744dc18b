#!/usr/bin/env python3
"""peer_near.py daft|gaoya IN.jsonl OUT.jsonl WORKERS: near duplicates of the field text, JSON lines to JSON lines, keep first."""
import os, sys

peer, source, out, workers = sys.argv[1:5]
BANDS, ROWS = 14, 8
for variable in ("RAYON_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = workers
import orjson


class Sets:
    def __init__(self, count):
        self.parents = list(range(count))

    def find(self, x):
        while self.parents[x] != x:
            self.parents[x] = self.parents[self.parents[x]]
            x = self.parents[x]
        return x

    def unite(self, a, b):
        a, b = self.find(a), self.find(b)
        if a != b:
            self.parents[max(a, b)] = min(a, b)


def write(sets):
    with open(source, "rb") as lines, open(out, "wb") as kept:
        for i, line in enumerate(lines):
            if sets.find(i) == i:
                kept.write(line)


def daft():
    import daft
    import numpy as np
    frame = daft.read_json(source)
    text = frame["text"].normalize(remove_punct=True, lowercase=True, nfd_unicode=False, white_space=True)
    minima = text.minhash(num_hashes=BANDS * ROWS, ngram_size=5, seed=42, hash_function="xxhash")
    table = frame.select(minima.alias("minima")).to_arrow()
    signatures = table["minima"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
    signatures = signatures.reshape(len(table), BANDS * ROWS).astype(np.uint32)
    sets = Sets(len(table))
    for band in range(BANDS):
        seen = {}
        keys = np.ascontiguousarray(signatures[:, band * ROWS:(band + 1) * ROWS])
        for i in range(len(keys)):
            first = seen.setdefault(keys[i].tobytes(), i)
            if first != i:
                sets.unite(i, first)
    write(sets)


def gaoya():
    from gaoya.minhash import MinHashStringIndex
    with open(source, "rb") as lines:
        texts = [orjson.loads(line)["text"] for line in lines]
    index = MinHashStringIndex(32, 0.7, BANDS, ROWS, None, "word", True, (5, 5), "smallvec")
    index.par_bulk_insert_docs(list(range(len(texts))), texts)
    sets = Sets(len(texts))
    for i, like in enumerate(index.par_bulk_query(texts)):
        for j in like:
            sets.unite(i, j)
    write(sets)


{"daft": daft, "gaoya": gaoya}[peer]()
