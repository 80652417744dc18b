#include "server/json_body.h"

#include <cmath>
#include <set>

namespace hubmill::server {
namespace {

/// A text that may become an argument of a program.
bool IsPlainText(const nlohmann::json& value) {
  if (!value.is_string()) return false;
  const auto& text = value.get_ref<const std::string&>();
  return text.size() <= kTextBytesMax && text.find('\0') == std::string::npos;
}

}  // namespace

Result<nlohmann::json> ParseStrictObject(std::string_view text) {
  std::vector<std::set<std::string>> keys;  // Of the objects that are open.
  std::string problem;
  const auto look = [&](int depth, nlohmann::json::parse_event_t event, nlohmann::json& value) {
    using Event = nlohmann::json::parse_event_t;
    if (depth > kJsonDepthMax) problem = "the JSON is nested too deeply";
    if (event == Event::object_start) keys.emplace_back();
    if (event == Event::object_end) keys.pop_back();
    if (event == Event::key && !keys.back().insert(value.get<std::string>()).second) {
      problem = "a key stands twice in the JSON";
    }
    return true;
  };
  nlohmann::json value = nlohmann::json::parse(text, look, false);
  if (value.is_discarded()) return WrongUsage("the body is not JSON");
  if (!problem.empty()) return WrongUsage(problem);
  if (!value.is_object()) return WrongUsage("the body is not a JSON object");
  return value;
}

void FieldReader::Refuse(std::string problem) {
  if (problem_.empty()) problem_ = std::move(problem);
}

bool FieldReader::Take(const char* name, nlohmann::json* value) {
  const auto found = object_.find(name);
  if (found == object_.end()) return false;
  *value = std::move(*found);
  object_.erase(found);
  return true;
}

std::string FieldReader::Text(const char* name, std::string otherwise) {
  nlohmann::json value;
  if (!Take(name, &value)) return otherwise;
  if (IsPlainText(value)) return value;
  Refuse(Concat("not a text of at most ", kTextBytesMax, " bytes: field=", name));
  return otherwise;
}

int64_t FieldReader::Integer(const char* name, int64_t otherwise, int64_t low, int64_t high) {
  nlohmann::json value;
  if (!Take(name, &value)) return otherwise;
  bool fits = value.is_number_integer();
  if (value.is_number_unsigned()) fits = value.get<uint64_t>() <= uint64_t{INT64_MAX};
  if (value.is_number_float()) {  // 5.0 is an integer, as JSON Schema has it.
    const auto real = value.get<double>();
    fits = std::abs(real) < 1e15 && std::trunc(real) == real;
  }
  const int64_t number = fits ? value.get<int64_t>() : 0;
  if (fits && number >= low && number <= high) return number;
  Refuse(Concat("not an integer from ", low, " to ", high, ": field=", name));
  return otherwise;
}

bool FieldReader::Bool(const char* name, bool otherwise) {
  nlohmann::json value;
  if (!Take(name, &value)) return otherwise;
  if (value.is_boolean()) return value;
  Refuse(Concat("neither true nor false: field=", name));
  return otherwise;
}

std::vector<std::pair<std::string, std::string>> FieldReader::Texts(const char* name) {
  std::vector<std::pair<std::string, std::string>> texts;
  nlohmann::json value;
  if (!Take(name, &value)) return texts;
  if (!value.is_object() || value.size() > kMapEntriesMax) {
    Refuse(Concat("not an object of at most ", kMapEntriesMax, " texts: field=", name));
    return texts;
  }
  for (const auto& [key, text] : value.items()) {
    if (!IsPlainText(text)) {
      Refuse(Concat("not an object of texts of at most ", kTextBytesMax, " bytes: field=", name));
      return texts;
    }
    texts.emplace_back(key, text.get<std::string>());
  }
  return texts;
}

Status FieldReader::Finish() const {
  if (!problem_.empty()) return WrongUsage(problem_);
  if (object_.empty()) return Status::OK();
  return WrongUsage("no such field: field=", object_.begin().key());
}

}  // namespace hubmill::server
