#include "run/security_flow_sources.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "base/hash.h"
#include "io/temporary_folder.h"

namespace hubmill {
namespace {

constexpr size_t kLinesNamedMax = 5;

/// What must be the same of a row; its split is drawn, not given.
uint64_t KeyOf(const std::string& question, const std::string& answer, const std::string& hash) {
  return Xxh3Hash64(hash + '\0' + answer + '\0' + question);
}

/// All rows of the source instead of a balanced few, as columns question, answer, hash and more.
void WithoutDraw(Recipe* recipe) {
  std::vector<BlockUse>& stages = recipe->datasets.at(0).stages;
  std::erase_if(stages, [](const BlockUse& use) {
    return use.name == "dedup_exact" || use.name == "flow_sample" || use.name == "flow_record";
  });
}

}  // namespace

Status CheckFlowSource(Recipe recipe, const RunOptions& run, const EvalFile& file,
                       EvalFileCheck* check, int64_t* verified) {
  WithoutDraw(&recipe);
  ARROW_ASSIGN_OR_RAISE(const auto scratch, TemporaryFolder::Make("flow-source"));
  RunOptions options = run;
  options.output_dir = scratch->path() + "/rows";
  ARROW_ASSIGN_OR_RAISE(const RunReport report, RunRecipe(recipe, options, nullptr));
  std::unordered_set<uint64_t> given;
  for (const OutputFile& output : report.datasets.at(0).outputs) {
    std::ifstream stream(options.output_dir + "/" + output.path, std::ios::binary);
    for (std::string line; std::getline(stream, line);) {
      const auto row = nlohmann::json::parse(line);
      given.insert(KeyOf(row.at("question"), row.at("answer"), row.at("hash")));
    }
  }
  std::vector<int64_t> others;
  for (size_t i = 0; i < file.rows.size(); ++i) {
    const EvalRow& row = file.rows[i];
    if (given.contains(KeyOf(row.question, row.answer, row.hash))) {
      ++*verified;
    } else {
      others.push_back(file.lines[i]);
    }
  }
  if (others.empty()) return Status::OK();
  std::string lines;
  for (size_t i = 0; i < std::min(others.size(), kLinesNamedMax); ++i) {
    lines += Concat(i == 0 ? "" : ", ", others[i]);
  }
  check->errors.push_back(Concat("rows that the source does not give: rows=", others.size(),
                                 " lines=", lines, others.size() > kLinesNamedMax ? ", …" : ""));
  return Status::OK();
}

}  // namespace hubmill
