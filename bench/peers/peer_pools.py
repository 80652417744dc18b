#!/usr/bin/env python3
"""peer_pools.py IN_DIR OUT_DIR CODEC : the eleven candidate pools as the source system makes them.

Written from the table of pools in docs/recipes/llm-pools.md: the input as a stream of record batches, a mask a pool, each pool's
rows of a batch written at once (so one row group a batch and pool).
"""
import os, sys
import pyarrow as pa, pyarrow.compute as pc, pyarrow.dataset as ds, pyarrow.parquet as pq

HIGH, LOW = 0.875, 0.25


def masks(batch):
    column = batch.column
    true = lambda name: pc.fill_null(column(name), False)
    equals = lambda name, value: pc.fill_null(pc.equal(column(name), value), False)
    at_least = lambda name, value: pc.fill_null(pc.greater_equal(column(name), value), False)
    at_most = lambda name, value: pc.fill_null(pc.less_equal(column(name), value), False)
    base = pc.and_(pc.and_(true("quality_valid_harmony"), true("quality_completion_nonempty")), true("quality_valid_tool_schema"))
    has = pc.is_valid(column("meta_correctness"))
    high, low = at_least("meta_correctness", HIGH), at_most("meta_correctness", LOW)
    verified = pc.and_(pc.and_(equals("meta_domain", "math"), equals("meta_difficulty_bin", "high")),
                       at_least("meta_correctness_high", HIGH))
    pools = {"tool_use": true("quality_has_tool"), "has_correctness_meta": has, "missing_correctness_meta": pc.invert(has),
             "high_correctness": high, "low_correctness": low, "mid_correctness": pc.and_(has, pc.invert(pc.or_(high, low))),
             "math_high_verified_correct": verified,
             "reasoning_on": equals("source_reasoning", "on"), "reasoning_off": equals("source_reasoning", "off"),
             "capability_chat": equals("source_capability_target", "chat"),
             "capability_structured_outputs": equals("source_capability_target", "structured_outputs")}
    return {name: pc.and_(mask, base) for name, mask in pools.items()}


def main():
    source, target, codec = sys.argv[1:4]
    files = sorted(os.path.join(folder, name) for folder, _, names in os.walk(source) for name in names
                   if name.endswith(".parquet") and ".hubmill" not in folder)
    dataset = ds.dataset(files, format="parquet")
    writers = {}
    for batch in dataset.to_batches(batch_size=8192, use_threads=True):
        for pool, mask in masks(batch).items():
            rows = batch.filter(mask)
            if rows.num_rows == 0:
                continue
            if pool not in writers:
                os.makedirs(os.path.join(target, pool), exist_ok=True)
                writers[pool] = pq.ParquetWriter(os.path.join(target, pool, pool + "__00000.parquet"), dataset.schema, compression=codec)
            writers[pool].write_table(pa.Table.from_batches([rows]))
    for writer in writers.values():
        writer.close()


if __name__ == "__main__":
    main()
