#include "run/license_rollup.h"

#include <arrow/array/array_binary.h>
#include <arrow/io/file.h>
#include <arrow/table.h>
#include <parquet/arrow/reader.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "hub/card_text.h"
#include "hub/digest.h"
#include "io/file_output.h"
#include "net/redact.h"

namespace hubmill {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kColumn[] = "source_license";
constexpr int64_t kFileBytesMax = 16 << 20;
constexpr size_t kNameCharactersMax = 80;  // In a card.

Status CountFile(const std::string& path, LicenseCounts* rows) {
  ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::ReadableFile::Open(path));
  parquet::arrow::FileReaderBuilder builder;
  ARROW_RETURN_NOT_OK(builder.Open(std::move(file)));
  std::unique_ptr<parquet::arrow::FileReader> reader;
  ARROW_RETURN_NOT_OK(builder.Build(&reader));
  std::shared_ptr<arrow::Schema> schema;
  ARROW_RETURN_NOT_OK(reader->GetSchema(&schema));
  const auto field = schema->GetFieldByName(kColumn);
  if (field == nullptr || field->type()->id() != arrow::Type::STRING) {
    (*rows)[""] += reader->parquet_reader()->metadata()->num_rows();
    return Status::OK();
  }
  const int leaf = reader->parquet_reader()->metadata()->schema()->ColumnIndex(kColumn);
  ARROW_ASSIGN_OR_RAISE(const auto table, reader->ReadTable({leaf}));
  for (const auto& chunk : table->column(0)->chunks()) {
    const auto& names = static_cast<const arrow::StringArray&>(*chunk);
    for (int64_t i = 0; i < names.length(); ++i) {
      ++(*rows)[names.IsNull(i) ? "" : std::string(names.GetView(i))];
    }
  }
  return Status::OK();
}

/// `license:` among the first lines of the front matter, the counts at the end of the text.
std::string WithLicenses(std::string readme, const LicenseCounts& all,
                         const std::map<std::string, LicenseCounts>& by_config,
                         const std::string& conflict) {
  std::string keys;
  for (const std::string& id : CardLicenses(all)) keys += "- " + id + "\n";
  if (readme.starts_with("---\n")) readme.insert(4, "license:\n" + keys);
  readme +=
      "\n## Licences\n\nEach row states its own in `source_license`.\n\n"
      "| config | licence | rows |\n|---|---|---|\n";
  for (const auto& [config, rows] : by_config) {
    for (const auto& [license, count] : rows) {
      std::string name = license.empty() ? "(none stated)" : OneLine(license, kNameCharactersMax);
      std::replace(name.begin(), name.end(), '|', '/');
      readme += Concat("| ", config, " | ", name, " | ", count, " |\n");
    }
  }
  if (!conflict.empty()) readme += "\nNot to be published: " + OneLine(conflict) + ".\n";
  return readme;
}

}  // namespace

Status RollUpLicenses(const std::string& folder, const RunReport& report) {
  std::map<std::string, LicenseCounts> by_config;
  LicenseCounts all;
  for (const DatasetReport& dataset : report.datasets) {
    LicenseCounts& rows = by_config[dataset.name];
    for (const OutputFile& file : dataset.outputs) {
      if (file.path.ends_with(".parquet")) {
        ARROW_RETURN_NOT_OK(CountFile(folder + "/" + file.path, &rows));
      }
    }
    for (const auto& [license, count] : rows) all[license] += count;
  }
  const std::string conflict = LicenseConflict(all);
  Json out{{"conflict", conflict.empty() ? Json() : Json(conflict)}, {"configs", by_config}};
  ARROW_RETURN_NOT_OK(
      WriteFile(folder + "/" + kLicensesFile,
                out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"));
  if (all.empty()) return Status::OK();
  const std::string card = folder + "/README.md";
  ARROW_ASSIGN_OR_RAISE(const std::string readme, ReadWholeFile(card, int64_t{kCardBytesMax}));
  return WriteFile(card, WithLicenses(readme, all, by_config, conflict));
}

Status CheckLicenses(const std::string& folder) {
  const std::string path = folder + "/" + kLicensesFile;
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(const std::string text, ReadWholeFile(path, kFileBytesMax));
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("conflict")) return Status::OK();  // Not of ours.
  if (json["conflict"].is_null()) return Status::OK();
  return DataRefused("the rows' licences forbid to publish them together: ",
                     OneLine(json["conflict"].dump(), 300), " folder=", folder,
                     "; remedy: publish the licences apart (llm run --licenses ID …, or `where: "
                     "source_license == '…'` in llm pools --pools); docs/recipes/llm.md "
                     "has the rules");
}

}  // namespace hubmill
