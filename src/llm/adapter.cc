#include "llm/adapter.h"

#include <algorithm>
#include <cctype>

#include "base/ascii.h"

namespace hubmill {
namespace {

constexpr char kDifficulty[] = "{difficulty}";

struct TemplateOptions {
  std::string system, developer;
  static void Describe(OptionTable<TemplateOptions>& table) {
    table.Field("system", &TemplateOptions::system, "The system message; empty: none.");
    table.Field("developer", &TemplateOptions::developer, "The developer message; empty: none.");
  }
};

}  // namespace

void Adapter::Describe(OptionTable<Adapter>& table) {
  table.Field("adapter", &Adapter::name, "Its name.").Required();
  table.Field("datasets", &Adapter::datasets, "The data sets of the Hub that it is meant for.");
  table.Field("domain", &Adapter::domain,
              "meta_domain; empty: by parts of the data set's id, or null.");
  table.Field("messages", &Adapter::messages, "Field with the list of chat messages.");
  table.Field("role", &Adapter::role, "Field of a message with its role.");
  table.Field("content", &Adapter::content, "Field of a message with its text.");
  table.Field("roles", &Adapter::roles,
              "What the roles mean: system, developer, user, assistant, tool, or call (the text is "
              "the JSON of a call, with name and arguments).");
  table.Field("user", &Adapter::user, "Field with the user's text, where there are no messages.");
  table.Field("assistant", &Adapter::assistant, "Field with the assistant's text.");
  table.Field("header", &Adapter::header, "Field that stands above the assistant's text, or null.");
  table.Field("text", &Adapter::text, "Field with Harmony text, which is kept as it is.");
  table.Field("uuid", &Adapter::uuid, "Field of source_uuid.");
  table.Field("license", &Adapter::license, "Field of source_license.");
  table.Field("used_in", &Adapter::used_in, "Field of source_used_in, a list of texts.");
  table.Field("data_source", &Adapter::data_source, "Field of source_data_source.");
  table.Field("changed_answer", &Adapter::changed_answer,
              "Field of source_changed_answer_to_majority.");
  table.Field("capability_target", &Adapter::capability_target,
              "Field of source_capability_target.");
  table.Field("reasoning", &Adapter::reasoning, "Field of source_reasoning.");
  table.Field("tools", &Adapter::tools, "Field with the tools' schemas.");
  table.Field("evaluation", &Adapter::evaluation, "Field with accuracies by setting.");
  table.Field("expected_answer", &Adapter::expected_answer, "Field of meta_expected_answer.");
  table.Field("subset", &Adapter::subset, "Field of subset; empty: default.");
  table.Field("tags", &Adapter::tags, "Field of meta_tags, a list of texts.");
  table.Field("system", &Adapter::system, "System message put before the conversation.");
  table.Field("developer", &Adapter::developer, "Developer message put before it.");
}

bool IsChatRole(std::string_view role) {
  constexpr std::string_view kRoles[] = {"system", "developer", "user", "assistant", "tool"};
  return std::find(std::begin(kRoles), std::end(kRoles), role) != std::end(kRoles);
}

Result<Adapter> ParseAdapter(std::string_view yaml, const std::string& file) {
  ARROW_ASSIGN_OR_RAISE(const Setting setting, ParseYaml(yaml, file));
  return ReadAdapter(setting, file);
}

Result<Adapter> ReadAdapter(const Setting& setting, const std::string& file) {
  ErrorList errors;
  Adapter adapter =
      OptionTable<Adapter>().Read(setting, {.file = file, .owner = "adapter"}, &errors);
  ARROW_RETURN_NOT_OK(errors.ToStatus());
  const int ways =
      int(!adapter.messages.empty()) + int(!adapter.assistant.empty()) + int(!adapter.text.empty());
  if (ways != 1 || adapter.user.empty() != adapter.assistant.empty()) {
    return WrongUsage("an adapter says in one way where the conversation is: file=", file,
                      "; remedy: `messages`, or `user` and `assistant`, or `text`");
  }
  for (const auto& [name, meaning] : adapter.roles) {
    if (IsChatRole(meaning) || meaning == kCallRole) continue;
    return WrongUsage("an adapter gives a role a meaning that is none: file=", file, " role=", name,
                      " meaning=", meaning,
                      "; remedy: system, developer, user, assistant, tool or call");
  }
  return adapter;
}

Result<Adapter> AdapterFor(const std::string& dataset) {
  const auto& all = BuiltinAdapters();
  for (const auto& [name, yaml] : all) {
    ARROW_ASSIGN_OR_RAISE(Adapter adapter, ParseAdapter(yaml, "builtin:" + name));
    const auto& ids = adapter.datasets;
    if (name == dataset || std::find(ids.begin(), ids.end(), dataset) != ids.end()) return adapter;
  }
  return AdapterFor("chat");
}

std::string DomainOf(const Adapter& adapter, std::string_view dataset, bool compat) {
  if (!adapter.domain.empty()) return adapter.domain;
  constexpr std::pair<const char*, const char*> kParts[] = {{"Proofs", "proof"},
                                                            {"Science", "science"},
                                                            {"Agentic", "agentic"},
                                                            {"Instruction-Following", "chat_if"}};
  for (const auto& [part, domain] : kParts) {
    if (dataset.find(part) != std::string_view::npos) return domain;
  }
  const std::string lower = AsciiLowered(dataset);
  const bool math = lower.find("math") != lower.npos;
  return math || compat ? "math" : "";
}

std::string_view DifficultyOfSplit(std::string_view split) {
  for (const char* word : {"low", "medium", "high"}) {
    if (split.starts_with(word)) return word;
  }
  return {};
}

Status ApplyTemplates(std::string_view yaml, const std::string& file, const std::string& dataset,
                      Adapter* adapter) {
  ARROW_ASSIGN_OR_RAISE(const Setting all, ParseYaml(yaml, file));
  if (all.kind != Setting::Kind::kMap) {
    return WrongUsage("templates are a map from data set to system and developer: file=", file);
  }
  const Setting* found = all.Find(dataset);
  if (found == nullptr) found = all.Find(adapter->name);
  TemplateOptions given;
  if (found != nullptr) {
    ErrorList errors;
    given =
        OptionTable<TemplateOptions>().Read(*found, {.file = file, .owner = "template"}, &errors);
    ARROW_RETURN_NOT_OK(errors.ToStatus());
  }
  adapter->system = given.system;
  adapter->developer = given.developer;
  return Status::OK();
}

std::string FillTemplate(std::string_view text, std::string_view difficulty) {
  std::string out(text);
  const std::string_view word = difficulty.empty() ? "unknown" : difficulty;
  for (size_t at = out.find(kDifficulty); at != out.npos; at = out.find(kDifficulty, at)) {
    out.replace(at, sizeof(kDifficulty) - 1, word);
    at += word.size();
  }
  return out;
}

}  // namespace hubmill
