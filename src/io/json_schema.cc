#include "io/json_schema.h"

#include <simdjson.h>

#include <algorithm>
#include <cstring>

#include "io/json_scan.h"

namespace hubmill {

using Kind = TypeTree::Kind;

struct JsonSchemaInference::Node {
  Kind kind = Kind::kNull;
  std::string name;
  std::vector<std::unique_ptr<Node>> children;
  std::map<std::string, Node*, std::less<>> index;  // kStruct
};

/// Walks one line that was found valid.
class JsonSchemaInference::Reader {
 public:
  Reader(JsonSchemaInference* all, const std::string& file, int64_t row)
      : all_(all), file_(file), row_(row) {}

  Status Object(const char** at, Node* node, int depth) {
    if (depth > kTypeDepthMax) return Refuse("values are nested too deep", "", "");
    const char* p = SkipJsonSpace(*at + 1);
    while (*p != '}') {
      if (*p == ',') p = SkipJsonSpace(p + 1);
      std::string key;
      p = ReadJsonString(p + 1, &key);
      p = SkipJsonSpace(SkipJsonSpace(p) + 1);
      Node* child = nullptr;
      if (auto found = node->index.find(key); found != node->index.end()) {
        child = found->second;
      } else {
        ARROW_ASSIGN_OR_RAISE(child, AddField(node, key, depth));
      }
      path_.push_back(&child->name);
      ARROW_RETURN_NOT_OK(Value(&p, child, depth));
      path_.pop_back();
      p = SkipJsonSpace(p);
    }
    *at = p + 1;
    return Status::OK();
  }

 private:
  Result<Node*> AddField(Node* node, const std::string& key, int depth) {
    if (++all_->fields_ > kTypeFieldsMax) {
      return Refuse("the rows have too many different fields", "", "");
    }
    auto child = std::make_unique<Node>();
    child->name = key;
    const auto& json = all_->json_columns_;
    if (depth == 0 && std::find(json.begin(), json.end(), key) != json.end()) {
      child->kind = Kind::kJson;
    }
    Node* out = child.get();
    node->index.emplace(key, out);
    node->children.push_back(std::move(child));
    return out;
  }

  Status Value(const char** at, Node* node, int depth) {
    if (node->kind == Kind::kJson) {
      SkipJsonValue(at);
      return Status::OK();
    }
    switch (**at) {
      case '{':
        ARROW_RETURN_NOT_OK(Merge(node, Kind::kStruct));
        return Object(at, node, depth + 1);
      case '[':
        return List(at, node, depth + 1);
      case '"':
        *at = SkipJsonString(*at + 1);
        return Merge(node, Kind::kString);
      case 't':
      case 'f':
        *at += **at == 't' ? 4 : 5;
        return Merge(node, Kind::kBool);
      case 'n':
        *at += 4;
        return Status::OK();
      default: {
        bool is_integer;
        *at = SkipJsonNumber(*at, &is_integer);
        return Merge(node, is_integer ? Kind::kInt64 : Kind::kFloat64);
      }
    }
  }

  Status List(const char** at, Node* node, int depth) {
    if (depth > kTypeDepthMax) return Refuse("values are nested too deep", "", "");
    ARROW_RETURN_NOT_OK(Merge(node, Kind::kList));
    if (node->children.empty()) {
      node->children.push_back(std::make_unique<Node>());
      node->children[0]->name = "[]";
    }
    Node* item = node->children[0].get();
    path_.push_back(&item->name);
    const char* p = SkipJsonSpace(*at + 1);
    while (*p != ']') {
      if (*p == ',') p = SkipJsonSpace(p + 1);
      ARROW_RETURN_NOT_OK(Value(&p, item, depth));
      p = SkipJsonSpace(p);
    }
    path_.pop_back();
    *at = p + 1;
    return Status::OK();
  }

  Status Merge(Node* node, Kind kind) {
    if (node->kind == kind) return Status::OK();
    if (node->kind == Kind::kNull) {
      node->kind = kind;
      return Status::OK();
    }
    bool numbers = (node->kind == Kind::kInt64 || node->kind == Kind::kFloat64) &&
                   (kind == Kind::kInt64 || kind == Kind::kFloat64);
    if (!numbers) return Refuse("a column holds values of two types", Name(node->kind), Name(kind));
    node->kind = Kind::kFloat64;
    return Status::OK();
  }

  static std::string Name(Kind kind) {
    return kind == Kind::kList     ? "list"
           : kind == Kind::kStruct ? "struct"
                                   : PrintType({.kind = kind});
  }

  Status Refuse(const char* what, const std::string& before, const std::string& now) const {
    std::string path;
    for (const std::string* name : path_) {
      if (!path.empty() && *name != "[]") path += ".";
      path += name->substr(0, 100);
      if (path.size() > 300) break;
    }
    std::string column = path_.empty() ? "COLUMN" : *path_[0];
    return DataRefused(what, ": file=", file_, " row=", row_, path.empty() ? "" : " column=" + path,
                       before.empty() ? "" : " first=" + before + " now=" + now,
                       "; remedy: `json: [", column, "]`, or name the columns in `schema:`");
  }

  JsonSchemaInference* all_;
  const std::string& file_;
  int64_t row_;
  std::vector<const std::string*> path_;
};

JsonSchemaInference::JsonSchemaInference(std::vector<std::string> json_columns)
    : json_columns_(std::move(json_columns)), root_(std::make_unique<Node>()) {
  root_->kind = Kind::kStruct;
}
JsonSchemaInference::~JsonSchemaInference() = default;

Status JsonSchemaInference::Observe(std::string_view text, const std::string& file,
                                    int64_t first_row, int64_t* rows) {
  const char* p = text.data();
  const char* end = p + text.size();
  while (p < end) {
    const void* found = std::memchr(p, '\n', size_t(end - p));
    const char* line_end = found == nullptr ? end : static_cast<const char*>(found);
    const char* start = SkipJsonSpace(p);
    const char* after = start;
    // Rows are checked in whole before any of their fields counts.
    if (*start == '{' && SkipJsonValue(&after) == JsonError::kNone &&
        SkipJsonSpace(after) == line_end &&
        simdjson::validate_utf8(start, size_t(line_end - start))) {
      Reader reader(this, file, first_row + *rows);
      ARROW_RETURN_NOT_OK(reader.Object(&start, root_.get(), 0));
    }
    ++*rows;
    p = line_end == end ? end : line_end + 1;
  }
  return Status::OK();
}

TypeTree JsonSchemaInference::TreeOf(const Node& node) {
  TypeTree out{.kind = node.kind == Kind::kNull ? Kind::kString : node.kind,
               .exact = node.kind == Kind::kFloat64};
  if (node.kind == Kind::kStruct && node.children.empty()) return {.kind = Kind::kJson};
  for (const auto& child : node.children) {
    if (node.kind == Kind::kStruct) out.names.push_back(child->name);
    out.children.push_back(TreeOf(*child));
  }
  return out;
}

TypeTree JsonSchemaInference::Finish() const {
  if (root_->children.empty()) return {.kind = Kind::kStruct};
  return TreeOf(*root_);
}

}  // namespace hubmill
