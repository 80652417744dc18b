// The id is a hash of the schemas' JSON, so what is kept under it is the same whichever row came
// first, and the file does not depend on the order of the threads.
#include "llm/tools_catalog.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <mutex>

#include "base/json_value.h"
#include "core/side_files.h"
#include "stages/columns.h"

namespace hubmill {
namespace {

struct ToolsCatalogOptions {
  std::string file = "tools_catalog.json";
  std::string id = "source_tools_id";
  std::string tools = "source_tools_json";
  static void Describe(OptionTable<ToolsCatalogOptions>& table) {
    table.Field("file", &ToolsCatalogOptions::file, "Name of the file in the output folder.");
    table.Field("id", &ToolsCatalogOptions::id, "Column with the schemas' id.");
    table.Field("tools", &ToolsCatalogOptions::tools,
                "Column with the schemas as JSON, which is taken away.");
  }
};

void AppendIndented(const JsonValue& value, size_t depth, std::string* out);

template <typename Items, typename AppendItem>
void AppendLines(const Items& items, char open, char close, size_t depth, std::string* out,
                 const AppendItem& append_item) {
  out->push_back(open);
  bool first = true;
  for (const auto& item : items) {
    out->append(first ? "\n" : ",\n").append(2 * depth + 2, ' ');
    append_item(item);
    first = false;
  }
  if (!first) out->append("\n").append(2 * depth, ' ');
  out->push_back(close);
}

/// As json.dumps(indent=2, sort_keys=True, ensure_ascii=False).  REQUIRES: keys are sorted.
void AppendIndented(const JsonValue& value, size_t depth, std::string* out) {
  if (value.IsList()) {
    AppendLines(value.items, '[', ']', depth, out,
                [&](const JsonValue& item) { AppendIndented(item, depth + 1, out); });
  } else if (value.IsObject()) {
    AppendLines(value.members, '{', '}', depth, out, [&](const JsonMember& member) {
      AppendJsonValue({.kind = JsonValue::Kind::kString, .text = member.key}, {}, out);
      out->append(": ");
      AppendIndented(member.value, depth + 1, out);
    });
  } else {
    AppendJsonValue(value, {}, out);
  }
}

class ToolsCatalog : public Transform, public WritesFiles {
 public:
  static Result<std::unique_ptr<ToolsCatalog>> Make(ToolsCatalogOptions options) {
    const std::string& file = options.file;
    if (file.empty() || file.find('/') != file.npos || file[0] == '.') {
      return WrongUsage("not a name of a file in the output folder: option=file value=", file,
                        "; remedy: for example tools_catalog.json");
    }
    auto stage = std::make_unique<ToolsCatalog>();
    stage->options_ = std::move(options);
    return stage;
  }

  Result<std::shared_ptr<arrow::Schema>> Bind(
      const std::shared_ptr<arrow::Schema>& input) override {
    ARROW_ASSIGN_OR_RAISE(id_, TextColumnIndex(*input, options_.id));
    ARROW_ASSIGN_OR_RAISE(tools_, TextColumnIndex(*input, options_.tools));
    return input->RemoveField(tools_);
  }

  Result<Applied> Apply(const Batch& input) const override {
    const TextView ids(*input.rows->column(id_));
    const TextView tools(*input.rows->column(tools_));
    std::string_view last;
    for (int64_t row = 0; row < ids.size(); ++row) {
      if (ids.IsNull(row) || tools.IsNull(row) || ids[row] == last) continue;
      last = ids[row];
      const std::lock_guard<std::mutex> lock(mutex_);
      catalog_.emplace(last, tools[row]);
    }
    Applied applied;
    ARROW_ASSIGN_OR_RAISE(applied.rows, input.rows->RemoveColumn(tools_));
    return applied;
  }

  Result<std::vector<std::string>> WriteFiles(const std::string& folder) override {
    if (catalog_.empty()) return std::vector<std::string>();
    const std::string path = folder + "/" + options_.file;
    std::ofstream file(path, std::ios::binary);
    std::string text;
    bool first = true;
    for (const auto& [id, json] : catalog_) {
      JsonValue value;
      if (ParseJsonValue(json, &value)) {
        return DataRefused("not JSON: column=", options_.tools, " id=", id);
      }
      text.assign(first ? "{\n  \"" : ",\n  \"").append(id).append("\": ");
      AppendIndented(value, 1, &text);
      file << text;
      first = false;
    }
    file << "\n}\n";
    file.close();
    if (!file) {
      return RunFailed("cannot write a file: file=", path, "; remedy: free disk space");
    }
    return std::vector<std::string>{options_.file};
  }

 private:
  ToolsCatalogOptions options_;
  int id_ = -1;
  int tools_ = -1;
  mutable std::mutex mutex_;
  mutable std::map<std::string, std::string, std::less<>> catalog_;
};

}  // namespace

StageEntry ToolsCatalogStage() {
  return DefineStage<ToolsCatalog, ToolsCatalogOptions>(
      {.name = "tools_catalog",
       .summary = "Takes tools' schemas out of the rows into one file, by their id.",
       .details =
           "The file is an object from id to schemas, with sorted keys; it is not written where no "
           "row has tools. Rows that an earlier stage dropped add nothing.\n\n"
           "Memory: the different schemas, each once.",
       .example = "- tools_catalog: {file: tools_catalog.json}\n",
       .shorthand = "file"});
}

}  // namespace hubmill
