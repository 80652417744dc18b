// flows: `files` with the CSV options that published flow sets need.
#include "io/files_source.h"
#include "security/flows/flow_columns.h"
#include "security/flows/flow_stages.h"

namespace hubmill {
namespace {

struct FlowsOptions {
  Setting path;
  std::string types = "string";
  std::string columns_of;
  static void Describe(OptionTable<FlowsOptions>& table) {
    table
        .Field("path", &FlowsOptions::path,
               "File, folder, glob or URI; a list of these; or a map from split to these.")
        .Required();
    table
        .Field("types", &FlowsOptions::types,
               "Take every CSV column as string, or infer types as the source `csv` does.")
        .Choices({"string", "infer"});
    table
        .Field(
            "columns_of", &FlowsOptions::columns_of,
            "Check that the columns of this set are there, and of CSV and Parquet read no others.")
        .Choices({"", "iot23", "cic-ids-2017", "unsw-nb15"});
  }
};

constexpr char kFormatRemedy[] =
    "give it the extension of its format: .parquet, .jsonl, .csv, .tsv, .log or .log.labeled; .gz "
    "or .zst may follow those of texts";

}  // namespace

SourceEntry FlowsSource() {
  SourceEntry entry = DescribeEntry<SourceEntry, FlowsOptions>(
      {.name = "flows",
       .summary = "Network flows: Parquet, JSON lines, CSV or Zeek logs, by their extension.",
       .details =
           "As `files`, with what published CSV files of flows need: blanks around the header's "
           "names do not count, a name that occurs twice (`Fwd Header Length` of CIC-IDS-2017) is "
           "numbered, records that are not valid UTF-8 are Windows-1252 (labels of "
           "CIC-IDS-2017), and every column is text, so that `NaN`, `Infinity` and `-` among "
           "numbers are read by `flow_prompt`; `types: infer` changes the last two. `columns_of` "
           "makes wide files "
           "faster, and refuses a file whose columns are missing or there twice.",
       .example = "source:\n  flows: samples/security/flows/unsw-nb15.csv\n",
       .shorthand = "path"},
      "source");
  entry.make = [](const Setting& setting, const OptionContext& option_context,
                  const SourceContext& context) -> Result<std::unique_ptr<Source>> {
    ARROW_ASSIGN_OR_RAISE(auto options, ReadOptions<FlowsOptions>(setting, "path", option_context));
    CsvOptions csv;
    csv.trim_headers = options.types == "string";
    csv.repeated_headers = "number";
    if (options.types == "string") csv.encoding = "auto";
    csv.types = options.types;
    const auto set = FlowSourceOf(options.columns_of);
    if (!set) return OpenFiles(options.path, std::move(csv), context, kFormatRemedy);
    csv.choose = [set](const std::vector<std::string>& names) {
      const auto found = FindFlowColumns(*set, names, "");
      return found.ok() ? found->columns : std::vector<int>();
    };
    ARROW_ASSIGN_OR_RAISE(auto source,
                          OpenFiles(options.path, std::move(csv), context, kFormatRemedy));
    const std::string file = source->files().empty() ? "" : source->files()[0].name;
    ARROW_RETURN_NOT_OK(FindFlowColumns(*set, source->schema()->field_names(), file).status());
    return source;
  };
  return entry;
}

}  // namespace hubmill
