#include "io/type_text.h"

#include <arrow/type.h>

#include <algorithm>
#include <set>

#include "base/check.h"

namespace hubmill {
namespace {

using Kind = TypeTree::Kind;

struct NamedKind {
  const char* name;
  Kind kind;
};
constexpr NamedKind kNames[] = {
    {"string", Kind::kString},   {"int32", Kind::kInt32},         {"int64", Kind::kInt64},
    {"float32", Kind::kFloat32}, {"float64", Kind::kFloat64},     {"bool", Kind::kBool},
    {"date", Kind::kDate},       {"timestamp", Kind::kTimestamp}, {"json", Kind::kJson},
};

class TypeParser {
 public:
  explicit TypeParser(std::string_view text) : text_(text) {}

  Result<TypeTree> Parse() {
    TypeTree type;
    if (text_.size() > kTypeTextBytesMax) return Fail("the text is too long");
    ARROW_RETURN_NOT_OK(ParseType(0, &type));
    SkipSpace();
    if (at_ != text_.size()) return Fail("nothing more is expected");
    return type;
  }

 private:
  Status Fail(const char* what) const {
    return WrongUsage("bad type: ", what, " type=", text_.substr(0, 200), " offset=", at_,
                      "; remedy: string, int32, int64, float32, float64, bool, timestamp, date, "
                      "json, list<TYPE> or struct<NAME: TYPE, ...>");
  }

  void SkipSpace() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }

  bool Take(char c) {
    SkipSpace();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  std::string_view Word() {
    SkipSpace();
    size_t start = at_;
    while (at_ < text_.size() && std::string_view(" \t<>,:\"").find(text_[at_]) == text_.npos) {
      ++at_;
    }
    return text_.substr(start, at_ - start);
  }

  Status ParseType(int depth, TypeTree* out) {
    if (depth > kTypeDepthMax) return Fail("nested too deep");
    if (++nodes_ > kTypeFieldsMax) return Fail("too many fields");
    std::string_view word = Word();
    for (const NamedKind& named : kNames) {
      if (word == named.name) {
        out->kind = named.kind;
        return Status::OK();
      }
    }
    if (word == "list") {
      out->kind = Kind::kList;
      out->children.resize(1);
      if (!Take('<')) return Fail("`<` expected after list");
      ARROW_RETURN_NOT_OK(ParseType(depth + 1, &out->children[0]));
      return Take('>') ? Status::OK() : Fail("`>` expected");
    }
    if (word == "struct") return ParseStruct(depth, out);
    return Fail("unknown name");
  }

  Status ParseStruct(int depth, TypeTree* out) {
    out->kind = Kind::kStruct;
    if (!Take('<')) return Fail("`<` expected after struct");
    std::set<std::string> seen;
    do {
      std::string name;
      ARROW_RETURN_NOT_OK(ParseName(&name));
      if (!seen.insert(name).second) return Fail("a field name occurs twice");
      if (!Take(':')) return Fail("`:` expected after the field name");
      out->names.push_back(std::move(name));
      ARROW_RETURN_NOT_OK(ParseType(depth + 1, &out->children.emplace_back()));
    } while (Take(','));
    return Take('>') ? Status::OK() : Fail("`,` or `>` expected");
  }

  Status ParseName(std::string* out) {
    if (Take('"')) {
      while (at_ < text_.size() && text_[at_] != '"') {
        if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
        out->push_back(text_[at_++]);
      }
      return Take('"') ? Status::OK() : Fail("a quoted field name is not closed");
    }
    *out = Word();
    return out->empty() ? Fail("a field name is expected") : Status::OK();
  }

  std::string_view text_;
  size_t at_ = 0;
  size_t nodes_ = 0;
};

std::string QuoteName(const std::string& name) {
  if (!name.empty() && name.find_first_of(" \t<>,:\"") == name.npos) return name;
  std::string out = "\"";
  for (char c : name) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

}  // namespace

Result<TypeTree> ParseTypeText(std::string_view text) { return TypeParser(text).Parse(); }

Result<TypeTree> ParseColumns(const std::vector<std::pair<std::string, std::string>>& columns) {
  TypeTree out{.kind = Kind::kStruct};
  for (const auto& [name, text] : columns) {
    auto type = ParseTypeText(text);
    if (!type.ok()) return WithContext(type.status(), Concat("column ", name, ": "));
    if (std::find(out.names.begin(), out.names.end(), name) != out.names.end()) {
      return WrongUsage("a column is given twice: column=", name, "; remedy: give it once");
    }
    out.names.push_back(name);
    out.children.push_back(std::move(*type));
  }
  return out;
}

std::string PrintType(const TypeTree& type) {
  for (const NamedKind& named : kNames) {
    if (type.kind == named.kind) return named.name;
  }
  if (type.kind == Kind::kNull) return "null";
  if (type.kind == Kind::kList) return "list<" + PrintType(type.children[0]) + ">";
  std::string out = "struct<";
  for (size_t i = 0; i < type.children.size(); ++i) {
    if (i > 0) out += ", ";
    out += QuoteName(type.names[i]) + ": " + PrintType(type.children[i]);
  }
  return out + ">";
}

std::string PrintType(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::STRING:
      return "string";
    case arrow::Type::INT32:
      return "int32";
    case arrow::Type::INT64:
      return "int64";
    case arrow::Type::FLOAT:
      return "float32";
    case arrow::Type::DOUBLE:
      return "float64";
    case arrow::Type::BOOL:
      return "bool";
    case arrow::Type::DATE32:
      return "date";
    case arrow::Type::LIST:
      return "list<" + PrintType(*type.field(0)->type()) + ">";
    case arrow::Type::TIMESTAMP:
      return type.Equals(*arrow::timestamp(arrow::TimeUnit::MICRO)) ? "timestamp" : type.ToString();
    case arrow::Type::STRUCT: {
      std::string out = "struct<";
      for (const auto& field : type.fields()) {
        if (out.size() > 7) out += ", ";
        out += QuoteName(field->name()) + ": " + PrintType(*field->type());
      }
      return out + ">";
    }
    default:
      return type.ToString();
  }
}

std::shared_ptr<arrow::DataType> ArrowTypeOf(const TypeTree& type) {
  switch (type.kind) {
    case Kind::kNull:
    case Kind::kString:
    case Kind::kJson:
      return arrow::utf8();
    case Kind::kInt32:
      return arrow::int32();
    case Kind::kInt64:
      return arrow::int64();
    case Kind::kFloat32:
      return arrow::float32();
    case Kind::kFloat64:
      return arrow::float64();
    case Kind::kBool:
      return arrow::boolean();
    case Kind::kTimestamp:
      return arrow::timestamp(arrow::TimeUnit::MICRO);
    case Kind::kDate:
      return arrow::date32();
    case Kind::kList:
      return arrow::list(ArrowTypeOf(type.children[0]));
    case Kind::kStruct:
      return arrow::struct_(SchemaOf(type)->fields());
  }
  HUBMILL_CHECK(false, "all kinds are handled");
}

std::shared_ptr<arrow::Schema> SchemaOf(const TypeTree& type) {
  HUBMILL_CHECK(type.kind == Kind::kStruct, "a schema is a struct");
  arrow::FieldVector fields;
  for (size_t i = 0; i < type.children.size(); ++i) {
    fields.push_back(arrow::field(type.names[i], ArrowTypeOf(type.children[i])));
  }
  return arrow::schema(std::move(fields));
}

}  // namespace hubmill
