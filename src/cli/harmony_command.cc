// hubmill harmony parse|render|spans|flags|id: JSON lines in, JSON lines out.
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/json_text.h"
#include "base/utf8.h"
#include "cli/command.h"
#include "cli/json_lines.h"
#include "cli/terminal.h"
#include "text/harmony.h"
#include "text/harmony_json.h"
#include "text/harmony_quality.h"

namespace hubmill {
namespace {

constexpr char kFooter[] =
    "Each line of the input is a JSON object and is answered by one line.  Where a row is at "
    "fault\n"
    "the line says what was expected and where, and the exit status is 3.\n"
    "Examples:\n"
    "  hubmill harmony parse --format harmony samples/harmony.jsonl\n"
    "  hubmill harmony parse --format harmony samples/harmony.jsonl | hubmill harmony render "
    "--format harmony\n"
    "docs/formats/harmony.md has the grammar and the shape of messages.";

struct HarmonyArguments {
  std::vector<std::string> files = {"-"};
  std::string field = "text";
  std::string first_role;
  HarmonyForm form = HarmonyForm::kSource;
  HarmonyParseOptions parse;
  HarmonyRenderOptions render;
  LossSpanOptions spans;
  HarmonyFlagOptions flags;
  bool unescape = false;
  bool tools = false;
};

/// The text in the field; null, and *out says so, where there is none.
const std::string* TextOf(const JsonValue& row, const std::string& field, std::string* out) {
  const JsonValue* value = row.Find(field);
  if (value == nullptr || !value->IsString()) {
    AppendFault("a string in the field " + field, "", out);
    return nullptr;
  }
  if (!IsValidUtf8(value->text)) {
    AppendFault("no lone surrogates in the field " + field, "", out);
    return nullptr;
  }
  return &value->text;
}

bool AppendHarmonyFault(const HarmonyError& error, std::string* out) {
  std::string facts = ",\"message\":";
  AppendJsonInt(static_cast<int64_t>(error.message), &facts);
  facts.append(",\"offset_bytes\":");
  AppendJsonInt(static_cast<int64_t>(error.offset_bytes), &facts);
  return AppendFault(error.expected, facts, out);
}

bool ParseRow(const HarmonyArguments& arguments, const JsonValue& row, std::string* out) {
  const std::string* text = TextOf(row, arguments.field, out);
  if (text == nullptr) return false;
  std::vector<HarmonyMessage> messages;
  if (const auto error = ParseHarmony(*text, arguments.parse, &messages)) {
    return AppendHarmonyFault(*error, out);
  }
  out->append("{\"messages\":");
  AppendHarmonyJson(messages, arguments.form, arguments.unescape, out);
  out->append("}");
  return true;
}

bool RenderRow(const HarmonyArguments& arguments, const JsonValue& row, std::string* out) {
  HarmonyConversation conversation;
  if (const auto error = ReadHarmonyJson(row, arguments.form, &conversation)) {
    return AppendFault(*error, "", out);
  }
  std::string text;
  if (const auto error = RenderHarmony(conversation.messages, arguments.render, &text)) {
    return AppendHarmonyFault(*error, out);
  }
  if (!IsValidUtf8(text)) return AppendFault("no lone surrogates in the messages", "", out);
  out->append("{\"text\":");
  AppendJsonString(text, out);
  out->append(",\"template_version\":\"").append(HarmonyVersion(arguments.form)).append("\"}");
  return true;
}

bool SpanRow(const HarmonyArguments& arguments, const JsonValue& row, std::string* out) {
  const std::string* text = TextOf(row, arguments.field, out);
  if (text == nullptr) return false;
  std::vector<HarmonyMessage> messages;
  if (const auto error = ParseHarmony(*text, arguments.parse, &messages)) {
    return AppendHarmonyFault(*error, out);
  }
  out->append("{\"spans\":[");
  bool first = true;
  for (const LossSpan& span : LossSpans(*text, messages, arguments.spans)) {
    out->append(first ? "[" : ",[");
    AppendJsonInt(span.begin, out);
    out->append(",");
    AppendJsonInt(span.end, out);
    out->append("]");
    first = false;
  }
  out->append("]}");
  return true;
}

bool FlagRow(const HarmonyArguments& arguments, const JsonValue& row, std::string* out) {
  const std::string* text = TextOf(row, arguments.field, out);
  if (text == nullptr) return false;
  const HarmonyFlags flags = FlagHarmony(*text, arguments.flags);
  const std::pair<const char*, bool> facts[] = {{"valid_harmony", flags.valid_harmony},
                                                {"has_assistant", flags.has_assistant},
                                                {"completion_nonempty", flags.completion_nonempty},
                                                {"has_tool", flags.has_tool},
                                                {"valid_tool_schema", flags.valid_tool_schema},
                                                {"has_return_tag", flags.has_return_tag}};
  out->append("{");
  for (const auto& [name, value] : facts) {
    out->append("\"").append(name).append("\":").append(value ? "true," : "false,");
  }
  out->append("\"num_messages\":");
  AppendJsonInt(flags.num_messages, out);
  out->append(",\"num_assistant_messages\":");
  AppendJsonInt(flags.num_assistant_messages, out);
  out->append("}");
  return true;
}

bool IdRow(const HarmonyArguments& arguments, const JsonValue& row, std::string* out) {
  std::string id;
  if (arguments.tools) {
    const JsonValue* tools = row.Find(arguments.field);
    if (tools == nullptr || (!tools->IsList() && !tools->IsObject())) {
      return AppendFault("a list or object in the field " + arguments.field, "", out);
    }
    id = ToolsCatalogId(*tools);
  } else {
    const std::string* text = TextOf(row, arguments.field, out);
    if (text == nullptr) return false;
    id = Sha1Hex(*text);
  }
  out->append("{\"id\":\"").append(id).append("\"}");
  return true;
}

using RowAction = bool (*)(const HarmonyArguments&, const JsonValue&, std::string*);

/// A subcommand with the options that all have; `action` answers a row.
CLI::App* AddAction(CLI::App& harmony, CommandContext* context, const std::string& name,
                    const std::string& help, const std::string& example, RowAction action,
                    const std::shared_ptr<HarmonyArguments>& arguments) {
  CLI::App* command = harmony.add_subcommand(name, help);
  command->footer("Example:\n  hubmill harmony " + name + " " + example);
  command->add_option("FILES", arguments->files,
                      "JSON lines (.gz and .zst too); -: standard input");
  command->callback([arguments, context, action] {
    arguments->parse.form = arguments->render.form = arguments->form;
    arguments->parse.first_role = arguments->first_role;
    const Status status = AnswerLines(
        arguments->files,
        [&](const JsonValue& row, std::string* out) { return action(*arguments, row, out); });
    if (!status.ok()) context->exit_status = ReportFailure(status);
  });
  return command;
}

/// An option whose value is one of these words.
template <typename T>
void AddChoice(CLI::App* command, const std::string& name, T* field,
               const std::map<std::string, T>& choices, const std::string& help) {
  std::set<std::string> words;
  for (const auto& [word, value] : choices) words.insert(word);
  const auto choose = [field, choices](const std::string& word) { *field = choices.at(word); };
  command->add_option_function<std::string>(name, choose, help)->check(CLI::IsMember(words));
}

void AddFieldOption(CLI::App* command, const std::shared_ptr<HarmonyArguments>& arguments) {
  command->add_option("--field", arguments->field, "The field that holds the text (text)");
}

void AddFormOption(CLI::App* command, const std::shared_ptr<HarmonyArguments>& arguments) {
  AddChoice(command, "--format", &arguments->form,
            {{"source", HarmonyForm::kSource}, {"harmony", HarmonyForm::kOfficial}},
            "source: as distillation sets have it (default); harmony: the official form");
}

/// What the official form's parser takes besides.
void AddParseOptions(CLI::App* command, const std::shared_ptr<HarmonyArguments>& arguments) {
  AddFieldOption(command, arguments);
  AddFormOption(command, arguments);
  command->add_flag("--blank-between", arguments->parse.blank_between,
                    "harmony: allow white space between messages");
  command->add_flag("--lenient", arguments->parse.lenient,
                    "harmony: take headers without <|message|>, and tools without recipient");
  command
      ->add_option("--first-role", arguments->first_role,
                   "harmony: the text begins inside the header of this role")
      ->check(CLI::IsMember({"system", "developer", "user", "assistant"}));
}

void AddParse(CLI::App& harmony, CommandContext* context) {
  auto arguments = std::make_shared<HarmonyArguments>();
  CLI::App* command = AddAction(harmony, context, "parse", "Texts to messages",
                                "--format harmony samples/harmony.jsonl", &ParseRow, arguments);
  AddParseOptions(command, arguments);
  command->add_flag("--unescape", arguments->unescape,
                    "Take away what `render --markup escape` put into contents");
}

void AddRender(CLI::App& harmony, CommandContext* context) {
  auto arguments = std::make_shared<HarmonyArguments>();
  arguments->render.purpose = HarmonyPurpose::kTraining;
  CLI::App* command = AddAction(harmony, context, "render", "Messages to texts",
                                "--format harmony conversations.jsonl", &RenderRow, arguments);
  AddFormOption(command, arguments);
  AddChoice(command, "--for", &arguments->render.purpose,
            {{"conversation", HarmonyPurpose::kConversation},
             {"training", HarmonyPurpose::kTraining},
             {"completion", HarmonyPurpose::kCompletion}},
            "How it ends: training (default): an answer in <|return|>; conversation: in <|end|>; "
            "completion: <|start|>assistant");
  AddChoice(command, "--markup", &arguments->render.markup,
            {{"refuse", HarmonyMarkup::kRefuse},
             {"escape", HarmonyMarkup::kEscape},
             {"verbatim", HarmonyMarkup::kVerbatim}},
            "Special tokens in contents: refuse (default), escape, or verbatim, which can forge "
            "messages");
  command->add_flag("--drop-analysis", arguments->render.drop_analysis,
                    "Leave out reasoning before the first answer, as for inference");
}

void AddSpans(CLI::App& harmony, CommandContext* context) {
  auto arguments = std::make_shared<HarmonyArguments>();
  CLI::App* command =
      AddAction(harmony, context, "spans", "Where the loss is taken",
                "--loss-mode assistant_last samples/harmony.jsonl", &SpanRow, arguments);
  AddParseOptions(command, arguments);
  AddChoice(
      command, "--loss-mode", &arguments->spans.mode,
      {{"assistant_all", LossMode::kAssistantAll}, {"assistant_last", LossMode::kAssistantLast}},
      "assistant_all (default): all its contents; assistant_last: the last answer");
  command->add_flag("--bytes", arguments->spans.in_bytes, "Count bytes, not code points");
  command->add_flag("--end-tag", arguments->spans.include_end_tag, "With the end tag");
}

void AddFlags(CLI::App& harmony, CommandContext* context) {
  auto arguments = std::make_shared<HarmonyArguments>();
  CLI::App* command = AddAction(harmony, context, "flags", "Whether a text is sound",
                                "--min-completion 32 samples/harmony.jsonl", &FlagRow, arguments);
  AddFieldOption(command, arguments);
  command
      ->add_option("--min-completion", arguments->flags.completion_chars_min,
                   "Characters that the last answer must have (1)")
      ->check(CLI::NonNegativeNumber);
}

void AddId(CLI::App& harmony, CommandContext* context) {
  auto arguments = std::make_shared<HarmonyArguments>();
  CLI::App* command = AddAction(harmony, context, "id", "The id of a text or tools catalog",
                                "samples/harmony.jsonl", &IdRow, arguments);
  AddFieldOption(command, arguments);
  command->add_flag("--tools", arguments->tools,
                    "The field holds a tools catalog: the id of its canonical JSON");
}

}  // namespace

void AddHarmonyCommand(CLI::App& app, CommandContext* context) {
  CLI::App* harmony = app.add_subcommand("harmony", "Parse, render and judge Harmony text");
  harmony->footer(kFooter);
  harmony->require_subcommand(1);
  AddParse(*harmony, context);
  AddRender(*harmony, context);
  AddSpans(*harmony, context);
  AddFlags(*harmony, context);
  AddId(*harmony, context);
}

}  // namespace hubmill
