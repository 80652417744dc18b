#include "core/options.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

namespace hubmill {
namespace {

using Kind = Setting::Kind;
using Json = nlohmann::ordered_json;

/// YAML 1.2 core schema for plain scalars: null, booleans and numbers; all else is text.
Json ScalarToJson(const Setting& setting) {
  if (setting.secret) return "***";
  const std::string& text = setting.scalar;
  if (setting.quoted) return text;
  if (text == "null" || text == "~" || text.empty()) return nullptr;
  if (text == "true") return true;
  if (text == "false") return false;
  int64_t integer = 0;
  if (ReadValue(setting, &integer).empty()) return integer;
  double number = 0;
  if (ReadValue(setting, &number).empty()) return number;
  return text;
}

Json ToJson(const Setting& setting) {
  switch (setting.kind) {
    case Kind::kNull:
      return nullptr;
    case Kind::kScalar:
      return ScalarToJson(setting);
    case Kind::kList: {
      Json out = Json::array();
      for (const Setting& item : setting.items) out.push_back(ToJson(item));
      return out;
    }
    case Kind::kMap: {
      Json out = Json::object();
      for (const auto& [key, value] : setting.entries) out[key] = ToJson(value);
      return out;
    }
  }
  return nullptr;
}

Setting MapOf(const std::vector<std::pair<std::string, Setting>>& entries) {
  Setting out;
  out.kind = Kind::kMap;
  out.entries = entries;
  out.entry_marks.resize(entries.size());
  return out;
}

std::string JoinNames(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

/// The sentence for a name that is not among `known`.
std::string UnknownName(const std::string& what, const std::string& name,
                        const std::vector<std::string>& known) {
  std::string nearest = NearestName(name, known);
  if (!nearest.empty()) {
    return Concat("unknown ", what, ": ", name, "; did you mean ", nearest, "?");
  }
  return Concat("unknown ", what, ": ", name, "; known: ", JoinNames(known));
}

std::string CheckBounds(const OptionSpec& spec, const Setting& value) {
  if (!spec.choices.empty()) {
    std::vector<const Setting*> scalars;
    if (value.kind == Kind::kScalar) scalars.push_back(&value);
    for (const Setting& item : value.items) scalars.push_back(&item);
    for (const Setting* scalar : scalars) {
      if (std::find(spec.choices.begin(), spec.choices.end(), scalar->scalar) ==
          spec.choices.end()) {
        return UnknownName("value", scalar->scalar, spec.choices);
      }
    }
  }
  double number = 0;
  if ((spec.min || spec.max) && ReadValue(value, &number).empty()) {
    if ((spec.min && number < *spec.min) || (spec.max && number > *spec.max)) {
      return Concat("out of range: min=", spec.min.value_or(-HUGE_VAL),
                    " max=", spec.max.value_or(HUGE_VAL));
    }
  }
  return "";
}

}  // namespace

void ErrorList::Add(const std::string& file, const Mark& mark, const std::string& message) {
  std::string where = file;
  if (mark.line > 0) where += Concat(":", mark.line, ":", mark.column);
  messages_.push_back(where + ": " + message);
}

Status ErrorList::ToStatus() const {
  if (messages_.empty()) return Status::OK();
  std::string all;
  for (const std::string& message : messages_) all += (all.empty() ? "" : "\n") + message;
  return WrongUsage(all);
}

std::string ReadValue(const Setting& from, std::string* to) {
  if (from.kind != Kind::kScalar) return "expected a text";
  *to = from.scalar;
  return "";
}

std::string ReadValue(const Setting& from, int64_t* to) {
  const std::string& text = from.scalar;
  int64_t value = 0;
  const char* end = text.data() + text.size();
  auto [stop, error] = std::from_chars(text.data(), end, value);
  if (from.kind != Kind::kScalar || error != std::errc() || stop != end) {
    return "expected a whole number";
  }
  *to = value;
  return "";
}

std::string ReadValue(const Setting& from, double* to) {
  const std::string& text = from.scalar;
  double value = 0;
  const char* end = text.data() + text.size();
  auto [stop, error] = std::from_chars(text.data(), end, value);
  if (from.kind != Kind::kScalar || error != std::errc() || stop != end || !std::isfinite(value)) {
    return "expected a number";
  }
  *to = value;
  return "";
}

std::string ReadValue(const Setting& from, bool* to) {
  if (from.kind != Kind::kScalar || (from.scalar != "true" && from.scalar != "false")) {
    return "expected true or false";
  }
  *to = from.scalar == "true";
  return "";
}

std::string ReadValue(const Setting& from, std::vector<std::string>* to) {
  if (from.kind == Kind::kScalar) {
    *to = {from.scalar};
    return "";
  }
  if (from.kind != Kind::kList) return "expected a list of texts";
  to->clear();
  for (const Setting& item : from.items) {
    if (item.kind != Kind::kScalar) return "expected a list of texts";
    to->push_back(item.scalar);
  }
  return "";
}

std::string ReadValue(const Setting& from, StringMap* to) {
  if (from.kind != Kind::kMap) return "expected a map of name: text";
  to->clear();
  for (const auto& [key, value] : from.entries) {
    if (value.kind != Kind::kScalar) return "expected a text for " + key;
    to->emplace_back(key, value.scalar);
  }
  return "";
}

std::string ReadValue(const Setting& from, NumberMap* to) {
  if (from.kind != Kind::kMap) return "expected a map of name: number";
  to->clear();
  for (const auto& [key, value] : from.entries) {
    double number = 0;
    if (!ReadValue(value, &number).empty()) return "expected a number for " + key;
    to->emplace_back(key, number);
  }
  return "";
}

std::string ReadValue(const Setting& from, Setting* to) {
  *to = from;
  return "";
}

Setting WriteValue(const std::string& from) {
  Setting out = Setting::Scalar(from);
  out.quoted = true;
  return out;
}
Setting WriteValue(int64_t from) { return Setting::Scalar(std::to_string(from)); }
Setting WriteValue(double from) {
  char text[32];
  return Setting::Scalar(std::string(text, std::to_chars(text, text + sizeof(text), from).ptr));
}
Setting WriteValue(bool from) { return Setting::Scalar(from ? "true" : "false"); }
Setting WriteValue(const std::vector<std::string>& from) {
  std::vector<Setting> items;
  for (const std::string& text : from) items.push_back(WriteValue(text));
  return Setting::List(std::move(items));
}
Setting WriteValue(const StringMap& from) {
  std::vector<std::pair<std::string, Setting>> entries;
  for (const auto& [key, value] : from) entries.emplace_back(key, WriteValue(value));
  return MapOf(entries);
}
Setting WriteValue(const NumberMap& from) {
  std::vector<std::pair<std::string, Setting>> entries;
  for (const auto& [key, value] : from) entries.emplace_back(key, WriteValue(value));
  return MapOf(entries);
}
Setting WriteValue(const Setting& from) { return from; }

const char* TypeNameOf(const std::string*) { return "string"; }
const char* TypeNameOf(const int64_t*) { return "integer"; }
const char* TypeNameOf(const double*) { return "number"; }
const char* TypeNameOf(const bool*) { return "boolean"; }
const char* TypeNameOf(const std::vector<std::string>*) { return "list"; }
const char* TypeNameOf(const StringMap*) { return "map"; }
const char* TypeNameOf(const NumberMap*) { return "numbers"; }
const char* TypeNameOf(const Setting*) { return "any"; }

std::string ToJsonText(const Setting& setting) {
  return ToJson(setting).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string ToYamlText(const Setting& setting) {
  if (setting.kind == Kind::kNull) return "";
  if (setting.kind == Kind::kScalar && !setting.secret) return setting.scalar;
  return ToJsonText(setting);  // JSON is YAML in flow style.
}

namespace internal {

void ReadFields(const Setting& from, const OptionContext& context,
                const std::vector<ErasedField>& fields, void* options, ErrorList* errors) {
  if (from.kind != Kind::kNull && from.kind != Kind::kMap) {
    errors->Add(context.file, from.mark, context.owner + ": expected a map of options");
    return;
  }
  std::vector<std::string> known;
  for (const ErasedField& field : fields) known.push_back(field.spec.name);
  for (size_t i = 0; i < from.entries.size(); ++i) {
    const std::string& key = from.entries[i].first;
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      errors->Add(context.file, from.entry_marks[i],
                  context.owner + ": " + UnknownName("option", key, known));
    }
  }
  for (const ErasedField& field : fields) {
    const Setting* value = from.kind == Kind::kMap ? from.Find(field.spec.name) : nullptr;
    if (value == nullptr || value->kind == Kind::kNull) {
      if (field.spec.required) {
        errors->Add(context.file, from.mark,
                    context.owner + ": a required option is missing: " + field.spec.name);
      }
      if (field.spec.run_seed && field.set_seed) field.set_seed(options, context.run_seed);
      continue;
    }
    std::string error = field.read(*value, options);
    if (error.empty()) error = CheckBounds(field.spec, *value);
    if (!error.empty()) {
      errors->Add(context.file, value->mark,
                  Concat(context.owner, ": ", field.spec.name, ": ", error));
    }
  }
}

Setting WriteFields(const std::vector<ErasedField>& fields, const void* options) {
  std::vector<std::pair<std::string, Setting>> entries;
  for (const ErasedField& field : fields) {
    entries.emplace_back(field.spec.name, field.write(options));
  }
  return MapOf(entries);
}

}  // namespace internal
}  // namespace hubmill
