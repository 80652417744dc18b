// A recipe: one YAML file that says where rows come from, the stages they pass and what is written.
// The format, with examples, is docs/recipes.md.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/options.h"
#include "core/registry.h"
#include "core/setting.h"

namespace hubmill {

/// `params: {name: {default: …, env: …, secret: true, type: …, help: …}}`.
struct RecipeParam {
  std::string name;
  std::string value;  // After --set, environment and default.
  bool has_value = false;
  std::string from;  // "--set", "environment NAME" or "default".
  std::string env;   // Variables that give the value, for messages: "A or B".
  std::string help;
  std::string type;  // string, integer, number or boolean; checked when the value is set.
  bool secret = false;
  bool required = false;
  bool in_path = false;  // Says in which folder of this machine inputs lie, or which file one is.
  Mark mark;
};

/// A named block with its options, as written.
struct BlockUse {
  std::string name;
  Setting options;
  Mark mark;
};

struct DatasetRecipe {
  std::string name;
  BlockUse source;
  bool reject_bad_rows = false;  // `on_bad_row: fail|reject`, beside `source`.
  std::vector<BlockUse> stages;
  BlockUse sink;
  Mark mark;
};

/// `publish:`, what `hubmill run --push` does with the output.  What the command line says wins.
struct PublishRecipe {
  std::string repo;
  std::optional<bool> create_private;  // Where stated and true, a public repository is refused.
  bool require_private = false;
  std::string branch = "main";
  std::string message;
  std::string tag;  // With %: a pattern of the time, which makes each version's own.
  std::string card;
  Setting front_matter;              // Map: more of README.md's front matter.
  Setting metadata;                  // Map: what dataset_metadata.json says; null: no such file.
  std::vector<std::string> restart;  // Spaces, after a new version.

  static void Describe(OptionTable<PublishRecipe>& table);
};

/// `track:`, who follows the runs of a recipe.  `--tracker` says how; see docs/tracking.md.
struct TrackRecipe {
  std::string project = "hubmill";
  std::string job_type = "run";
  std::vector<std::string> tags;
  std::string folder = "events";

  static void Describe(OptionTable<TrackRecipe>& table);
};

/// `watch:`, when `hubmill feedback watch` has a set prepared; see docs/recipes/feedback-watch.md.
struct WatchRecipe {
  std::string corrections = "wrong";
  double ratio = 0.5;
  int64_t threshold = 1500;
  std::string space;
  std::vector<std::string> restart;
  int64_t poll_s = 60;
  int64_t poll_timeout_s = 1800;

  static void Describe(OptionTable<WatchRecipe>& table);
};

/// `on_failure:`, who is told of a run that failed.
struct FailureRecipe {
  std::string webhook;

  static void Describe(OptionTable<FailureRecipe>& table);
};

/// Parameters that every recipe has: ${recipe_dir}, the folder of the recipe file ("." for built-in
/// ones), and ${seed}, the run's seed, unless the recipe declares them itself.
struct Recipe {
  std::string file;  // For messages; "builtin:NAME" for those in the binary.
  std::string name;
  std::string description;
  std::vector<RecipeParam> params;
  std::vector<DatasetRecipe> datasets;
  PublishRecipe publish;  // All defaults where the recipe does not say.
  std::optional<TrackRecipe> track;
  std::optional<WatchRecipe> watch;
  FailureRecipe on_failure;

  /// `text` with every value of a secret parameter replaced by "***".
  std::string Redact(std::string text) const;
};

/// Values for parameters: `--set` pairs, and how the environment is read (a test may replace it).
struct ParamValues {
  std::vector<std::pair<std::string, std::string>> set;
  std::optional<std::string> (*env)(const std::string& name) = nullptr;  // null: getenv
};

/// Parses and checks `text` against `registry`.  Everything that is wrong is named at once, each
/// with file:line:column and the nearest right name.  Secrets may not be given by --set.
Result<Recipe> LoadRecipe(std::string_view text, const std::string& file, const Registry& registry,
                          const ParamValues& values, int64_t run_seed = 42);

/// JSON Schema (draft 2020-12) of the recipe format with all registered blocks.
std::string RecipeJsonSchema(const Registry& registry);

inline constexpr size_t kDatasetsMax = 1000;
inline constexpr size_t kStagesMax = 1000;

}  // namespace hubmill
