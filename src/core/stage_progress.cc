#include "core/stage_progress.h"

#include <cmath>

#include "base/check.h"
#include "base/json_text.h"

namespace hubmill {
namespace {

constexpr size_t kDatasetsMax = 1000;  // Of a process that goes on for months.

}  // namespace

void StageProgress::BeginDataset(const std::string& name, const std::vector<std::string>& stages) {
  Dataset dataset{.name = name, .stages = {}};
  for (const std::string& stage : stages) dataset.stages.push_back({.name = stage, .drops = {}});
  const std::lock_guard lock(mutex_);
  if (datasets_.size() == kDatasetsMax) datasets_.erase(datasets_.begin());
  datasets_.push_back(std::move(dataset));
  phase_began_ = std::chrono::steady_clock::now();
}

void StageProgress::BeginPhase() {
  const std::lock_guard lock(mutex_);
  phase_began_ = std::chrono::steady_clock::now();
}

void StageProgress::Add(size_t place, const StageReport& more) {
  const std::lock_guard lock(mutex_);
  AddLocked(place, more);
}

void StageProgress::AddPhase(size_t before, const std::vector<StageReport>& accounts) {
  const std::lock_guard lock(mutex_);
  for (size_t i = before == 0 ? 0 : 1; i < accounts.size(); ++i) AddLocked(before + i, accounts[i]);
}

void StageProgress::AddLocked(size_t place, const StageReport& more) {
  HUBMILL_CHECK(!datasets_.empty() && place < datasets_.back().stages.size(),
                "rows are added to a stage that was named");
  Stage& stage = datasets_.back().stages[place];
  if (more.rows_in == 0 && more.rows_out == 0 && more.drops.empty()) return;
  stage.rows_in += more.rows_in;
  stage.rows_out += more.rows_out;
  for (const auto& [reason, rows] : more.drops) stage.drops[reason] += rows;
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - phase_began_;
  stage.seconds = seconds.count();
}

std::string StageProgress::ToJson(const Dataset& dataset) {
  std::string out = "{\"name\":";
  AppendJsonString(dataset.name, &out);
  out += ",\"stages\":[";
  for (const Stage& stage : dataset.stages) {
    out += out.back() == '[' ? "{\"name\":" : ",{\"name\":";
    AppendJsonString(stage.name, &out);
    out +=
        Concat(",\"rows_in\":", stage.rows_in, ",\"rows_out\":", stage.rows_out, ",\"dropped\":{");
    for (const auto& [reason, rows] : stage.drops) {
      if (out.back() != '{') out += ',';
      AppendJsonString(reason, &out);
      out += Concat(":", rows);
    }
    // Whole milliseconds, upwards: more digits would be noise, and no stage with rows took none.
    out += Concat("},\"seconds\":", std::ceil(stage.seconds * 1e3) / 1e3, "}");
  }
  return out + "]}";
}

std::string StageProgress::ToJson(size_t bytes_max) const {
  const std::lock_guard lock(mutex_);
  std::string list;
  for (size_t i = datasets_.size(); i-- > 0;) {
    std::string one = ToJson(datasets_[i]);
    if (list.size() + one.size() + 3 > bytes_max) break;
    list = list.empty() ? std::move(one) : one + "," + list;
  }
  return list.empty() ? "" : "[" + list + "]";
}

}  // namespace hubmill
