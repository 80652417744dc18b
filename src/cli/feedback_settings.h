// The recipes of `hubmill feedback`, and the settings that they take from the environment.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "run/feedback_run.h"

namespace hubmill {

struct FeedbackChoice {
  std::vector<std::string> recipes;  // Files or built-in ones; empty: department and urgency.
  std::string label = "both";        // Or one of them.
  std::vector<std::string> set;      // NAME=VALUE
  int64_t seed = 42;
  bool publishes = false;           // A repository is needed.
  bool watches = false;             // What `watch:` says is needed, too.
  std::vector<std::string> spaces;  // Beside those that the recipes name.
  bool needs_token = false;
};

/// Loads the recipes of the labels that are wanted.  Nothing is contacted; everything that is
/// missing or wrong, of all recipes, is named at once (kWrongUsage): first a token, then the
/// repositories, then what else the recipes take from the environment; and where nothing is
/// missing, every address, repository and Space that has not the form of one, and a repository of
/// two labels.
Result<std::vector<FeedbackSet>> LoadFeedbackSets(const FeedbackChoice& choice);

}  // namespace hubmill
