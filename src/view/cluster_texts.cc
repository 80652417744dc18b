#include "view/cluster_texts.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/json_depth.h"
#include "io/line_blocks.h"
#include "view/cell.h"

namespace hubmill {
namespace {

/// How many characters the ends of both have in common; 0 where the last names differ.
size_t SharedEnd(const std::string& a, const std::string& b) {
  const auto name = [](const std::string& path) { return path.substr(path.rfind('/') + 1); };
  if (name(a) != name(b)) return 0;
  const auto ends = std::mismatch(a.rbegin(), a.rend(), b.rbegin(), b.rend());
  return static_cast<size_t>(ends.first - a.rbegin());
}

/// The path below the place of a file of that size, or "".
std::string FindFile(const std::map<std::string, int64_t>& sizes, const std::string& name,
                     int64_t bytes) {
  std::string best;
  size_t most = 0;
  for (const auto& [path, size] : sizes) {
    const size_t shared = size == bytes ? SharedEnd(path, name) : 0;
    if (shared > most) {
      most = shared;
      best = path;
    }
  }
  return best;
}

using Wanted = std::map<int64_t, std::vector<size_t>>;  // Places in the answer, by row or line.

std::string ObjectOf(std::string_view line) {
  if (line.size() > kClusterRowBytesMax || !IsShallowJson(line)) return "";
  const auto value = nlohmann::ordered_json::parse(line, nullptr, false);
  if (!value.is_object()) return "";
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Status ReadLines(const InputFile& file, const Wanted& wanted, std::vector<std::string>* texts) {
  const std::vector<InputFile> files = {file};
  LineCutter cutter;
  LineBlocks blocks(&files, &cutter, {});
  int64_t number = 0;
  while (number < wanted.rbegin()->first) {
    ARROW_ASSIGN_OR_RAISE(const std::optional<LineBlock> block, blocks.Next());
    if (!block) return Status::OK();
    if (block->too_long) {
      ++number;
      continue;
    }
    std::string_view text = TextOf(*block);
    while (!text.empty()) {
      const std::string_view line = text.substr(0, text.find('\n'));
      text.remove_prefix(std::min(text.size(), line.size() + 1));
      const auto found = wanted.find(++number);
      if (found == wanted.end()) continue;
      for (const size_t place : found->second) (*texts)[place] = ObjectOf(line);
    }
  }
  return Status::OK();
}

/// The row as {"column": value, …}; "" where it is too long.
std::string ObjectOf(const arrow::RecordBatch& batch) {
  std::string text = "{";
  for (int i = 0; i < batch.num_columns(); ++i) {
    if (i > 0) text += ',';
    text += nlohmann::json(batch.schema()->field(i)->name())
                .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) +
            ":";
    if (!AppendWholeJson(*batch.column(i), 0, kClusterRowBytesMax, &text)) return "";
    if (text.size() > kClusterRowBytesMax) return "";
  }
  return IsShallowJson(text) ? text + "}" : "";
}

Status ReadRows(RowTable& table, const Wanted& wanted, std::vector<std::string>* texts) {
  for (const auto& [row, places] : wanted) {
    ARROW_ASSIGN_OR_RAISE(const auto batch, table.Read(row - 1, 1));
    if (batch->num_rows() == 0) continue;
    for (const size_t place : places) (*texts)[place] = ObjectOf(*batch);
  }
  return Status::OK();
}

}  // namespace

Result<std::vector<std::string>> ReadClusterTexts(
    const DataPlace& place, const std::vector<ClusterRow>& rows,
    const std::function<Result<std::shared_ptr<RowTable>>(const InputFile&)>& open) {
  ARROW_ASSIGN_OR_RAISE(const auto sizes, place.ListFiles());
  std::map<std::string, Wanted> by_file;  // By path below the place.
  for (size_t i = 0; i < rows.size(); ++i) {
    const ClusterPlace at = PlaceOfId(rows[i].id);
    const std::string path = at.row > 0 ? FindFile(sizes, at.file, rows[i].file_bytes) : "";
    if (!path.empty()) by_file[path][at.row].push_back(i);
  }
  std::vector<std::string> texts(rows.size());
  for (const auto& [path, wanted] : by_file) {
    const InputFile file = place.File(path, sizes.at(path));
    if (FormatOfName(path) == "jsonl") {
      ARROW_RETURN_NOT_OK(ReadLines(file, wanted, &texts));
    } else if (!FormatOfName(path).empty()) {
      ARROW_ASSIGN_OR_RAISE(const auto table, open(file));
      ARROW_RETURN_NOT_OK(ReadRows(*table, wanted, &texts));
    }
  }
  return texts;
}

}  // namespace hubmill
