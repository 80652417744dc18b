#include "run/trace.h"

#include <arrow/array/array_base.h>
#include <arrow/filesystem/filesystem.h>
#include <arrow/io/interfaces.h>
#include <arrow/scalar.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "io/id_index.h"
#include "io/json_rows.h"
#include "run/data_place.h"
#include "run/hub_access.h"
#include "run/trace_rows.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr int64_t kManifestBytesMax = 64 << 20;
constexpr int kStepsMax = 16;
constexpr size_t kPlacesMax = 100;  // That are told of one id.

struct TracedFile {
  std::string path;
  std::string split;
  int64_t rows = 0;
};

/// A data set as a manifest tells it.
struct TracedSet {
  std::string name;
  std::string trace_dir;  // Of its lineage/ and ids/, with a slash at its end.
  std::vector<std::string> inputs;
  std::vector<TracedFile> files;
};

Status ReadSets(const std::string& text, const std::string& trace_dir,
                std::vector<TracedSet>* out) {
  try {
    const Json manifest = Json::parse(text);
    for (const Json& dataset : manifest.at("datasets")) {
      TracedSet set{.name = dataset.at("name").get<std::string>(), .trace_dir = trace_dir};
      for (const Json& input : dataset.at("inputs")) {
        set.inputs.push_back(input.at("name").get<std::string>());
      }
      for (const Json& file : dataset.at("files")) {
        set.files.push_back({.path = file.at("path").get<std::string>(),
                             .split = file.at("split").get<std::string>(),
                             .rows = file.at("rows").get<int64_t>()});
      }
      out->push_back(std::move(set));
    }
  } catch (const Json::exception& error) {
    return DataRefused("a manifest cannot be read: ", error.what(),
                       "; remedy: run the recipe again, and do not change its output");
  }
  return Status::OK();
}

/// The sets of a place; empty where no manifest is there.
Result<std::vector<TracedSet>> FindSets(const DataPlace& place) {
  std::vector<TracedSet> sets;
  if (!place.remote()) {
    ARROW_ASSIGN_OR_RAISE(const auto info,
                          place.file_system->GetFileInfo(place.File("manifest.json").path));
    if (info.type() != arrow::fs::FileType::File) return sets;
    ARROW_ASSIGN_OR_RAISE(const auto text, place.ReadText("manifest.json", kManifestBytesMax));
    ARROW_RETURN_NOT_OK(ReadSets(text, ".hubmill/", &sets));
    return sets;
  }
  ARROW_ASSIGN_OR_RAISE(const auto traces, place.ListFiles(".hubmill"));
  for (const auto& [path, size] : traces) {
    if (!path.ends_with("/manifest.json")) continue;
    ARROW_ASSIGN_OR_RAISE(const auto text, place.ReadText(path, kManifestBytesMax));
    ARROW_RETURN_NOT_OK(ReadSets(text, path.substr(0, path.rfind('/') + 1), &sets));
  }
  return sets;
}

struct Found {
  std::string dataset;
  std::string file;
  int64_t row = 0;  // From 0.
  std::optional<SourceRow> source;
  std::string source_file;
  std::string source_path;  // Of it on this machine, where it is there.
  std::shared_ptr<arrow::RecordBatch> values;
};

class Tracer {
 public:
  Tracer(const TraceOptions& options, Progress* progress) : options_(options), progress_(progress) {
    threads_ = ThreadsOf(options.threads);
  }

  Result<std::string> Run() {
    HubUris uris([this] { return FindHubAccess(options_.hub, options_.hub_token); }, progress_);
    ARROW_ASSIGN_OR_RAISE(place_, FindPlace(options_.where, uris));
    ARROW_ASSIGN_OR_RAISE(std::vector<TracedSet> sets, FindSets(place_));
    if (sets.empty()) {
      ARROW_RETURN_NOT_OK(FindInPlainFiles());
    } else {
      for (const TracedSet& set : sets) ARROW_RETURN_NOT_OK(FindInSet(set));
    }
    if (found_.empty()) {
      return DataRefused("the id is nowhere: id=", options_.id, " in=", place_.root,
                         " column=", options_.column,
                         "; remedy: name the output folder or repository that has the row, and its "
                         "--column");
    }
    return Render();
  }

 private:
  Status FindInSet(const TracedSet& set) {
    std::vector<InputFile> files;
    for (const TracedFile& file : set.files) {
      if (file.path.ends_with(".parquet")) files.push_back(place_.File(file.path));
    }
    std::vector<FileRow> rows;
    const std::string index = set.trace_dir + "ids/" + set.name + ".ids";
    ARROW_ASSIGN_OR_RAISE(const auto info,
                          place_.file_system->GetFileInfo(place_.File(index).path));
    if (options_.column == "id" && info.type() == arrow::fs::FileType::File &&
        files.size() == set.files.size()) {
      ARROW_ASSIGN_OR_RAISE(auto opened, OpenRandomAccess(place_.File(index)));
      ARROW_ASSIGN_OR_RAISE(const auto numbers, FindId(*opened, index, options_.id));
      for (int64_t number : numbers) {
        size_t file = 0;
        while (file < set.files.size() && number >= set.files[file].rows) {
          number -= set.files[file++].rows;
        }
        if (file < set.files.size()) rows.push_back({file, number});
      }
    } else {
      ARROW_ASSIGN_OR_RAISE(rows, ScanForId(files, options_.column, options_.id, threads_));
    }
    for (const FileRow& row : rows) {
      Found found{.dataset = set.name, .file = set.files[row.file].path, .row = row.row};
      ARROW_ASSIGN_OR_RAISE(found.values, ReadParquetRow(files[row.file], row.row));
      if (!HasId(*found.values) || found_.size() >= kPlacesMax) continue;
      ARROW_RETURN_NOT_OK(AddSource(place_, set, row.file, &found));
      found_.push_back(std::move(found));
    }
    return Status::OK();
  }

  Status FindInPlainFiles() {
    ARROW_ASSIGN_OR_RAISE(const auto listed, place_.ListFiles());
    std::vector<InputFile> files;
    std::vector<std::string> paths;
    for (const auto& [path, size] : listed) {
      if (!path.ends_with(".parquet") || path.starts_with('.')) continue;
      files.push_back(place_.File(path, size));
      paths.push_back(path);
    }
    if (files.empty()) {
      return WrongUsage("there are no Parquet files: path=", place_.root,
                        "; remedy: name an output folder or a repository");
    }
    ARROW_ASSIGN_OR_RAISE(const auto rows,
                          ScanForId(files, options_.column, options_.id, threads_));
    for (const FileRow& row : rows) {
      if (found_.size() >= kPlacesMax) break;
      Found found{.file = paths[row.file], .row = row.row};
      ARROW_ASSIGN_OR_RAISE(found.values, ReadParquetRow(files[row.file], row.row));
      found_.push_back(std::move(found));
    }
    return Status::OK();
  }

  /// Another id may have the same hash.
  bool HasId(const arrow::RecordBatch& row) const {
    const auto column = row.GetColumnByName(options_.column);
    if (column == nullptr || column->IsNull(0)) return false;
    const auto value = column->GetScalar(0);
    return value.ok() && (*value)->ToString() == options_.id;
  }

  /// One step back: the row of an input that row `found->row` of file `at` was made from.
  static Status AddSource(const DataPlace& place, const TracedSet& set, size_t at, Found* found) {
    const std::string path = set.trace_dir + "lineage/" + set.name + ".parquet";
    ARROW_ASSIGN_OR_RAISE(const auto info, place.file_system->GetFileInfo(place.File(path).path));
    if (info.type() != arrow::fs::FileType::File) return Status::OK();
    int64_t row = found->row;
    for (size_t i = 0; i < at; ++i) {
      if (set.files[i].split == set.files[at].split) row += set.files[i].rows;
    }
    ARROW_ASSIGN_OR_RAISE(found->source, FindInLineage(place.File(path), set.files[at].split, row));
    if (found->source && found->source->file >= 0 &&
        size_t(found->source->file) < set.inputs.size()) {
      found->source_file = found->source_path = set.inputs[size_t(found->source->file)];
      std::error_code error;
      const fs::path beside = fs::path(place.root + "/..") / found->source_file;
      if (!place.remote() && fs::is_regular_file(beside, error)) found->source_path = beside;
    }
    return Status::OK();
  }

  /// The same for a file that an output folder on this machine lists; nothing where there is none.
  static Result<std::optional<Found>> StepFrom(const std::string& file, int64_t row) {
    std::error_code error;
    const fs::path whole = fs::weakly_canonical(fs::absolute(file, error), error);
    if (IsUri(file) || !fs::is_regular_file(whole, error)) return std::optional<Found>();
    for (fs::path folder = whole.parent_path(); folder != folder.root_path();
         folder = folder.parent_path()) {
      if (!fs::exists(folder / "manifest.json", error)) continue;
      DataPlace place{.root = folder.string()};
      ARROW_ASSIGN_OR_RAISE(const FileSystemPath where, ResolveFileSystem(folder.string()));
      place.file_system = where.file_system;
      place.base = where.path;
      auto sets = FindSets(place);
      if (!sets.ok()) return std::optional<Found>();  // Somebody else's manifest.json.
      const std::string path = whole.lexically_relative(folder).string();
      for (const TracedSet& set : *sets) {
        for (size_t at = 0; at < set.files.size(); ++at) {
          if (set.files[at].path != path) continue;
          Found step{.dataset = set.name, .file = path, .row = row - 1};
          ARROW_RETURN_NOT_OK(AddSource(place, set, at, &step));
          return step;
        }
      }
    }
    return std::optional<Found>();
  }

  /// The text of a column, or null.
  static Json TextOf(const arrow::RecordBatch& row, const std::string& column) {
    const auto array = row.GetColumnByName(column);
    if (array == nullptr || array->IsNull(0)) return nullptr;
    const auto scalar = array->GetScalar(0);
    return scalar.ok() ? Json((*scalar)->ToString()) : Json();
  }

  Result<std::string> Render() const {
    Json out{{"id", options_.id}, {"found", Json::array()}};
    for (const Found& found : found_) {
      Json place{{"dataset", found.dataset}, {"file", found.file}, {"row", found.row + 1}};
      if (found.source) place["from"] = Step(found);
      out["found"].push_back(std::move(place));
    }
    const Found& first = found_[0];
    Json lineage = Json::array();
    std::optional<Found> step = first;
    for (int i = 0; i < kStepsMax && step && step->source; ++i) {
      lineage.push_back(Step(*step));
      ARROW_ASSIGN_OR_RAISE(step, StepFrom(step->source_path, step->source->row));
    }
    const arrow::RecordBatch& row = *first.values;
    Json source{{"dataset", TextOf(row, "dataset")},
                {"split", TextOf(row, "split")},
                {"file", TextOf(row, "source_file")},
                {"row", nullptr},
                {"uuid", TextOf(row, "source_uuid")}};
    const Json number = TextOf(row, "source_row");
    if (number.is_string()) source["row"] = Json::parse(number.get<std::string>(), nullptr, false);
    if (source["file"].is_null() && !lineage.empty()) {
      source["file"] = lineage.back().at("file");
      source["row"] = lineage.back().at("row");
    }
    out["source"] = std::move(source);
    out["lineage"] = std::move(lineage);
    auto shown = first.values;
    for (const char* column : {"text", "messages"}) {
      const int at = shown->schema()->GetFieldIndex(column);
      if (at < 0 || shown->num_columns() == 1) continue;
      ARROW_ASSIGN_OR_RAISE(shown, shown->RemoveColumn(at));
    }
    std::string values;
    ARROW_RETURN_NOT_OK(AppendRowJson(*shown, 0, &values));
    out["row"] = Json::parse(values, nullptr, /*allow_exceptions=*/false);
    return out.dump(2, ' ', false, Json::error_handler_t::replace);
  }

  static Json Step(const Found& found) {
    return {{"file", found.source_file}, {"row", found.source->row}};
  }

  const TraceOptions& options_;
  Progress* const progress_;
  int threads_ = 1;
  DataPlace place_;
  std::vector<Found> found_;
};

}  // namespace

Result<std::string> RunTrace(const TraceOptions& options, Progress* progress) {
  return Tracer(options, progress).Run();
}

}  // namespace hubmill
