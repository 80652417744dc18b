// The four adapters.  Arguments that keep a tool from looking elsewhere (the network, the user's
// settings, ignore files) are here; that they are kept is seen to by the runner's environment, too.
#include <algorithm>
#include <optional>
#include <set>

#include "base/hash.h"
#include "security/configs/hcl.h"
#include "security/configs/manifest.h"
#include "security/tools/tool_adapter.h"
#include "security/tools/tool_answer.h"
#include "security/tools/tool_files.h"

namespace hubmill {
namespace {

using Arguments = std::vector<std::string>;
using Answers = Result<std::vector<TextAnswer>>;

std::string HashOf(const Arguments& arguments, const ToolRuleFiles& rules) {
  Sha256Stream hash;
  const auto add = [&hash](const std::string& text) {
    hash.Update(Concat(text.size(), ":"));
    hash.Update(text);
  };
  for (const std::string& argument : arguments) add(argument);
  for (const auto& [name, text] : rules) {
    add(name);
    add(text);
  }
  return hash.HexDigest();
}

Status Unexpected(ToolId id, const ProcessAnswer& answer) {
  return DataRefused(FactsOf(id).name,
                     " ended with an unexpected status: exit=", answer.end.exit_status,
                     "; remedy: run it by hand on the file");
}

class KubeLinter : public ToolAdapter {
 public:
  ToolId id() const override { return ToolId::kKubeLinter; }
  std::string RulesHash(ConfigLang /*lang*/) const override {
    return HashOf(Arguments{"lint", "--verbose"}, {});
  }
  Result<Arguments> Prepare(const std::string& folder, ConfigLang lang,
                            TextList texts) const override {
    ARROW_ASSIGN_OR_RAISE(const Arguments paths, LayOut(folder, lang, texts));
    return Arguments{"lint", paths.front(), "--format", "json", "--verbose"};
  }
  /// Exit status 1 is what it says when it found something, and when it failed; 0 where there is
  /// nothing to find.
  Answers Read(ConfigLang /*lang*/, TextList /*texts*/,
               const ProcessAnswer& answer) const override {
    if (answer.end.exit_status > 1) return Unexpected(id(), answer);
    Answers answers = ReadKubeLinterAnswer(answer.output, answer.messages);
    const bool found = answer.end.exit_status == 1;
    if (answers.ok() && answers->front().failure.empty() &&
        answers->front().findings.empty() == found) {
      return Unexpected(id(), answer);
    }
    return answers;
  }
};

class Semgrep : public ToolAdapter {
 public:
  ToolId id() const override { return ToolId::kSemgrep; }
  std::string RulesHash(ConfigLang lang) const override {
    return HashOf(Options(), {{"rules", Rules(lang)}});
  }
  Result<Arguments> Prepare(const std::string& folder, ConfigLang lang,
                            TextList texts) const override {
    ARROW_RETURN_NOT_OK(LayOut(folder, lang, texts).status());
    ARROW_RETURN_NOT_OK(WriteToolFile(folder + "/rules.yaml", Rules(lang)));
    return Options();
  }
  Answers Read(ConfigLang /*lang*/, TextList texts, const ProcessAnswer& answer) const override {
    if (answer.end.exit_status > 1) return Unexpected(id(), answer);
    return ReadSemgrepAnswer(answer.output, texts.size());
  }

 private:
  static Arguments Options() {
    return {"scan",
            "--json",
            "--quiet",
            "--metrics",
            "off",
            "--disable-version-check",
            "--no-git-ignore",
            "--max-target-bytes",
            "0",
            "--jobs",
            "1",
            "--timeout",
            "20",
            "--oss-only",
            "--config",
            "rules.yaml",
            "f"};
  }
  static std::string Rules(ConfigLang lang) {
    return EmbeddedFile(SemgrepRuleFiles(), lang == ConfigLang::kK8s ? "kubernetes" : "terraform");
  }
};

class Checkov : public ToolAdapter {
 public:
  ToolId id() const override { return ToolId::kCheckov; }
  std::string RulesHash(ConfigLang lang) const override { return HashOf(Options(lang), {}); }
  Result<Arguments> Prepare(const std::string& folder, ConfigLang lang,
                            TextList texts) const override {
    ARROW_RETURN_NOT_OK(LayOut(folder, lang, texts).status());
    return Options(lang);
  }
  Answers Read(ConfigLang lang, TextList texts, const ProcessAnswer& answer) const override {
    if (answer.end.exit_status != 0) return Unexpected(id(), answer);
    std::vector<JudgedObjects> judged;
    ARROW_ASSIGN_OR_RAISE(std::vector<TextAnswer> answers,
                          ReadCheckovAnswer(answer.output, texts.size(), &judged));
    for (size_t i = 0; i < texts.size() && lang == ConfigLang::kK8s; ++i) {
      const std::string kind = PassedOverKind(texts[i], judged[i]);
      if (kind.empty() || !answers[i].failure.empty()) continue;
      answers[i] = {.findings = {}, .failure = "checkov passed over an object: kind=" + kind};
    }
    return answers;
  }

 private:
  /// The checks CKV2_K8S_* join objects of all files of a call by name; a record is one file.
  /// Without --quiet it tells of the checks that went well, too.
  static Arguments Options(ConfigLang lang) {
    Arguments options = {"-d",
                         "f",
                         "--framework",
                         lang == ConfigLang::kK8s ? "kubernetes" : "terraform",
                         "--skip-download",
                         "--compact",
                         "-o",
                         "json",
                         "--soft-fail"};
    if (lang == ConfigLang::kK8s) {
      options.insert(options.end(), {"--skip-check", "CKV2_K8S_*"});
    } else {
      options.push_back("--quiet");
    }
    return options;
  }
};

/// The package that a policy says it is in; empty where it says none.
std::string PackageOf(std::string_view policy) {
  for (size_t at = 0; at < policy.size();) {
    const size_t end = std::min(policy.find('\n', at), policy.size());
    std::string_view line = policy.substr(at, end - at);
    at = end + 1;
    const size_t start = line.find_first_not_of(" \t");
    if (start == std::string_view::npos || line[start] == '#') continue;
    line.remove_prefix(start);
    if (!line.starts_with("package ") && !line.starts_with("package\t")) return "";
    line = line.substr(line.find_first_not_of(" \t", 7));
    return std::string(line.substr(0, line.find_first_of(" \t\r#")));
  }
  return "";
}

/// Whether a line of the policy begins a rule called `deny`.
bool HasDeny(std::string_view policy) {
  for (size_t at = 0; at < policy.size();) {
    const size_t end = std::min(policy.find('\n', at), policy.size());
    std::string_view line = policy.substr(at, end - at);
    at = end + 1;
    if (line.starts_with("default ")) line.remove_prefix(8);
    if (line.starts_with("deny") &&
        (line.size() == 4 || std::string_view(" \t[.:=").find(line[4]) != std::string_view::npos)) {
      return true;
    }
  }
  return false;
}

class Opa : public ToolAdapter {
 public:
  explicit Opa(ToolRuleFiles policies) {
    std::set<std::string> packages;
    for (auto& [name, text] : policies) {
      if (name.ends_with("_test.rego")) continue;
      if (std::string package = PackageOf(text); !package.empty()) packages.insert(package);
      policies_.emplace_back(name, std::move(text));
    }
    packages_.assign(packages.begin(), packages.end());
  }
  ToolId id() const override { return ToolId::kOpa; }
  std::string RulesHash(ConfigLang lang) const override {
    return HashOf({kStrict, Query(), NameOf(lang)}, policies_);
  }
  Result<Arguments> Prepare(const std::string& folder, ConfigLang lang,
                            TextList texts) const override {
    std::string input = "[";
    for (const std::string_view text : texts) {
      if (input.size() > 1) input += ",\n";
      ARROW_RETURN_NOT_OK(AppendInput(lang, text, &input));
    }
    ARROW_RETURN_NOT_OK(WriteToolFile(folder + "/input.json", input + "]"));
    for (size_t i = 0; i < policies_.size(); ++i) {
      ARROW_RETURN_NOT_OK(
          WriteToolFile(Concat(folder, "/policies/", i, ".rego"), policies_[i].second));
    }
    return Arguments{"eval",     kStrict,   "--format",   "json", "--data",
                     "policies", "--input", "input.json", Query()};
  }
  Answers Read(ConfigLang /*lang*/, TextList texts, const ProcessAnswer& answer) const override {
    if (answer.end.exit_status == 0) return ReadOpaAnswer(answer.output, texts.size(), packages_);
    const OpaError error = ReadOpaError(answer.output);
    if (error.policy >= policies_.size()) return Unexpected(id(), answer);
    return DataRefused("opa cannot judge it: policy=", policies_[error.policy].first,
                       " line=", error.line, " code=", error.code,
                       "; remedy: look at a value's type before a function gets it");
  }

 private:
  /// Else a function that gets what it does not take makes its rule silent.
  static constexpr char kStrict[] = "--strict-builtin-errors";

  /// [[{"i": 0, "deny": ...}, ...] for the first package, ...]
  std::string Query() const {
    std::string query = "[";
    for (const std::string& package : packages_) {
      if (query.size() > 1) query += ", ";
      query += "[{\"i\": i, \"deny\": d} | some i, f in input; d := data." + package +
               ".deny with input as f]";
    }
    return query + "]";
  }

  static Status AppendInput(ConfigLang lang, std::string_view text, std::string* out) {
    if (lang == ConfigLang::kTf) {
      HclFile file;
      if (const std::optional<HclError> error = ParseHcl(text, &file)) {
        return DataRefused("a file is no HCL: line=", error->line, " expected=", error->expected,
                           "; remedy: mend or remove it");
      }
      *out += R"({"lang":"tf","document":)" + file.json + "}";
      return Status::OK();
    }
    // How large a text may be was decided when it was chosen.
    const Manifest manifest = ReadManifest(text, {.bytes_max = static_cast<int64_t>(text.size())});
    if (manifest.documents.empty()) {
      return DataRefused("a file is no manifest: why=", NameOf(manifest.fault),
                         "; remedy: mend or remove it");
    }
    *out += R"({"lang":"k8s","documents":[)";
    for (size_t i = 0; i < manifest.documents.size(); ++i) {
      *out += Concat(i == 0 ? "" : ",", R"({"line":)", manifest.documents[i].line, R"(,"object":)",
                     manifest.documents[i].json, "}");
    }
    *out += "]}";
    return Status::OK();
  }

  ToolRuleFiles policies_;
  std::vector<std::string> packages_;
};

}  // namespace

Status CheckPolicies(const ToolRuleFiles& policies, const std::string& folder) {
  bool denies = false;
  for (const auto& [name, text] : policies) {
    if (name.ends_with("_test.rego")) continue;
    if (PackageOf(text).empty()) {
      return WrongUsage("a policy does not begin with its package: file=", folder, "/", name,
                        "; remedy: package NAME in its first line");
    }
    denies |= HasDeny(text);
  }
  if (denies) return Status::OK();
  return WrongUsage("no policy has a rule called deny, so none could find anything: --rego-dir=",
                    folder, "; remedy: deny contains … if { … }");
}

std::string EmbeddedFile(const std::vector<std::pair<std::string, std::string>>& files,
                         const std::string& name) {
  for (const auto& [file, text] : files) {
    if (file == name) return text;
  }
  return "";
}

std::unique_ptr<ToolAdapter> MakeKubeLinter() { return std::make_unique<KubeLinter>(); }
std::unique_ptr<ToolAdapter> MakeSemgrep() { return std::make_unique<Semgrep>(); }
std::unique_ptr<ToolAdapter> MakeOpa(ToolRuleFiles policies) {
  return std::make_unique<Opa>(std::move(policies));
}
std::unique_ptr<ToolAdapter> MakeCheckov() { return std::make_unique<Checkov>(); }

}  // namespace hubmill
