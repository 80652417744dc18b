#include "llm/json_edit.h"

#include <utility>

namespace hubmill {

void JsonEdit::Clear() {
  readers_used_ = 0;
  lists_.clear();
  objects_.clear();
  surrogates_ = false;
}

const JsonNode* JsonEdit::Parse(std::string_view text) {
  if (readers_used_ == readers_.size()) readers_.emplace_back();
  JsonReader& reader = readers_[readers_used_++];
  const JsonNode* tree = reader.Parse(text);
  surrogates_ |= tree != nullptr && reader.surrogates();
  return tree;
}

JsonNode JsonEdit::List(std::vector<JsonNode> items) {
  return {.kind = JsonValue::Kind::kList, .items = lists_.emplace_back(std::move(items))};
}

JsonNode JsonEdit::Object(std::vector<JsonField> fields) {
  return {.kind = JsonValue::Kind::kObject, .fields = objects_.emplace_back(std::move(fields))};
}

JsonNode JsonEdit::With(const JsonNode& object, std::string_view key, const JsonNode& value) {
  std::vector<JsonField> fields(object.fields.begin(), object.fields.end());
  for (JsonField& field : fields) {
    if (field.key == key) field.value = value;
  }
  return Object(std::move(fields));
}

}  // namespace hubmill
