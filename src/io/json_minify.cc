// One pass over the text with the scanning steps of json_scan.h; only keys and strings are decoded,
// to be escaped again.
#include "io/json_minify.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "base/json_text.h"
#include "base/utf8.h"
#include "io/json_scan.h"
#include "io/line_blocks.h"

namespace hubmill {
namespace {

constexpr std::string_view kBom = "\xEF\xBB\xBF";
constexpr char kTooEarly[] = "the text ends too early";

/// `text` with the zeros behind it that scanning needs.
std::string Padded(std::string_view text) {
  std::string out;
  out.reserve(text.size() + kBlockPadding);
  return out.append(text).append(kBlockPadding, '\0');
}

class Minifier {
 public:
  explicit Minifier(std::string_view text)
      : text_(Padded(text)), end_(text_.data() + text.size()), at_(text_.data()) {}

  Result<std::string> Run() {
    ARROW_RETURN_NOT_OK(Value(0));
    SkipSpace();
    if (at_ != end_) return Refuse("text behind the value");
    return std::move(out_);
  }

 private:
  Status Refuse(const char* why) const {
    const auto line_start =
        std::find(std::make_reverse_iterator(at_), std::make_reverse_iterator(text_.data()), '\n');
    return DataRefused("line=", 1 + std::count(text_.data(), at_, '\n'),
                       " column=", 1 + (at_ - line_start.base()), ": ", why);
  }

  void SkipSpace() {
    while (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t') ++at_;
  }

  Status Value(int depth) {
    SkipSpace();
    if (at_ == end_) return Refuse(out_.empty() ? "the text is empty" : kTooEarly);
    switch (*at_) {
      case '{':
      case '[':
        if (depth == kJsonDepthMax) return Refuse("nested too deeply");
        return *at_ == '{' ? Object(depth + 1) : Array(depth + 1);
      case '"':
        return String(&string_);
      case 't':
        return Word("true");
      case 'f':
        return Word("false");
      case 'n':
        return Word("null");
      default:
        return Number();
    }
  }

  Status Object(int depth) {
    std::set<std::string> keys;
    std::string key;
    Take();
    for (SkipSpace(); *at_ != '}'; SkipSpace()) {
      if (!keys.empty()) ARROW_RETURN_NOT_OK(Expect(',', "a comma or } is missing"));
      if (*at_ != '"') return Refuse(at_ == end_ ? kTooEarly : "a key in quotes is missing");
      const char* start = at_;
      ARROW_RETURN_NOT_OK(String(&key));
      if (!keys.insert(key).second) {
        at_ = start;
        return Refuse("a key stands twice in one object");
      }
      SkipSpace();
      ARROW_RETURN_NOT_OK(Expect(':', "a colon is missing"));
      ARROW_RETURN_NOT_OK(Value(depth));
    }
    Take();
    return Status::OK();
  }

  Status Array(int depth) {
    bool first = true;
    Take();
    for (SkipSpace(); *at_ != ']'; SkipSpace()) {
      if (!first) ARROW_RETURN_NOT_OK(Expect(',', "a comma or ] is missing"));
      first = false;
      ARROW_RETURN_NOT_OK(Value(depth));
    }
    Take();
    return Status::OK();
  }

  void Take() { out_.push_back(*at_++); }

  Status Expect(char c, const char* otherwise) {
    if (*at_ != c) return Refuse(at_ == end_ ? kTooEarly : otherwise);
    Take();
    SkipSpace();
    return Status::OK();
  }

  Status String(std::string* decoded) {
    const char* after = ReadJsonString(at_ + 1, decoded);
    if (after == nullptr) {
      return Refuse("a text that is not closed, or holds a control character or a wrong escape");
    }
    at_ = after;
    AppendJsonString(*decoded, &out_, {.ascii_only = true});
    return Status::OK();
  }

  Status Word(std::string_view word) {
    if (std::string_view(at_, word.size()) != word) return Refuse("not a JSON value");
    at_ += word.size();
    out_.append(word);
    return Status::OK();
  }

  Status Number() {
    const std::string_view rest(at_, size_t(end_ - at_));
    for (const char* word : {"NaN", "Infinity", "-Infinity"}) {
      if (rest.starts_with(word)) return Refuse("NaN or infinity, which JSON does not have");
    }
    bool is_integer = false;
    const char* after = SkipJsonNumber(at_, &is_integer);
    if (after == nullptr) return Refuse("not a JSON value");
    const std::string_view digits(at_, size_t(after - at_));
    double number = 0;
    if (is_integer) {
      out_.append(digits == "-0" ? "0" : digits);
    } else if (!ParseDouble(digits, &number) || !AppendJsonDouble(number, &out_)) {
      return Refuse("a number too large for a double");
    }
    at_ = after;
    return Status::OK();
  }

  const std::string text_;
  const char* const end_;
  const char* at_;
  std::string string_;
  std::string out_;
};

/// The key or index of a pointer's part.
std::string Unescaped(std::string_view part) {
  std::string out;
  for (size_t i = 0; i < part.size(); ++i) {
    out += part[i] != '~' ? part[i] : part[++i] == '1' ? '/' : '~';
  }
  return out;
}

/// The member `key` of the object at `p`, or null.
const char* FindMember(const char* p, const std::string& key) {
  std::string name;
  for (++p; *p != '}';) {
    if (*p == ',') ++p;
    p = ReadJsonString(p + 1, &name) + 1;  // Behind the colon.
    if (name == key) return p;
    SkipJsonValue(&p);
  }
  return nullptr;
}

/// Item `digits` of the array at `p`, or null.
const char* FindItem(const char* p, const std::string& digits) {
  size_t left = 0;
  const char* end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, left);
  if (parsed.ec != std::errc() || parsed.ptr != end) return nullptr;
  if (digits.size() > 1 && digits[0] == '0') return nullptr;
  for (++p; *p != ']'; --left) {
    if (*p == ',') ++p;
    if (left == 0) return p;
    SkipJsonValue(&p);
  }
  return nullptr;
}

}  // namespace

Result<std::string> MinifyJson(std::string_view text) {
  if (text.starts_with(kBom)) text.remove_prefix(kBom.size());
  if (!IsValidUtf8(text)) return DataRefused("the text is not UTF-8");
  return Minifier(text).Run();
}

bool IsJsonPointer(std::string_view text) {
  if (!text.empty() && text[0] != '/') return false;
  for (size_t at = text.find('~'); at != text.npos; at = text.find('~', at + 1)) {
    if (at + 1 == text.size() || (text[at + 1] != '0' && text[at + 1] != '1')) return false;
  }
  return true;
}

std::optional<std::string> FindInJson(std::string_view minified, std::string_view pointer) {
  const std::string text = Padded(minified);
  const char* p = text.data();
  while (!pointer.empty()) {
    const size_t slash = std::min(pointer.find('/', 1), pointer.size());
    const std::string part = Unescaped(pointer.substr(1, slash - 1));
    pointer.remove_prefix(slash);
    p = *p == '{' ? FindMember(p, part) : *p == '[' ? FindItem(p, part) : nullptr;
    if (p == nullptr) return std::nullopt;
  }
  const char* end = p;
  SkipJsonValue(&end);
  return std::string(p, end);
}

std::string WithoutMember(std::string_view minified, const std::string& key) {
  if (minified.empty() || minified[0] != '{') return std::string(minified);
  const std::string text = Padded(minified);
  std::string out = "{";
  for (const char* p = text.data() + 1; *p != '}';) {
    if (*p == ',') ++p;
    const char* begin = p;
    std::string name;
    p = ReadJsonString(p + 1, &name) + 1;  // Behind the colon.
    SkipJsonValue(&p);
    if (name == key) continue;
    if (out.size() > 1) out += ',';
    out.append(begin, p);
  }
  return out + "}";
}

}  // namespace hubmill
