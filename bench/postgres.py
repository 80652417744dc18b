#!/usr/bin/env python3
"""The PostgreSQL source beside ADBC and psql: the answer is checked first, then all are timed in turn.

  postgres.py [--hubmill BIN] [--rows 1000000] [--runs 5] [--only NAME…] [--record]

A real server of its own holds one table: bigint, text of 38 bytes, float8, timestamp, text of 198 bytes. "To Arrow" is a recipe
whose filter drops every row, so that reading and decoding is all there is; the server itself costs the same for everybody.
--record writes bench/RESULTS_POSTGRES.md.
"""
import json, os, subprocess, sys

from measure import DATA, HERE, PY, Comparisons, machine, parser_of

sys.path.insert(0, os.path.join(HERE, "../tests"))
import postgres_server

QUERY = "SELECT id, title, score, created, body FROM docs ORDER BY id"
TABLE = """CREATE TABLE docs AS SELECT i::bigint AS id, 'title ' || md5(i::text) AS title, (i * 0.37)::float8 AS score,
 timestamp '2026-01-01' + i * interval '1 second' AS created, repeat(md5((i * 7)::text), 6) || 'abcdef' AS body
 FROM generate_series(1, {}) i; ALTER TABLE docs ADD PRIMARY KEY (id)"""
RECIPE = """recipe: docs
params:
  database: {{env: DATABASE_URL, secret: true}}
source:
  postgres:
    url: ${{database}}
    query: {query}
{rest}"""


class PostgresBench(Comparisons):
    def __init__(self, args):
        super().__init__(args)
        os.makedirs(DATA, exist_ok=True)
        self.server = postgres_server.PostgresServer()
        self.server.start()
        self.server.psql(TABLE.format(args.rows))
        self.server.psql("VACUUM ANALYZE docs")
        os.environ["DATABASE_URL"] = self.server.url()
        self.size = 268 * args.rows  # As Arrow has them.

    def ours(self, name, rest, out):
        path = os.path.join(DATA, f"postgres-{name}.yaml")
        with open(path, "w") as file:
            file.write(RECIPE.format(query=QUERY, rest=rest))
        return [self.args.hubmill, "run", path, "--fresh", "--quiet", "--out", out], out

    def peer(self, out):
        return [PY, os.path.join(HERE, "peers/peer_postgres.py"), self.server.url(), QUERY, out], out

    def case_arrow(self):
        def check(outs):
            ours = json.load(open(os.path.join(outs["hubmill"], "manifest.json")))["datasets"][0]
            if ours["rows_read"] != self.args.rows or int(open(outs["ADBC"]).read()) != self.args.rows:
                sys.exit("wrong answer: not all rows were read")
        out = lambda name: os.path.join(DATA, "out-postgres-" + name)
        copy = f"\\copy ({QUERY}) TO '{out('psql')}' (FORMAT binary)"
        self.compare(f"to Arrow, {self.args.rows} rows", {
            "hubmill": self.ours("arrow", 'stages:\n  - filter: "id < 0"\nsink:\n  jsonl: {}\n', out("arrow")),
            "ADBC": self.peer(out("adbc.txt")),
            "floor: psql's binary \\copy": (["psql", self.server.url(), "-qc", copy], out("psql")),
        }, check, self.size, {"ADBC": (1.6, "wall")})

    def case_parquet(self):
        def check(outs):
            import pyarrow.parquet as pq
            ours = pq.read_table(os.path.join(outs["hubmill"], "data/train-00000-of-00001.parquet"))
            theirs = pq.read_table(outs["ADBC + pyarrow"])
            for name in theirs.column_names:
                if not ours[name].combine_chunks().equals(theirs[name].combine_chunks().cast(ours[name].type)):
                    sys.exit(f"wrong answer: column={name}")
        out = lambda name: os.path.join(DATA, "out-postgres-" + name)
        self.compare(f"to Parquet zstd 1, {self.args.rows} rows", {
            "hubmill": self.ours("parquet", "sink:\n  parquet: {level: 1}\n", out("parquet")),
            "ADBC + pyarrow": self.peer(out("adbc.parquet")),
        }, check, self.size, {"ADBC + pyarrow": (2, "wall")})

    def record_all(self):
        head = ("# The PostgreSQL source, measured\n\nRepeat with `make bench-postgres`: it starts a server of its own, checks each answer, then "
                f"times hubmill and its peers in turn ({self.args.runs} runs, medians).\n\n{machine()}; {self.args.rows} rows, "
                f"{self.size / 1e6:.0f} MB as Arrow. CPU seconds are the client's; the server takes about 0.6 more for everybody, on the "
                "same two cores, which is why wall time cannot fall as CPU time does. CPU goal of \"to Arrow\": at most 0.45 × ADBC's, "
                "that is 2.2 × in the table.\n\n")
        self.record(os.path.join(HERE, "RESULTS_POSTGRES.md"), head)


def main():
    bench = PostgresBench(parser_of(__doc__, "--rows", 1_000_000).parse_args())
    try:
        bench.run_cases(["arrow", "parquet"], bench.record_all)
    finally:
        bench.server.remove()


if __name__ == "__main__":
    main()
