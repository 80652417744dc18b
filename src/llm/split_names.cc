#include "llm/split_names.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>

#include "core/split_name.h"
#include "io/input_files.h"

namespace hubmill {
namespace {

constexpr std::string_view kParquet = ".parquet";
constexpr std::string_view kLineEnds[] = {".jsonl", ".ndjson"};
constexpr std::string_view kPackedEnds[] = {".gz", ".zst"};

bool TakeEnd(std::string_view end, std::string_view* name) {
  if (!name->ends_with(end)) return false;
  name->remove_suffix(end.size());
  return true;
}

/// Without the extension of JSON lines; false where it has none.
bool TakeLinesEnd(bool packed_too, std::string_view* name) {
  std::string_view rest = *name;
  if (packed_too) {
    for (const std::string_view end : kPackedEnds) {
      if (TakeEnd(end, &rest)) break;
    }
  }
  for (const std::string_view end : kLineEnds) {
    if (TakeEnd(end, &rest)) {
      *name = rest;
      return true;
    }
    if (!packed_too) break;
  }
  return false;
}

bool IsDigits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c); });
}

/// high.part_00 is called high_part00.
std::string LinesSplit(std::string_view stem) {
  constexpr std::string_view kPart = "high.part_";
  const std::string_view digits = stem.substr(std::min(stem.size(), kPart.size()));
  if (stem.starts_with(kPart) && digits.size() == 2 && IsDigits(digits)) {
    return "high_part" + std::string(digits);
  }
  return std::string(stem);
}

/// Without "-00000-of-00003" or "-00000"; a folder names the split of what is called part-00000.
std::string PlainSplit(std::string_view stem, std::string_view folder) {
  for (int pieces = 0; pieces < 3; ++pieces) {
    const size_t dash = stem.rfind('-');
    if (dash == stem.npos || dash == 0) break;
    const std::string_view last = stem.substr(dash + 1);
    if (!IsDigits(last) && last != "of") break;
    stem = stem.substr(0, dash);
  }
  if (stem == "part" && !folder.empty()) return std::string(folder);
  std::string split = LinesSplit(stem);
  std::replace_if(
      split.begin(), split.end(),
      [](unsigned char c) { return !(std::isalnum(c) || c == '_' || c == '.'); }, '_');
  return split;
}

bool IsParquet(std::string_view path) { return path.ends_with(kParquet); }

}  // namespace

void NameWithinSet(std::vector<std::string>* files) {
  std::optional<std::string> common;  // A folder, with the slash at its end.
  for (const std::string& file : *files) {
    if (IsUri(file)) continue;
    const std::string folder = file.substr(0, file.rfind('/') + 1);  // npos + 1 is 0.
    if (!common) common = folder;
    while (!folder.starts_with(*common)) {
      common->pop_back();
      common->resize(common->rfind('/') + 1);
    }
  }
  if (!common) return;
  constexpr std::string_view kData = "data/";
  if (*common == kData || common->ends_with("/data/")) {
    common->resize(common->size() - kData.size());
  }
  for (std::string& file : *files) {
    if (!IsUri(file)) file.erase(0, common->size());
  }
}

std::string SplitOfPath(std::string_view path, bool compat) {
  const size_t slash = path.rfind('/');
  std::string_view name = slash == path.npos ? path : path.substr(slash + 1);
  std::string_view folder = slash == path.npos ? std::string_view() : path.substr(0, slash);
  folder = folder.substr(folder.rfind('/') + 1);  // npos + 1 is 0.
  if (IsParquet(name)) {
    if (compat) return std::string(name.substr(0, name.find('-')));
    name.remove_suffix(kParquet.size());
    return PlainSplit(name, folder);
  }
  if (!TakeLinesEnd(!compat, &name)) return {};
  return compat ? LinesSplit(name) : PlainSplit(name, folder);
}

Result<DatasetFiles> AssignSplits(std::vector<std::string> paths, bool compat,
                                  const std::vector<std::string>& wanted,
                                  std::vector<std::string>* missing) {
  std::sort(paths.begin(), paths.end());
  std::map<std::string, std::vector<std::string>> by_split;
  for (const std::string& path : paths) {
    const std::string split = SplitOfPath(path, compat);
    if (!split.empty()) by_split[split].push_back(path);
  }
  std::vector<std::string> order = wanted;
  if (order.empty()) {
    for (const auto& [split, files] : by_split) order.push_back(split);
  }
  DatasetFiles out;
  size_t parquet_splits = 0;
  for (const std::string& split : order) {
    const auto found = by_split.find(split);
    if (found == by_split.end()) {
      missing->push_back(split);
      continue;
    }
    ARROW_RETURN_NOT_OK(CheckSplitName(split));
    SplitFiles files{.split = split};
    const bool lines = !std::all_of(found->second.begin(), found->second.end(), IsParquet);
    for (const std::string& path : found->second) {
      const bool read = IsParquet(path) != lines && !(compat && lines && !files.files.empty());
      (read ? files.files : files.unread).push_back(path);
    }
    parquet_splits += lines ? 0 : 1;
    out.splits.push_back(std::move(files));
  }
  if (out.splits.empty()) {
    return WrongUsage("no data files", wanted.empty() ? "" : " of the splits asked for",
                      "; remedy: check the path: *.jsonl (also .gz, .zst) and *.parquet are read");
  }
  out.parquet = parquet_splits > 0;
  if (parquet_splits > 0 && parquet_splits < out.splits.size()) {
    return WrongUsage("some splits are JSON lines and some are Parquet: splits=", out.splits.size(),
                      " parquet=", parquet_splits,
                      "; remedy: name splits of one kind with --splits");
  }
  return out;
}

}  // namespace hubmill
