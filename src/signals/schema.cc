#include "signals/schema.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <set>
#include <sstream>

#include "base/hash.h"
#include "core/options.h"
#include "text/contact_guard.h"

namespace hubmill {
namespace {

constexpr std::array<std::string_view, 10> kBlocked = {
    "rag_",     "website_",     "tool_",  "raw_",     "content_",
    "summary_", "description_", "notes_", "context_", "narrative_"};

constexpr double kCountMax = 1e9;  // Below every phone number of ten digits.
constexpr double kDaysMax = 36'600;
constexpr double kNumberMax = 1e15;
constexpr size_t kKeyBytesMax = 64;
constexpr size_t kWordsMax = 1000;

bool IsSlug(std::string_view text) {
  return !text.empty() && text.size() <= kKeyBytesMax && text[0] >= 'a' && text[0] <= 'z' &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
         });
}

/// A feature as YAML has it.
struct FeatureOptions {
  std::string key;
  std::string type;
  std::vector<std::string> values;
  bool nulls = true;
  Setting range;
  std::string about;
  static void Describe(OptionTable<FeatureOptions>& table) {
    using O = FeatureOptions;
    table.Field("key", &O::key, "Its name.").Required();
    table.Field("type", &O::type, "What it is.")
        .Required()
        .Choices({"enum", "count", "days", "ratio", "flag", "number"});
    table.Field("values", &O::values, "The words of an enum.");
    table.Field("nulls", &O::nulls, "Whether the input may say null.");
    table.Field("range", &O::range, "[least, most] of a number.");
    table.Field("about", &O::about, "A sentence for people.");
  }
};

struct SchemaOptions {
  std::string schema;
  std::string schema_version;
  std::string numbers = "enforce";
  std::string pressure_keys = "list";
  std::vector<std::string> boundary_class;
  std::vector<std::string> client_feedback;
  Setting reviewer_score;
  Setting features;
  static void Describe(OptionTable<SchemaOptions>& table) {
    using O = SchemaOptions;
    table.Field("schema", &O::schema, "Its name.").Required();
    table.Field("schema_version", &O::schema_version, "Stands in every row.").Required();
    table.Field("numbers", &O::numbers, "A number out of range.").Choices({"enforce", "report"});
    table.Field("pressure_keys", &O::pressure_keys, "Their form.").Choices({"list", "text"});
    table.Field("boundary_class", &O::boundary_class, "The words of targets.boundary_class.");
    table.Field("client_feedback", &O::client_feedback, "The words of labels.client_feedback.");
    table.Field("reviewer_score", &O::reviewer_score, "[least, most] of labels.reviewer_score.");
    table.Field("features", &O::features, "A list, in the order of the export.").Required();
  }
};

class SchemaReader {
 public:
  explicit SchemaReader(const std::string& file) : file_(file) {}

  Result<SignalsSchema> Read(std::string_view text) {
    ARROW_ASSIGN_OR_RAISE(const Setting root, ParseYaml(text, file_));
    const auto options =
        OptionTable<SchemaOptions>().Read(root, {.file = file_, .owner = "schema"}, &errors_);
    schema_.file = file_;
    schema_.name = options.schema;
    schema_.version = options.schema_version;
    schema_.enforce = options.numbers == "enforce";
    schema_.pressure_list = options.pressure_keys == "list";
    schema_.boundaries = options.boundary_class;
    schema_.feedback = options.client_feedback;
    CheckName("schema", schema_.name, root.mark);
    CheckName("schema_version", schema_.version, root.mark);
    CheckWords("boundary_class", schema_.boundaries, MarkOf(root, "boundary_class"));
    CheckWords("client_feedback", schema_.feedback, MarkOf(root, "client_feedback"));
    ReadRange(options.reviewer_score, "reviewer_score", &schema_.score_min, &schema_.score_max);
    ReadFeatures(options.features, root.mark);
    ARROW_RETURN_NOT_OK(errors_.ToStatus());
    return std::move(schema_);
  }

 private:
  static Mark MarkOf(const Setting& map, std::string_view key) {
    const Setting* found = map.kind == Setting::Kind::kMap ? map.Find(key) : nullptr;
    return found == nullptr ? map.mark : found->mark;
  }

  void CheckName(const char* what, const std::string& name, const Mark& mark) {
    if (name.empty() || IsSlug(name)) return;  // An empty one is told as missing.
    errors_.Add(file_, mark,
                Concat(what, " is no name; remedy: up to 64 of a-z, 0-9 and _, a letter first"));
  }

  /// Words go out as they are, into rows and names of files, so they hold nothing personal.
  void CheckWords(const std::string& owner, const std::vector<std::string>& words,
                  const Mark& mark) {
    std::set<std::string> seen;
    for (const std::string& word : words) {
      const bool plain = !word.empty() && word.size() <= kKeyBytesMax &&
                         std::all_of(word.begin(), word.end(), [](char c) {
                           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                  (c >= '0' && c <= '9') || c == '_' || c == '-';
                         });
      if (!plain || FindContact(word) != ContactKind::kNone) {
        errors_.Add(file_, mark,
                    owner +
                        ": a value is no plain word; remedy: up to 64 of a-z, A-Z, 0-9, _ and "
                        "-, and no telephone number");
      }
      if (!seen.insert(word).second) {
        errors_.Add(file_, mark, owner + ": a value stands twice; remedy: name it once");
      }
    }
    if (words.size() > kWordsMax) {
      errors_.Add(file_, mark, Concat(owner, ": too many values: max=", kWordsMax));
    }
  }

  void ReadRange(const Setting& range, const std::string& owner, double* min, double* max) {
    if (range.kind == Setting::Kind::kNull) return;
    double bounds[2] = {0, 0};
    bool good = range.kind == Setting::Kind::kList && range.items.size() == 2;
    for (size_t i = 0; good && i < 2; ++i) good = ReadValue(range.items[i], &bounds[i]).empty();
    if (!good || !(bounds[0] <= bounds[1])) {
      return errors_.Add(file_, range.mark,
                         owner + " is no range; remedy: [LEAST, MOST], for example [0, 5]");
    }
    *min = bounds[0];
    *max = bounds[1];
  }

  void ReadFeatures(const Setting& list, const Mark& mark) {
    if (list.kind != Setting::Kind::kList || list.items.empty()) {
      return errors_.Add(file_, mark, "features are no list; remedy: - {key: NAME, type: count}");
    }
    if (list.items.size() > kSignalsFeaturesMax) {
      errors_.Add(file_, list.mark, Concat("too many features: max=", kSignalsFeaturesMax));
    }
    for (const Setting& item : list.items) ReadFeature(item);
  }

  void ReadFeature(const Setting& item) {
    const auto options =
        OptionTable<FeatureOptions>().Read(item, {.file = file_, .owner = "feature"}, &errors_);
    SignalsFeature feature{.key = options.key,
                           .values = options.values,
                           .nulls = options.nulls,
                           .about = options.about};
    const std::string owner = "feature " + options.key;
    CheckName("a feature's key", options.key, item.mark);
    if (const std::string_view word = BlockedWordIn(options.key); !word.empty()) {
      errors_.Add(
          file_, item.mark,
          Concat(owner, ": never exported, since it holds ", word, "; remedy: leave it out"));
    }
    if (!options.key.empty() && schema_.Find(options.key) >= 0) {
      errors_.Add(file_, item.mark, owner + " stands twice; remedy: leave one out");
    }
    SetType(options, owner, item.mark, &feature);
    schema_.features.push_back(std::move(feature));
  }

  void SetType(const FeatureOptions& options, const std::string& owner, const Mark& mark,
               SignalsFeature* feature) {
    struct Named {
      const char* name;
      FeatureType type;
      double min;
      double max;
    };
    constexpr Named kTypes[] = {{"enum", FeatureType::kEnum, 0, 0},
                                {"count", FeatureType::kCount, 0, kCountMax},
                                {"days", FeatureType::kDays, 0, kDaysMax},
                                {"ratio", FeatureType::kRatio, 0, 1},
                                {"flag", FeatureType::kFlag, 0, 1},
                                {"number", FeatureType::kNumber, -kNumberMax, kNumberMax}};
    for (const Named& named : kTypes) {
      if (options.type != named.name) continue;
      feature->type = named.type;
      feature->min = named.min;
      feature->max = named.max;
    }
    const bool is_enum = feature->type == FeatureType::kEnum;
    if (is_enum && options.values.empty()) {
      errors_.Add(file_, mark, owner + " has no values; remedy: values: [WORD, …]");
    }
    if (!is_enum && !options.values.empty()) {
      errors_.Add(file_, mark, owner + " has values and is no enum; remedy: type: enum");
    }
    CheckWords(owner, options.values, mark);
    if (is_enum && options.range.kind != Setting::Kind::kNull) {
      errors_.Add(file_, mark, owner + " is an enum, and has a range; remedy: leave it out");
    }
    ReadRange(options.range, owner, &feature->min, &feature->max);
  }

  const std::string& file_;
  SignalsSchema schema_;
  ErrorList errors_;
};

std::string Joined(const std::vector<std::string>& keys) {
  std::string text;
  for (const std::string& key : keys) text += (text.empty() ? "" : ",") + key;
  return text;
}

constexpr size_t kHashDigits = 8;

}  // namespace

const char* NameOf(FeatureType type) {
  constexpr const char* kNames[] = {"enum", "count", "days", "ratio", "flag", "number"};
  return kNames[size_t(type)];
}

int SignalsSchema::Find(std::string_view key) const {
  for (size_t i = 0; i < features.size(); ++i) {
    if (features[i].key == key) return int(i);
  }
  return -1;
}

std::vector<std::string> SignalsSchema::Keys() const {
  std::vector<std::string> keys;
  for (const SignalsFeature& feature : features) keys.push_back(feature.key);
  return keys;
}

Result<SignalsSchema> ParseSignalsSchema(std::string_view text, const std::string& file) {
  return SchemaReader(file).Read(text);
}

Result<SignalsSchema> FindSignalsSchema(const std::string& name_or_file) {
  std::vector<std::string> names;
  for (const auto& [name, text] : BuiltinSchemas()) {
    if (name == name_or_file) return ParseSignalsSchema(text, "builtin:" + name);
    names.push_back(name);
  }
  std::ifstream file(name_or_file, std::ios::binary);
  std::string text(size_t(kRecipeBytesMax) + 1, '\0');
  file.read(text.data(), std::streamsize(text.size()));
  text.resize(size_t(file.gcount()));
  if (!file.is_open() || file.bad() || (file.fail() && !file.eof())) {
    const std::string nearest = NearestName(name_or_file, names);
    return WrongUsage(
        "no such schema: schema=", name_or_file, "; remedy: ",
        nearest.empty() ? "a file, or one of " + Joined(names) : "did you mean " + nearest + "?");
  }
  if (text.size() > size_t(kRecipeBytesMax)) {
    return WrongUsage("too large for a schema: file=", name_or_file,
                      " bytes_max=", kRecipeBytesMax);
  }
  return ParseSignalsSchema(text, name_or_file);
}

std::string SchemaHash(const std::string& version, const std::vector<std::string>& keys) {
  return Sha256Hex(version + ":" + Joined(keys)).substr(0, kHashDigits);
}

std::string LegacySchemaHash(const std::vector<std::string>& keys) {
  return Sha256Hex(Joined(keys)).substr(0, kHashDigits);
}

std::vector<std::string> FeatureChanges(const std::vector<std::string>& before,
                                        const std::vector<std::string>& after) {
  std::vector<std::string> changes;
  const std::set<std::string> old(before.begin(), before.end());
  const std::set<std::string> fresh(after.begin(), after.end());
  for (const std::string& key : after) {
    if (!old.contains(key)) changes.push_back("added: " + key);
  }
  for (const std::string& key : before) {
    if (!fresh.contains(key)) changes.push_back("removed: " + key);
  }
  if (changes.empty() && before != after) changes.emplace_back("the order of the features");
  return changes;
}

Status CheckVersionKept(const SignalsSchema& before, const SignalsSchema& after) {
  if (before.version != after.version) return Status::OK();
  const auto changes = FeatureChanges(before.Keys(), after.Keys());
  if (changes.empty()) return Status::OK();
  std::string all = Concat("the features changed, and schema_version did not: file=", after.file,
                           " against=", before.file, " schema_version=", after.version,
                           " schema_hash=", SchemaHash(after.version, after.Keys()),
                           " before=", SchemaHash(before.version, before.Keys()));
  for (const std::string& change : changes) all += "\n  " + change;
  return DataRefused(all,
                     "\n; remedy: another schema_version, and retrain the models that read it");
}

std::string_view BlockedWordIn(std::string_view key) {
  for (const std::string_view word : kBlocked) {
    if (key.find(word) != key.npos) return word;
  }
  return {};
}

}  // namespace hubmill
