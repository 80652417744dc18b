#!/usr/bin/env python3
"""peer_datatrove.py IN.jsonl OUT_FOLDER WORKERS: near duplicates by datatrove's own MinHash pipeline, 5-word shingles, 14 x 8, keep first.

Needs an environment of its own: pip install "datatrove[processing]==0.10.1" spacy orjson.  The input is cut into one file a worker first.
"""
import os, shutil, sys

from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.dedup import MinhashDedupBuckets, MinhashDedupCluster, MinhashDedupFilter, MinhashDedupSignature
from datatrove.pipeline.dedup.minhash import MinhashConfig
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter
from datatrove.utils.hashing import HashConfig

source, folder, workers = sys.argv[1], sys.argv[2], int(sys.argv[3])


def run(steps, tasks, name):
    LocalPipelineExecutor(steps, tasks=tasks, workers=min(tasks, workers), logging_dir=f"{folder}/log-{name}").run()


if __name__ == "__main__":  # Its workers import this file.
    config = MinhashConfig(n_grams=5, num_buckets=14, hashes_per_bucket=8, hash_config=HashConfig(precision=64))
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder + "/in")
    size, done = os.path.getsize(source), 0
    parts = [open(f"{folder}/in/{i}.jsonl", "wb") for i in range(workers)]
    with open(source, "rb") as lines:
        for line in lines:
            parts[min(workers - 1, done * workers // size)].write(line)
            done += len(line)
    for part in parts:
        part.close()
    run([JsonlReader(folder + "/in"), MinhashDedupSignature(folder + "/signatures", config=config)], workers, "sign")
    run([MinhashDedupBuckets(folder + "/signatures", folder + "/buckets", config=config)], 14, "buckets")
    run([MinhashDedupCluster(folder + "/buckets", folder + "/removed", config=config)], 1, "cluster")
    run([JsonlReader(folder + "/in"), MinhashDedupFilter(folder + "/removed"), JsonlWriter(folder + "/out", compression=None)], workers, "filter")
