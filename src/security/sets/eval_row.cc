#include "security/sets/eval_row.h"

#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <set>

#include "base/utf8.h"
#include "core/failure.h"
#include "security/configs/config_files.h"

namespace hubmill {
namespace {

using Json = nlohmann::json;
using Words = std::initializer_list<std::string_view>;

constexpr size_t kHashDigits = 16;
constexpr size_t kProblemsMax = 20;    // Of a row.
constexpr size_t kExtraKeysMax = 100;  // Of a row.

bool Among(std::string_view text, Words words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

std::string JoinedWords(Words words) {
  std::string out;
  for (const std::string_view word : words) out += Concat(out.empty() ? "" : ", ", word);
  return out;
}

/// Parses a line; `repeated` where an object has a key twice, of which one would be lost.
Json ParseLine(std::string_view line, bool* repeated) {
  std::vector<std::set<std::string>> open;
  const auto look = [&](int, Json::parse_event_t event, Json& value) {
    if (event == Json::parse_event_t::object_start) open.emplace_back();
    if (event == Json::parse_event_t::object_end && !open.empty()) open.pop_back();
    if (event == Json::parse_event_t::key && !open.empty()) {
      *repeated |= !open.back().insert(value.get<std::string>()).second;
    }
    return true;
  };
  return Json::parse(line, look, /*allow_exceptions=*/false);
}

/// Reads the fields of one row, noting what is wrong.
class RowReader {
 public:
  RowReader(EvalRules rules, EvalRow* row, std::vector<std::string>* problems,
            std::vector<std::string>* extra)
      : strict_(rules == EvalRules::kStrict), row_(row), problems_(problems), extra_(extra) {}

  void ReadE1(const Json& json) {
    CheckKeys(json, "", {"question", "answer", "meta"});
    Text(json, "question", "question", &row_->question);
    if (Text(json, "answer", "answer", &row_->answer)) {
      Word("answer", row_->answer, {"Malicious", "Benign"});
    }
    const Json* meta = Object(json, "meta");
    if (meta == nullptr) return;
    CheckKeys(*meta, "meta.", {"source", "scenario", "attack_family", "hash", "split"});
    Text(*meta, "source", "meta.source", &row_->source);
    Text(*meta, "scenario", "meta.scenario", &row_->scenario, "unknown");
    Text(*meta, "attack_family", "meta.attack_family", &row_->family, "unknown");
    if (Text(*meta, "hash", "meta.hash", &row_->hash)) Hash();
    if (Text(*meta, "split", "meta.split", &row_->split, "demo")) {
      Word("meta.split", row_->split, {"train", "dev", "test", "ood", "demo"});
    }
  }

  void ReadE2(const Json& json) {
    CheckKeys(json, "", {"question", "info", "meta"});
    Text(json, "question", "question", &row_->question);
    if (const Json* info = Object(json, "info")) ReadInfo(*info);
    const Json* meta = Object(json, "meta");
    if (meta == nullptr) return;
    CheckKeys(*meta, "meta.", {"lang", "source", "hash"});
    if (Text(*meta, "lang", "meta.lang", &row_->lang)) Word("meta.lang", row_->lang, {"k8s", "tf"});
    Text(*meta, "source", "meta.source", &row_->source);
    if (Text(*meta, "hash", "meta.hash", &row_->hash)) Hash();
    if (strict_ && row_->hash.size() == kHashDigits && row_->hash != ConfigHash(row_->question)) {
      Note("meta.hash", "is not that of the question");
    }
  }

 private:
  void Note(std::string_view field, std::string_view why) {
    if (problems_->size() == kProblemsMax) problems_->emplace_back("and more");
    if (problems_->size() < kProblemsMax) problems_->push_back(Concat(field, ": ", why));
  }

  void CheckKeys(const Json& object, const char* prefix, Words known) {
    for (const auto& item : object.items()) {
      if (Among(item.key(), known) || extra_->size() >= kExtraKeysMax) continue;
      const std::string key = prefix + item.key();
      if (std::find(extra_->begin(), extra_->end(), key) == extra_->end()) extra_->push_back(key);
    }
  }

  const Json* Object(const Json& parent, const char* key) {
    const auto found = parent.find(key);
    if (found == parent.end()) {
      Note(key, "is missing");
    } else if (!found->is_object()) {
      Note(key, "is not an object");
    } else {
      return &*found;
    }
    return nullptr;
  }

  /// `otherwise`: what a missing text is in the original; null: it must be there.
  bool Text(const Json& object, const char* key, std::string_view field, std::string* out,
            const char* otherwise = nullptr) {
    const auto found = object.find(key);
    if (found == object.end()) {
      if (otherwise != nullptr && !strict_) {
        *out = otherwise;
        return true;
      }
      Note(field, "is missing");
      return false;
    }
    if (!found->is_string()) {
      Note(field, found->is_null() ? "is null" : "is not text");
      return false;
    }
    *out = found->get<std::string>();
    if (strict_ && out->find_first_not_of(" \t\r\n") == out->npos) {
      Note(field, "is empty");
      return false;
    }
    return true;
  }

  void Word(std::string_view field, const std::string& text, Words words) {
    if (!Among(text, words)) Note(field, "is none of " + JoinedWords(words));
  }

  void Hash() {
    const bool hex = row_->hash.size() == kHashDigits &&
                     row_->hash.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (strict_ && !hex) Note("meta.hash", "is not 16 hexadecimal digits");
  }

  void ReadInfo(const Json& info) {
    CheckKeys(info, "info.", {"violations", "patch"});
    const auto patch = info.find("patch");
    if (patch != info.end() && patch->is_string()) {
      row_->patch = patch->get<std::string>();
    } else if (patch != info.end() && !patch->is_null()) {
      Note("info.patch", "is neither text nor null");
    }
    const auto list = info.find("violations");
    if (list == info.end()) {
      if (strict_) Note("info.violations", "is missing");
      return;
    }
    if (!list->is_array()) return Note("info.violations", "is not a list");
    for (size_t i = 0; i < list->size(); ++i) ReadFinding((*list)[i], i);
  }

  void ReadFinding(const Json& json, size_t i) {
    const std::string at = Concat("info.violations[", i, "]");
    if (!json.is_object()) return Note(at, "is not an object");
    CheckKeys(json, "info.violations[].", {"tool", "rule_id", "severity", "msg", "loc"});
    Finding finding;
    const auto text = [&](const char* key, std::string* out, bool may_be_empty) {
      const auto found = json.find(key);
      const std::string field = Concat(at, ".", key);
      if (found == json.end() || !found->is_string()) {
        Note(field, found == json.end() ? "is missing" : "is not text");
        return;
      }
      *out = found->get<std::string>();
      if (strict_ && !may_be_empty && out->empty()) Note(field, "is empty");
    };
    text("tool", &finding.tool, false);
    text("rule_id", &finding.rule_id, false);
    text("severity", &finding.severity, false);
    text("msg", &finding.msg, true);
    text("loc", &finding.loc, true);
    if (strict_ && !finding.severity.empty()) {
      Word(at + ".severity", finding.severity, {"low", "med", "high"});
    }
    if (strict_ && !finding.tool.empty()) {
      Word(at + ".tool", finding.tool, {"kube-linter", "semgrep", "opa", "checkov"});
    }
    row_->findings.push_back(std::move(finding));
  }

  const bool strict_;
  EvalRow* row_;
  std::vector<std::string>* problems_;
  std::vector<std::string>* extra_;
};

}  // namespace

void ReadEvalRow(EvalSet set, EvalRules rules, std::string_view line, EvalRow* row,
                 std::vector<std::string>* problems, std::vector<std::string>* extra_keys) {
  *row = EvalRow();
  if (!IsValidUtf8(line)) {
    problems->emplace_back("the line is not UTF-8");
    return;
  }
  bool repeated = false;
  const Json json = ParseLine(line, &repeated);
  if (json.is_discarded() || line.starts_with("\xEF\xBB\xBF")) {
    problems->emplace_back("the line is not JSON");
    return;
  }
  if (!json.is_object()) {
    problems->emplace_back("the line is not a JSON object");
    return;
  }
  if (repeated && rules == EvalRules::kStrict) problems->emplace_back("a key stands twice");
  RowReader reader(rules, row, problems, extra_keys);
  set == EvalSet::kE1 ? reader.ReadE1(json) : reader.ReadE2(json);
}

}  // namespace hubmill
