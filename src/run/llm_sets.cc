// Which data sets `llm run` reads.
#include <algorithm>
#include <filesystem>

#include "llm/split_names.h"
#include "run/llm_run.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;

bool IsHidden(const std::string& name) { return name[0] == '.' || name[0] == '_'; }

/// Whether data files lie in `folder` itself.
bool HoldsData(const fs::path& folder) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (IsHidden(name) || entry.is_directory(error)) continue;
    if (!SplitOfPath(name, /*compat=*/false).empty()) return true;
  }
  return false;
}

void AddSets(const fs::path& root, const fs::path& folder, std::vector<LlmSet>* sets) {
  std::error_code error;
  if (fs::is_directory(folder / "data", error) || HoldsData(folder)) {
    const fs::path id = folder.lexically_relative(root);
    LlmSet set{.dataset = id == "." ? root.filename().string() : id.generic_string(),
               .input = folder.string()};
    if (fs::exists(folder / "adapter.yaml", error)) set.adapter = folder / "adapter.yaml";
    sets->push_back(std::move(set));
    return;
  }
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const bool inner = entry.is_directory(error) && !IsHidden(entry.path().filename().string());
    if (inner) AddSets(root, entry.path(), sets);
  }
}

}  // namespace

std::vector<LlmSet> DocumentSets() {
  return {{.dataset = "nvidia/Nemotron-Math-v2"},
          {.dataset = "nvidia/Nemotron-Math-Proofs-v1"},
          {.dataset = "nvidia/Nemotron-Science-v1"},
          {.dataset = "nvidia/Nemotron-Agentic-v1"},
          {.dataset = "nvidia/Nemotron-Instruction-Following-Chat-v1"}};
}

Result<std::vector<LlmSet>> FindLlmSets(const std::string& folder,
                                        const std::vector<std::string>& wanted) {
  std::error_code error;
  fs::path root = fs::absolute(folder, error).lexically_normal();
  if (!root.has_filename()) root = root.parent_path();  // "sets/"
  std::vector<LlmSet> sets;
  AddSets(root, root, &sets);
  std::sort(sets.begin(), sets.end(),
            [](const LlmSet& a, const LlmSet& b) { return a.dataset < b.dataset; });
  if (sets.empty()) {
    return WrongUsage("there is no data set: folder=", folder,
                      "; remedy: a folder for each, OWNER/NAME/data/*.jsonl or *.parquet");
  }
  if (wanted.empty()) return sets;
  std::vector<LlmSet> chosen;
  for (const std::string& id : wanted) {
    const auto at = std::find_if(sets.begin(), sets.end(),
                                 [&](const LlmSet& set) { return set.dataset == id; });
    if (at == sets.end()) {
      std::string names;
      for (const LlmSet& set : sets) names += (names.empty() ? "" : ", ") + set.dataset;
      return WrongUsage("no such data set: data_set=", id, " folder=", folder, "; remedy: one of ",
                        names);
    }
    chosen.push_back(*at);
  }
  return chosen;
}

}  // namespace hubmill
