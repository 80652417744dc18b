// The sinks, by name.
#include "core/registry.h"
#include "io/jsonl_sink.h"
#include "io/option_check.h"
#include "io/parquet_sink.h"
#include "io/register_io.h"

namespace hubmill {
namespace {

template <typename Options>
void Add(Registry& registry, EntryText text, Status (*check)(const Options&),
         Result<std::unique_ptr<Sink>> (*make)(const Options&, const SinkContext&)) {
  SinkEntry entry = DescribeEntry<SinkEntry, Options>(std::move(text), "sink");
  AlsoCheck<Options>(&entry, check);
  entry.make = [shorthand = entry.shorthand, make](
                   const Setting& setting, const OptionContext& context,
                   const SinkContext& sink) -> Result<std::unique_ptr<Sink>> {
    ARROW_ASSIGN_OR_RAISE(Options options, ReadOptions<Options>(setting, shorthand, context));
    auto made = make(options, sink);
    if (!made.ok()) {
      return WithContext(made.status(), setting.Where(context.file) + ": " + context.owner + ": ");
    }
    return made;
  };
  registry.sinks.emplace(entry.name, entry);
}

}  // namespace

void RegisterSinks(Registry& registry) {
  Add<ParquetSinkOptions>(
      registry,
      {.name = "parquet",
       .summary = "Parquet files that the `datasets` library and the Hub's viewer read.",
       .details =
           "Pages are cut by content, so a new version of a data set uploads only what changed; "
           "every "
           "file has a page index and the column types under the schema metadata `huggingface`. "
           "Row "
           "groups and files are cut by the size of the rows alone: batch size and threads change "
           "no "
           "byte.\n\n"
           "Text whose mean length in a row group is over 64 bytes gets no dictionary and no "
           "smallest and largest value.\n\n"
           "Memory: about twice `row_group_mb` a thread, and one unfinished row group a split. "
           "Refused: unions, empty structs, dictionaries inside lists or structs.",
       .example = "parquet: {level: 3}",
       .shorthand = "compression"},
      &CheckParquetSinkOptions, &MakeParquetSink);
  Add<JsonlSinkOptions>(
      registry,
      {.name = "jsonl",
       .summary = "JSON lines: one object a line, keys in the order of the columns.",
       .details =
           "Timestamps are ISO 8601 (with Z where the type has a time zone), decimals are numbers, "
           "doubles have the shortest digits that read back. A text column whose field metadata "
           "has "
           "`hubmill.json` = 1 holds JSON and is written as it stands.\n\n"
           "Compressed files consist of members (gzip) or frames (zstd) of about 4 MiB of rows; "
           "every reader of these formats joins them.\n\n"
           "A map with text keys is an object, another map a list of {\"key\", \"value\"}.\n\n"
           "Refused: bytes, unions, durations; NaN, infinity and a map that holds a key twice (an "
           "object would lose one of the values), with file and row.",
       .example = "jsonl: {style: python}",
       .shorthand = "compression"},
      &CheckJsonlSinkOptions, &MakeJsonlSink);
}

}  // namespace hubmill
