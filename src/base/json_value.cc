#include "base/json_value.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <utility>

#include "base/json_text.h"
#include "base/utf8.h"

namespace hubmill {
namespace {

constexpr char32_t kHighSurrogate = 0xD800;
constexpr char32_t kLowSurrogate = 0xDC00;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// Of repeated keys the last value stays, at the place of the first.
void DropRepeatedKeys(std::vector<JsonMember>* members) {
  std::vector<size_t> order(members->size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return (*members)[a].key < (*members)[b].key; });
  std::vector<bool> repeated(members->size());
  bool any = false;
  size_t first = 0;
  for (size_t i = 1; i < order.size(); ++i) {
    if ((*members)[order[i]].key != (*members)[order[first]].key) {
      first = i;
      continue;
    }
    (*members)[order[first]].value = std::move((*members)[order[i]].value);
    repeated[order[i]] = any = true;
  }
  if (!any) return;
  size_t kept = 0;
  for (size_t i = 0; i < members->size(); ++i) {
    if (repeated[i]) continue;
    if (kept != i) (*members)[kept] = std::move((*members)[i]);
    ++kept;
  }
  members->resize(kept);
}

/// Recursive descent, bounded by kJsonValueDepthMax.  Each step returns false at a fault.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  bool Document(JsonValue* value) {
    SkipSpace();
    if (!Value(value, 0)) return false;
    SkipSpace();
    return at_ == text_.size() || Expect("the end");
  }

  const JsonFault& fault() const { return fault_; }

 private:
  bool Expect(std::string_view expected) {
    fault_ = {at_, expected};
    return false;
  }

  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void SkipSpace() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) {
      ++at_;
    }
  }

  bool Word(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  static bool Set(JsonValue* value, JsonValue made) {
    if (value != nullptr) *value = std::move(made);
    return true;
  }
  static bool SetNumber(JsonValue* value, double number) {
    return Set(value, {.kind = JsonValue::Kind::kDouble, .number = number});
  }

  bool Value(JsonValue* value, int depth) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    if (depth > kJsonValueDepthMax) return Expect("less nesting");
    switch (Peek()) {
      case '"':
        if (value != nullptr) value->kind = JsonValue::Kind::kString;
        return String(value == nullptr ? nullptr : &value->text);
      case '[':
        return List(value, depth);
      case '{':
        return Object(value, depth);
      case 't':
        if (Word("true")) return Set(value, {.kind = JsonValue::Kind::kBool, .boolean = true});
        break;
      case 'f':
        if (Word("false")) return Set(value, {.kind = JsonValue::Kind::kBool});
        break;
      case 'n':
        if (Word("null")) return Set(value, {});
        break;
      case 'N':
        if (Word("NaN")) return SetNumber(value, std::numeric_limits<double>::quiet_NaN());
        break;
      case 'I':
        if (Word("Infinity")) return SetNumber(value, kInfinity);
        break;
      case '-':
        if (Word("-Infinity")) return SetNumber(value, -kInfinity);
        return Number(value);
      default:
        if (IsDigit(Peek())) return Number(value);
        break;
    }
    return Expect("a value");
  }

  bool Digits() {
    if (!IsDigit(Peek())) return Expect("a digit");
    while (IsDigit(Peek())) ++at_;
    return true;
  }

  bool Number(JsonValue* value) {
    const size_t begin = at_;
    if (Peek() == '-') ++at_;
    const size_t digits = at_;
    if (Peek() == '0') {
      ++at_;
    } else if (!Digits()) {
      return false;
    }
    const bool too_long = at_ - digits > kJsonValueIntDigitsMax;
    bool integer = true;
    if (Peek() == '.') {
      integer = false;
      ++at_;
      if (!Digits()) return false;
    }
    if (Peek() == 'e' || Peek() == 'E') {
      integer = false;
      ++at_;
      if (Peek() == '+' || Peek() == '-') ++at_;
      if (!Digits()) return false;
    }
    const std::string_view text = text_.substr(begin, at_ - begin);
    if (!integer) return SetNumber(value, DoubleOf(text));
    if (too_long) return Expect("an integer of fewer digits");
    return Set(value,
               {.kind = JsonValue::Kind::kInt, .text = text == "-0" ? "0" : std::string(text)});
  }

  /// Infinity beyond the range of double, zero below it.
  static double DoubleOf(std::string_view text) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() ? number : std::strtod(std::string(text).c_str(), nullptr);
  }

  /// Four hex digits, or 0x110000.
  char32_t Hex4() {
    if (text_.size() - at_ < 4) return 0x110000;
    uint32_t unit = 0;
    const char* begin = text_.data() + at_;
    const auto [end, error] = std::from_chars(begin, begin + 4, unit, 16);
    if (error != std::errc() || end != begin + 4) return 0x110000;
    at_ += 4;
    return unit;
  }

  bool UnicodeEscape(std::string* out) {
    char32_t c = Hex4();
    if (c > 0xFFFF) return Expect("four hex digits");
    if (c >= kHighSurrogate && c < kLowSurrogate && Word("\\u")) {
      const size_t after = at_;
      const char32_t low = Hex4();
      if (low >= kLowSurrogate && low < 0xE000) {
        c = 0x10000 + ((c - kHighSurrogate) << 10) + (low - kLowSurrogate);
      } else {
        at_ = after - 2;  // Not a pair: the second escape is read by itself.
      }
    }
    if (out == nullptr) return true;
    if (c < kHighSurrogate || c > 0xDFFF) {
      AppendUtf8(c, out);
    } else {
      out->push_back(static_cast<char>(0xE0 | c >> 12));
      out->push_back(static_cast<char>(0x80 | (c >> 6 & 0x3F)));
      out->push_back(static_cast<char>(0x80 | (c & 0x3F)));
    }
    return true;
  }

  bool Escape(std::string* out) {
    constexpr std::string_view kLetters = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    const char letter = Peek();
    if (letter == 'u') {
      ++at_;
      return UnicodeEscape(out);
    }
    const size_t which = letter == '\0' ? std::string_view::npos : kLetters.find(letter);
    if (which == std::string_view::npos) return Expect("an escape");
    ++at_;
    if (out != nullptr) out->push_back(kMeanings[which]);
    return true;
  }

  bool String(std::string* out) {
    ++at_;
    for (;;) {
      const size_t begin = at_;
      while (at_ < text_.size() && static_cast<unsigned char>(text_[at_]) >= 0x20 &&
             text_[at_] != '"' && text_[at_] != '\\') {
        ++at_;
      }
      if (out != nullptr) out->append(text_.substr(begin, at_ - begin));
      if (at_ == text_.size()) return Expect("a closing quote");
      const char c = text_[at_];
      if (c != '"' && c != '\\') return Expect("an escaped control character");
      ++at_;
      if (c == '"') return true;
      if (!Escape(out)) return false;
    }
  }

  /// After a list's or object's element: a comma, or the closing bracket, which sets *ended.
  bool Separator(char closing, bool* ended) {
    SkipSpace();
    if (Peek() != ',' && Peek() != closing) {
      return Expect(closing == ']' ? "',' or ']'" : "',' or '}'");
    }
    *ended = text_[at_] == closing;
    ++at_;
    SkipSpace();
    return true;
  }

  bool List(JsonValue* value, int depth) {
    if (value != nullptr) value->kind = JsonValue::Kind::kList;
    ++at_;
    SkipSpace();
    bool ended = Peek() == ']';
    if (ended) ++at_;
    while (!ended) {
      JsonValue* item = value == nullptr ? nullptr : &value->items.emplace_back();
      if (!Value(item, depth + 1) || !Separator(']', &ended)) return false;
    }
    return true;
  }

  bool Object(JsonValue* value, int depth) {
    if (value != nullptr) value->kind = JsonValue::Kind::kObject;
    ++at_;
    SkipSpace();
    bool ended = Peek() == '}';
    if (ended) ++at_;
    while (!ended) {
      if (Peek() != '"') return Expect("a key");
      JsonMember* member = value == nullptr ? nullptr : &value->members.emplace_back();
      if (!String(member == nullptr ? nullptr : &member->key)) return false;
      SkipSpace();
      if (Peek() != ':') return Expect("':'");
      ++at_;
      SkipSpace();
      if (!Value(member == nullptr ? nullptr : &member->value, depth + 1)) return false;
      if (!Separator('}', &ended)) return false;
    }
    if (value != nullptr) DropRepeatedKeys(&value->members);
    return true;
  }

  std::string_view text_;
  size_t at_ = 0;
  JsonFault fault_;
};

void AppendDouble(double number, std::string* out) {
  if (AppendJsonDouble(number, out)) return;
  out->append(std::isnan(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity");
}

void AppendObject(const JsonValue& value, JsonStyle style, std::string* out) {
  std::vector<const JsonMember*> members;
  for (const JsonMember& member : value.members) members.push_back(&member);
  if (style.sort_keys) {
    std::sort(members.begin(), members.end(),
              [](const JsonMember* a, const JsonMember* b) { return a->key < b->key; });
  }
  out->push_back('{');
  for (const JsonMember* member : members) {
    if (member != members.front()) out->append(style.compact ? "," : ", ");
    AppendJsonString(member->key, out);
    out->append(style.compact ? ":" : ": ");
    AppendJsonValue(member->value, style, out);
  }
  out->push_back('}');
}

}  // namespace

const JsonValue* JsonValue::Find(std::string_view key) const {
  for (const JsonMember& member : members) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

const std::string* JsonValue::FindString(std::string_view key) const {
  const JsonValue* value = Find(key);
  return value != nullptr && value->IsString() ? &value->text : nullptr;
}

const JsonValue* JsonValue::FindList(std::string_view key) const {
  const JsonValue* value = Find(key);
  return value != nullptr && value->IsList() ? value : nullptr;
}

std::optional<JsonFault> ParseJsonValue(std::string_view text, JsonValue* value) {
  if (value != nullptr) *value = {};
  Parser parser(text);
  if (parser.Document(value)) return std::nullopt;
  return parser.fault();
}

void AppendJsonValue(const JsonValue& value, JsonStyle style, std::string* out) {
  switch (value.kind) {
    case JsonValue::Kind::kNull:
      out->append("null");
      break;
    case JsonValue::Kind::kBool:
      out->append(value.boolean ? "true" : "false");
      break;
    case JsonValue::Kind::kInt:
      out->append(value.text);
      break;
    case JsonValue::Kind::kDouble:
      AppendDouble(value.number, out);
      break;
    case JsonValue::Kind::kString:
      AppendJsonString(value.text, out);
      break;
    case JsonValue::Kind::kList:
      out->push_back('[');
      for (const JsonValue& item : value.items) {
        if (&item != value.items.data()) out->append(style.compact ? "," : ", ");
        AppendJsonValue(item, style, out);
      }
      out->push_back(']');
      break;
    case JsonValue::Kind::kObject:
      AppendObject(value, style, out);
      break;
  }
}

}  // namespace hubmill
