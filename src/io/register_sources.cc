#include "core/registry.h"
#include "io/csv_source.h"
#include "io/files_source.h"
#include "io/jsonl_source.h"
#include "io/parquet_source.h"
#include "io/postgres/postgres_source.h"
#include "io/register_io.h"
#include "io/rows_source.h"
#include "io/sqlite/sqlite_source.h"
#include "io/zeek_source.h"

namespace hubmill {

void RegisterSources(Registry& registry) {
  for (const SourceEntry& entry : std::vector<SourceEntry>{
           JsonlSource(), CsvSource(), ParquetSource(), FilesSource(), PostgresSource(),
           RowsSource(), SqliteSource(), StdinSource(), ZeekSource()}) {
    registry.sources[entry.name] = entry;
  }
}

}  // namespace hubmill
