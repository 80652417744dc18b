// Who follows a run: the tracker that option and settings ask for, and the webhook of a failure.
//
// Settings come from the environment or .env: WANDB_API_KEY, WANDB_BASE_URL, WANDB_ENTITY, and
// WANDB_PROJECT_NAME or WANDB_PROJECT.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "hubmill/hubmill.h"
#include "tracking/tracker.h"

namespace hubmill {

/// Without WANDB_API_KEY the key is empty.
Result<WandbSettings> FindWandbSettings();

/// `tracker`: none, jsonl or wandb; empty: wandb where there is a WANDB_API_KEY, else jsonl.  Files
/// of events go into `folder`; no event shows one of `secrets`.  The project's and the entity's
/// names in the settings, where there are any, take the place of those in `run`.
/// kWrongUsage where `tracker` is wandb and there is no key.
Result<std::unique_ptr<Tracker>> StartTracker(const std::string& tracker, const std::string& folder,
                                              std::vector<std::string> secrets, TrackedRun run);

/// Tells a webhook that a run failed: POST of a JSON object
///   {"text": one line for a chat, "recipe": …, "data_sets": […], "error": …, "exit_status": 1}
/// with `secrets` masked.  Gives up after some 20 seconds; a failure (kService) does not show the
/// URL, which often is a secret itself.  REQUIRES: !failure.ok()
Status CallFailureWebhook(const std::string& url, const Recipe& recipe, const Status& failure,
                          const std::vector<std::string>& secrets);

/// Makes `run` with those who follow it: a tracker, where `tracker` or the recipe's `track:` asks
/// for one, and the recipe's `on_failure:`.  Returns what `run` returned, unless the tracker's file
/// cannot be written.  Who could not be told stands in `warnings`.
Result<RunReport> RunFollowed(const Recipe& recipe, const std::string& tracker,
                              const std::function<Result<RunReport>()>& run,
                              std::vector<std::string>* warnings);

}  // namespace hubmill
