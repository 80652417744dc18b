// hubmill security build-ood: out-of-distribution questions from CIC-IDS-2017 and UNSW-NB15.
#include <array>

#include "cli/security_build.h"
#include "cli/security_command.h"
#include "cli/terminal.h"

namespace hubmill {
namespace {

constexpr char kFooter[] =
    "Writes cic-ids-2017-ood-{v1,test}.jsonl, unsw-nb15-ood-{v1,test}.jsonl and\n"
    "sampling-e1-ood-{v1,test}.json, together.  N of the environment or .env is --n.\n"
    "Examples:\n"
    "  hubmill security build-ood --n 100\n"
    "  hubmill security build-ood --mode test --input cic=samples/security/flows/cic-ids-2017.csv "
    "\\\n"
    "    --input unsw=samples/security/flows/unsw-nb15.csv --outdir out/flows\n"
    "docs/recipes/security-flows.md has the tables of labels and columns.";

struct Set {
  const char* name;  // As --input and --hf-id have it.
  const char* source;
  const char* hf_id;
};
constexpr std::array kSets = {Set{"cic", "cic-ids-2017", "bvk/CICIDS-2017"},
                              Set{"unsw", "unsw-nb15", "Mireu-Lab/UNSW-NB15"}};

struct OodArguments : FlowBuildArguments {
  std::vector<std::string> hf_ids;  // NAME=ID
};

/// The value that `given` has for `set`, of `NAME=VALUE` texts; empty where it has none.
Result<std::string> ValueFor(const Set& set, const std::vector<std::string>& given,
                             const char* option) {
  std::string found;
  for (const std::string& text : given) {
    const std::string name = text.substr(0, text.find('='));
    const bool known = name == kSets[0].name || name == kSets[1].name;
    if (!known || name.size() + 1 >= text.size()) {
      return WrongUsage(option, " needs cic=VALUE or unsw=VALUE; remedy: for example ", option,
                        " cic=flows.csv");
    }
    if (name != set.name) continue;
    if (!found.empty()) {
      return WrongUsage(option, " is given twice for one set: set=", name,
                        "; remedy: give it once");
    }
    found = text.substr(name.size() + 1);
  }
  return found;
}

Status Build(OodArguments* arguments) {
  constexpr int64_t kFullRows = 600;
  const int64_t test_rows = arguments->options.compat ? 10 : 20;
  ARROW_RETURN_NOT_OK(ReadFlowRows("--n", "N", kFullRows, test_rows, arguments));
  for (const Set& set : kSets) {
    ARROW_ASSIGN_OR_RAISE(std::string hf_id, ValueFor(set, arguments->hf_ids, "--hf-id"));
    if (hf_id.empty()) hf_id = set.hf_id;
    ARROW_ASSIGN_OR_RAISE(const std::string path, ValueFor(set, arguments->inputs, "--input"));
    FlowInput input{.source = set.source, .path = path.empty() ? HubAddressOf(hf_id) : path};
    input.local = input.path.find("://") == std::string::npos;
    if (path.empty() || arguments->options.compat) input.hf_id = hf_id;
    arguments->options.inputs.push_back(std::move(input));
  }
  return BuildFlows(arguments);
}

}  // namespace

void AddSecurityBuildOodCommand(CLI::App& security, CommandContext* context) {
  auto arguments = std::make_shared<OodArguments>();
  CLI::App* command = security.add_subcommand(
      "build-ood", "Out-of-distribution questions from CIC-IDS-2017 and UNSW-NB15");
  command->footer(kFooter);
  command->add_option("--n", arguments->rows, "Rows of each set, half of each class (N, 600)");
  command
      ->add_option("--input", arguments->inputs,
                   "cic=PATH or unsw=PATH instead of the Hub's: Parquet, JSON lines or CSV")
      ->take_all()
      ->allow_extra_args(false);
  command
      ->add_option("--hf-id", arguments->hf_ids,
                   "cic=ID or unsw=ID, data sets of the Hub (bvk/CICIDS-2017, Mireu-Lab/UNSW-NB15)")
      ->take_all()
      ->allow_extra_args(false);
  AddFlowBuildOptions(command, arguments.get());
  command->callback([arguments, context] {
    const Status status = Build(arguments.get());
    if (!status.ok()) context->exit_status = ReportFailure(status);
  });
}

}  // namespace hubmill
