#include "security/sets/eval_files.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace hubmill {

namespace fs = std::filesystem;

Result<EvalFile> ReadEvalFile(EvalSet set, EvalRules rules, const std::string& path) {
  EvalFile file{.path = path, .name = fs::path(path).filename().string()};
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!error && fs::exists(status) && !fs::is_regular_file(status)) {  // A pipe would never end.
    return WrongUsage("no file: path=", path, "; remedy: put a file of rows there");
  }
  const auto bytes = error ? 0 : fs::file_size(path, error);
  std::ifstream stream(path, std::ios::binary);
  if (error || !stream) {
    return RunFailed("cannot read a file: file=", path,
                     " reason=", error ? error.message() : std::strerror(errno),
                     "; remedy: check the path and its permissions");
  }
  if (int64_t(bytes) > kEvalFileBytesMax) {
    return DataRefused("too large for an evaluation set: file=", path, " bytes=", bytes,
                       " bytes_max=", kEvalFileBytesMax, "; remedy: split the file");
  }
  int64_t number = 0;
  for (std::string line; std::getline(stream, line);) {
    ++number;
    if (number == 1 && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
    if (line.find_first_not_of(" \t\r") == line.npos) continue;
    EvalRow row;
    std::vector<std::string> problems;
    std::vector<std::string> extra;
    ReadEvalRow(set, rules, line, &row, &problems, &extra);
    for (const std::string& key : extra) ++file.extra_keys[key];
    if (problems.empty()) {
      file.rows.push_back(std::move(row));
      file.lines.push_back(number);
      continue;
    }
    ++file.bad;
    if (file.problems.size() >= kEvalProblemsMax) continue;
    std::string all = Concat(path, ":", number, " validation error:");
    for (const std::string& problem : problems) all += "\n  " + problem;
    file.problems.push_back(std::move(all));
  }
  if (stream.bad()) return RunFailed("cannot read a file: file=", path, "; remedy: try again");
  return file;
}

Result<std::vector<std::string>> EvalFilesIn(const std::string& dir) {
  std::error_code error;
  if (!fs::is_directory(dir, error)) {
    return WrongUsage("Directory not found: ", dir,
                      "; remedy: build the set first, or name its folder");
  }
  std::vector<std::string> out;
  for (auto entry = fs::directory_iterator(dir, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    std::error_code ignored;
    // What is no file but has such a name is refused where it is read.
    if (entry->path().extension() == ".jsonl" && !entry->is_directory(ignored)) {
      out.push_back(entry->path().string());
    }
  }
  if (error) {
    return RunFailed("cannot list a folder: folder=", dir, " reason=", error.message(),
                     "; remedy: check its permissions");
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<EvalPart> PartsOf(EvalSet set, const std::string& suffix) {
  const auto part = [&suffix](const char* file, const char* sampling, const char* total,
                              const char* dataset) {
    return EvalPart{Concat(file, "-", suffix, ".jsonl"), Concat(sampling, "-", suffix, ".json"),
                    total, dataset};
  };
  if (set == EvalSet::kE1) {
    return {part("iot23-train-dev-test", "sampling-iot23", "/total", "iot23"),
            part("cic-ids-2017-ood", "sampling-e1-ood", "/datasets/cic-ids-2017/total", "ood"),
            part("unsw-nb15-ood", "sampling-e1-ood", "/datasets/unsw-nb15/total", "ood")};
  }
  return {part("k8s-labeled", "sampling-e2", "/datasets/k8s/total_items", "k8s"),
          part("terraform-labeled", "sampling-e2", "/datasets/terraform/total_items", "terraform")};
}

}  // namespace hubmill
