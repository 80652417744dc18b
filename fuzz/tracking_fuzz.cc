// What comes from outside to tracking: a file of events for `track sync`, and W&B's answers.
// Parsing ends, and what it accepts has the fields that are read without asking again.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "tracking/event_log.h"
#include "tracking/wandb_client.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto run = hubmill::ParseWandbRun(text);
  if (run.ok()) HUBMILL_CHECK(!run->name.empty() && !run->entity.empty(), "a run has its names");
  const auto events = hubmill::ParseEvents(text, "fuzz");
  if (!events.ok()) return 0;
  for (size_t i = 0; i < events->size(); ++i) {
    const std::string kind = (*events)[i].at("event");
    HUBMILL_CHECK((kind == "start") == (i == 0), "start is the first event");
    HUBMILL_CHECK((*events)[i].at("time").is_number(), "an event has a time");
    if (kind == "start") HUBMILL_CHECK(!(*events)[i].at("run").empty(), "a run has a name");
    if (kind == "log") HUBMILL_CHECK((*events)[i].at("values").is_object(), "values have names");
  }
  return 0;
}
