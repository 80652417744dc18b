// JSON Schema as TypeScript, the way gpt-oss was shown its tools.
//
// The rules are the official renderer's, line for line, since a model reads what it was trained on:
// the first level of an object is not indented, a described object says its description twice, a
// description of several lines is a comment in its first line only.  The golden and differential
// tests hold us to it.
#include <charconv>
#include <cmath>
#include <set>

#include "base/json_text.h"
#include "text/harmony_content.h"

namespace hubmill {
namespace {

constexpr std::string_view kVariant = " | ";
constexpr std::string_view kVariantIndent = "   ";
constexpr std::string_view kPropertyIndent = "    ";

bool IsEnum(const JsonValue& schema) {
  const JsonValue* values = schema.FindList("enum");
  return values != nullptr && !values->items.empty();
}

std::set<std::string_view> Required(const JsonValue& schema) {
  std::set<std::string_view> names;
  const JsonValue* required = schema.FindList("required");
  if (required == nullptr) return names;
  for (const JsonValue& name : required->items) {
    if (name.IsString()) names.insert(name.text);
  }
  return names;
}

/// As Rust's serde_json writes it: plain from 1e-5 to below 1e16, else 1e16, 1.5e-7; an integer
/// that no 64 bits hold is a float there.
void AppendRustNumber(const JsonValue& value, std::string* out) {
  if (value.kind == JsonValue::Kind::kInt) {
    const char* end = value.text.data() + value.text.size();
    int64_t small = 0;
    uint64_t large = 0;
    if (std::from_chars(value.text.data(), end, small).ec == std::errc() ||
        std::from_chars(value.text.data(), end, large).ec == std::errc()) {
      out->append(value.text);
      return;
    }
  }
  double number = value.number;
  if (value.kind == JsonValue::Kind::kInt) {
    std::from_chars(value.text.data(), value.text.data() + value.text.size(), number);
  }
  const double size = std::fabs(number);
  char digits[64];
  const bool plain = number == 0 || (size >= 1e-5 && size < 1e16);
  const auto format = plain ? std::chars_format::fixed : std::chars_format::scientific;
  const char* end = std::to_chars(digits, digits + sizeof(digits), number, format).ptr;
  std::string text(digits, static_cast<size_t>(end - digits));
  const size_t exponent = text.find('e');
  if (exponent == std::string::npos) {
    if (text.find('.') == std::string::npos) text.append(".0");
  } else {  // 1e+16, 1e-07
    if (text[exponent + 1] == '+') text.erase(exponent + 1, 1);
    const size_t first_digit = exponent + (text[exponent + 1] == '-' ? 2 : 1);
    if (text[first_digit] == '0') text.erase(first_digit, 1);
  }
  out->append(text);
}

void AppendRustJson(const JsonValue& value, std::string* out) {
  switch (value.kind) {
    case JsonValue::Kind::kInt:
      return AppendRustNumber(value, out);
    case JsonValue::Kind::kDouble:
      if (std::isfinite(value.number)) return AppendRustNumber(value, out);
      out->append("null");
      return;
    case JsonValue::Kind::kList:
      out->push_back('[');
      for (const JsonValue& item : value.items) {
        if (&item != value.items.data()) out->push_back(',');
        AppendRustJson(item, out);
      }
      out->push_back(']');
      return;
    case JsonValue::Kind::kObject:
      out->push_back('{');
      for (const JsonMember& member : value.members) {
        if (&member != value.members.data()) out->push_back(',');
        AppendJsonString(member.key, out);
        out->push_back(':');
        AppendRustJson(member.value, out);
      }
      out->push_back('}');
      return;
    default:
      return AppendJsonValue(value, {}, out);
  }
}

class Writer {
 public:
  explicit Writer(std::string* out) : out_(*out) {}

  void Type(const JsonValue& schema, const std::string& indent, int depth) {
    if (depth > kSchemaDepthMax) {
      out_ += "any";
    } else if (const JsonValue* variants = schema.FindList("oneOf")) {
      OneOf(*variants, indent, depth);
    } else if (!TypeNames(schema)) {
      SingleType(schema, indent, depth);
    }
  }

 private:
  template <typename... Parts>
  void Line(const std::string& indent, const Parts&... parts) {
    out_ += indent;
    ((out_ += parts), ...);
    out_ += '\n';
  }

  /// A type and, where the schema says `nullable`, " | null".
  void NullableType(const JsonValue& schema, const std::string& indent, int depth) {
    const size_t begin = out_.size();
    Type(schema, indent, depth);
    const JsonValue* nullable = schema.Find("nullable");
    if (nullable != nullptr && nullable->boolean && out_.find("null", begin) == std::string::npos) {
      out_ += " | null";
    }
  }

  /// `bare_enum`: a string that is an enum's stands without quotes, as everywhere but in a oneOf
  /// that is no property.
  static std::string Default(const JsonValue& schema, bool bare_enum) {
    const JsonValue* value = schema.Find("default");
    if (value == nullptr) return "";
    std::string text = "default: ";
    if (value->IsString() && !IsEnum(schema)) {
      text.append("\"").append(value->text).append("\"");
    } else if (value->IsString() && bare_enum) {
      text.append(value->text);
    } else {
      AppendRustJson(*value, &text);
    }
    return text;
  }

  void TrailingComment(const std::string* description, const std::string& fallback) {
    if (description == nullptr && fallback.empty()) return;
    out_ += " // ";
    if (description != nullptr) out_ += *description;
    if (description != nullptr && !fallback.empty()) out_ += ' ';
    out_ += fallback;
  }

  void OneOf(const JsonValue& variants, const std::string& indent, int depth) {
    for (const JsonValue& variant : variants.items) {
      out_.append("\n").append(indent).append(kVariant);
      NullableType(variant, indent + std::string(kVariantIndent), depth + 1);
      TrailingComment(variant.FindString("description"), Default(variant, /*bare_enum=*/false));
    }
  }

  /// {"type": ["string", "null"]}
  bool TypeNames(const JsonValue& schema) {
    const JsonValue* types = schema.FindList("type");
    if (types == nullptr) return false;
    bool any = false;
    for (const JsonValue& type : types->items) {
      if (!type.IsString()) continue;
      if (any) out_ += kVariant;
      out_ += type.text == "integer" ? "number" : type.text;
      any = true;
    }
    return any;
  }

  void SingleType(const JsonValue& schema, const std::string& indent, int depth) {
    const std::string* type = schema.FindString("type");
    const std::string_view name = type == nullptr ? "" : std::string_view(*type);
    if (name == "object") {
      Object(schema, indent, depth);
    } else if (name == "string") {
      String(schema);
    } else if (name == "number" || name == "integer") {
      out_ += "number";
    } else if (name == "boolean") {
      out_ += "boolean";
    } else if (name == "array") {
      if (const JsonValue* items = schema.Find("items")) {
        Type(*items, indent, depth + 1);
        out_ += "[]";
      } else {
        out_ += "Array<any>";
      }
    } else {
      out_ += "any";
    }
  }

  void String(const JsonValue& schema) {
    const JsonValue* values = schema.FindList("enum");
    bool any = false;
    for (size_t i = 0; values != nullptr && i < values->items.size(); ++i) {
      if (!values->items[i].IsString()) continue;
      if (any) out_ += kVariant;
      out_.append("\"").append(values->items[i].text).append("\"");
      any = true;
    }
    if (!any) out_ += "string";
  }

  void Object(const JsonValue& schema, const std::string& indent, int depth) {
    if (const std::string* text = schema.FindString("description")) Line(indent, "// ", *text);
    out_ += "{\n";
    const JsonValue* properties = schema.Find("properties");
    if (properties != nullptr) {
      const std::set<std::string_view> required = Required(schema);
      for (const JsonMember& property : properties->members) {
        const bool optional = required.count(property.key) == 0;
        Property(property.value, property.key + (optional ? "?" : ""), indent, depth);
      }
    }
    out_.append(indent).append("}");
  }

  void Property(const JsonValue& schema, const std::string& name, const std::string& indent,
                int depth) {
    if (const std::string* title = schema.FindString("title")) {
      Line(indent, "// ", *title);
      Line(indent, "//");
    }
    const bool has_one_of = schema.Find("oneOf") != nullptr;
    const std::string* description = schema.FindString("description");
    if (!has_one_of && description != nullptr) Line(indent, "// ", *description);
    const JsonValue* examples = schema.FindList("examples");
    if (examples != nullptr && !examples->items.empty()) {
      Line(indent, "// Examples:");
      for (const JsonValue& example : examples->items) {
        if (example.IsString()) Line(indent, "// - \"", example.text, "\"");
      }
    }
    if (const JsonValue* variants = schema.FindList("oneOf")) {
      return OneOfProperty(schema, *variants, name, indent, depth);
    }
    out_.append(indent).append(name).append(": ");
    NullableType(schema, indent + std::string(kPropertyIndent), depth + 1);
    out_ += ',';
    if (!has_one_of) TrailingComment(nullptr, Default(schema, /*bare_enum=*/true));
    out_ += '\n';
  }

  /// The property's description stands above, unless its first variant has the same one; then it is
  /// shown nowhere.
  void OneOfProperty(const JsonValue& schema, const JsonValue& variants, const std::string& name,
                     const std::string& indent, int depth) {
    const std::string* description = schema.FindString("description");
    const std::string* first =
        variants.items.empty() ? nullptr : variants.items.front().FindString("description");
    const bool same = description != nullptr && first != nullptr && *description == *first;
    const bool above = description != nullptr && !same;
    if (above) Line(indent, "// ", *description);
    const std::string fallback = Default(schema, /*bare_enum=*/true);
    if (!fallback.empty()) Line(indent, "// ", fallback);
    Line(indent, name, ":");
    for (const JsonValue& variant : variants.items) {
      out_.append(indent).append(kVariant);
      NullableType(variant, indent + std::string(kVariantIndent), depth + 1);
      const std::string* own = variant.FindString("description");
      const bool hidden = (above && &variant == variants.items.data()) ||
                          (own != nullptr && description != nullptr && *own == *description);
      TrailingComment(hidden ? nullptr : own, Default(variant, /*bare_enum=*/true));
      out_ += '\n';
    }
    Line(indent, ",");
  }

  std::string& out_;
};

}  // namespace

void AppendTypeScript(const JsonValue& schema, std::string_view indent, std::string* out) {
  Writer(out).Type(schema, std::string(indent), 0);
}

}  // namespace hubmill
