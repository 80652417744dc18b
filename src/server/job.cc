#include "server/job.h"

#include <array>
#include <nlohmann/json.hpp>

namespace hubmill::server {
namespace {

constexpr std::array<std::string_view, 6> kStates = {"queued", "running",   "completed",
                                                     "failed", "cancelled", "interrupted"};

}  // namespace

std::string_view NameOf(JobState state) { return kStates.at(static_cast<size_t>(state)); }

std::optional<JobState> StateNamed(std::string_view name) {
  for (size_t i = 0; i < kStates.size(); ++i) {
    if (kStates.at(i) == name) return static_cast<JobState>(i);
  }
  return std::nullopt;
}

bool IsEnded(JobState state) { return state != JobState::kQueued && state != JobState::kRunning; }

std::string JobRequest::ToJson() const {
  const nlohmann::json value = {{"kind", kind == Kind::kRecipe ? "recipe" : "signals-export"},
                                {"recipe", recipe},
                                {"recipe_file", recipe_file},
                                {"set", set},
                                {"limit", limit},
                                {"seed", seed},
                                {"dry_run", dry_run},
                                {"source", source},
                                {"industry", industry},
                                {"max_rows", max_rows},
                                {"push", push}};
  return value.dump();
}

Result<JobRequest> JobRequest::FromJson(const std::string& json) {
  JobRequest request;
  try {
    const nlohmann::json value = nlohmann::json::parse(json);
    request.kind = value.at("kind") == "recipe" ? Kind::kRecipe : Kind::kSignalsExport;
    value.at("recipe").get_to(request.recipe);
    value.at("recipe_file").get_to(request.recipe_file);
    value.at("set").get_to(request.set);
    value.at("limit").get_to(request.limit);
    value.at("seed").get_to(request.seed);
    value.at("dry_run").get_to(request.dry_run);
    value.at("source").get_to(request.source);
    value.at("industry").get_to(request.industry);
    value.at("max_rows").get_to(request.max_rows);
    value.at("push").get_to(request.push);
  } catch (const nlohmann::json::exception& error) {
    return DataRefused("a job in the store cannot be read: why=", error.what(),
                       "; remedy: use another --data-dir");
  }
  return request;
}

}  // namespace hubmill::server
