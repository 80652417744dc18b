// The tree's nodes lie in blocks that are filled from their start again for each document, so views
// into them hold while a document grows.
#include "llm/json_record.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/json_text.h"
#include "io/json_scan.h"

namespace hubmill {
namespace {

using Kind = JsonValue::Kind;

constexpr size_t kBlockItems = 512;
constexpr size_t kFewFields = 16;  // Repeated keys among so many are found by looking at each.

/// Runs of T that stay where they are until Reset().
template <typename T>
class Arena {
 public:
  std::span<T> Take(size_t count) {
    if (count > kBlockItems) {
      large_.emplace_back(count);
      return large_.back();
    }
    if (at_ < blocks_.size() && used_ + count > kBlockItems) ++at_, used_ = 0;
    if (at_ == blocks_.size()) {
      blocks_.push_back(std::make_unique<std::array<T, kBlockItems>>());
      used_ = 0;
    }
    const std::span<T> taken(blocks_[at_]->data() + used_, count);
    used_ += count;
    return taken;
  }
  void Reset() {
    large_.clear();
    at_ = used_ = 0;
  }

 private:
  std::vector<std::unique_ptr<std::array<T, kBlockItems>>> blocks_;
  std::deque<std::vector<T>> large_;
  size_t at_ = 0;
  size_t used_ = 0;
};

/// Of equal keys the first gets the last value; returns how many fields stay.
size_t MergeRepeatedKeys(std::span<JsonField> fields) {
  if (fields.size() > kFewFields) {
    std::vector<std::string_view> keys;
    keys.reserve(fields.size());
    for (const JsonField& field : fields) keys.push_back(field.key);
    std::sort(keys.begin(), keys.end());
    if (std::adjacent_find(keys.begin(), keys.end()) == keys.end()) return fields.size();
  }
  size_t kept = 0;
  for (const JsonField& field : fields) {
    const auto same = [&field](const JsonField& other) { return other.key == field.key; };
    const auto first = std::find_if(fields.begin(), fields.begin() + kept, same);
    if (first != fields.begin() + kept) {
      first->value = field.value;
    } else {
      if (&fields[kept] != &field) fields[kept] = field;
      ++kept;
    }
  }
  return kept;
}

void AppendFields(std::span<const JsonField> fields, JsonStyle style, std::string* out) {
  std::vector<const JsonField*> order;
  order.reserve(fields.size());
  for (const JsonField& field : fields) order.push_back(&field);
  if (style.sort_keys) {
    std::sort(order.begin(), order.end(),
              [](const JsonField* a, const JsonField* b) { return a->key < b->key; });
  }
  out->push_back('{');
  for (size_t i = 0; i < order.size(); ++i) {
    if (i > 0) out->append(style.compact ? "," : ", ");
    AppendJsonString(order[i]->key, out);
    out->append(style.compact ? ":" : ": ");
    AppendJson(order[i]->value, style, out);
  }
  out->push_back('}');
}

void AppendDouble(double number, std::string* out) {
  if (AppendJsonDouble(number, out)) return;
  out->append(number != number ? "NaN" : number > 0 ? "Infinity" : "-Infinity");
}

}  // namespace

const JsonNode* JsonNode::Find(std::string_view key) const {
  for (const JsonField& field : fields) {
    if (field.key == key) return &field.value;
  }
  return nullptr;
}

const std::string_view* JsonNode::FindString(std::string_view key) const {
  const JsonNode* value = Find(key);
  return value != nullptr && value->IsString() ? &value->text : nullptr;
}

void AppendJson(const JsonNode& node, JsonStyle style, std::string* out) {
  switch (node.kind) {
    case Kind::kNull:
      out->append("null");
      return;
    case Kind::kBool:
      out->append(node.boolean ? "true" : "false");
      return;
    case Kind::kInt:
      out->append(node.text);
      return;
    case Kind::kDouble:
      AppendDouble(node.number, out);
      return;
    case Kind::kString:
      AppendJsonString(node.text, out);
      return;
    case Kind::kList:
      out->push_back('[');
      for (size_t i = 0; i < node.items.size(); ++i) {
        if (i > 0) out->append(style.compact ? "," : ", ");
        AppendJson(node.items[i], style, out);
      }
      out->push_back(']');
      return;
    case Kind::kObject:
      AppendFields(node.fields, style, out);
  }
}

/// Reads plain JSON in one pass; says no to whatever Python's json might still take.
class JsonReader::State {
 public:
  JsonNode root;
  bool plain = false;

  bool ParsePlain(std::string_view text) {
    nodes_.Reset();
    fields_.Reset();
    open_nodes_.clear();
    open_fields_.clear();
    // The scanner's steps stop at zeros, and copies write past a string's end.
    padded_.assign(text);
    padded_.append(kPadding, '\0');
    texts_.resize(text.size() + kPadding);
    to_ = reinterpret_cast<uint8_t*>(texts_.data());
    at_ = SkipSpace(padded_.data());
    if (!Value(&root, 0)) return false;
    return SkipSpace(at_) == padded_.data() + text.size();
  }

  bool ParseSlowly(std::string_view text) {
    slow_ = JsonValue();
    if (ParseJsonValue(text, &slow_)) return false;
    Copy(slow_, &root);
    return true;
  }

 private:
  static constexpr size_t kPadding = 64;

  static const char* SkipSpace(const char* p) {
    while (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t') ++p;
    return p;
  }

  bool Take(const char* word) {
    const size_t size = std::strlen(word);
    if (std::strncmp(at_, word, size) != 0) return false;
    at_ += size;
    return true;
  }

  /// Behind the opening quote.
  bool Text(std::string_view* text) {
    const uint8_t* start = to_;
    const auto* limit =
        reinterpret_cast<const uint8_t*>(texts_.data() + texts_.size() - kPadding / 2);
    if (CopyJsonString(&at_, &to_, limit) != CopyState::kCopied) return false;
    *text = {reinterpret_cast<const char*>(start), size_t(to_ - start)};
    return true;
  }

  bool Number(JsonNode* node) {
    bool is_integer = false;
    const char* end = SkipJsonNumber(at_, &is_integer);
    if (end == nullptr) return false;
    const std::string_view text(at_, size_t(end - at_));
    at_ = end;
    node->kind = is_integer ? Kind::kInt : Kind::kDouble;
    if (!is_integer) return ParseDouble(text, &node->number);
    node->text = text == "-0" ? text.substr(1) : text;
    return text.size() <= kJsonValueIntDigitsMax;
  }

  bool List(JsonNode* node, int depth) {
    const size_t first = open_nodes_.size();
    at_ = SkipSpace(at_ + 1);
    while (*at_ != ']') {
      JsonNode item;
      if (!Value(&item, depth + 1)) return false;
      open_nodes_.push_back(item);
      at_ = SkipSpace(at_);
      if (*at_ == ']') break;
      if (*at_ != ',') return false;
      at_ = SkipSpace(at_ + 1);
      if (*at_ == ']') return false;
    }
    ++at_;
    const std::span<JsonNode> items = nodes_.Take(open_nodes_.size() - first);
    std::copy(open_nodes_.begin() + std::ptrdiff_t(first), open_nodes_.end(), items.begin());
    open_nodes_.resize(first);
    node->kind = Kind::kList;
    node->items = items;
    return true;
  }

  bool Object(JsonNode* node, int depth) {
    const size_t first = open_fields_.size();
    at_ = SkipSpace(at_ + 1);
    while (*at_ != '}') {
      JsonField field;
      if (*at_++ != '"' || !Text(&field.key)) return false;
      at_ = SkipSpace(at_);
      if (*at_ != ':') return false;
      at_ = SkipSpace(at_ + 1);
      if (!Value(&field.value, depth + 1)) return false;
      open_fields_.push_back(field);
      at_ = SkipSpace(at_);
      if (*at_ == '}') break;
      if (*at_ != ',') return false;
      at_ = SkipSpace(at_ + 1);
      if (*at_ == '}') return false;
    }
    ++at_;
    const std::span<JsonField> fields = fields_.Take(open_fields_.size() - first);
    std::copy(open_fields_.begin() + std::ptrdiff_t(first), open_fields_.end(), fields.begin());
    open_fields_.resize(first);
    node->kind = Kind::kObject;
    node->fields = fields.first(MergeRepeatedKeys(fields));
    return true;
  }

  bool Value(JsonNode* node, int depth) {
    *node = JsonNode();
    switch (*at_) {
      case '"':
        ++at_;
        node->kind = Kind::kString;
        return Text(&node->text);
      case '{':
        return depth < kJsonValueDepthMax && Object(node, depth);
      case '[':
        return depth < kJsonValueDepthMax && List(node, depth);
      case 'n':
        return Take("null");
      case 't':
      case 'f':
        node->kind = Kind::kBool;
        node->boolean = *at_ == 't';
        return Take(node->boolean ? "true" : "false");
      default:
        return Number(node);
    }
  }

  void Copy(const JsonValue& from, JsonNode* to);

  std::string padded_;
  std::string texts_;  // Unescaped, none longer than it was.
  const char* at_ = nullptr;
  uint8_t* to_ = nullptr;
  std::vector<JsonNode> open_nodes_;  // Of lists and objects that have not ended.
  std::vector<JsonField> open_fields_;
  Arena<JsonNode> nodes_;
  Arena<JsonField> fields_;
  JsonValue slow_;  // What was not plain; the tree's views point into it.
};

void JsonReader::State::Copy(const JsonValue& from, JsonNode* to) {
  *to = JsonNode();
  to->kind = from.kind;
  to->boolean = from.boolean;
  to->number = from.number;
  to->text = from.text;
  const std::span<JsonNode> items = nodes_.Take(from.items.size());
  for (size_t i = 0; i < items.size(); ++i) Copy(from.items[i], &items[i]);
  to->items = items;
  const std::span<JsonField> copied = fields_.Take(from.members.size());
  for (size_t i = 0; i < copied.size(); ++i) {
    copied[i].key = from.members[i].key;
    Copy(from.members[i].value, &copied[i].value);
  }
  to->fields = copied;
}

JsonReader::JsonReader() : state_(std::make_unique<State>()) {}
JsonReader::~JsonReader() = default;

bool JsonReader::surrogates() const { return !state_->plain; }

const JsonNode* JsonReader::Parse(std::string_view text) {
  state_->plain = state_->ParsePlain(text);
  return state_->plain || state_->ParseSlowly(text) ? &state_->root : nullptr;
}

}  // namespace hubmill
