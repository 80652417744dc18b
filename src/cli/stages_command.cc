// hubmill stages: every source, stage and sink, as a table, in detail, as JSON, or as the page
// docs/stages.md.
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/terminal.h"
#include "core/setting.h"
#include "hubmill/hubmill.h"

namespace hubmill {
namespace {

// An entry of any kind, without its make().
struct BlockText {
  std::string name, kind, summary, details, example, shorthand;
  std::vector<OptionSpec> options;
};

template <typename Map>
void Append(const Map& entries, std::vector<BlockText>* blocks) {
  for (const auto& [name, entry] : entries) {
    blocks->push_back({entry.name, entry.kind, entry.summary, entry.details, entry.example,
                       entry.shorthand, entry.options});
  }
}

std::vector<BlockText> AllTexts() {
  std::vector<BlockText> blocks;
  Append(AllBlocks().sources, &blocks);
  Append(AllBlocks().stages, &blocks);
  Append(AllBlocks().sinks, &blocks);
  return blocks;
}

std::string Number(double value) {
  std::string text = Concat(value);
  return text;
}

std::string DefaultOf(const OptionSpec& option) {
  if (option.required) return "required";
  if (option.run_seed) return "--seed";
  return option.default_text.empty() || option.default_text == "null" ? "none"
                                                                      : option.default_text;
}

std::string BoundsOf(const OptionSpec& option) {
  std::string text;
  for (const std::string& choice : option.choices) text += (text.empty() ? "" : ", ") + choice;
  if (!text.empty()) return " One of: " + text + ".";
  if (option.min && option.max) {
    return " From " + Number(*option.min) + " to " + Number(*option.max) + ".";
  }
  return "";
}

std::string Padded(std::string text, size_t width) {
  text.resize(std::max(width, text.size() + 1), ' ');
  return text;
}

void PrintTable(const std::vector<BlockText>& blocks) {
  for (const BlockText& block : blocks) {
    PrintFacts(Padded(block.name, 16) + Padded(block.kind, 11) + block.summary + "\n");
  }
}

std::string Indented(const std::string& text, const std::string& indent) {
  std::string result = indent;
  for (const char c : text) {
    result += c;
    if (c == '\n') result += indent;
  }
  while (!result.empty() && (result.back() == ' ' || result.back() == '\n')) result.pop_back();
  return result + "\n";
}

void PrintDetails(const BlockText& block) {
  PrintFacts(block.name + " (" + block.kind + "): " + block.summary + "\n\n");
  if (!block.details.empty()) PrintFacts(block.details + "\n\n");
  for (const OptionSpec& option : block.options) {
    PrintFacts("  " + Padded(option.name, 18) + Padded(option.type, 9) +
               Padded("[" + DefaultOf(option) + "]", 12) + option.help + BoundsOf(option) + "\n");
  }
  PrintFacts("\nexample:\n" + Indented(block.example, "  "));
}

std::string TableCell(const std::string& text) {
  std::string cell;
  for (const char c : text) {
    if (c == '|') cell += '\\';
    cell += c == '\n' ? ' ' : c;
  }
  return cell;
}

void PrintMarkdown(const BlockText& block) {
  PrintFacts("### " + block.name + "\n\n" + block.summary + "\n\n");
  if (!block.details.empty()) PrintFacts(block.details + "\n\n");
  if (!block.options.empty()) {
    PrintFacts("| option | type | default | |\n|---|---|---|---|\n");
    for (const OptionSpec& option : block.options) {
      PrintFacts("| `" + option.name + "` | " + option.type + " | " + TableCell(DefaultOf(option)) +
                 " | " + TableCell(option.help + BoundsOf(option)) + " |\n");
    }
    PrintFacts("\n");
  }
  if (!block.shorthand.empty()) {
    PrintFacts("A bare value stands for `" + block.shorthand + "`.\n\n");
  }
  PrintFacts("```yaml\n" + Indented(block.example, "") + "```\n\n");
}

void PrintPage(const std::vector<BlockText>& blocks) {
  PrintFacts(
      "# Sources, stages and sinks\n\n"
      "Made by `make docs` from the registry; do not edit.  How they stand in a recipe is told in\n"
      "[recipes.md](recipes.md), how to add one in [style.md](style.md).\n\n"
      "A *transform* looks at one batch, a *decider* at all rows before it, an *arranger* at all "
      "rows.\n\n");
  std::string part;
  for (const BlockText& block : blocks) {
    const std::string heading = block.kind == "source" ? "Sources"
                                : block.kind == "sink" ? "Sinks"
                                                       : "Stages";
    if (heading != part) PrintFacts("## " + heading + "\n\n");
    part = heading;
    PrintMarkdown(block);
  }
}

Setting Text(const std::string& text) {
  Setting setting = Setting::Scalar(text);
  setting.quoted = true;
  return setting;
}

Setting OptionJson(const OptionSpec& option) {
  Setting row;
  row.kind = Setting::Kind::kMap;
  row.entries = {{"name", Text(option.name)},
                 {"type", Text(option.type)},
                 {"default", Text(DefaultOf(option))},
                 {"help", Text(option.help + BoundsOf(option))}};
  return row;
}

void PrintJson(const std::vector<BlockText>& blocks) {
  Setting list = Setting::List({});
  for (const BlockText& block : blocks) {
    Setting row;
    row.kind = Setting::Kind::kMap;
    Setting options = Setting::List({});
    for (const OptionSpec& option : block.options) options.items.push_back(OptionJson(option));
    row.entries = {{"name", Text(block.name)},       {"kind", Text(block.kind)},
                   {"summary", Text(block.summary)}, {"details", Text(block.details)},
                   {"example", Text(block.example)}, {"shorthand", Text(block.shorthand)},
                   {"options", std::move(options)}};
    list.items.push_back(std::move(row));
  }
  PrintFacts(ToJsonText(list) + "\n");
}

struct StagesArguments {
  std::string name;
  bool json = false;
  bool markdown = false;
};

Status Show(const StagesArguments& arguments) {
  std::vector<BlockText> blocks = AllTexts();
  if (!arguments.name.empty()) {
    std::vector<std::string> known;
    for (const BlockText& block : blocks) known.push_back(block.name);
    std::erase_if(blocks, [&](const BlockText& block) { return block.name != arguments.name; });
    if (blocks.empty()) {
      const std::string nearest = NearestName(arguments.name, known);
      return WrongUsage("no source, stage or sink of that name: name=", arguments.name,
                        nearest.empty() ? "; remedy: see `hubmill stages`"
                                        : "; remedy: did you mean " + nearest + "?");
    }
  }
  if (arguments.json) {
    PrintJson(blocks);
  } else if (arguments.markdown) {
    PrintPage(blocks);
  } else if (arguments.name.empty()) {
    PrintTable(blocks);
  } else {
    for (const BlockText& block : blocks) PrintDetails(block);
  }
  return Status::OK();
}

}  // namespace

void AddStagesCommand(CLI::App& app, CommandContext* context) {
  auto arguments = std::make_shared<StagesArguments>();
  CLI::App* command = app.add_subcommand("stages", "List sources, stages and sinks");
  command->footer("Example:\n  hubmill stages split");
  command->add_option("NAME", arguments->name, "Tell everything about this one");
  auto* json = command->add_flag("--json", arguments->json, "As JSON");
  command->add_flag("--markdown", arguments->markdown, "As the page docs/stages.md")
      ->excludes(json);
  command->callback([arguments, context] {
    const Status status = Show(*arguments);
    if (!status.ok()) context->exit_status = ReportFailure(status);
  });
}

}  // namespace hubmill
