// yaml-cpp tells events and this file keeps them as a tree of indexes, where an alias is one index
// more.  So depth is bounded while yaml-cpp reads (its own recursion follows ours), and what
// aliases copy is counted when the JSON is written.
#include "security/configs/manifest.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <utility>

#include "base/json_text.h"
#include "base/json_value.h"
#include "base/utf8.h"
#include "security/configs/json_members.h"
#include "security/configs/yaml_scalar.h"

namespace hubmill {
namespace {

/// Ends the reading from within an event.
struct Stop {
  ManifestFault fault;
  int64_t line;
  const char* why;
};

struct Node {
  enum class Kind : uint8_t { kScalar, kList, kMap };
  Kind kind = Kind::kScalar;
  bool open = false;   // Its end has not been seen: an alias to it would be within itself.
  bool merge = false;  // A plain `<<`.
  int64_t line = 0;
  std::string json;           // Of a scalar.
  std::vector<size_t> items;  // Indexes; of a map: key, value, key, value.
  std::vector<bool> aliased;  // Which of `items` are aliases.
};

/// The tree of one document.
class Document : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override { start = mark; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Scalar(mark, anchor, "null");
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end() || nodes[found->second].open) {
      throw Stop{ManifestFault::kAliasBomb, mark.line + 1, "an anchor within itself"};
    }
    Attach(found->second, mark, true);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    constexpr std::string_view kTyped[] = {"?", "tag:yaml.org,2002:int", "tag:yaml.org,2002:float",
                                           "tag:yaml.org,2002:bool", "tag:yaml.org,2002:null"};
    std::string json;
    if (std::find(std::begin(kTyped), std::end(kTyped), tag) != std::end(kTyped)) {
      json = JsonOfPlainScalar(value);
    } else {
      AppendJsonString(value, &json);
    }
    Scalar(mark, anchor, std::move(json));
    nodes.back().merge = tag == "?" && value == "<<";
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Begin(Node::Kind::kList, mark, anchor);
  }
  void OnSequenceEnd() override { End(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Begin(Node::Kind::kMap, mark, anchor);
  }
  void OnMapEnd() override { End(); }

  YAML::Mark start;
  std::vector<Node> nodes;  // The first is the root.

 private:
  void Attach(size_t index, const YAML::Mark& mark, bool alias) {
    if (open_.empty()) return;
    Node& parent = nodes[open_.back()];
    if (parent.kind == Node::Kind::kMap && parent.items.size() % 2 == 0 &&
        nodes[index].kind != Node::Kind::kScalar) {
      throw Stop{ManifestFault::kNotYaml, mark.line + 1, "a key that is no plain text"};
    }
    parent.items.push_back(index);
    parent.aliased.push_back(alias);
  }
  size_t Add(Node::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    const size_t index = nodes.size();
    nodes.push_back({.kind = kind, .line = mark.line + 1});
    if (anchor != 0) anchors_[anchor] = index;
    Attach(index, mark, false);
    return index;
  }
  void Scalar(const YAML::Mark& mark, YAML::anchor_t anchor, std::string json) {
    nodes[Add(Node::Kind::kScalar, mark, anchor)].json = std::move(json);
  }
  void Begin(Node::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (open_.size() >= size_t{kManifestDepthMax}) {
      throw Stop{ManifestFault::kTooDeep, mark.line + 1, "too many levels"};
    }
    const size_t index = Add(kind, mark, anchor);
    nodes[index].open = true;
    open_.push_back(index);
  }
  void End() {
    nodes[open_.back()].open = false;
    open_.pop_back();
  }

  std::vector<size_t> open_;
  std::map<YAML::anchor_t, size_t> anchors_;
};

/// What all aliases of a file may copy.
struct AliasBudget {
  int64_t nodes = kManifestAliasNodesMax;
  int64_t bytes = kManifestAliasBytesMax;
};

/// Writes a document as JSON.
class Renderer {
 public:
  Renderer(const std::vector<Node>& nodes, AliasBudget* budget) : nodes_(nodes), budget_(budget) {}

  std::string Render(size_t index, int depth, bool aliased) {
    const Node& node = nodes_[index];
    if (depth > kManifestDepthMax) {
      throw Stop{ManifestFault::kTooDeep, node.line, "too many levels behind aliases"};
    }
    if (aliased) Spend(node, 1);
    if (node.kind == Node::Kind::kScalar) return node.json;
    return node.kind == Node::Kind::kList ? List(node, depth, aliased) : Map(node, depth, aliased);
  }

  /// The text of a scalar.
  static std::string TextOf(const Node& node) {
    JsonValue value;
    const bool read = !ParseJsonValue(node.json, &value);
    return read && value.IsString() ? value.text : node.json;
  }

 private:
  void Spend(const Node& node, size_t nodes) {
    budget_->nodes -= static_cast<int64_t>(nodes);
    budget_->bytes -= static_cast<int64_t>(node.json.size()) + 2;
    if (budget_->nodes < 0 || budget_->bytes < 0) {
      throw Stop{ManifestFault::kAliasBomb, node.line, "aliases that copy too much"};
    }
  }

  std::string List(const Node& node, int depth, bool aliased) {
    std::string out = "[";
    for (size_t i = 0; i < node.items.size(); ++i) {
      if (i > 0) out += ',';
      out += Render(node.items[i], depth + 1, aliased || node.aliased[i]);
    }
    return out + "]";
  }

  std::string Map(const Node& node, int depth, bool aliased) {
    JsonMembers members;
    AddMembers(node, depth, aliased, false, &members);
    std::string out;
    members.Append("", &out);
    return out;
  }

  /// What is merged stands back behind what is there already.
  void AddMembers(const Node& node, int depth, bool aliased, bool merging, JsonMembers* members) {
    if (merging) Spend(node, 1 + node.items.size());
    for (size_t i = 0; i + 1 < node.items.size(); i += 2) {
      const Node& key = nodes_[node.items[i]];
      if (key.merge) continue;
      const std::string name = TextOf(key);
      if (merging && members->Has(name)) continue;
      members->Set(name, Render(node.items[i + 1], depth + 1, aliased || node.aliased[i + 1]));
    }
    for (size_t i = 0; i + 1 < node.items.size(); i += 2) {
      if (nodes_[node.items[i]].merge) Merge(nodes_[node.items[i + 1]], depth + 1, members);
    }
  }

  void Merge(const Node& from, int depth, JsonMembers* members) {
    if (depth > kManifestDepthMax) {
      throw Stop{ManifestFault::kTooDeep, from.line, "too many levels of merging"};
    }
    if (from.kind == Node::Kind::kMap) return AddMembers(from, depth, true, true, members);
    if (from.kind == Node::Kind::kScalar) {
      throw Stop{ManifestFault::kNotYaml, from.line, "a merge (<<) of what is no map"};
    }
    for (const size_t item : from.items) {
      if (nodes_[item].kind != Node::Kind::kMap) {
        throw Stop{ManifestFault::kNotYaml, from.line, "a merge (<<) of what is no map"};
      }
      AddMembers(nodes_[item], depth, true, true, members);
    }
  }

  const std::vector<Node>& nodes_;
  AliasBudget* budget_;
};

/// The text of a top-level member, "" where it is no string.
std::string TopText(const std::vector<Node>& nodes, std::string_view name) {
  const Node& root = nodes[0];
  std::string text;
  if (root.kind != Node::Kind::kMap) return text;
  for (size_t i = 0; i + 1 < root.items.size(); i += 2) {
    if (Renderer::TextOf(nodes[root.items[i]]) != name) continue;
    const Node& value = nodes[root.items[i + 1]];
    text = value.kind == Node::Kind::kScalar && value.json[0] == '"' ? Renderer::TextOf(value) : "";
  }
  return text;
}

bool IsKustomization(const ManifestDocument& document) {
  return document.api_version.rfind("kustomize.config.k8s.io/", 0) == 0;
}

ManifestFault FaultOf(const std::vector<ManifestDocument>& documents) {
  if (documents.empty()) return ManifestFault::kEmpty;
  const auto is_manifest = [](const ManifestDocument& document) { return document.IsManifest(); };
  if (std::none_of(documents.begin(), documents.end(), is_manifest)) {
    return ManifestFault::kNoManifest;
  }
  const bool others = std::any_of(documents.begin(), documents.end(), [](const auto& document) {
    return document.IsManifest() && !IsKustomization(document);
  });
  return others ? ManifestFault::kNone : ManifestFault::kKustomization;
}

/// The lines of a text, asked for in ascending order.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}

  /// Whether that line (from 0) is a document's `---`.
  bool BeginsDocument(int line) {
    for (; line_ < line && !rest_.empty(); ++line_) {
      rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size() - 1) + 1);
    }
    return rest_.substr(0, 3) == "---" &&
           (rest_.size() == 3 || std::string_view(" \t\r\n").find(rest_[3]) != std::string::npos);
  }

 private:
  std::string_view rest_;
  int line_ = 0;
};

void ReadDocuments(std::string_view text, Manifest* manifest) {
  // At a text's end yaml-cpp forgives a word without a colon and a quote that stays open; before a
  // comment and an end mark it does not.
  const bool whole_lines = !text.empty() && text.back() == '\n';
  std::istringstream stream(std::string(text) + (whole_lines ? "#\n...\n" : ""));
  YAML::Parser parser(stream);
  AliasBudget budget;
  Lines lines(text);
  int last = -1;
  for (;;) {
    Document document;
    if (!parser.HandleNextDocument(document)) return;
    // At a bracket too many yaml-cpp finds empty documents without end.
    if (document.start.pos <= last) {
      throw Stop{ManifestFault::kNotYaml, document.start.line + 1, "a bracket too many"};
    }
    // And where one document ends too early, another without a word between them.
    if (last >= 0 && !lines.BeginsDocument(document.start.line)) {
      throw Stop{ManifestFault::kNotYaml, document.start.line + 1, "a second value without ---"};
    }
    last = document.start.pos;
    const std::vector<Node>& nodes = document.nodes;
    if (nodes.empty() || nodes[0].json == "null") continue;
    manifest->documents.push_back({.line = nodes[0].line,
                                   .json = Renderer(nodes, &budget).Render(0, 1, false),
                                   .api_version = TopText(nodes, "apiVersion"),
                                   .kind = TopText(nodes, "kind")});
  }
}

Manifest Refused(ManifestFault fault, int64_t line, std::string why) {
  Manifest manifest;
  manifest.fault = fault;
  manifest.line = line;
  manifest.why = std::move(why);
  return manifest;
}

}  // namespace

const char* NameOf(ManifestFault fault) {
  switch (fault) {
    case ManifestFault::kNone:
      return "";
    case ManifestFault::kEmpty:
      return "empty";
    case ManifestFault::kTooLarge:
      return "too_large";
    case ManifestFault::kNotYaml:
      return "not_yaml";
    case ManifestFault::kHelmTemplate:
      return "helm_template";
    case ManifestFault::kTooDeep:
      return "too_deep";
    case ManifestFault::kAliasBomb:
      return "alias_bomb";
    case ManifestFault::kNoManifest:
      return "no_manifest";
    case ManifestFault::kKustomization:
      return "kustomization";
  }
  return "";
}

Manifest ReadManifest(std::string_view text, const ManifestOptions& options) {
  if (static_cast<int64_t>(text.size()) > options.bytes_max) {
    return Refused(ManifestFault::kTooLarge, 0, "bytes_max=" + std::to_string(options.bytes_max));
  }
  const ManifestFault no_yaml = text.find("{{") != std::string_view::npos
                                    ? ManifestFault::kHelmTemplate
                                    : ManifestFault::kNotYaml;
  if (!IsValidUtf8(text)) return Refused(ManifestFault::kNotYaml, 0, "not UTF-8");
  if (text.find('\0') != std::string_view::npos) {
    return Refused(ManifestFault::kNotYaml, 0, "a NUL byte");
  }
  Manifest manifest;
  try {
    ReadDocuments(text, &manifest);
  } catch (const Stop& stop) {
    const bool not_yaml = stop.fault == ManifestFault::kNotYaml;
    return Refused(not_yaml ? no_yaml : stop.fault, stop.line, stop.why);
  } catch (const YAML::Exception& e) {
    return Refused(no_yaml, std::max(e.mark.line, 0) + 1, e.msg);
  }
  manifest.fault = FaultOf(manifest.documents);
  return manifest;
}

}  // namespace hubmill
