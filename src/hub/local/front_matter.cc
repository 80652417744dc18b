#include "hub/local/front_matter.h"

#include <yaml-cpp/yaml.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <string>

namespace hubmill::local_hub {
namespace {

using nlohmann::json;

constexpr size_t kBlockBytesMax = 4 << 20;
constexpr int kDepthMax = 64;
constexpr int kNodesMax = 500'000;  // Aliases repeat what they name: ten lines can mean billions.

json Scalar(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") return text;  // Quoted.
  if (text == "true" || text == "True") return true;
  if (text == "false" || text == "False") return false;
  if (text.empty() || text == "null" || text == "~") return nullptr;
  int64_t whole = 0;
  const char* end = text.data() + text.size();
  if (auto [at, error] = std::from_chars(text.data(), end, whole);
      error == std::errc() && at == end) {
    return whole;
  }
  double real = 0;
  if (auto [at, error] = std::from_chars(text.data(), end, real);
      error == std::errc() && at == end && text.find_first_of("0123456789") == 0) {
    return real;
  }
  return text;
}

Result<json> ToJson(const YAML::Node& node, int depth, int* nodes) {
  if (depth > kDepthMax || ++*nodes > kNodesMax) {
    return DataRefused("the card's YAML is nested too deeply or too large");
  }
  if (node.IsScalar()) return Scalar(node);
  if (node.IsSequence()) {
    json list = json::array();
    for (const YAML::Node& item : node) {
      ARROW_ASSIGN_OR_RAISE(json value, ToJson(item, depth + 1, nodes));
      list.push_back(std::move(value));
    }
    return list;
  }
  if (node.IsMap()) {
    json map = json::object();
    for (const auto& item : node) {
      if (!item.first.IsScalar()) return DataRefused("the card's YAML has a key that is no text");
      ARROW_ASSIGN_OR_RAISE(json value, ToJson(item.second, depth + 1, nodes));
      map[item.first.Scalar()] = std::move(value);
    }
    return map;
  }
  return json(nullptr);
}

}  // namespace

Result<json> ParseFrontMatter(std::string_view readme) {
  if (readme.starts_with("\xEF\xBB\xBF")) readme.remove_prefix(3);
  if (!readme.starts_with("---")) return json(nullptr);
  const size_t first = readme.find('\n');
  if (first == std::string_view::npos || readme.find_first_not_of("- \r", 0) != first) {
    return json(nullptr);
  }
  std::string_view block = readme.substr(first + 1);
  size_t end = block.starts_with("---") ? 0 : block.find("\n---");
  if (end == std::string_view::npos) return json(nullptr);
  block = block.substr(0, end);
  if (block.size() > kBlockBytesMax) return DataRefused("the card's YAML is too large");
  try {
    const YAML::Node node = YAML::Load(std::string(block));
    if (node.IsNull()) return json::object();
    if (!node.IsMap()) return DataRefused("the card's YAML is not a mapping");
    int nodes = 0;
    return ToJson(node, 0, &nodes);
  } catch (const YAML::Exception& error) {
    return DataRefused("the card's YAML is broken: line=", error.mark.line + 2,
                       " reason=", error.msg);
  }
}

}  // namespace hubmill::local_hub
