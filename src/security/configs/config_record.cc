#include "security/configs/config_record.h"

#include "base/json_text.h"

namespace hubmill {
namespace {

void AppendMember(std::string_view key, std::string_view value, std::string* out) {
  if (!out->ends_with('{')) *out += ", ";
  AppendJsonString(key, out, {.ascii_only = true});
  *out += ": ";
  AppendJsonString(value, out, {.ascii_only = true});
}

}  // namespace

std::string RenderConfigRecord(const ConfigRecord& record, bool raw_severity) {
  std::string out = "{";
  AppendMember("question", record.question, &out);
  out += R"(, "info": {"violations": [)";
  for (size_t i = 0; i < record.violations.size(); ++i) {
    const Finding& finding = record.violations[i];
    out += i == 0 ? "{" : ", {";
    AppendMember("tool", finding.tool, &out);
    AppendMember("rule_id", finding.rule_id, &out);
    AppendMember("severity", finding.severity, &out);
    AppendMember("msg", finding.msg, &out);
    AppendMember("loc", finding.loc, &out);
    if (raw_severity) AppendMember("severity_raw", finding.raw_severity, &out);
    out += "}";
  }
  out += R"(], "patch": )";
  if (record.patch.empty()) {
    out += "null";
  } else {
    AppendJsonString(record.patch, &out, {.ascii_only = true});
  }
  out += R"(}, "meta": {)";
  AppendMember("lang", NameOf(record.lang), &out);
  AppendMember("source", record.source, &out);
  AppendMember("hash", record.hash, &out);
  if (!record.patch_source.empty()) AppendMember("patch_source", record.patch_source, &out);
  out += "}}\n";
  return out;
}

}  // namespace hubmill
