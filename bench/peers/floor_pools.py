#!/usr/bin/env python3
"""floor_pools.py IN_DIR POOLS_DIR OUT_DIR CODEC : the work that no program can leave out, by pyarrow, on one thread.

Decodes the input once, and encodes what lies in POOLS_DIR (read before the clock starts, outside the printed CPU seconds).
"""
import glob, os, sys, time
import pyarrow as pa, pyarrow.parquet as pq


def main():
    source, pools, target, codec = sys.argv[1:5]
    pa.set_cpu_count(1)
    os.makedirs(target, exist_ok=True)
    cpu = 0.0

    def timed(work):
        nonlocal cpu
        before = time.process_time()
        work()
        cpu += time.process_time() - before

    for path in sorted(glob.glob(os.path.join(source, "**/*.parquet"), recursive=True)):
        timed(lambda: pq.read_table(path, use_threads=False))
    for number, path in enumerate(sorted(glob.glob(os.path.join(pools, "*/*.parquet")))):
        table = pq.read_table(path, use_threads=False)
        name = os.path.join(target, f"{number}.parquet")
        timed(lambda: pq.write_table(table, name, compression=codec, compression_level=1 if codec == "zstd" else None,
                                     use_dictionary=False, row_group_size=table.num_rows))
    print(f"{cpu:.3f}")


if __name__ == "__main__":
    main()
