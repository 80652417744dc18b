#include "hub/card_features.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <nlohmann/json.hpp>

#include "base/json_text.h"
#include "net/redact.h"

namespace hubmill {
namespace {

using Json = nlohmann::ordered_json;

std::string Spaces(size_t count) { return std::string(count, ' '); }

bool IsReserved(std::string_view text) {
  static constexpr std::string_view kWords[] = {"true", "false", "null", "yes", "no", "on",
                                                "off",  "y",     "n",    "nan", "inf"};
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return std::find(std::begin(kWords), std::end(kWords), lower) != std::end(kWords);
}

std::string RenderType(const CardFeature& feature, size_t indent);

std::string RenderLabels(const CardFeature& feature, size_t indent) {
  std::string out = Spaces(indent) + "class_label:\n" + Spaces(indent + 2) + "names:\n";
  for (size_t i = 0; i < feature.labels.size(); ++i) {
    out += Concat(Spaces(indent + 4), "'", i, "': ", YamlScalar(feature.labels[i]), "\n");
  }
  return out;
}

// The lines below "list:" or after it on the same line.
std::string RenderElement(const CardFeature& element, size_t indent) {
  if (element.kind == CardFeature::Kind::kValue) return " " + YamlScalar(element.dtype) + "\n";
  if (element.kind == CardFeature::Kind::kStruct) {
    return "\n" + RenderFeatures(element.children, indent);
  }
  if (element.kind == CardFeature::Kind::kClassLabel) {
    return "\n" + RenderLabels(element, indent + 2);
  }
  return "\n" + RenderType(element, indent + 2);
}

std::string RenderType(const CardFeature& feature, size_t indent) {
  switch (feature.kind) {
    case CardFeature::Kind::kValue:
      return Spaces(indent) + "dtype: " + YamlScalar(feature.dtype) + "\n";
    case CardFeature::Kind::kClassLabel:
      return Spaces(indent) + "dtype:\n" + RenderLabels(feature, indent + 2);
    case CardFeature::Kind::kStruct:
      return Spaces(indent) + "struct:\n" + RenderFeatures(feature.children, indent);
    case CardFeature::Kind::kList: {
      std::string out = Spaces(indent) + "list:" + RenderElement(feature.children.at(0), indent);
      if (feature.length >= 0) out += Concat(Spaces(indent), "length: ", feature.length, "\n");
      return out;
    }
  }
  return {};
}

Json JsonOf(const CardFeature& feature);

Json JsonOfFields(const std::vector<CardFeature>& fields) {
  Json object = Json::object();
  for (const CardFeature& field : fields) object[field.name] = JsonOf(field);
  return object;
}

Json JsonOf(const CardFeature& feature) {
  switch (feature.kind) {
    case CardFeature::Kind::kValue:
      return {{"dtype", feature.dtype}, {"_type", "Value"}};
    case CardFeature::Kind::kClassLabel:
      return {{"names", feature.labels}, {"_type", "ClassLabel"}};
    case CardFeature::Kind::kStruct:
      return JsonOfFields(feature.children);
    case CardFeature::Kind::kList: {
      const Json element = JsonOf(feature.children.at(0));
      if (feature.length < 0) return Json::array({element});  // Every generation reads this form.
      return {{"feature", element}, {"length", feature.length}, {"_type", "List"}};
    }
  }
  return {};
}

/// "class_label[3: neg, neutral, pos]", the names from `first` on.
std::string DescribeLabels(const std::vector<std::string>& labels, size_t first) {
  constexpr size_t kShownMax = 5, kNameBytesMax = 20;
  std::string names;
  for (size_t i = first; i < std::min(labels.size(), first + kShownMax); ++i) {
    names += (i > 0 ? ", " : " ") + OneLine(labels[i], kNameBytesMax);
  }
  if (first > 0) names.insert(0, " …");
  if (first + kShownMax < labels.size()) names += ", …";
  return Concat("class_label[", labels.size(), names.empty() ? "" : ":", names, "]");
}

/// `first`: of a label's names that are shown.
std::string DescribeType(const CardFeature& feature, size_t first) {
  switch (feature.kind) {
    case CardFeature::Kind::kValue:
      return feature.dtype;
    case CardFeature::Kind::kClassLabel:
      return DescribeLabels(feature.labels, first);
    case CardFeature::Kind::kStruct:
      return "struct";
    case CardFeature::Kind::kList:
      return "list<" + DescribeType(feature.children.at(0), first) + ">";
  }
  return {};
}

/// The labels of a column or of a list's elements; none of other types.
const std::vector<std::string>& LabelsOf(const CardFeature& feature) {
  return feature.kind == CardFeature::Kind::kList ? LabelsOf(feature.children.at(0))
                                                  : feature.labels;
}

/// Long lists of labels are shown from where they part.
/// Whether `now` only gives names to the whole numbers that `old` has: files of both are alike, and
/// who read the numbers reads them still.
bool NamesNumbers(const CardFeature& old, const CardFeature& now) {
  return old.kind == CardFeature::Kind::kValue && old.dtype == "int64" &&
         now.kind == CardFeature::Kind::kClassLabel;
}

std::string DescribeClash(const CardFeature& old, const CardFeature& now) {
  const auto& a = LabelsOf(old);
  const auto& b = LabelsOf(now);
  const auto parting = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  const auto same = static_cast<size_t>(parting.first - a.begin());
  const size_t first = same < 5 ? 0 : same - 1;
  return Concat("column=", old.name, " published=", DescribeType(old, first),
                " new=", DescribeType(now, first));
}

}  // namespace

void CardReader::Count(const YAML::Node& at, int depth) {
  if (++nodes_ > kCardNodesMax || depth > kFeatureDepthMax) {
    throw YAML::Exception(at.Mark(), "the card is too large or too deep");
  }
}

std::string CardReader::Text(const YAML::Node& node) {
  return node.IsDefined() && node.IsScalar() ? node.Scalar() : std::string();
}

int64_t CardReader::Int(const YAML::Node& node, int64_t otherwise) {
  const std::string text = Text(node);
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && !text.empty() ? value
                                                                                   : otherwise;
}

std::vector<std::string> CardReader::Texts(const YAML::Node& node) {
  std::vector<std::string> texts;
  if (node.IsScalar()) texts.push_back(node.Scalar());
  if (!node.IsSequence()) return texts;
  for (const YAML::Node& item : node) {
    Count(item, 0);
    if (item.IsScalar()) texts.push_back(item.Scalar());
  }
  return texts;
}

std::vector<std::string> CardReader::NumberedTexts(const YAML::Node& map, int depth) {
  std::map<int64_t, std::string> numbered;
  for (const auto& pair : map) {
    Count(pair.second, depth);
    if (!pair.second.IsScalar()) return {};
    numbered[Int(pair.first, -1)] = pair.second.Scalar();
  }
  std::vector<std::string> texts;
  for (auto& [number, text] : numbered) {
    if (number != static_cast<int64_t>(texts.size())) return {};
    texts.push_back(std::move(text));
  }
  return texts;
}

// What stands behind "list:".
CardFeature CardReader::Element(const YAML::Node& node, int depth) {
  Count(node, depth);
  CardFeature element;
  if (node.IsScalar()) {
    element.dtype = node.Scalar();
  } else if (node.IsSequence()) {
    element.kind = CardFeature::Kind::kStruct;
    element.children = Features(node, depth + 1);
  } else {
    element = Type(node, depth + 1);
  }
  return element;
}

CardFeature CardReader::Type(const YAML::Node& node, int depth) {
  Count(node, depth);
  CardFeature feature{.dtype = "?"};
  if (!node.IsMap()) return feature;
  if (const YAML::Node label = node["class_label"]; label.IsDefined() && label.IsMap()) {
    feature.kind = CardFeature::Kind::kClassLabel;
    feature.dtype.clear();
    const YAML::Node names = label["names"];
    if (!names.IsDefined()) return feature;
    if (names.IsMap()) feature.labels = NumberedTexts(names, depth);
    if (names.IsSequence()) feature.labels = Texts(names);
    if (feature.labels.size() != names.size()) feature.labels.clear();
    return feature;
  }
  if (const YAML::Node fields = node["struct"]; fields.IsDefined() && fields.IsSequence()) {
    feature.kind = CardFeature::Kind::kStruct;
    feature.dtype.clear();
    feature.children = Features(fields, depth + 1);
    return feature;
  }
  for (const char* key : {"list", "large_list", "sequence"}) {
    const YAML::Node inner = node[key];
    if (!inner.IsDefined()) continue;
    feature.kind = CardFeature::Kind::kList;
    feature.dtype.clear();
    feature.children = {Element(inner, depth + 1)};
    feature.length = Int(node["length"], -1);
    if (std::string_view(key) != "sequence" || !inner.IsSequence()) return feature;
    // The old library read a sequence of fields as fields of sequences.
    CardFeature fields{.kind = CardFeature::Kind::kStruct};
    for (CardFeature& child : feature.children[0].children) {
      CardFeature list{
          .name = child.name, .kind = CardFeature::Kind::kList, .length = feature.length};
      child.name.clear();
      list.children.push_back(std::move(child));
      fields.children.push_back(std::move(list));
    }
    return fields;
  }
  const YAML::Node dtype = node["dtype"];
  if (!dtype.IsDefined()) return feature;
  if (dtype.IsMap()) return Type(dtype, depth + 1);
  feature.dtype = Text(dtype);
  return feature;
}

std::vector<CardFeature> CardReader::Features(const YAML::Node& list, int depth) {
  std::vector<CardFeature> features;
  if (!list.IsDefined() || !list.IsSequence()) return features;
  for (const YAML::Node& item : list) {
    CardFeature feature = Type(item, depth);
    feature.name = item.IsMap() ? Text(item["name"]) : "";
    features.push_back(std::move(feature));
  }
  return features;
}

std::vector<CardSplit> CardReader::DataFiles(const YAML::Node& node) {
  std::vector<CardSplit> splits;
  if (!node.IsDefined()) return splits;
  if (node.IsMap()) {
    for (const auto& pair : node) {
      splits.push_back({.name = Text(pair.first), .paths = Texts(pair.second)});
    }
    return splits;
  }
  if (node.IsScalar()) return {{.name = "train", .paths = {node.Scalar()}}};
  for (const YAML::Node& item : node) {
    Count(item, 0);
    if (item.IsMap()) {
      const YAML::Node path = item["path"];
      splits.push_back({.name = Text(item["split"]),
                        .paths = path.IsDefined() ? Texts(path) : std::vector<std::string>()});
    } else if (item.IsScalar()) {
      if (splits.empty()) splits.push_back({.name = "train"});
      splits[0].paths.push_back(item.Scalar());
    }
  }
  return splits;
}

std::vector<CardSplit> CardReader::Splits(const YAML::Node& list) {
  std::vector<CardSplit> splits;
  if (!list.IsDefined() || !list.IsSequence()) return splits;
  for (const YAML::Node& item : list) {
    Count(item, 0);
    if (!item.IsMap()) continue;
    splits.push_back({.name = Text(item["name"]),
                      .bytes = Int(item["num_bytes"], 0),
                      .rows = Int(item["num_examples"], 0)});
  }
  return splits;
}

std::string YamlScalar(std::string_view text) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  const bool plain =
      !text.empty() && letter(text[0]) && !IsReserved(text) &&
      std::all_of(text.begin(), text.end(), [&](char c) {
        return letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '/' || c == '*' || c == '-';
      });
  if (plain) return std::string(text);
  std::string quoted;
  AppendJsonString(text, &quoted);
  return quoted;
}

std::string RenderFeatures(const std::vector<CardFeature>& features, size_t indent) {
  std::string out;
  for (const CardFeature& feature : features) {
    out += Spaces(indent) + "- name: " + YamlScalar(feature.name) + "\n";
    out += RenderType(feature, indent + 2);
  }
  return out;
}

std::string RenderDataFiles(const CardSplit& split, size_t indent) {
  std::string out = Spaces(indent) + "- split: " + YamlScalar(split.name) + "\n";
  if (split.paths.size() == 1) {
    return out + Spaces(indent) + "  path: " + YamlScalar(split.paths[0]) + "\n";
  }
  out += Spaces(indent) + "  path:\n";
  for (const std::string& path : split.paths) {
    out += Spaces(indent) + "  - " + YamlScalar(path) + "\n";
  }
  return out;
}

std::string RenderSplit(const CardSplit& split, size_t indent) {
  return Concat(Spaces(indent), "- name: ", YamlScalar(split.name), "\n", Spaces(indent),
                "  num_bytes: ", split.bytes, "\n", Spaces(indent), "  num_examples: ", split.rows,
                "\n");
}

std::vector<std::string> CompareFeatures(const std::vector<CardFeature>& published,
                                         const std::vector<CardFeature>& fresh) {
  std::vector<std::string> differences;
  if (published.empty() || fresh.empty()) return differences;
  const auto find = [](const std::vector<CardFeature>& list, const std::string& name) {
    return std::find_if(list.begin(), list.end(),
                        [&](const CardFeature& feature) { return feature.name == name; });
  };
  for (const CardFeature& old : published) {
    const auto now = find(fresh, old.name);
    if (now == fresh.end()) {
      differences.push_back(
          Concat("column=", old.name, " published=", DescribeType(old, 0), " new=(none)"));
    } else if (!(old == *now) && !NamesNumbers(old, *now)) {
      differences.push_back(DescribeClash(old, *now));
    }
  }
  for (const CardFeature& now : fresh) {
    if (find(published, now.name) == published.end()) {
      differences.push_back(
          Concat("column=", now.name, " published=(none) new=", DescribeType(now, 0)));
    }
  }
  return differences;
}

std::string HuggingfaceMetadata(const std::vector<CardFeature>& features) {
  const Json metadata = {{"info", {{"features", JsonOfFields(features)}}}};
  return metadata.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace hubmill
