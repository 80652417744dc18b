// hubmill completion: scripts for bash, zsh and fish, made from the parser itself so that they are
// never out of date.  A script is a table "subcommand -> words"; file names complete everywhere.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/command.h"
#include "cli/terminal.h"

namespace hubmill {
namespace {

// A subcommand by its path ("recipe check") and the words that may follow it.
struct CompletionRow {
  std::string path;
  std::vector<std::string> words;
};

void Collect(const CLI::App& app, const std::string& path, std::vector<CompletionRow>* rows) {
  CompletionRow row{path, {}};
  const auto commands = app.get_subcommands([](const CLI::App*) { return true; });
  for (const CLI::App* command : commands) row.words.push_back(command->get_name());
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) row.words.push_back("--" + name);
  }
  rows->push_back(std::move(row));
  for (const CLI::App* command : commands) {
    Collect(*command, path.empty() ? command->get_name() : path + " " + command->get_name(), rows);
  }
}

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string BashScript(const std::vector<CompletionRow>& rows) {
  std::string text =
      "# bash completion for hubmill: source <(hubmill completion bash)\n"
      "_hubmill() {\n"
      "  local word=${COMP_WORDS[COMP_CWORD]} path=${COMP_WORDS[1]} words\n"
      "  [ \"$COMP_CWORD\" -le 1 ] && path=\n"
      "  [ \"$path\" = recipe ] && [ \"$COMP_CWORD\" -gt 2 ] && path=\"recipe ${COMP_WORDS[2]}\"\n"
      "  case \"$path\" in\n";
  for (const CompletionRow& row : rows) {
    text += "    \"" + row.path + "\") words=\"" + Joined(row.words) + "\" ;;\n";
  }
  return text +
         "  esac\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$word\") $(compgen -f -- \"$word\"))\n"
         "}\n"
         "complete -o filenames -F _hubmill hubmill\n";
}

std::string ZshScript(const std::vector<CompletionRow>& rows) {
  return "# zsh completion for hubmill: source <(hubmill completion zsh)\n"
         "autoload -U +X bashcompinit && bashcompinit\n" +
         BashScript(rows);
}

std::string FishScript(const std::vector<CompletionRow>& rows) {
  std::string text = "# fish completion for hubmill: hubmill completion fish | source\n";
  for (const CompletionRow& row : rows) {
    std::string condition = "__fish_use_subcommand";
    if (!row.path.empty()) {
      const size_t space = row.path.find(' ');
      condition = "__fish_seen_subcommand_from " + row.path.substr(0, space);
      if (space != std::string::npos) {
        condition += "; and __fish_seen_subcommand_from " + row.path.substr(space + 1);
      }
    }
    for (const std::string& word : row.words) {
      text += "complete -c hubmill -n '" + condition + "' " +
              (word.rfind("--", 0) == 0 ? "-l " + word.substr(2) : "-a " + word) + "\n";
    }
  }
  return text;
}

}  // namespace

void AddCompletionCommand(CLI::App& app, CommandContext*) {
  auto shell = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("completion", "Print a shell completion script");
  command->footer("Example:\n  hubmill completion bash > hubmill.bash");
  command->add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->callback([shell, &app] {
    std::vector<CompletionRow> rows;
    Collect(app, "", &rows);
    PrintFacts(*shell == "bash"  ? BashScript(rows)
               : *shell == "zsh" ? ZshScript(rows)
                                 : FishScript(rows));
  });
}

}  // namespace hubmill
