#include "core/setting.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <optional>
#include <set>
#include <sstream>

#include "base/check.h"

namespace hubmill {
namespace {

Mark MarkOf(const YAML::Mark& mark) { return {.line = mark.line + 1, .column = mark.column + 1}; }

std::string At(const std::string& file, const Mark& mark) {
  return Concat(file, ":", mark.line, ":", mark.column, ": ");
}

constexpr size_t kNearNameMax = 200;  // Longer ones are not typing errors.

/// Copies yaml-cpp's tree into ours, within the bounds.
class Converter {
 public:
  explicit Converter(const std::string& file) : file_(file) {}

  Result<Setting> Convert(const YAML::Node& node, int depth) {
    Setting out;
    out.mark = MarkOf(node.Mark());
    if (depth > kSettingDepthMax) {
      return WrongUsage(At(file_, out.mark), "nested too deeply: levels_max=", kSettingDepthMax,
                        "; remedy: write it flatter");
    }
    if (++nodes_ > kSettingNodesMax) {
      return WrongUsage(At(file_, out.mark), "too many values: max=", kSettingNodesMax,
                        "; remedy: do not nest aliases");
    }
    switch (node.Type()) {
      case YAML::NodeType::Undefined:
      case YAML::NodeType::Null:
        return out;
      case YAML::NodeType::Scalar:
        out.kind = Setting::Kind::kScalar;
        out.scalar = node.Scalar();
        out.quoted = node.Tag() == "!";
        return out;
      case YAML::NodeType::Sequence:
        out.kind = Setting::Kind::kList;
        for (const YAML::Node& item : node) {
          ARROW_ASSIGN_OR_RAISE(Setting converted, Convert(item, depth + 1));
          out.items.push_back(std::move(converted));
        }
        return out;
      case YAML::NodeType::Map:
        return ConvertMap(node, depth, std::move(out));
    }
    return out;
  }

 private:
  Result<Setting> ConvertMap(const YAML::Node& node, int depth, Setting out) {
    out.kind = Setting::Kind::kMap;
    std::set<std::string> seen;
    for (const auto& entry : node) {
      Mark mark = MarkOf(entry.first.Mark());
      if (!entry.first.IsScalar()) {
        return WrongUsage(At(file_, mark), "a key must be plain text; remedy: name: value");
      }
      const std::string& key = entry.first.Scalar();
      if (!seen.insert(key).second) {
        return WrongUsage(At(file_, mark), "the key stands twice: key=", key,
                          "; remedy: keep one of them");
      }
      ARROW_ASSIGN_OR_RAISE(Setting value, Convert(entry.second, depth + 1));
      if (value.kind == Setting::Kind::kNull) value.mark = mark;
      out.entries.emplace_back(key, std::move(value));
      out.entry_marks.push_back(mark);
    }
    return out;
  }

  const std::string& file_;
  int nodes_ = 0;
};

/// Notes where the last document begins, and nothing else.
class DocumentPlaces : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override { last = MarkOf(mark); }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
  Mark last;
};

/// Where a second document begins, if one does.  YAML::LoadAll() would do, but at a bracket too
/// many it finds empty documents without end.
std::optional<Mark> SecondDocument(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  DocumentPlaces places;
  if (!parser.HandleNextDocument(places) || !parser.HandleNextDocument(places)) return std::nullopt;
  return places.last;
}

/// Insertions, deletions, changes and swaps of neighbours from `a` to `b`, at most `limit` + 1.
size_t EditDistance(std::string_view a, std::string_view b, size_t limit) {
  if (a.size() > b.size() + limit || b.size() > a.size() + limit) return limit + 1;
  std::vector<std::vector<size_t>> cost(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  for (size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      cost[i][j] = std::min(
          {cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  }
  return cost[a.size()][b.size()];
}

}  // namespace

Setting::Setting() = default;
Setting::~Setting() = default;
Setting::Setting(const Setting&) = default;
Setting::Setting(Setting&&) noexcept = default;
Setting& Setting::operator=(const Setting&) = default;
Setting& Setting::operator=(Setting&&) noexcept = default;

const Setting* Setting::Find(std::string_view key) const {
  HUBMILL_CHECK(kind == Kind::kMap, "only a map has keys");
  for (const auto& entry : entries) {
    if (entry.first == key) return &entry.second;
  }
  return nullptr;
}

std::string Setting::Where(const std::string& file) const {
  if (mark.line == 0) return file;
  return Concat(file, ":", mark.line, ":", mark.column);
}

Setting Setting::Scalar(std::string text) {
  Setting out;
  out.kind = Kind::kScalar;
  out.scalar = std::move(text);
  return out;
}

Setting Setting::List(std::vector<Setting> items) {
  Setting out;
  out.kind = Kind::kList;
  out.items = std::move(items);
  return out;
}

Result<Setting> ParseYaml(std::string_view text, const std::string& file) {
  if (int64_t(text.size()) > kRecipeBytesMax) {
    return WrongUsage(file, ": too large for a recipe: bytes_max=", kRecipeBytesMax,
                      "; remedy: check that it is one, or split it");
  }
  if (text.find('\0') != std::string_view::npos) {
    return WrongUsage(file, ": not a text file: it holds a NUL byte; remedy: save it as UTF-8");
  }
  try {
    const YAML::Node document = YAML::Load(std::string(text));
    if (const auto second = SecondDocument(std::string(text))) {
      return WrongUsage(At(file, *second),
                        "a second document (---, or a bracket too many) begins here",
                        "; remedy: one recipe a file, several data sets under `datasets:`");
    }
    return Converter(file).Convert(document, 0);
  } catch (const YAML::Exception& e) {
    return WrongUsage(At(file, MarkOf(e.mark)), "not valid YAML: ", e.msg,
                      "; remedy: correct it there");
  }
}

std::string NearestName(std::string_view name, const std::vector<std::string>& known) {
  if (name.size() > kNearNameMax) return "";
  const size_t limit = std::max<size_t>(1, name.size() / 3);
  std::string best;
  size_t best_distance = limit + 1;
  for (const std::string& candidate : known) {
    size_t distance = EditDistance(name, candidate, limit);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace hubmill
