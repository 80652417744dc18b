#!/usr/bin/env python3
"""peer_postgres.py URL QUERY OUT: ADBC's driver reads the query into one Arrow table; to Parquet zstd 1 where OUT says so."""
import sys

import adbc_driver_postgresql.dbapi

url, query, out = sys.argv[1:]
with adbc_driver_postgresql.dbapi.connect(url) as connection, connection.cursor() as cursor:
    cursor.execute(query)
    table = cursor.fetch_arrow_table()
if out.endswith(".parquet"):
    import pyarrow.parquet
    pyarrow.parquet.write_table(table, out, compression="zstd", compression_level=1)
else:
    with open(out, "w") as file:
        file.write(f"{table.num_rows}\n")
