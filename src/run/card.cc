#include "run/card.h"

namespace hubmill {
namespace {

/// A YAML double-quoted scalar.
std::string Quoted(const std::string& text) {
  Setting setting = Setting::Scalar(text);
  setting.quoted = true;
  return ToJsonText(setting);
}

std::string RenderConfig(const DatasetPlan& plan, const DatasetReport& report) {
  std::string out = Concat("- config_name: ", Quoted(report.name), "\n  data_files:\n");
  for (const std::string& split : plan.splits()) {
    std::string paths;
    for (const OutputFile& file : report.outputs) {
      if (file.split == split) paths += Concat("    - ", Quoted(file.path), "\n");
    }
    if (!paths.empty()) out += Concat("  - split: ", Quoted(split), "\n    path:\n", paths);
  }
  return out;
}

}  // namespace

std::string RenderCard(const Recipe& recipe, const Plan& plan, const RunReport& report) {
  std::string out = "---\nconfigs:\n";
  for (size_t i = 0; i < report.datasets.size(); ++i) {
    out += RenderConfig(plan.datasets[i], report.datasets[i]);
  }
  out += Concat("---\n\n# ", recipe.name, "\n\n");
  if (!recipe.description.empty()) out += recipe.description + "\n\n";
  out += "| data set | split | rows |\n|---|---|---|\n";
  for (size_t i = 0; i < report.datasets.size(); ++i) {
    for (const std::string& split : plan.datasets[i].splits()) {
      auto rows = report.datasets[i].split_rows.find(split);
      if (rows == report.datasets[i].split_rows.end()) continue;
      out += Concat("| ", report.datasets[i].name, " | ", split, " | ", rows->second, " |\n");
    }
  }
  out += Concat("\nMade by hubmill ", report.version, " from the recipe `", recipe.name,
                "`; `manifest.json` has inputs, options, counts and checksums, and\n"
                "`.hubmill/lineage/` the source row of each row.\n");
  return out;
}

}  // namespace hubmill
