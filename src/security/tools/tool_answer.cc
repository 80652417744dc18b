#include "security/tools/tool_answer.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "io/limited_process.h"
#include "security/tools/tool_adapter.h"

namespace hubmill {
namespace {

using Json = nlohmann::json;
using Answers = std::vector<TextAnswer>;

// What KubeLinter says on standard error where a file holds no object that it lints.
constexpr std::string_view kNothingToLint = "no valid objects found";
// With --verbose, what it says of an object that it leaves out; then why, then, for the kinds of
// which it knows nothing, one of these.
constexpr std::string_view kNotLoaded = "Warning: failed to load object from ";
constexpr std::string_view kWhyNotLoaded = ": failed to decode: ";
constexpr std::string_view kOfNoKnownKind[] = {"no kind \"", "Object 'Kind' is missing",
                                               "Object 'apiVersion' is missing"};

Status NotUnderstood(std::string_view tool, std::string_view why) {
  return DataRefused(tool, " gave an answer that is not understood: ", why,
                     "; remedy: install the pinned version (hubmill security install-tools)");
}

bool IsBlank(std::string_view text) {
  return text.find_first_not_of(" \r\n\t") == std::string_view::npos;
}

Result<Json> ParseAnswer(std::string_view tool, std::string_view output) {
  Json answer = Json::parse(output, nullptr, /*allow_exceptions=*/false);
  if (answer.is_discarded()) return NotUnderstood(tool, "it is no JSON");
  if (!answer.is_object() && !answer.is_array()) return NotUnderstood(tool, "it is no object");
  return answer;
}

/// The member, or null where there is none.
const Json& At(const Json& value, std::string_view key) {
  static const auto* null = new Json();
  if (!value.is_object()) return *null;
  const auto found = value.find(key);
  return found == value.end() ? *null : *found;
}

std::string TextAt(const Json& value, std::string_view key) {
  const Json& member = At(value, key);
  if (!member.is_string()) return "";
  std::string text = member.get<std::string>();
  if (text.size() > kFindingTextBytesMax) {
    size_t end = kFindingTextBytesMax;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    text.resize(end);
  }
  return text;
}

int64_t NumberAt(const Json& value, std::string_view key) {
  const Json& member = At(value, key);
  return member.is_number_integer() ? std::max<int64_t>(0, member.get<int64_t>()) : 0;
}

/// The first of these members that is a text and not empty.
std::string FirstText(const Json& value, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    std::string text = TextAt(value, key);
    if (!text.empty()) return text;
  }
  return "";
}

std::string KubernetesObject(const Json& object) {
  const std::string kind = TextAt(At(object, "GroupVersionKind"), "Kind");
  if (kind.empty()) return "";
  const std::string space = TextAt(object, "Namespace");
  return kind + "/" + (space.empty() ? "default" : space) + "/" + TextAt(object, "Name");
}

/// Whether KubeLinter left out an object of a kind that it checks: of that one it says nothing.
bool LeftOutAnObject(std::string_view messages) {
  for (size_t at = 0; at < messages.size();) {
    const size_t end = std::min(messages.find('\n', at), messages.size());
    const std::string_view line = messages.substr(at, end - at);
    at = end + 1;
    if (!line.starts_with(kNotLoaded)) continue;
    const size_t why = line.find(kWhyNotLoaded);
    if (why == std::string_view::npos) return true;
    const std::string_view rest = line.substr(why + kWhyNotLoaded.size());
    if (std::none_of(std::begin(kOfNoKnownKind), std::end(kOfNoKnownKind),
                     [rest](std::string_view known) { return rest.starts_with(known); })) {
      return true;
    }
  }
  return false;
}

/// What a policy denies: one finding, told as a text or an object.
TextFinding FindingOf(const Json& item, const std::string& package) {
  TextFinding finding;
  finding.rule_id = package;
  if (item.is_string()) {
    finding.msg = TextAt(Json{{"msg", item}}, "msg");
    return finding;
  }
  const std::string id = FirstText(item, {"id", "rule_id", "code"});
  if (!id.empty()) finding.rule_id = id;
  finding.raw_severity = TextAt(item, "severity");
  finding.msg = FirstText(item, {"msg", "message", "title"});
  finding.object = FirstText(item, {"object", "resource"});
  finding.line = NumberAt(item, "line");
  if (finding.msg.empty()) finding.msg = item.dump(-1, ' ', false, Json::error_handler_t::replace);
  return finding;
}

/// A set that OPA shows as a list, or as an object whose keys are the findings (as JSON where they
/// are objects) and whose values are true, or whose values are the findings.
Status AddDenied(const Json& denied, const std::string& package, TextAnswer* answer) {
  if (denied.is_null() || denied.is_boolean()) {
    if (denied == Json(true)) answer->findings.push_back({.rule_id = package, .msg = "denied"});
    return Status::OK();
  }
  if (denied.is_string()) {
    answer->findings.push_back(FindingOf(denied, package));
    return Status::OK();
  }
  if (!denied.is_structured()) return NotUnderstood("opa", "deny is a number");
  for (const auto& [key, value] : denied.items()) {
    if (answer->findings.size() >= kFindingsMax) return NotUnderstood("opa", "too many findings");
    if (denied.is_array() || value.is_object() || value.is_string()) {
      answer->findings.push_back(FindingOf(value, package));
      continue;
    }
    if (value != Json(true)) continue;  // A member of the object that is off.
    const Json parsed = Json::parse(key, nullptr, /*allow_exceptions=*/false);
    answer->findings.push_back(FindingOf(parsed.is_object() ? parsed : Json(key), package));
  }
  return Status::OK();
}

/// Sorted, and each finding names its rule.
Result<Answers> Checked(std::string_view tool, Answers answers) {
  for (TextAnswer& answer : answers) {
    for (const TextFinding& finding : answer.findings) {
      if (IsBlank(finding.rule_id)) return NotUnderstood(tool, "a finding names no rule");
    }
    std::sort(answer.findings.begin(), answer.findings.end());
  }
  return answers;
}

/// The objects of all checks of a report, whatever they said.
void AddJudged(const Json& report, std::vector<JudgedObjects>* judged) {
  for (const char* list : {"passed_checks", "failed_checks", "skipped_checks"}) {
    for (const Json& check : At(At(report, "results"), list)) {
      const int64_t number = NumberOf(TextAt(check, "file_abs_path"), judged->size());
      std::string object = TextAt(check, "resource");
      if (number < 0) continue;
      std::string kind = object.substr(0, object.find('.'));
      (*judged)[static_cast<size_t>(number)][std::move(kind)].insert(std::move(object));
    }
  }
}

/// Findings of one report of checkov.
Status AddCheckovReport(const Json& report, Answers* answers) {
  if (!report.is_object()) return NotUnderstood("checkov", "a report is no object");
  const Json& summary = report.contains("summary") ? At(report, "summary") : report;
  if (!At(summary, "parsing_errors").is_number_integer()) {
    return NotUnderstood("checkov", "it has no summary");
  }
  if (NumberAt(summary, "parsing_errors") > 0) {
    if (answers->size() > 1) return NotUnderstood("checkov", "it could not read every file");
    answers->front().failure = "checkov cannot parse it";
    return Status::OK();
  }
  const Json& failed = At(At(report, "results"), "failed_checks");
  const Json& counted = At(summary, "failed");
  if (!counted.is_number_unsigned() || counted != failed.size() ||
      (!failed.is_array() && !failed.is_null())) {
    return NotUnderstood("checkov", "its findings are not as many as it counts");
  }
  if (failed.size() > kFindingsMax) return NotUnderstood("checkov", "too many findings");
  for (const Json& check : failed) {
    std::string path = TextAt(check, "file_abs_path");
    const int64_t number = NumberOf(path, answers->size());
    if (number < 0) return NotUnderstood("checkov", "a finding is in no file that it was given");
    const Json& range = At(check, "file_line_range");
    const bool has_line = range.is_array() && !range.empty() && range[0].is_number_integer();
    (*answers)[static_cast<size_t>(number)].findings.push_back(
        {.rule_id = TextAt(check, "check_id"),
         .raw_severity = TextAt(check, "severity"),
         .msg = TextAt(check, "check_name"),
         .object = TextAt(check, "resource"),
         .line = has_line ? std::max<int64_t>(1, range[0].get<int64_t>()) : 0});
  }
  return Status::OK();
}

}  // namespace

Result<Answers> ReadKubeLinterAnswer(std::string_view output, std::string_view messages) {
  Answers answers(1);
  if (messages.size() >= kMessagesBytesMax) {
    return NotUnderstood("kube-linter", "it says more than is read");
  }
  if (LeftOutAnObject(messages)) {
    answers[0].failure = "kube-linter cannot read an object of it";
    return answers;
  }
  if (IsBlank(output)) {
    if (messages.find(kNothingToLint) != std::string_view::npos) return answers;
    return NotUnderstood("kube-linter", "it says nothing");
  }
  ARROW_ASSIGN_OR_RAISE(const Json answer, ParseAnswer("kube-linter", output));
  if (!answer.is_object() || !answer.contains("Reports")) {
    return NotUnderstood("kube-linter", "it has no reports");
  }
  const Json& reports = answer["Reports"];
  if (!reports.is_array() && !reports.is_null()) {
    return NotUnderstood("kube-linter", "its reports are no list");
  }
  if (reports.size() > kFindingsMax) return NotUnderstood("kube-linter", "too many findings");
  for (const Json& report : reports) {
    const Json& object = At(report, "Object");
    std::string msg = TextAt(At(report, "Diagnostic"), "Message");
    if (msg.empty()) msg = TextAt(report, "Remediation");
    answers[0].findings.push_back({.rule_id = TextAt(report, "Check"),
                                   .raw_severity = TextAt(report, "Severity"),
                                   .msg = std::move(msg),
                                   .object = KubernetesObject(At(object, "K8sObject"))});
  }
  return Checked("kube-linter", std::move(answers));
}

Result<Answers> ReadSemgrepAnswer(std::string_view output, size_t texts) {
  ARROW_ASSIGN_OR_RAISE(const Json answer, ParseAnswer("semgrep", output));
  const Json& results = At(answer, "results");
  const Json& errors = At(answer, "errors");
  const Json& scanned = At(At(answer, "paths"), "scanned");
  if (!results.is_array() || !errors.is_array() || !scanned.is_array()) {
    return NotUnderstood("semgrep", "it has no results, errors and paths");
  }
  if (results.size() > kFindingsMax) return NotUnderstood("semgrep", "too many findings");
  if (!At(answer, "skipped_rules").empty()) return NotUnderstood("semgrep", "it left out a rule");
  Answers answers(texts, TextAnswer{.findings = {}, .failure = "semgrep did not scan it"});
  for (const Json& path : scanned) {
    const int64_t number = path.is_string() ? NumberOf(path.get<std::string>(), texts) : -1;
    if (number >= 0) answers[static_cast<size_t>(number)].failure.clear();
  }
  for (const Json& error : errors) {
    const int64_t number = NumberOf(TextAt(error, "path"), texts);
    if (number < 0) return NotUnderstood("semgrep", "it met an error in no file");
    answers[static_cast<size_t>(number)].failure = "semgrep cannot parse all of it";
  }
  for (const Json& result : results) {
    const int64_t number = NumberOf(TextAt(result, "path"), texts);
    if (number < 0) return NotUnderstood("semgrep", "a finding is in no file that it was given");
    const std::string id = TextAt(result, "check_id");
    const Json& extra = At(result, "extra");
    answers[static_cast<size_t>(number)].findings.push_back(
        {.rule_id = id.substr(id.rfind('.') + 1),  // It puts the rule file's folder before it.
         .raw_severity = TextAt(extra, "severity"),
         .msg = TextAt(extra, "message"),
         .object = "",
         .line = NumberAt(At(result, "start"), "line")});
  }
  return Checked("semgrep", std::move(answers));
}

Result<Answers> ReadCheckovAnswer(std::string_view output, size_t texts,
                                  std::vector<JudgedObjects>* judged) {
  ARROW_ASSIGN_OR_RAISE(Json answer, ParseAnswer("checkov", output));
  if (answer.is_object()) answer = Json::array({std::move(answer)});
  if (answer.empty()) return NotUnderstood("checkov", "it has no report");
  Answers answers(texts);
  if (judged != nullptr) judged->assign(texts, {});
  for (const Json& report : answer) {
    ARROW_RETURN_NOT_OK(AddCheckovReport(report, &answers));
    if (judged != nullptr) AddJudged(report, judged);
  }
  return Checked("checkov", std::move(answers));
}

Result<Answers> ReadOpaAnswer(std::string_view output, size_t texts,
                              const std::vector<std::string>& packages) {
  ARROW_ASSIGN_OR_RAISE(const Json answer, ParseAnswer("opa", output));
  const Json& results = At(answer, "result");
  const bool whole = results.is_array() && results.size() == 1 &&
                     At(results[0], "expressions").is_array() &&
                     At(results[0], "expressions").size() == 1;
  if (!whole) return NotUnderstood("opa", "it has no result");
  const Json& lists = At(At(results[0], "expressions")[0], "value");
  if (!lists.is_array() || lists.size() != packages.size()) {
    return NotUnderstood("opa", "it answers another question");
  }
  Answers answers(texts);
  for (size_t p = 0; p < packages.size(); ++p) {
    for (const Json& item : lists[p]) {
      const Json& number = At(item, "i");
      if (!number.is_number_unsigned() || number.get<uint64_t>() >= texts) {
        return NotUnderstood("opa", "a finding is in no file that it was given");
      }
      ARROW_RETURN_NOT_OK(
          AddDenied(At(item, "deny"), packages[p], &answers[number.get<uint64_t>()]));
    }
  }
  return Checked("opa", std::move(answers));
}

OpaError ReadOpaError(std::string_view output) {
  OpaError error;
  auto answer = ParseAnswer("opa", output);
  if (!answer.ok()) return error;
  const Json& errors = At(*answer, "errors");
  if (!errors.is_array() || errors.empty()) return error;
  const Json& location = At(errors[0], "location");
  error.line = NumberAt(location, "row");
  error.code = TextAt(errors[0], "code");
  const std::string file = TextAt(location, "file");
  const size_t name = file.rfind('/') + 1;  // 0 where there is no folder.
  size_t number = 0;
  const auto read = std::from_chars(file.data() + name, file.data() + file.size(), number);
  const std::string_view rest(read.ptr, static_cast<size_t>(file.data() + file.size() - read.ptr));
  if (read.ec == std::errc() && rest == ".rego") error.policy = number;
  return error;
}

}  // namespace hubmill
