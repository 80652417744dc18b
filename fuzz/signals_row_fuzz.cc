// Arbitrary bytes as a training example: never a crash; a row that leaves has no text but words of
// the schema, an id, a time and slugs, and is left as it is when it is guarded again.
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/utf8.h"
#include "signals/row_builder.h"
#include "text/contact_guard.h"

namespace hubmill {
namespace {

struct Guard {
  explicit Guard(const char* name, bool compat = false)
      : schema(FindSignalsSchema(name).ValueOrDie()), builder(&schema, {.compat = compat}) {}
  SignalsSchema schema;
  RowBuilder builder;
};

std::string TextOfRow(const arrow::BufferBuilder& out) {
  return {reinterpret_cast<const char*>(out.data()), size_t(out.length())};
}

void CheckStrings(const nlohmann::json& value) {
  if (value.is_string()) {
    HUBMILL_CHECK(value.get<std::string>().find('@') == std::string::npos, "an e-mail left");
  }
  if (!value.is_structured()) return;
  for (const auto& item : value) CheckStrings(item);
}

void CheckLine(std::string_view line, Guard* guard, bool strict) {
  BuiltRow row;
  arrow::BufferBuilder out;
  HUBMILL_CHECK(guard->builder.Build(line, &row, &out).ok(), "a line is no failure");
  const std::string text = TextOfRow(out);
  HUBMILL_CHECK((row.facts.state == RowState::kRow) == !text.empty(), "a row, or nothing");
  if (text.empty() || !strict) return;
  CheckStrings(nlohmann::json::parse(text));
  arrow::BufferBuilder again;
  const std::string_view built(text.data(), text.size() - 1);
  HUBMILL_CHECK(guard->builder.Build(built, &row, &again).ok(), "a row is no failure");
  HUBMILL_CHECK(TextOfRow(again) == text, "a guarded row is guarded to itself");
}

}  // namespace
}  // namespace hubmill

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hubmill;
  static auto* strict = new Guard("signals_v1");
  static auto* of_48 = new Guard("signals_v1_48");
  static auto* compat = new Guard("signals_v1_48", true);
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  if (!IsValidUtf8(line) || line.find('\n') != line.npos) return 0;  // The source has done so.
  CheckLine(line, strict, true);
  CheckLine(line, of_48, true);
  CheckLine(line, compat, false);
  FindContact(line);
  return 0;
}
